// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/fields.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// k-fold in nnU-Net's order: scikit-learn's KFold(folds, shuffle, seed) over sorted ids, persons kept
/// together.
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

/// The folds of a cohort; one fold without held-out cases for `none`. Refuses too few persons, unknown ids, a
/// person in both parts, an empty part; a case of the cohort may stand in neither part of a given file.
std::vector<Fold> split(const std::vector<Subject>& subjects, const SplitOptions& options);
/// nnU-Net's splits_final.json text; FileSplitOptions reads it back.
std::string splits_json(const std::vector<Fold>& folds);

/// Refuses folds in which one image (equal digest in `digests`, by case id) is both trained on and held out.
void refuse_shared_images(const std::vector<Fold>& folds, const std::map<std::string, std::string>& digests);

}  // namespace tazuna
