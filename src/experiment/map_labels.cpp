// SPDX-License-Identifier: Apache-2.0
#include "experiment/map_labels.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/text.hpp"
#include "infer/short_list.hpp"

namespace tazuna {

namespace {

/// What a task draws, and in which map.
struct DrawnLabels {
  std::string task, map;
  NamedIntegers structures;
  int64_t ignore = 0;
};

std::vector<DrawnLabels> drawn_by(const std::vector<TaskOptions>& tasks) {
  std::vector<DrawnLabels> drawn;
  for (const TaskOptions& task : tasks)
    std::visit(
        [&drawn](const auto& options) {
          if constexpr (requires { options.target.labels; }) {
            const auto& target = options.target;
            DrawnLabels& one = drawn.emplace_back(options.name, target.map, target.labels, target.ignore);
            std::erase_if(one.structures, [&one](const auto& named) {
              if (named.first != "ignore") return false;
              one.ignore = named.second;
              return true;
            });
          }
        },
        task.task);
  return drawn;
}

/// The labels that tasks name in each map; 0 among them.
LabelsOfMaps named_in(const std::vector<DrawnLabels>& drawn) {
  LabelsOfMaps named;
  for (const DrawnLabels& one : drawn) {
    named[one.map].insert({0, one.ignore});
    for (const auto& [name, label] : one.structures) named[one.map].insert(label);
  }
  return named;
}

std::set<int64_t> met_in(const std::vector<CasePrint>& cases, const std::string& map) {
  std::set<int64_t> met;
  for (const CasePrint& print : cases)
    if (const auto labels = print.labels.find(map); labels != print.labels.end())
      met.insert(labels->second.begin(), labels->second.end());
  return met;
}

/// "1, 3, 4, 5, 6 and 30 more", "1 and 17".
std::string labels_text(const std::vector<int64_t>& labels) {
  return labels.size() == 2 ? join(labels, " and ") : short_list(labels);
}

void warn_of_strangers(const std::string& map, const std::vector<int64_t>& strangers,
                       const std::vector<CasePrint>& cases, Log& log) {
  const auto holds_one = [&](const CasePrint& print) {
    const auto labels = print.labels.find(map);
    return labels != print.labels.end() &&
           std::ranges::any_of(strangers, [&](int64_t label) { return labels->second.contains(label); });
  };
  const auto count = std::ranges::count_if(cases, holds_one);
  const bool one = strangers.size() == 1;
  log.warn(cat(map, ": the ", one ? "label " : "labels ", labels_text(strangers), " (in ", count,
               count == 1 ? " case)" : " cases)", one ? " belongs" : " belong", " to no task and ",
               one ? "counts" : "count", " as background"));
}

/// Structures that nobody shows: no network can learn them.
void look_for_structures(const DrawnLabels& task, const std::set<int64_t>& met,
                         const std::vector<int64_t>& strangers, Log& log, Problems& problems) {
  const auto is_met = [&met](const auto& structure) { return met.contains(structure.second); };
  if (!strangers.empty() && std::ranges::none_of(task.structures, is_met))
    return problems.add(cat(task.task, ": target.labels"),
                        cat("no case shows any of them in its map '", task.map, "', which holds ",
                            labels_text(strangers), "; give the labels that the map has"));
  for (const auto& [name, label] : task.structures)
    if (!met.contains(label))
      log.warn(cat("no case shows ", task.task, ": '", name, "' (label ", label, ") in its map '", task.map,
                   "'; the network cannot learn it"));
}

}  // namespace

LabelsOfMaps labels_of_maps(const std::vector<TaskOptions>& tasks, const Cohort& cohort) {
  LabelsOfMaps allowed;
  for (const auto& [map, labels] : named_in(drawn_by(tasks))) {
    const NamedIntegers& known = cohort.labels_for(map);
    if (known.empty()) continue;
    allowed[map] = labels;
    for (const auto& [name, label] : known) allowed[map].insert(label);
  }
  return allowed;
}

void compare_labels(const std::vector<CasePrint>& cases, const std::vector<TaskOptions>& tasks,
                    const Cohort& cohort, Log& log, Problems& problems) {
  const std::vector<DrawnLabels> drawn = drawn_by(tasks);
  for (const auto& [map, named] : named_in(drawn)) {
    const auto has = [&map](const CasePrint& print) { return print.map_sha256.contains(map); };
    if (std::ranges::none_of(cases, has)) continue;
    const std::set<int64_t> met = met_in(cases, map);
    std::vector<int64_t> strangers;
    if (cohort.labels_for(map).empty())
      std::ranges::set_difference(met, named, std::back_inserter(strangers));
    if (!strangers.empty()) warn_of_strangers(map, strangers, cases, log);
    for (const DrawnLabels& task : drawn)
      if (task.map == map) look_for_structures(task, met, strangers, log, problems);
  }
}

}  // namespace tazuna
