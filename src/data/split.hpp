// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// People who are in no fold and are scored once, beside: everybody with a case that has this value.
struct HoldOutOptions {
  std::string column = {};  ///< empty: nobody
  std::string value = {};
};
void describe(Fields& fields, HoldOutOptions& options);

/// k-fold, persons kept together. Without `stratify` in nnU-Net's order: scikit-learn's KFold(folds, shuffle,
/// seed) over sorted ids. With it, the shuffled persons are sorted by their levels in these columns and dealt
/// to the folds in turn: the sizes of the folds, and of each level of the first column in them, differ by at
/// most one person; further columns follow as far as possible. Numbers of more than ten values are cut at
/// their quartiles; a missing value is a level of its own.
struct KFoldOptions {
  static constexpr std::string_view kind = "kfold";
  int64_t folds = 5;
  int64_t seed = 12345;
  std::string person = {};  ///< column that names the person; empty: the cohort's own person
  std::vector<std::string> stratify = {};
  HoldOutOptions hold_out = {};
};
/// A fold for each value of a column (leave one site out), which is held out in it. A whole number with and
/// without a written ".0" (1 and 1.0) is one value, here as in KFoldOptions::stratify and HoldOutOptions.
struct LeaveValueOutOptions {
  static constexpr std::string_view kind = "leave_value_out";
  std::string column = {};
  std::string person = {};  ///< as in KFoldOptions
  HoldOutOptions hold_out = {};
};
/// A given splits_final.json (nnU-Net's form: a list of {train, val} lists of ids).
struct FileSplitOptions {
  static constexpr std::string_view kind = "file";
  std::filesystem::path file = {};
  HoldOutOptions hold_out = {};
};
/// No fold: everybody trains.
struct NoSplitOptions {
  static constexpr std::string_view kind = "none";
  HoldOutOptions hold_out = {};
};
using SplitOptions = std::variant<KFoldOptions, FileSplitOptions, NoSplitOptions, LeaveValueOutOptions>;
void describe(Fields& fields, KFoldOptions& options);
void describe(Fields& fields, LeaveValueOutOptions& options);
void describe(Fields& fields, FileSplitOptions& options);
void describe(Fields& fields, NoSplitOptions& options);
/// Checks across keys; `where` is a key below `split`.
void validate(const SplitOptions& options, Problems& problems);

/// A column of the cases' values that a split reads, and the key below `split` that names it.
struct SplitColumn {
  std::string key, column;
};
std::vector<SplitColumn> split_columns(const SplitOptions& options);
/// Adds those that are not among a cohort's `columns`: they can be told whatever becomes of its cases.
void check_columns(const SplitOptions& options, const std::vector<std::string>& columns, Problems& problems);

/// A sentence for all values of a column that the split reads which only case or blanks around them tell
/// apart (they count as several) or only a written ".0" (they count as one), and one for all persons, of the
/// split's column or else the cohort's, that only these tell apart (they are several).
std::vector<std::string> values_alike(const std::vector<Subject>& subjects, const SplitOptions& options);

struct Fold {
  std::vector<std::string> train, held_out;  ///< case ids, sorted
};

/// Makes the values of the column that names the person, where the split has one, everybody's person: what
/// keeps cases together in folds is also who is drawn and counted in statistics. Refuses a column that no
/// case has and cases without a value in it.
void name_persons(std::vector<Subject>& subjects, const SplitOptions& options);

/// The cases of the people of `hold_out`, sorted ids. Refuses a column or a value that no case has.
std::vector<std::string> held_aside(const std::vector<Subject>& subjects, const SplitOptions& options);

/// The folds of all others; one fold without held-out cases for `none`. Refuses too few persons, unknown ids
/// and columns, a person in both parts, an empty part; a case may stand in neither part of a given file.
std::vector<Fold> split(const std::vector<Subject>& subjects, const SplitOptions& options);
/// nnU-Net's splits_final.json text; FileSplitOptions reads it back.
std::string splits_json(const std::vector<Fold>& folds);

/// Refuses folds in which one image (equal digest among those of a case, by case id) is both trained on and
/// held out.
void refuse_shared_images(const std::vector<Fold>& folds,
                          const std::map<std::string, std::vector<std::string>>& digests);

}  // namespace tazuna
