// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/fields.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// k-fold in nnU-Net's order: scikit-learn's KFold(folds, shuffle, seed) over sorted ids, persons kept together.
struct KFoldOptions {
  static constexpr std::string_view kind = "kfold";
  int64_t folds = 5;
  int64_t seed = 12345;
  std::string person;  ///< column that names the person; empty: the cohort's own person
};
/// A given splits_final.json (nnU-Net's form: a list of {train, val} lists of ids).
struct FileSplitOptions {
  static constexpr std::string_view kind = "file";
  std::filesystem::path file;
};
/// No fold: everybody trains.
struct NoSplitOptions {
  static constexpr std::string_view kind = "none";
};
using SplitOptions = std::variant<KFoldOptions, FileSplitOptions, NoSplitOptions>;
void describe(Fields& fields, KFoldOptions& options);
void describe(Fields& fields, FileSplitOptions& options);
void describe(Fields& fields, NoSplitOptions& options);

struct Fold {
  std::vector<std::string> train, held_out;  ///< case ids, sorted
};

/// The folds of a cohort. Refuses too few persons, unknown ids, a person in both parts, an empty part.
std::vector<Fold> split(const std::vector<Subject>& subjects, const SplitOptions& options);
/// nnU-Net's splits_final.json text and back.
std::string splits_json(const std::vector<Fold>& folds);

}  // namespace tazuna
