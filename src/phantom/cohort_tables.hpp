// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "phantom/options.hpp"
#include "phantom/people.hpp"

namespace tazuna {

/// Writes what describes a phantom cohort beside its images; the root's dataset_description.json last.
void write_cohort_tables(const PhantomOptions& options, const Preset& preset,
                         const std::vector<Person>& people, const std::filesystem::path& out);

}  // namespace tazuna
