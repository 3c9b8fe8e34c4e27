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

/// A sentence about the usable cases that lack a label map; "" where all have it.
std::string lacking_map(const std::string& map, const std::vector<FoundCase>& cases, bool missing_allowed) {
  std::vector<std::string> without, passed_over;
  std::set<std::string> others;
  size_t usable = 0;
  for (const FoundCase& one : cases) {
    if (!one.problem(missing_allowed).empty()) continue;
    ++usable;
    if (one.subject.maps.contains(map)) continue;
    without.push_back(one.subject.id);
    others.insert(one.other_maps.begin(), one.other_maps.end());
    passed_over.insert(passed_over.end(), one.passed_over.begin(), one.passed_over.end());
  }
  if (without.empty()) return "";
  std::vector<std::string> there;
  if (!others.empty()) there.push_back(cat("found there: ", listed({others.begin(), others.end()})));
  if (!passed_over.empty()) there.push_back(cat("passed over: ", listed(passed_over)));
  return cat(map, ": ", usable - without.size(), " of ", usable, " cases have it; none for ", listed(without),
             there.empty() ? "" : cat(" (", join(there, "; "), ")"), "; its tasks do not learn from them");
}

}  // namespace

bool FoundCase::lacks(bool missing_allowed) const {
  return !lacking.empty() && !(missing_allowed && !subject.images.empty());
}

std::string FoundCase::problem(bool missing_allowed) const {
  std::vector<std::string> all = wrong;
  if (lacks(missing_allowed)) all.push_back(lacking);
  return join(all, "; ");
}

Cohort usable_cohort(FoundCohort found, const CohortRequest& request, Problems& problems) {
  const auto no_sequence = in_no_case(request.sequences, found.cases, &Subject::images);
  for (const std::string& sequence : no_sequence)
    problems.add("input.sequences",
                 cat("no case has '", sequence, "'", offer(sequence, found.known_sequences)));
  const auto no_map = in_no_case(request.maps, found.cases, &Subject::maps);
  for (const std::string& map : no_map)
    problems.add(map, cat("no case has this label map in ", found.maps_place, offer(map, found.known_maps)));
  for (const std::string& map : request.maps) {
    const bool told = std::find(no_map.begin(), no_map.end(), map) != no_map.end();
    std::string warning = told ? "" : lacking_map(map, found.cases, request.missing_allowed);
    if (!warning.empty()) found.cohort.warnings.push_back(std::move(warning));
  }
  for (FoundCase& one : found.cases) {
    const bool has_one = !one.subject.images.empty();
    const bool lacks = one.lacks(request.missing_allowed);
    for (const std::string& sentence : one.wrong) problems.add(one.subject.id, sentence);
    if (lacks && no_sequence.empty())
      problems.add(one.subject.id, cat(one.lacking, has_one ? or_allow_missing : ""));
    const bool usable = !lacks && one.wrong.empty();
    if (usable || !one.subject.person.empty())
      (usable ? found.cohort.subjects : found.cohort.unusable).push_back(std::move(one.subject));
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

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t shown = 5;
  const std::vector<std::string> first(names.begin(), names.begin() + std::min(names.size(), shown));
  return cat(join(first, ", "), names.size() > shown ? cat(" and ", names.size() - shown, " more") : "");
}

std::string leads_nowhere(const std::filesystem::path& link) {
  std::error_code reason;
  if (std::filesystem::status(link, reason).type() == std::filesystem::file_type::none)
    return cannot_be_read(link, reason);
  return cat(link.string(), " is a link to a file that is not there; fetch its content");
}

std::string cannot_be_read(const std::filesystem::path& path, const std::error_code& reason) {
  const bool circle = reason == std::errc::too_many_symbolic_link_levels;
  return cat(path.string(),
             " cannot be read: ", circle ? "it is a link that leads nowhere" : reason.message(),
             "; make it readable, or leave the case out");
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
