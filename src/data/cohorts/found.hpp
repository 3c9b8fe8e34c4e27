// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/problems.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// What an experiment asks of a cohort's files.
struct CohortRequest {
  std::vector<std::string> sequences = {};  ///< in channel order; empty: all that the source itself names
  std::vector<std::string> maps = {};       ///< selectors of the tasks' label maps
  std::vector<std::string> filter = {};     ///< "entity-value": which of several matching BIDS files is meant
  bool values = true;                       ///< whether tables that stand beside the images are read
};

/// A case as its source holds it; what is wrong with it alone stands beside it.
struct FoundCase {
  Subject subject;
  std::vector<std::string> wrong = {};  ///< sentences
  std::string lacking = {};  ///< a sentence about the sequences it does not have; empty: it has all

  bool usable() const { return wrong.empty() && lacking.empty(); }
  /// All that is wrong, in one line.
  std::string problem() const;
};

/// A source as it was found, before anybody decided what becomes of cases that cannot be used.
struct FoundCohort {
  Cohort cohort;                                      ///< without its subjects
  std::vector<FoundCase> cases;                       ///< sorted by id
  std::set<std::string> known_sequences, known_maps;  ///< names that any case has, for messages
  std::string maps_place;                             ///< where label maps were looked for
};

/// The cohort of the usable cases; everything about the others goes to `problems`. What no case has is told
/// once, not case by case.
Cohort usable_cohort(FoundCohort found, const CohortRequest& request, Problems& problems);

/// Whether a text may be a case's id, which becomes part of file names.
bool names_a_case(const std::string& id);

/// "; there is a, b", or "; there is none", or "; did you mean 'a'? There is a, b".
std::string offer(const std::string& asked, const std::set<std::string>& known);

}  // namespace tazuna
