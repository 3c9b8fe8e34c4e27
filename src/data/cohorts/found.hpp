// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/problems.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// By column of a table, words that are values there though they read like none (tables/table.hpp,
/// is_missing()): the classes and levels that a task declares.
using DeclaredWords = std::map<std::string, std::set<std::string>>;

/// What an experiment asks of a cohort's files.
struct CohortRequest {
  std::vector<std::string> sequences = {};  ///< in channel order; empty: all that the source itself names
  std::vector<std::string> maps = {};       ///< selectors of the tasks' label maps
  std::vector<std::string> filter = {};     ///< "entity-value": which of several matching BIDS files is meant
  bool values = true;                       ///< whether tables that stand beside the images are read
  bool missing_allowed = false;             ///< a case may lack sequences as long as it has one
  DeclaredWords words = {};
  /// By sequence: the BIDS selector or the table's column that it goes by, where that is not its name.
  std::map<std::string, std::string> selectors = {};
  bool predicting = false;  ///< sentences name the flags of `predict`, not the keys of a configuration
  bool scoring = false;  ///< only label maps matter: one whose name is not UTF-8 is left out with a warning

  const std::string& selector_of(const std::string& sequence) const {
    const auto own = selectors.find(sequence);
    return own == selectors.end() ? sequence : own->second;
  }
};

/// The text of a cell of `column` without blanks around it; "" where it says that there is no value.
std::string cell_value(std::string_view cell, const std::string& column, const DeclaredWords& declared);

/// A case as its source holds it; what is wrong with it alone stands beside it.
struct FoundCase {
  Subject subject;
  std::vector<std::string> wrong = {};  ///< sentences
  std::string lacking = {};  ///< a sentence about the sequences it does not have; empty: it has all
  bool unasked = false;      ///< it has no image that was asked for, and none that may be meant as one
  /// Of its label maps' place, for messages: names of what nobody asked for, and files passed over.
  std::set<std::string> other_maps = {};
  std::vector<std::string> passed_over = {};

  /// Whether it cannot be used for the sequences that it does not have. Where `missing_allowed`, one is
  /// enough.
  bool lacks(bool missing_allowed) const;

  /// All that is wrong, in one line; empty: the case can be used.
  std::string problem(bool missing_allowed = false) const;
};

/// A source as it was found, before anybody decided what becomes of cases that cannot be used.
struct FoundCohort {
  Cohort cohort;                                      ///< without its subjects
  std::vector<FoundCase> cases;                       ///< sorted by id
  std::set<std::string> known_sequences, known_maps;  ///< names that any case has, for messages
  std::string maps_place;                             ///< where label maps were looked for
};

/// The cohort of the cases that can be used; everything about the others goes to `problems`. What no case has
/// is told once, not case by case; a label map that some of them lack is a warning that counts and names
/// them.
Cohort usable_cohort(FoundCohort found, const CohortRequest& request, Problems& problems);

/// The end of a sentence about a case that lacks some of its sequences only.
inline constexpr std::string_view or_allow_missing = ", or allow it by input.missing: allow";

/// The column of a table that names the case: id, participant_id, case, else the first.
std::string case_column(const std::vector<std::string>& columns);

/// Whether a text may be a case's id, which becomes part of file names.
bool names_a_case(const std::string& id);

/// "a, b, c, d, e and 7 more".
std::string listed(const std::vector<std::string>& names);

/// "FILE is a link to a file that is not there; fetch its content", as DataLad and git-annex leave them; of a
/// link in a circle what cannot_be_read() says.
std::string leads_nowhere(const std::filesystem::path& link);

/// Why the system keeps a folder or a file from being read, and what to do.
std::string cannot_be_read(const std::filesystem::path& path, const std::error_code& reason);

/// Runs `work`; what it cannot read for the system's reasons is an Error (refused).
template <class Work>
decltype(auto) refusing_what_is_shut(Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::filesystem::filesystem_error& error) {
    throw refused(cannot_be_read(error.path1(), error.code()));
  }
}

/// "; there is a, b", or "; there is none", or "; did you mean 'a'? There is a, b".
std::string offer(const std::string& asked, const std::set<std::string>& known);

}  // namespace tazuna
