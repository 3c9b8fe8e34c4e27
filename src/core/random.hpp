// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// One part of a random key: a number or a name.
class KeyPart {
 public:
  KeyPart(int64_t number);  // NOLINT: a key is written as a list of plain things
  KeyPart(int number) : KeyPart(static_cast<int64_t>(number)) {}         // NOLINT
  KeyPart(uint64_t number) : KeyPart(static_cast<int64_t>(number)) {}    // NOLINT
  KeyPart(std::string_view name);                                        // NOLINT
  KeyPart(const char* name) : KeyPart(std::string_view(name)) {}         // NOLINT
  KeyPart(const std::string& name) : KeyPart(std::string_view(name)) {}  // NOLINT
  uint64_t bits() const { return bits_; }

 private:
  uint64_t bits_;
};

/// A stream of random numbers that is a pure function of its key, e.g. {seed, case, epoch, draw}: the same on
/// every platform and with every number of threads. (xoshiro256** seeded by SplitMix64 of the mixed key
/// parts.)
class Random {
 public:
  explicit Random(std::initializer_list<KeyPart> key);
  uint64_t bits();
  /// In [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high);
  /// Standard normal (Box-Muller).
  double normal();
  /// In [0, count), unbiased; count >= 1.
  int64_t below(int64_t count);
  bool chance(double probability) { return uniform() < probability; }
  /// 0..count-1 in random order (Fisher-Yates).
  std::vector<int64_t> permutation(int64_t count);

 private:
  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace tazuna
