// SPDX-License-Identifier: Apache-2.0
#include "infer/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

constexpr size_t most_header_bytes = 100'000'000;  // the format's own limit

/// Parses the header's JSON; a repeated name would otherwise silently win over the first.
nlohmann::json parse_json(const char* begin, const char* end) {
  std::vector<std::set<std::string>> keys;
  std::string repeated;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    const auto level = static_cast<size_t>(depth);
    if (event == nlohmann::json::parse_event_t::object_start) {
      if (level >= 8) throw refused("header: JSON nested deeper than the format allows");
      keys.resize(std::max(keys.size(), level + 1));
      keys[level].clear();
    } else if (event == nlohmann::json::parse_event_t::array_start && level >= 8) {
      throw refused("header: JSON nested deeper than the format allows");
    } else if (event == nlohmann::json::parse_event_t::key &&
               !keys[level - 1].insert(value.get<std::string>()).second) {
      repeated = value.get<std::string>();
    }
    return true;
  };
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(begin, end, watch);
  } catch (const nlohmann::json::exception& error) {
    throw refused(cat("header: not JSON (", error.what(), ")"));
  }
  if (!repeated.empty()) throw refused(cat("header: the name '", repeated, "' stands there twice"));
  if (!json.is_object()) throw refused("header: expected a JSON object of tensors");
  return json;
}

size_t read_unsigned(const nlohmann::json& value, const std::string& what) {
  if (!value.is_number_unsigned())
    throw refused(cat(what, ": expected a whole number >= 0, but got ", value.dump()));
  return value.get<size_t>();
}

/// Elements times bytes of one, refusing what does not fit 63 bits.
size_t byte_count(const SafetensorsEntry& entry, const std::string& name) {
  const size_t most = static_cast<size_t>(INT64_MAX);
  if (std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end()) return 0;
  size_t bytes = safetensors_element_bytes(entry.dtype);
  for (const int64_t size : entry.shape) {
    if (bytes > most / static_cast<size_t>(size))
      throw refused(cat(name, ": shape ", join(entry.shape, "x"), " is too large"));
    bytes *= static_cast<size_t>(size);
  }
  return bytes;
}

SafetensorsEntry read_entry(const std::string& name, const nlohmann::json& json) {
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets"))
    throw refused(cat(name, ": expected exactly the keys dtype, shape and data_offsets"));
  SafetensorsEntry entry;
  if (!json["dtype"].is_string()) throw refused(cat(name, ": dtype is not a text"));
  entry.dtype = json["dtype"].get<std::string>();
  if (safetensors_element_bytes(entry.dtype) == 0)
    throw refused(cat(name, ": unknown dtype '", entry.dtype, "'"));
  if (!json["shape"].is_array()) throw refused(cat(name, ": shape is not a list"));
  for (const nlohmann::json& size : json["shape"]) {
    const size_t value = read_unsigned(size, name + ": shape");
    if (value > static_cast<size_t>(INT64_MAX)) throw refused(cat(name, ": shape: ", value, " is too large"));
    entry.shape.push_back(static_cast<int64_t>(value));
  }
  const nlohmann::json& offsets = json["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2) throw refused(cat(name, ": data_offsets is not a pair"));
  entry.begin = read_unsigned(offsets[0], name + ": data_offsets");
  entry.end = read_unsigned(offsets[1], name + ": data_offsets");
  const size_t bytes = byte_count(entry, name);
  if (entry.end < entry.begin || entry.end - entry.begin != bytes)
    throw refused(cat(name, ": data_offsets [", entry.begin, ", ", entry.end, "] do not span the ", bytes,
                      " bytes of ", entry.dtype, " ", join(entry.shape, "x")));
  return entry;
}

/// Demands that the tensors tile the data section without gap and overlap.
void check_layout(const SafetensorsHeader& header, size_t data_bytes) {
  std::vector<std::pair<std::pair<size_t, size_t>, const std::string*>> order;
  for (const auto& [name, entry] : header.tensors) order.push_back({{entry.begin, entry.end}, &name});
  std::sort(order.begin(), order.end());
  size_t until = 0;
  for (const auto& [span, name] : order) {
    if (span.first != until)
      throw refused(cat(*name, ": begins at byte ", span.first, ", but the tensors before it end at ", until,
                        span.first < until ? " (overlap)" : " (gap)"));
    until = span.second;
  }
  if (until != data_bytes)
    throw refused(cat("the tensors take ", until, " bytes, but ", data_bytes, " follow the header",
                      until > data_bytes ? "; the file is cut off" : ""));
}

}  // namespace

size_t safetensors_element_bytes(const std::string& dtype) {
  static const std::map<std::string, size_t> bytes{{"F64", 8},  {"I64", 8},  {"U64", 8},     {"C64", 8},
                                                   {"F32", 4},  {"I32", 4},  {"U32", 4},     {"F16", 2},
                                                   {"BF16", 2}, {"I16", 2},  {"U16", 2},     {"U8", 1},
                                                   {"I8", 1},   {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
  const auto found = bytes.find(dtype);
  return found == bytes.end() ? 0 : found->second;
}

SafetensorsHeader read_safetensors_header(std::span<const std::byte> file) {
  uint64_t length = 0;
  if (file.size() < 8)
    throw refused(cat("a safetensors file has at least 8 bytes, but this one has ", file.size()));
  for (int i = 7; i >= 0; --i) length = length << 8 | std::to_integer<uint64_t>(file[static_cast<size_t>(i)]);
  if (length > most_header_bytes || length > file.size() - 8)
    throw refused(cat("header: a length of ", length, " bytes does not fit a file of ", file.size(),
                      " bytes; not a safetensors file, or cut off"));
  const char* text = reinterpret_cast<const char*>(file.data()) + 8;
  if (length == 0 || text[0] != '{') throw refused("header: does not begin with '{'; not a safetensors file");
  const nlohmann::json json = parse_json(text, text + length);
  SafetensorsHeader header;
  header.data_begin = 8 + static_cast<size_t>(length);
  for (const auto& [name, value] : json.items()) {
    if (name != "__metadata__") {
      header.tensors[name] = read_entry(name, value);
      continue;
    }
    if (!value.is_object()) throw refused("__metadata__: expected an object of texts");
    for (const auto& [key, word] : value.items()) {
      if (!word.is_string()) throw refused(cat("__metadata__: '", key, "' is not a text"));
      header.metadata[key] = word.get<std::string>();
    }
  }
  check_layout(header, file.size() - header.data_begin);
  return header;
}

Bytes safetensors_header(const std::vector<std::pair<std::string, SafetensorsEntry>>& tensors,
                         const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  for (const auto& [name, entry] : tensors) {
    nlohmann::ordered_json& place = json[name];
    place["dtype"] = entry.dtype;
    place["shape"] = entry.shape;
    place["data_offsets"] = {entry.begin, entry.end};
  }
  std::string text = json.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  Bytes bytes(8 + text.size());
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(text.size() >> (8 * i) & 0xff);
  std::memcpy(bytes.data() + 8, text.data(), text.size());
  return bytes;
}

}  // namespace tazuna
