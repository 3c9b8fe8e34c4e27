// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tables/row_space.hpp"

namespace tazuna {

/// The strengths that are tried: 1e-3 to 1e3 in half decades.
std::vector<double> strength_grid();

/// The strength of a ridge regression with the least squared error over five inner folds of the training rows
/// (fewer where there are fewer persons; one person's rows stay together; a function of `seed`). Of equal
/// ones the strongest. An Error for fewer than two persons and unless there are a person and a target a row.
double choose_strength(const Rows& features, std::span<const double> targets,
                       std::span<const std::string> persons, uint64_t seed);
/// The same for a logistic regression by its log-loss, each class spread evenly over the inner folds; rows
/// count by the weight of their class ([K]; empty: all alike), when it is fitted and when it is judged.
double choose_strength(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                       std::span<const std::string> persons, uint64_t seed,
                       std::span<const double> class_weights = {});

}  // namespace tazuna
