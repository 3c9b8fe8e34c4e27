// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_saliency.hpp"

#include <cmath>
#include <map>
#include <tuple>

#include "core/text.hpp"
#include "experiment/report_pictures.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

// A map without its pictures, and the boxes that they show.
struct Measured {
  SaliencyMap map;
  std::vector<BoxChange> changes;
};

BoxChange box_in(const Table& rows, size_t row) {
  const auto edge = [&](const char* column) {
    return static_cast<int64_t>(std::llround(rows.number(row, column)));
  };
  return {.box = {.low = {edge("z_low"), edge("y_low"), edge("x_low")},
                  .high = {edge("z_high"), edge("y_high"), edge("x_high")}},
          .change = rows.number(row, "change")};
}

// "54.2 years" for a number, a class as it is.
std::string answer_words(const std::string& text, const std::string& measure) {
  const auto number = number_of(text);
  if (!measure.starts_with("answer") || !number) return text;
  const size_t open = measure.find('('), close = measure.rfind(')');
  const std::string unit = open == std::string::npos ? "" : measure.substr(open + 1, close - open - 1);
  return cat(number_text(std::round(*number * 100) / 100), unit.empty() ? "" : " ", unit);
}

// One a task and case, in the order of the file.
std::vector<Measured> measured_in(const Table& rows) {
  std::vector<Measured> maps;
  std::map<std::pair<std::string, std::string>, size_t> places;
  for (size_t row = 0; row < rows.rows(); ++row) {
    const auto text = [&](const char* column) { return rows.text(row, column); };
    const auto [place, added] = places.try_emplace({text("task"), text("case")}, maps.size());
    if (added) {
      const std::string measure = text("measure");
      maps.push_back({.map = {.task = text("task"),
                              .role = text("role"),
                              .case_id = text("case"),
                              .truth = answer_words(text("truth"), measure),
                              .answer = answer_words(text("answer"), measure),
                              .measure = measure,
                              .sequence = ""},
                      .changes = {}});
    }
    maps[place->second].changes.push_back(box_in(rows, row));
  }
  return maps;
}

void draw(const RunOnDisk& run, Measured& measured) {
  SaliencyMap& map = measured.map;
  if (!run.cohort) throw refused(run.no_cohort);
  const Subject* subject = run.subject(map.case_id);
  if (!subject) throw refused("the dataset no longer has this case with all its files");
  map.sequence = shown_sequence(run, *subject);
  map.planes = draw_changes(shown_image(*subject, map.sequence), measured.changes, map.measure);
}

}  // namespace

std::vector<SaliencyMap> saliency_maps(const RunOnDisk& run, const Table& rows, Log& log) {
  std::vector<SaliencyMap> maps;
  for (Measured& measured : measured_in(rows)) {
    SaliencyMap& map = measured.map;
    map.boxes = measured.changes.size();
    map.greatest = greatest_change(measured.changes);
    map.missing = why_not_drawn([&] { draw(run, measured); });
    if (!map.missing.empty())
      log.warn(cat("the report has no map of the answer for ", map.case_id, ": ", map.missing));
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace tazuna
