// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/selection.hpp"
#include "report/tables_shown.hpp"

namespace tazuna {
namespace {

constexpr double large_mm3 = 20000;  // structures above are measured in ml

std::string hint_of(const Table& cases, size_t row, const std::string& words) {
  return cat(cases.text(row, "case"), ": ", words);
}

std::string thinned_note(size_t points) {
  const size_t one_in = drawn_one_in(points);
  return one_in == 1 ? "" : cat(" One case in ", one_in, " is drawn as a point.");
}

}  // namespace

std::string paragraph(const std::string& words) {
  return cat("<p>", escaped(words), "</p>\n");
}

std::string note(const std::string& words) {
  return cat("<p class=\"note\">", escaped(words), "</p>\n");
}

std::string figure_of(const std::string& svg, const std::string& title, const std::string& words,
                      const std::string& trace) {
  return cat("<figure>", svg, "<figcaption><b>", escaped(title), "</b>", escaped(words),
             ". <span class=\"trace\">", escaped(trace), "</span></figcaption></figure>\n");
}

void for_each_structure(
    const Table& cases,
    const std::function<void(const std::string& name, const std::vector<size_t>& rows)>& visit) {
  std::vector<std::pair<std::string, std::vector<size_t>>> groups;
  const bool several = distinct(cases, "task").size() > 1;
  for (size_t row = 0; row < cases.rows(); ++row) {
    const std::string name = structure_name(cases.text(row, "task"), cases.text(row, "structure"), several);
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.first == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
    group->second.push_back(row);
  }
  for (const auto& [name, rows] : groups) visit(name, rows);
}

std::string agreement_figure(const Table& cases, const std::string& name, const std::vector<size_t>& rows,
                             const std::string& trace) {
  std::vector<Pair> pairs;
  double largest = 0;
  for (const size_t row : rows) {
    pairs.push_back({cases.number(row, "predicted_mm3"), cases.number(row, "reference_mm3"), ""});
    for (const double volume : {pairs.back().predicted, pairs.back().reference})
      if (std::isfinite(volume)) largest = std::max(largest, volume);
  }
  const bool large = largest > large_mm3;
  const std::string unit = large ? "ml" : "mm³";
  const int digits = large ? 2 : largest < 100 ? 1 : 0;
  std::vector<double> differences;
  for (size_t i = 0; i < pairs.size(); ++i) {
    Pair& pair = pairs[i];
    for (double* volume : {&pair.predicted, &pair.reference})
      if (large) *volume /= 1000;
    differences.push_back(pair.predicted - pair.reference);
    pair.hint = hint_of(cases, rows[i],
                        cat(figure(pair.predicted, digits), " predicted, ", figure(pair.reference, digits),
                            " ", unit, " reference"));
  }
  const Agreement agreement = agreement_of(differences);
  std::string words = cat(": bias ", signed_figure(agreement.bias, digits), " ", unit);
  if (agreement.n > 1)
    words += cat(", 95 % limits of agreement ", signed_figure(agreement.low, digits), " to ",
                 signed_figure(agreement.high, digits), " ", unit);
  return figure_of(agreement_plot(name, unit, pairs, digits), name, cat(words, ", n\u00a0", agreement.n),
                   trace);
}

std::string agreement_words(size_t points) {
  return cat(
      "Bland–Altman: difference of predicted and reference volume against their mean; solid line: mean "
      "difference (bias), dashed: bias ± 1.96 standard deviations.",
      thinned_note(points));
}

std::string distributions_section(const Report& report) {
  std::string text = "<h2 id=\"spread\">How the cases spread</h2>\n";
  text += note(cat(
      "Boxes: quartiles and median; whiskers: the last case within 1.5 interquartile ranges; points: cases.",
      thinned_note(report.cases.rows())));
  text += "<div class=\"plots\">";
  for (const ShownMetric& metric : shown_metrics()) {
    if ((metric.column != "dice" && metric.column != "hd95_mm") || !report.cases.has(metric.column)) continue;
    BoxScale scale{heading(metric), metric.digits, {0, metric.column == "dice" ? 1 : HUGE_VAL}};
    std::vector<BoxRow> rows;
    for_each_structure(report.cases, [&](const std::string& name, const std::vector<size_t>& places) {
      BoxRow box{name, {}};
      for (const size_t row : places) {
        const double value = report.cases.number(row, metric.column);
        box.values.push_back({value, hint_of(report.cases, row, figure(value, metric.digits))});
      }
      rows.push_back(std::move(box));
    });
    text += figure_of(box_plot(scale, rows), heading(metric), " of each case",
                      cat("Source: ", report.cases_file, " (", metric.column, ")"));
  }
  return text + "</div>\n";
}

std::string volumes_section(const Report& report) {
  if (!report.cases.has("predicted_mm3") || !report.cases.has("reference_mm3")) return "";
  std::string text =
      "<h2 id=\"volumes\">Agreement of volumes</h2>\n" + note(agreement_words(report.cases.rows()));
  text += "<div class=\"plots\">";
  for_each_structure(report.cases, [&](const std::string& name, const std::vector<size_t>& rows) {
    text += agreement_figure(report.cases, name, rows,
                             cat("Source: ", report.cases_file, " (predicted_mm3, reference_mm3)"));
  });
  return text + "</div>\n";
}

std::string curves_section(const std::vector<CurvePanel>& panels, const std::string& missing) {
  std::string text = "<h2 id=\"curves\">Learning curves</h2>\n";
  if (panels.empty()) return text + paragraph(missing);
  text += "<div class=\"plots\">";
  for (const CurvePanel& panel : panels)
    text += figure_of(
        curve_plot(panel.title, panel.y_name, panel.curves, panel.held_out), panel.title,
        panel.held_out ? ". Display only: this curve chose nothing, neither weights nor thresholds" : "",
        panel.trace);
  return text + "</div>\n";
}

}  // namespace tazuna
