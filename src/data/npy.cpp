// SPDX-License-Identifier: Apache-2.0
#include "data/npy.hpp"

#include <ATen/ATen.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr std::string_view magic("\x93NUMPY\x01\x00", 8);
constexpr size_t alignment = 64;

constexpr std::pair<at::ScalarType, std::string_view> dtypes[] = {
    {at::kFloat, "<f4"}, {at::kShort, "<i2"}, {at::kBool, "|b1"}};

/// Everything before the data: magic, version, length, description, padding.
std::string header_of(at::ScalarType type, at::IntArrayRef shape) {
  std::string_view name;
  for (const auto& [known, text] : dtypes) {
    if (known == type) name = text;
  }
  if (name.empty()) throw Error(cat("tensors of type ", at::toString(type), " are not kept in .npy files"));
  std::string words = cat("{'descr': '", name, "', 'fortran_order': False, 'shape': (", join(shape, ", "),
                          shape.size() == 1 ? "," : "", "), }");
  const size_t fixed = magic.size() + 2;
  const size_t total = (fixed + words.size() + 1 + alignment - 1) / alignment * alignment;
  words.resize(total - fixed - 1, ' ');
  words += '\n';
  const auto length = static_cast<uint16_t>(words.size());
  std::string header(magic);
  header += static_cast<char>(length & 0xff);
  header += static_cast<char>(length >> 8);
  return header + words;
}

std::vector<int64_t> shape_in(std::string_view header) {
  const size_t open = header.find('('), close = header.find(')');
  std::vector<int64_t> shape;
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return shape;
  for (const std::string& word : split_text(header.substr(open + 1, close - open - 1), ',')) {
    const std::string number = trimmed(word);
    if (number.empty() || number.size() > 12 || number.find_first_not_of("0123456789") != std::string::npos)
      continue;
    shape.push_back(std::stoll(number));
  }
  return shape;
}

}  // namespace

Bytes npy_bytes(const Tensor& tensor) {
  const Tensor values = tensor.contiguous();
  const std::string header = header_of(values.scalar_type(), values.sizes());
  Bytes bytes(header.size() + values.nbytes());
  std::memcpy(bytes.data(), header.data(), header.size());
  std::memcpy(bytes.data() + header.size(), values.const_data_ptr(), values.nbytes());
  return bytes;
}

Tensor mapped_npy(std::shared_ptr<const MappedFile> file) {
  const auto bytes = file->bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t end = text.substr(0, 4096).find('\n') + 1;
  for (const auto& [type, name] : dtypes) {
    const std::vector<int64_t> shape = shape_in(text.substr(0, end));
    if (shape.empty() || text.substr(0, end) != header_of(type, shape)) continue;
    void* data = const_cast<std::byte*>(bytes.data() + end);
    Tensor tensor = at::from_blob(
        data, shape, [file](void*) {}, at::TensorOptions(type));
    if (end + tensor.nbytes() == bytes.size()) return tensor;
  }
  throw Error("the file is not a .npy file of this program");
}

}  // namespace tazuna
