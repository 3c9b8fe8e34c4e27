// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "experiment/compare_rows.hpp"

namespace tazuna {

inline AskedTask grade_question() {
  return {.task = "grade", .column = "grade", .names = {"II", "III"}};
}
inline AskedTask level_question() {
  return {.task = "mrs", .column = "mrs", .names = {"0", "1", "2", "3"}, .ordered = true, .cuts = {"1"}};
}
inline AskedTask age_question() {
  return {.task = "age", .column = "age", .unit = "years"};
}

inline RunScore dice_row(const std::string& arm, int64_t seed, const std::string& case_id, double dice,
                         double volume_error = 1) {
  return {{arm, seed, 0},
          case_id,
          {case_id,
           "lesion",
           "core",
           {{"dice", dice},
            {"volume_error_mm3", volume_error},
            {"abs_volume_error_mm3", std::abs(volume_error)}}}};
}

inline RunAnswer class_row(const std::string& arm, int64_t seed, const std::string& case_id,
                           const std::string& truth, double second, const std::string& person = "") {
  return {{arm, seed, 0},
          {case_id, person.empty() ? case_id : person, truth,
           with_answer({1 - second, second}, grade_question())}};
}

inline RunAnswer number_row(const std::string& arm, int64_t seed, const std::string& case_id,
                            const std::string& truth, double answer) {
  return {{arm, seed, 0}, {case_id, case_id, truth, Quantity{.value = answer, .unit = "years"}}};
}

}  // namespace tazuna
