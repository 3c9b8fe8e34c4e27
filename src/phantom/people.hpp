// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "phantom/options.hpp"
#include "phantom/preset.hpp"

namespace tazuna {

/// One synthetic person: what the tables say, and the latent values behind the images.
struct Person {
  int64_t number = 0;  ///< from 0; the key of all random numbers
  std::string id;      ///< "sub-01"
  int64_t group = 0, site = 0, age = 0;
  std::string sex;                          ///< "F" or "M"
  std::array<double, 2> pair_factor{1, 1};  ///< left, right: volume over the preset's median
  double lesion_ml = 0;                     ///< all lesions together
  double ventricle_factor = 1;              ///< volume; grows with age
  std::optional<int64_t> rankin;            ///< outcome, 0 to 6, where the preset has one
  double probability = 0.5;                 ///< of the second group, given the latent values
  std::vector<bool> has;                    ///< by sequence
};

/// Draws everybody. Groups are halves, spread evenly over the sites, in random order. A group shifts the
/// latent values alone (log volumes of the pair, smaller in the second group; log lesion load, larger) by
/// `effect` standard deviations altogether, so that the ideal observer is right with probability
/// Phi(effect / 2).
std::vector<Person> draw_people(const PhantomOptions& options, const Preset& preset);

}  // namespace tazuna
