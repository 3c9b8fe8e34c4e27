// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr uint64_t golden_gamma = 0x9e3779b97f4a7c15;

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
uint64_t mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

}  // namespace

KeyPart::KeyPart(int64_t number) : bits_(mixed(static_cast<uint64_t>(number) + golden_gamma)) {}

KeyPart::KeyPart(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  bits_ = mixed(hash);
}

Random::Random(std::initializer_list<KeyPart> key) {
  uint64_t seed = key.size();
  for (const KeyPart& part : key) seed = mixed(seed * golden_gamma + part.bits());
  for (uint64_t& word : state_) word = mixed(seed += golden_gamma);
}

uint64_t Random::bits() {  // xoshiro256** 1.0 (Blackman and Vigna 2018)
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

int64_t Random::below(int64_t count) {
  if (count < 1)
    throw Error(cat("a random number below ", count, " was asked for; the count must be at least 1"));
  const auto size = static_cast<uint64_t>(count);
  const uint64_t uneven =
      -size % size;  // 2^64 mod size: so many draws at the low end would favour some results
  for (;;) {
    const uint64_t drawn = bits();
    if (drawn >= uneven) return static_cast<int64_t>(drawn % size);
  }
}

std::vector<int64_t> Random::permutation(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t last = count - 1; last > 0; --last) std::swap(order[last], order[below(last + 1)]);
  return order;
}

}  // namespace tazuna
