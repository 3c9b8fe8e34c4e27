// SPDX-License-Identifier: Apache-2.0
#include "infer/weights.hpp"

#include <ATen/ATen.h>

#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "infer/safetensors.hpp"

namespace tazuna {

namespace {

const std::vector<std::pair<std::string, at::ScalarType>>& dtypes() {
  static const std::vector<std::pair<std::string, at::ScalarType>> pairs{
      {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
      {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
      {"U8", at::kByte},    {"BOOL", at::kBool}};
  return pairs;
}

at::ScalarType scalar_type(const std::string& dtype, const std::string& name) {
  for (const auto& [text, type] : dtypes())
    if (text == dtype) return type;
  throw refused(cat(name, ": dtype ", dtype, " has no tensor type here"));
}

std::string dtype_text(const Tensor& tensor, const std::string& name) {
  for (const auto& [text, type] : dtypes())
    if (type == tensor.scalar_type()) return text;
  throw Error(cat(name, ": tensors of type ", toString(tensor.scalar_type()), " cannot be stored"));
}

}  // namespace

NamedTensors read_safetensors(const std::filesystem::path& file,
                              std::map<std::string, std::string>* metadata) {
  return within(file.string(), [&] {
    const MappedFile mapped(file);
    const SafetensorsHeader header = read_safetensors_header(mapped.bytes());
    NamedTensors tensors;
    for (const auto& [name, entry] : header.tensors) {
      Tensor tensor = at::empty(entry.shape, scalar_type(entry.dtype, name));
      if (entry.end > entry.begin)
        std::memcpy(tensor.data_ptr(), mapped.bytes().data() + header.data_begin + entry.begin,
                    entry.end - entry.begin);
      tensors.emplace(name, std::move(tensor));
    }
    if (metadata) *metadata = header.metadata;
    return tensors;
  });
}

Bytes safetensors_bytes(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, SafetensorsEntry>> places;
  for (const auto& [name, tensor] : tensors)
    places.push_back({name, {dtype_text(tensor, name), tensor.sizes().vec(), 0, 0}});
  // Wide types first keep every tensor aligned, as the format's own library does.
  std::stable_sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
    return safetensors_element_bytes(a.second.dtype) > safetensors_element_bytes(b.second.dtype);
  });
  size_t until = 0;
  for (auto& [name, entry] : places) {
    entry.begin = until;
    until += tensors.at(name).nbytes();
    entry.end = until;
  }
  Bytes bytes = safetensors_header(places, metadata);
  const size_t data_begin = bytes.size();
  bytes.resize(data_begin + until);
  for (const auto& [name, entry] : places) {
    const Tensor tensor = tensors.at(name).detach().cpu().contiguous();
    if (tensor.nbytes() > 0)
      std::memcpy(bytes.data() + data_begin + entry.begin, tensor.data_ptr(), tensor.nbytes());
  }
  return bytes;
}

}  // namespace tazuna
