// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "core/text.hpp"
#include "report/comparison_summary.hpp"
#include "report/comparison_tables.hpp"
#include "report/markup.hpp"
#include "report/plots.hpp"
#include "report/plots_paired.hpp"
#include "report/sections.hpp"

namespace tazuna {
namespace {

using PairRows = std::vector<const ComparedPair*>;

/// Pairs of one task and metric, in the order of the file.
std::vector<PairRows> by_metric(const Comparison& comparison) {
  std::vector<PairRows> groups;
  for (const ComparedPair& pair : comparison.pairs) {
    const auto place = std::find_if(groups.begin(), groups.end(), [&](const PairRows& one) {
      return one.front()->task == pair.task && one.front()->metric == pair.metric;
    });
    if (place == groups.end()) {
      groups.push_back({&pair});
    } else {
      place->push_back(&pair);
    }
  }
  return groups;
}

/// A heading for each two arms with several structures below; two arms with one row are that row.
std::vector<ForestRow> forest_rows(const PairRows& pairs) {
  std::vector<std::pair<std::string, PairRows>> groups;
  for (const ComparedPair* pair : pairs) {
    const std::string name = cat(pair->arm, " − ", pair->reference);
    auto place =
        std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.first == name; });
    if (place == groups.end()) place = groups.insert(groups.end(), {name, {}});
    place->second.push_back(pair);
  }
  std::vector<ForestRow> rows;
  for (const auto& [name, members] : groups) {
    const bool whole = members.size() == 1 && members.front()->structure == "-";
    if (!whole) rows.push_back({.name = name, .is_heading = true});
    for (const ComparedPair* pair : members)
      rows.push_back(
          {whole ? name : pair->structure, difference_words(*pair), pair->difference, pair->low, pair->high});
  }
  return rows;
}

/// Two networks in a main metric that a case has by itself; areas are of many cases.
bool has_dots(const Comparison& comparison, const ComparedPair& pair) {
  return pair_kind(comparison, pair) != PairKind::control && is_main(pair) && !pair.metric.starts_with("auc");
}

using RowKey = std::tuple<std::string, std::string, std::string, std::string, std::string>;

/// The pairs of values in differences.tsv by task, structure, metric, arm and reference.
std::map<RowKey, std::vector<PairedValue>> paired_values(const Table& differences) {
  std::map<RowKey, std::vector<PairedValue>> values;
  for (size_t row = 0; row < differences.rows(); ++row) {
    const auto text = [&](const char* column) { return differences.text(row, column); };
    values[{text("task"), text("structure"), text("metric"), text("arm"), text("reference")}].push_back(
        {differences.number(row, "arm_value"), differences.number(row, "reference_value"), text("case")});
  }
  return values;
}

std::string dots_figure(const ComparedPair& pair, std::vector<PairedValue> values) {
  const int digits = digits_of(pair);
  for (PairedValue& value : values)
    value.hint = cat(value.hint, ": ", figure(value.second, digits), " → ", figure(value.first, digits));
  const bool whole = pair.structure == "-";
  const std::string name = whole ? pair.task : pair.structure;
  const PairedScale scale{metric_words(pair), pair.arm, pair.reference, digits, pair.higher_is_better};
  const PairedCounts counts = count_pairs(values, pair.higher_is_better);
  const size_t one_in = drawn_one_in(values.size());
  return figure_of(
      paired_dots(scale, values), cat(metric_words(pair), ", ", name),
      cat(": ", pair.arm, " better in ", counts.better, ", worse in ", counts.worse, ", equal in ",
          counts.equal, counts.left_out > 0 ? cat("; ", counts.left_out, " without a value") : "",
          one_in > 1 ? cat("; one case in ", one_in, " is drawn") : ""),
      cat("Source: differences.tsv (arm_value, reference_value of ", pair.task,
          whole ? "" : cat(", ", pair.structure), ", ", pair.metric, ")"));
}

/// The networks whose volumes are shown: the first one and those that learned a task alone.
bool shows_volumes(const Comparison& comparison, const std::string& arm) {
  return arm == comparison.first() ||
         std::any_of(comparison.pairs.begin(), comparison.pairs.end(), [&](const ComparedPair& pair) {
           return pair_kind(comparison, pair) == PairKind::together && pair.reference == arm;
         });
}

}  // namespace

std::string differences_section(const Comparison& comparison) {
  if (comparison.pairs.empty()) return "";
  std::string text = "<h2 id=\"differences\">Paired differences</h2>\n<div class=\"plots\">";
  for (const PairRows& pairs : by_metric(comparison)) {
    const ComparedPair& first = *pairs.front();
    const std::string metric = metric_words(first);
    text += figure_of(
        forest_plot({cat("difference of ", metric), first.higher_is_better}, forest_rows(pairs)),
        cat(metric, ", ", first.task),
        ": first minus second with 95 % intervals, coloured where they leave out 0",
        cat("Source: comparison.tsv (difference, low, high of ", first.task, ", ", first.metric, ")"));
  }
  return text + "</div>\n" + pairs_table(comparison.pairs, "comparison.tsv");
}

std::string cases_section(const Comparison& comparison) {
  if (comparison.differences.rows() == 0) return "";
  const auto values = paired_values(comparison.differences);
  std::string figures;
  for (const ComparedPair& pair : comparison.pairs) {
    const auto place = values.find({pair.task, pair.structure, pair.metric, pair.arm, pair.reference});
    if (has_dots(comparison, pair) && place != values.end()) figures += dots_figure(pair, place->second);
  }
  if (figures.empty()) return "";
  return cat("<h2 id=\"pairs\">Case by case</h2>\n",
             note("Each line is a case, from the second network on the left to the first on the right; the "
                  "thick line joins the means."),
             "<div class=\"plots\">", figures, "</div>\n");
}

std::string arm_volumes_section(const Comparison& comparison) {
  std::string figures;
  size_t most = 0;
  std::vector<std::string> order;
  std::map<std::string, std::string> by_structure;  // so that the arms stand beside each other
  for (const auto& [arm, cases] : comparison.cases) {
    if (!shows_volumes(comparison, arm) || !cases.has("predicted_mm3") || !cases.has("reference_mm3"))
      continue;
    for_each_structure(
        cases, [&, &arm = arm, &cases = cases](const std::string& name, const std::vector<size_t>& rows) {
          most = std::max(most, rows.size());
          if (!by_structure.contains(name)) order.push_back(name);
          by_structure[name] += agreement_figure(
              cases, cat(name, ", ", arm), rows,
              cat("Source: cases.tsv (predicted_mm3, reference_mm3 of arm ", arm, ", mean over seeds)"));
        });
  }
  for (const std::string& name : order) figures += by_structure[name];
  if (figures.empty()) return "";
  return cat("<h2 id=\"volumes\">Agreement of volumes</h2>\n", note(agreement_words(most)),
             "<div class=\"plots\">", figures, "</div>\n");
}

}  // namespace tazuna
