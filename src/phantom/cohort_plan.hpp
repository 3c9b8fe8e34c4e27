// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "phantom/options.hpp"
#include "phantom/people.hpp"

namespace tazuna {

/// Who is in a cohort and how its files come to be.
struct CohortPlan {
  std::vector<Person> people;
  std::function<void(const Person&)> write_person;  ///< of several people at once, on any thread
  std::function<void()> write_tables;  ///< after all people; what makes the cohort whole comes last
};

CohortPlan plan_structural(const PhantomOptions& options, const std::filesystem::path& out);
CohortPlan plan_slices(const PhantomOptions& options, const std::filesystem::path& out);
CohortPlan plan_series(const PhantomOptions& options, const std::filesystem::path& out);

}  // namespace tazuna
