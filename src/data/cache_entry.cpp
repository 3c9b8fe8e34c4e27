// SPDX-License-Identifier: Apache-2.0
#include "data/cache_entry.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/npy.hpp"

namespace tazuna {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Geometry, size, spacing, origin, direction)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AxisOrder, axis, flip)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Box, low, high)

namespace {

constexpr int format = 1;  // of keys and entries; a change makes all old entries unknown

// Younger than the format: an entry without these is what it was before there were the options.
constexpr std::array<std::string_view, 2> younger_flags{"zero_nonfinite", "keep_volumes"};

/// All options of a struct as text, a younger one only where it is set.
class OptionText : public Fields {
 public:
  std::string text;

  void value(const FieldInfo& info, Slot slot) override {
    const auto* flag = std::get_if<bool*>(&slot);
    if (flag && !**flag && std::ranges::count(younger_flags, info.name)) return;
    text += cat(info.name, "=");
    std::visit([this](const auto* held) { put(*held); }, slot);
    text += '\n';
  }
  void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) override {
    text += cat(info.name, ":\n");
    inside(*this);
  }
  void alternative(const FieldInfo& info, const OneOf& set) override {
    text += cat(info.name, ".", set.kinds.at(set.active), ":\n");
    set.inside(*this);
  }
  void sequence(const FieldInfo& info, const List& set) override {
    for (size_t i = 0; i < set.size; ++i) {
      text += cat(info.name, "[", i, "]:\n");
      set.inside(*this, i);
    }
  }

 private:
  void put(double number) { text += number_text(number) + ";"; }
  void put(const std::string& words) { text += cat(words.size(), ":", words, ";"); }
  void put(const std::filesystem::path& path) { put(path.string()); }
  template <std::integral Number>
  void put(Number number) {
    text += cat(number, ";");
  }
  template <class Value>
  void put(const Auto<Value>& value) {
    value.is_auto() ? put(std::string("auto")) : put(value.get());
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    for (const Value& value : values) put(value);
  }
  void put(const Triple& triple) {
    for (const int64_t number : triple) put(number);
  }
  void put(const std::pair<std::string, int64_t>& named) {
    put(named.first);
    put(named.second);
  }
};

/// A fast 64-bit checksum (multiply and rotate over four words at a time): any single changed bit changes it.
std::string checksum(std::span<const std::byte> bytes) {
  constexpr uint64_t odd = 0x9e3779b97f4a7c15, other = 0xbf58476d1ce4e5b9;
  uint64_t lane[4] = {odd, other, ~odd, ~other};
  const auto take = [&](uint64_t& sum, const std::byte* from, size_t length) {
    uint64_t word = 0;
    std::memcpy(&word, from, length);
    sum = std::rotl((sum ^ word) * odd, 29) * other;
  };
  size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    for (size_t i = 0; i < 4; ++i) take(lane[i], bytes.data() + at + 8 * i, 8);
  }
  for (; at < bytes.size(); at += 8) take(lane[0], bytes.data() + at, std::min<size_t>(8, bytes.size() - at));
  uint64_t sum = bytes.size();
  for (const uint64_t part : lane) sum = std::rotl((sum ^ part) * odd, 31) * other;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum));
  return text;
}

std::string hex_of(const Bytes& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<int>(byte >> 4)];
    text += digits[std::to_integer<int>(byte & std::byte{15})];
  }
  return text;
}

Bytes bytes_of(const std::string& hex) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

nlohmann::json json_of(const Placement& placement) {
  const NativeHeader& header = placement.header;
  return {{"native", placement.native},
          {"header", {{"format", header.format}, {"bytes", hex_of(header.bytes)}, {"facts", header.facts}}},
          {"axes", placement.axes},
          {"crop", placement.crop},
          {"working", placement.working}};
}

Placement placement_of(const nlohmann::json& json) {
  const nlohmann::json& header = json.at("header");
  return {json.at("native"),
          {header.at("format"), bytes_of(header.at("bytes")), header.at("facts")},
          json.at("axes"),
          json.at("crop"),
          json.at("working")};
}

/// Writes one tensor and says where and with which checksum.
nlohmann::json write_tensor(const std::filesystem::path& folder, const std::string& name,
                            const Tensor& tensor) {
  const Bytes bytes = npy_bytes(tensor);
  write_atomically(folder / name, bytes);
  return {{"file", name}, {"checksum", checksum(bytes)}};
}

/// Undefined if the file does not match.
Tensor open_tensor(const std::filesystem::path& folder, const nlohmann::json& json) {
  const std::filesystem::path path = folder / json.at("file").get<std::string>();
  if (!std::filesystem::exists(path)) return {};
  auto file = std::make_shared<const MappedFile>(path);
  if (checksum(file->bytes()) != json.at("checksum").get<std::string>()) return {};
  return mapped_npy(std::move(file));
}

std::filesystem::path description_file(const std::filesystem::path& folder, const std::string& key) {
  return folder / (key + ".json");
}

/// Nothing if a tensor does not match its checksum.
std::optional<Sample> sample_from(const std::filesystem::path& folder, const std::string& text) {
  const size_t line = text.find('\n');
  if (line == std::string::npos ||
      checksum(std::as_bytes(std::span(text).subspan(line + 1))) != text.substr(0, line))
    return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(text.substr(line + 1));
  Sample sample;
  sample.placement = placement_of(json.at("placement"));
  sample.frame_seconds = json.at("frame_seconds");
  sample.image = {open_tensor(folder, json.at("image")), sample.placement.working};
  if (!sample.image.voxels.defined()) return std::nullopt;
  const nlohmann::json& present = json.at("present");
  sample.present = at::empty({static_cast<int64_t>(present.size())}, at::kBool);
  for (size_t c = 0; c < present.size(); ++c) sample.present.mutable_data_ptr<bool>()[c] = present.at(c);
  for (const auto& [selector, map] : json.at("maps").items()) {
    const Tensor labels = open_tensor(folder, map);
    if (!labels.defined()) return std::nullopt;
    sample.maps[selector] = {labels, sample.placement.working};
  }
  return sample;
}

}  // namespace

std::string entry_key(const Preparation& preparation, const std::string& inputs) {
  OptionText options;
  Preparation described = preparation;
  describe(options, described);
  return sha256(cat("tazuna case ", format, "\n", options.text, "inputs:\n", inputs));
}

void write_entry(const std::filesystem::path& folder, const std::string& key, const Sample& sample) {
  nlohmann::json json{{"image", write_tensor(folder, key + ".image.npy", sample.image.voxels)},
                      {"maps", nlohmann::json::object()},
                      {"present", nlohmann::json::array()},
                      {"frame_seconds", sample.frame_seconds},
                      {"placement", json_of(sample.placement)}};
  for (const auto& [selector, map] : sample.maps) {
    const std::string name = cat(key, ".map", json["maps"].size(), ".npy");
    json["maps"][selector] = write_tensor(folder, name, map.voxels);
  }
  for (int64_t c = 0; c < sample.present.numel(); ++c)
    json["present"].push_back(sample.present[c].item<bool>());
  const std::string text = json.dump();
  write_atomically(description_file(folder, key), cat(checksum(std::as_bytes(std::span(text))), "\n", text));
}

std::optional<Sample> open_entry(const std::filesystem::path& folder, const std::string& key, bool& damaged) {
  const auto file = description_file(folder, key);
  if (!std::filesystem::exists(file)) return std::nullopt;
  auto sample = sample_from(folder, read_text(file));
  damaged = !sample.has_value();
  return sample;
}

}  // namespace tazuna
