// SPDX-License-Identifier: Apache-2.0
#include "image/scalars.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/text.hpp"

namespace tazuna {
namespace {

/// Calls work(T{}) with the C++ type of a Scalar.
template <class Work>
decltype(auto) with_type(Scalar type, Work&& work) {
  switch (type) {
    case Scalar::int8:
      return work(int8_t{});
    case Scalar::uint8:
      return work(uint8_t{});
    case Scalar::int16:
      return work(int16_t{});
    case Scalar::uint16:
      return work(uint16_t{});
    case Scalar::int32:
      return work(int32_t{});
    case Scalar::uint32:
      return work(uint32_t{});
    case Scalar::int64:
      return work(int64_t{});
    case Scalar::uint64:
      return work(uint64_t{});
    case Scalar::float32:
      return work(float{});
    case Scalar::float64:
      break;
  }
  return work(double{});
}

template <class Word>
Word reversed(Word word) {
  if constexpr (sizeof(Word) == 2)
    return __builtin_bswap16(word);
  else if constexpr (sizeof(Word) == 4)
    return __builtin_bswap32(word);
  else if constexpr (sizeof(Word) == 8)
    return __builtin_bswap64(word);
  else
    return word;
}

template <size_t size>
using Word = std::conditional_t<
    size == 1, uint8_t,
    std::conditional_t<size == 2, uint16_t, std::conditional_t<size == 4, uint32_t, uint64_t>>>;

template <class T, bool swapped>
T load(const std::byte* from) {
  Word<sizeof(T)> word;
  std::memcpy(&word, from, sizeof(T));
  if constexpr (swapped) word = reversed(word);
  T value;
  std::memcpy(&value, &word, sizeof(T));
  return value;
}

template <class T, bool swapped>
void convert(const std::byte* from, Scaling scaling, std::span<float> values) {
  if (scaling.none()) {
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(load<T, swapped>(from + i * sizeof(T)));
    }
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = static_cast<double>(load<T, swapped>(from + i * sizeof(T)));
    values[i] = static_cast<float>(scaling.slope * value + scaling.inter);
  }
}

constexpr double lowest_label = std::numeric_limits<int32_t>::min();
constexpr double highest_label = std::numeric_limits<int32_t>::max();

// Masks scaled by 1/255, or resampled and rounded in float32, miss their whole number by some ulps.
constexpr double label_tolerance = 1e-4;

bool is_label(double value) {
  const double whole = std::nearbyint(value);
  return whole >= lowest_label && whole <= highest_label && std::abs(value - whole) <= label_tolerance;
}

template <class T>
bool is_label(T value, Scaling scaling) {
  if constexpr (std::is_integral_v<T>) {
    if (scaling.none()) return std::in_range<int32_t>(value);
  }
  return is_label(scaling.slope * static_cast<double>(value) + scaling.inter);
}

template <class T>
int32_t label_of(T value, Scaling scaling) {
  if constexpr (std::is_integral_v<T>) {
    if (scaling.none()) return static_cast<int32_t>(value);
  }
  return static_cast<int32_t>(std::nearbyint(scaling.slope * static_cast<double>(value) + scaling.inter));
}

template <class T>
std::string value_text(T value, Scaling scaling) {
  if constexpr (std::is_integral_v<T>) {
    if (scaling.none()) return std::to_string(value);
  }
  return number_text(scaling.slope * static_cast<double>(value) + scaling.inter);
}

template <class T, bool swapped>
std::optional<NotLabel> convert_labels(const std::byte* from, Scaling scaling, std::span<int32_t> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const T value = load<T, swapped>(from + i * sizeof(T));
    if (!is_label(value, scaling)) return NotLabel{i, value_text(value, scaling)};
    values[i] = label_of(value, scaling);
  }
  return std::nullopt;
}

/// Calls work(stored voxels of T, index of the first, their place among the values) piece by piece while it
/// returns true. The voxels are copies, so that what is written may lie over what was read.
template <class T, class Value, class Work>
void in_pieces(std::span<const std::byte> bytes, std::span<Value> values, const Work& work) {
  constexpr size_t most = 1024;
  alignas(64) std::byte copies[most * sizeof(T)];
  const size_t count = std::min(values.size(), bytes.size() / sizeof(T));
  for (size_t begin = 0, size = 0; begin < count; begin += size) {
    size = std::min(most, count - begin);
    std::memcpy(copies, bytes.data() + begin * sizeof(T), size * sizeof(T));
    if (!work(copies, begin, values.subspan(begin, size))) return;
  }
}

template <class W>
void swap_words(std::span<std::byte> bytes) {
  for (size_t at = 0; at + sizeof(W) <= bytes.size(); at += sizeof(W)) {
    W word;
    std::memcpy(&word, bytes.data() + at, sizeof(W));
    word = reversed(word);
    std::memcpy(bytes.data() + at, &word, sizeof(W));
  }
}

}  // namespace

size_t size_of(Scalar type) {
  return with_type(type, [](auto zero) { return sizeof(zero); });
}

std::string_view name_of(Scalar type) {
  constexpr std::string_view names[] = {"int8",   "uint8", "int16",  "uint16",  "int32",
                                        "uint32", "int64", "uint64", "float32", "float64"};
  return names[static_cast<size_t>(type)];
}

void to_float32(const StoredVoxels& stored, std::span<float> values) {
  with_type(stored.type, [&](auto zero) {
    using T = decltype(zero);
    const auto convert_all = stored.swapped ? convert<T, true> : convert<T, false>;
    in_pieces<T>(stored.bytes, values, [&](const std::byte* from, size_t, std::span<float> piece) {
      convert_all(from, stored.scaling, piece);
      return true;
    });
  });
}

std::optional<NotLabel> to_labels(const StoredVoxels& stored, std::span<int32_t> values) {
  return with_type(stored.type, [&](auto zero) {
    using T = decltype(zero);
    const auto convert_all = stored.swapped ? convert_labels<T, true> : convert_labels<T, false>;
    std::optional<NotLabel> wrong;
    in_pieces<T>(stored.bytes, values, [&](const std::byte* from, size_t begin, std::span<int32_t> piece) {
      wrong = convert_all(from, stored.scaling, piece);
      if (wrong) wrong->index += begin;
      return !wrong;
    });
    return wrong;
  });
}

void swap_bytes(std::span<std::byte> bytes, size_t width) {
  if (width == 2) swap_words<uint16_t>(bytes);
  if (width == 4) swap_words<uint32_t>(bytes);
  if (width == 8) swap_words<uint64_t>(bytes);
}

}  // namespace tazuna
