// SPDX-License-Identifier: Apache-2.0
#include "image/scalars.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

template <class T>
std::vector<std::byte> stored(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// The labels, or the text of the first value that is none.
template <class T>
std::string labels_text(Scalar type, const std::vector<T>& values, Scaling scaling = {}) {
  const auto bytes = stored(values);
  std::vector<int32_t> labels(values.size());
  const auto wrong = to_labels({bytes, type, false, scaling}, labels);
  if (wrong) return std::to_string(wrong->index) + " is " + wrong->value;
  std::string text;
  for (const int32_t label : labels) text += std::to_string(label) + " ";
  return text;
}

}  // namespace

DOCTEST_TEST_SUITE("image/scalars") {
  DOCTEST_TEST_CASE("names and sizes are NumPy's") {
    DOCTEST_CHECK(name_of(Scalar::int8) == "int8");
    DOCTEST_CHECK(name_of(Scalar::uint64) == "uint64");
    DOCTEST_CHECK(name_of(Scalar::float64) == "float64");
    DOCTEST_CHECK(size_of(Scalar::uint8) == 1);
    DOCTEST_CHECK(size_of(Scalar::uint16) == 2);
    DOCTEST_CHECK(size_of(Scalar::float32) == 4);
    DOCTEST_CHECK(size_of(Scalar::int64) == 8);
  }

  DOCTEST_TEST_CASE("whole numbers stay exact where float32 would round them") {
    DOCTEST_CHECK(labels_text<int32_t>(Scalar::int32, {16777217, -16777219}) == "16777217 -16777219 ");
    DOCTEST_CHECK(labels_text<int64_t>(Scalar::int64, {2147483647, -2147483648}) ==
                  "2147483647 -2147483648 ");
    DOCTEST_CHECK(labels_text<double>(Scalar::float64, {16777217, 0}) == "16777217 0 ");
  }

  DOCTEST_TEST_CASE("what rounding left beside a whole number is that number") {
    const double ulp_off = 1.F / 255;  // as float32 keeps it
    DOCTEST_CHECK(labels_text<uint8_t>(Scalar::uint8, {255, 0}, {ulp_off, 0}) == "1 0 ");
    DOCTEST_CHECK(labels_text<float>(Scalar::float32, {0.9999999F, 2.0000002F, -1e-6F}) == "1 2 0 ");
    DOCTEST_CHECK(labels_text<float>(Scalar::float32, {1, 0.998046875F}) == "1 is 0.998046875");
  }

  DOCTEST_TEST_CASE("what is no label is named") {
    DOCTEST_CHECK(labels_text<float>(Scalar::float32, {1, 0.5f}) == "1 is 0.5");
    DOCTEST_CHECK(labels_text<float>(Scalar::float32, {NAN}) == "0 is nan");
    DOCTEST_CHECK(labels_text<double>(Scalar::float64, {0, -INFINITY}) == "1 is -inf");
    DOCTEST_CHECK(labels_text<int64_t>(Scalar::int64, {2147483648}) == "0 is 2147483648");
    DOCTEST_CHECK(labels_text<uint64_t>(Scalar::uint64, {~uint64_t{0}}) == "0 is 18446744073709551615");
    DOCTEST_CHECK(labels_text<uint32_t>(Scalar::uint32, {4000000000}) == "0 is 4000000000");
    DOCTEST_CHECK(labels_text<uint8_t>(Scalar::uint8, {4, 3}, {0.5, 0}) == "1 is 1.5");
    DOCTEST_CHECK(labels_text<uint8_t>(Scalar::uint8, {4, 2}, {0.5, 1}) == "3 2 ");
  }

  DOCTEST_TEST_CASE("swapped bytes, unaligned bytes and scaling give the same numbers") {
    auto bytes = stored<int16_t>({-300, 0, 32767});
    swap_bytes(bytes, 2);
    bytes.insert(bytes.begin(), std::byte{9});
    std::vector<float> values(3);
    to_float32({std::span<const std::byte>(bytes).subspan(1), Scalar::int16, true, {2, 1}}, values);
    DOCTEST_CHECK((values == std::vector<float>{-599, 1, 65535}));
  }

  DOCTEST_TEST_CASE("numbers may be converted at the front of the memory that ends with them") {
    std::vector<int16_t> numbers(5000);
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int16_t>(37 * i - 9000);
    const auto bytes = stored(numbers);
    std::vector<float> apart(numbers.size()), values(numbers.size());
    to_float32({bytes, Scalar::int16, false, {0.5, 3}}, apart);
    auto* end = reinterpret_cast<std::byte*>(values.data() + values.size());
    std::copy_backward(bytes.begin(), bytes.end(), end);
    const std::span<const std::byte> back(end - bytes.size(), bytes.size());
    to_float32({back, Scalar::int16, false, {0.5, 3}}, values);
    DOCTEST_CHECK((values == apart));
  }

  DOCTEST_TEST_CASE("a wrong label is named by its index in a long file") {
    std::vector<float> numbers(5000, 4);
    numbers[4321] = 2.5F;
    DOCTEST_CHECK(labels_text(Scalar::float32, numbers) == "4321 is 2.5");
  }

  DOCTEST_TEST_CASE("reversing bytes twice changes nothing") {
    for (const size_t width : {1, 2, 4, 8}) {
      auto bytes = stored<uint64_t>({0x0102030405060708, 0x1112131415161718});
      const auto before = bytes;
      swap_bytes(bytes, width);
      DOCTEST_CHECK((bytes == before) == (width == 1));
      swap_bytes(bytes, width);
      DOCTEST_CHECK((bytes == before));
    }
  }
}

}  // namespace tazuna
