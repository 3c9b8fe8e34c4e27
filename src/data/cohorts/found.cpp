// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/found.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "tables/table.hpp"

namespace tazuna {
namespace {

/// Selectors of `wanted` that no case has.
std::vector<std::string> in_no_case(const std::vector<std::string>& wanted,
                                    const std::vector<FoundCase>& cases,
                                    std::map<std::string, ImageRef> Subject::*files) {
  std::vector<std::string> missing;
  for (const std::string& name : wanted) {
    const bool somebody = std::any_of(cases.begin(), cases.end(), [&](const FoundCase& one) {
      return (one.subject.*files).contains(name) || !one.wrong.empty();
    });
    if (!somebody) missing.push_back(name);
  }
  return missing;
}

}  // namespace

std::string FoundCase::problem(bool missing_allowed) const {
  std::vector<std::string> all = wrong;
  if (!lacking.empty() && !(missing_allowed && !subject.images.empty())) all.push_back(lacking);
  return join(all, "; ");
}

Cohort usable_cohort(FoundCohort found, const CohortRequest& request, Problems& problems) {
  const auto no_sequence = in_no_case(request.sequences, found.cases, &Subject::images);
  for (const std::string& sequence : no_sequence)
    problems.add("input.sequences",
                 cat("no case has '", sequence, "'", offer(sequence, found.known_sequences)));
  for (const std::string& map : in_no_case(request.maps, found.cases, &Subject::maps))
    problems.add(map, cat("no case has this label map in ", found.maps_place, offer(map, found.known_maps)));
  for (FoundCase& one : found.cases) {
    const bool has_one = !one.subject.images.empty();
    const bool lacks = !one.lacking.empty() && !(request.missing_allowed && has_one);
    for (const std::string& sentence : one.wrong) problems.add(one.subject.id, sentence);
    if (lacks && no_sequence.empty())
      problems.add(one.subject.id, cat(one.lacking, has_one ? or_allow_missing : ""));
    if (!lacks && one.wrong.empty()) found.cohort.subjects.push_back(std::move(one.subject));
  }
  return std::move(found.cohort);
}

std::string cell_value(std::string_view cell, const std::string& column, const DeclaredWords& declared) {
  std::string text = trimmed(cell);
  if (!is_missing(text)) return text;
  const auto own = declared.find(column);
  return own != declared.end() && own->second.contains(text) ? text : "";
}

std::string case_column(const std::vector<std::string>& columns) {
  for (const char* usual : {"id", "participant_id", "case"})
    if (std::find(columns.begin(), columns.end(), usual) != columns.end()) return usual;
  return columns.front();
}

bool names_a_case(const std::string& id) {
  return !id.empty() && id[0] != '.' && id.find_first_of("/\\\t\r\n") == std::string::npos;
}

std::string offer(const std::string& asked, const std::set<std::string>& known) {
  constexpr size_t shown = 20;
  std::vector<std::string> names(known.begin(), known.end());
  const std::string meant = nearest(asked, names);
  if (names.size() > shown) {
    names.resize(shown);
    names.emplace_back("…");
  }
  return cat(meant.empty() ? "; there is " : cat("; did you mean '", meant, "'? There is "),
             names.empty() ? "none" : join(names, ", "));
}

}  // namespace tazuna
