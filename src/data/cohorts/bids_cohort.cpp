// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "data/cohorts/bids.hpp"
#include "data/cohorts/bids_name.hpp"
#include "data/cohorts/bids_tables.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// The file that names the labels of a map, if there is one.
fs::path names_file(const BidsOptions& options, const std::string& map, const FoundCohort& found) {
  for (const fs::path& place : {fs::path(found.maps_place), options.root}) {
    for (const std::string& selector : split_text(map, '|'))
      if (fs::exists(place / (selector + ".tsv"))) return place / (selector + ".tsv");
    if (fs::exists(place / "dseg.tsv")) return place / "dseg.tsv";
  }
  for (const FoundCase& one : found.cases) {
    const auto there = one.subject.maps.find(map);
    if (there == one.subject.maps.end()) continue;
    const fs::path beside = there->second.file.parent_path() / (image_stem(there->second.file) + ".tsv");
    if (fs::exists(beside)) return beside;
  }
  return {};
}

/// Leaves out the cases that have nothing of what was asked for, with a warning; unless all are so.
void pass_over_unasked(FoundCohort& found) {
  std::vector<std::string> ids;
  for (const FoundCase& one : found.cases)
    if (one.unasked) ids.push_back(one.subject.id);
  if (ids.empty() || ids.size() == found.cases.size()) return;
  found.cohort.warnings.push_back(
      cat(ids.size(), " of ", found.cases.size(),
          " cases have none of the images that are asked for and are left out: ", listed(ids)));
  std::erase_if(found.cases, [](const FoundCase& one) { return one.unasked; });
}

/// A case whose name is not UTF-8 is wrong: names become part of tables and of JSON.
void write_out_names(FoundCohort& found, const fs::path& root) {
  for (FoundCase& one : found.cases) {
    Subject& subject = one.subject;
    if (is_utf8(subject.id)) continue;
    const fs::path folder = root / subject.person / subject.session;
    one.wrong.push_back(
        cat(with_bytes_written_out(folder.string()),
            ": the name is not UTF-8 (the bytes behind % are foreign); rename the folder and its files"));
    for (std::string* name : {&subject.id, &subject.person, &subject.session})
      *name = with_bytes_written_out(*name);
  }
}

/// Behind the last sentence about a case that lacks sequences: how to leave all like it out.
void offer_exclusion(FoundCohort& found, const BidsOptions& options, bool missing_allowed) {
  std::vector<std::string> ids = options.exclude;
  FoundCase* last = nullptr;
  for (FoundCase& one : found.cases) {
    if (!one.lacks(missing_allowed)) continue;
    ids.push_back(one.subject.id);
    last = &one;
  }
  if (last) last->lacking += cat("; leave all like it out by data.cohort.exclude: [", join(ids, ", "), "]");
}

}  // namespace

Cohort read_cohort(const BidsOptions& options, const CohortRequest& request, Problems& problems) {
  FoundCohort found = find_cases(options, request);
  pass_over_unasked(found);
  write_out_names(found, options.root);
  offer_exclusion(found, options, request.missing_allowed);
  for (const std::string& map : request.maps) {
    if (!BidsSelector(map).has_suffix("dseg")) continue;
    const fs::path file = refusing_what_is_shut([&] { return names_file(options, map, found); });
    if (!file.empty()) found.cohort.labels_of_map[map] = read_label_names(file);
  }
  return usable_cohort(std::move(found), request, problems);
}

}  // namespace tazuna
