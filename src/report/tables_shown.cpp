// SPDX-License-Identifier: Apache-2.0
#include "report/tables_shown.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/selection.hpp"

namespace tazuna {
namespace {

/// Opens a table in a frame that scrolls where the page is narrow; `frame` and `style` are CSS classes.
std::string table_start(const std::string& caption, const char* frame, const char* style) {
  return cat("<div class=\"", frame, "\" role=\"region\" tabindex=\"0\" aria-label=\"", escaped(caption),
             "\"><table class=\"", style, "\"><caption>", escaped(caption), "</caption>");
}
constexpr const char* table_end = "</tbody></table></div>\n";

std::string head_cell(const std::string& name, bool numeric) {
  return cat("<th scope=\"col\"", numeric ? " class=\"num\"" : "", ">", escaped(name), "</th>");
}

/// Differences show their sign.
std::string shown_value(const ShownMetric& metric, double value) {
  return metric.column.starts_with("volume_error") ? signed_figure(value, metric.digits)
                                                   : figure(value, metric.digits);
}

/// A cell with a number; its exact value stands in an attribute, for sorting and for whoever compares.
std::string number_cell(double value, const ShownMetric& metric) {
  const std::string exact = std::isnan(value) ? "" : std::isinf(value) ? "Infinity" : number_text(value);
  return cat("<td class=\"num\" data-value=\"", value < 0 && std::isinf(value) ? "-" : "", exact, "\">",
             shown_value(metric, value), "</td>");
}

/// Volumes of small structures need a decimal.
int volume_digits(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  return largest < 100 ? 1 : 0;
}

std::vector<double> column_values(const Table& cases, const std::string& column) {
  std::vector<double> values;
  for (size_t row = 0; row < cases.rows(); ++row) values.push_back(cases.number(row, column));
  return values;
}

int digits_of(const ShownMetric& metric, const Table& cases) {
  if (metric.unit != "mm³" || !cases.has("reference_mm3")) return metric.digits;
  return volume_digits(column_values(cases, "reference_mm3"));
}

/// The metrics among the shown ones that the table has and the flag admits.
std::vector<ShownMetric> metrics_in(const Table& cases, bool ShownMetric::*where) {
  std::vector<ShownMetric> metrics;
  for (ShownMetric metric : shown_metrics()) {
    if (!(metric.*where) || !cases.has(metric.column)) continue;
    metric.digits = digits_of(metric, cases);
    metrics.push_back(metric);
  }
  return metrics;
}

std::string mean_cell(const MeanRow* row, const ShownMetric& metric, int64_t cases) {
  if (!row) return "<td class=\"num\"></td>";
  const MeanInterval& over = row->over_cases;
  const auto shown = [&metric](double value) { return shown_value(metric, value); };
  std::string cell =
      cat("<td class=\"num\" data-value=\"", std::isfinite(over.mean) ? number_text(over.mean) : "",
          "\"><span class=\"mean\">", shown(over.mean), "</span>");
  if (std::isfinite(over.low) && std::isfinite(over.high))
    cell += cat("<span class=\"interval\">[", shown(over.low), ", ", shown(over.high), "]</span>");
  if (over.n != cases) {
    cell += cat("<span class=\"rests\">n ", over.n);
    if (over.undefined > 0) cell += cat(", ", over.undefined, " undefined");
    if (over.infinite > 0) cell += cat(", ", over.infinite, " infinite");
    cell += "</span>";
  }
  return cell + "</td>";
}

/// Rows to show, and in their order; the `most` of lowest Dice where there are more.
std::vector<size_t> rows_shown(const Table& cases, size_t most) {
  std::vector<size_t> rows(cases.rows());
  std::iota(rows.begin(), rows.end(), size_t{0});
  if (rows.size() <= most || !cases.has("dice")) return rows;
  const auto dice = column_values(cases, "dice");
  // Undefined values are no low ones.
  const auto key = [&dice](size_t row) { return std::isnan(dice[row]) ? 2 : dice[row]; };
  std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  rows.resize(most);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

const std::vector<ShownMetric>& shown_metrics() {
  static const std::vector<ShownMetric> metrics{{"dice", "Dice", "", 3},
                                                {"hd95_mm", "HD95", "mm", 2},
                                                {"assd_mm", "ASSD", "mm", 2},
                                                {"nsd", "NSD", "", 3},
                                                {"lesion_f1", "Lesion F1", "", 3},
                                                {"lesion_precision", "Lesion precision", "", 3, true, false},
                                                {"lesion_recall", "Lesion recall", "", 3, true, false},
                                                {"predicted_mm3", "Predicted", "mm³", 0, false, true},
                                                {"reference_mm3", "Reference", "mm³", 0, false, true},
                                                {"volume_error_mm3", "Volume error", "mm³", 0, true, false},
                                                {"volume_error_percent", "Volume error", "%", 1}};
  return metrics;
}

std::string heading(const ShownMetric& metric) {
  return metric.unit.empty() ? metric.name : cat(metric.name, " (", metric.unit, ")");
}

std::string structure_name(const std::string& task, const std::string& structure, bool several_tasks) {
  return several_tasks ? cat(task, ": ", structure) : structure;
}

std::string means_table(const Table& cases, const std::vector<MeanRow>& means) {
  const auto metrics = metrics_in(cases, &ShownMetric::in_means);
  const bool several = distinct(cases, "task").size() > 1;
  std::string table = table_start("Mean with 95 % interval for each structure", "scroll", "means");
  table += cat("<thead><tr>", head_cell("Structure", false), head_cell("n", true));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>";
  std::vector<std::pair<std::string, std::string>> structures;  // task, structure
  for (const MeanRow& row : means) {
    const std::pair key{row.task, row.structure};
    if (std::find(structures.begin(), structures.end(), key) == structures.end()) structures.push_back(key);
  }
  for (const auto& [task, structure] : structures) {
    int64_t count = 0;
    for (size_t row = 0; row < cases.rows(); ++row)
      count += cases.text(row, "task") == task && cases.text(row, "structure") == structure;
    table += cat("<tr><th scope=\"row\">", escaped(structure_name(task, structure, several)),
                 "</th><td class=\"num\">", count, "</td>");
    for (const ShownMetric& metric : metrics) {
      const auto found = std::find_if(means.begin(), means.end(), [&](const MeanRow& row) {
        return row.task == task && row.structure == structure && row.metric == metric.column;
      });
      table += mean_cell(found == means.end() ? nullptr : &*found, metric, count);
    }
    table += "</tr>";
  }
  return table + table_end;
}

std::string cases_table(const Report& report, size_t most) {
  const Table& cases = report.cases;
  const auto metrics = metrics_in(cases, &ShownMetric::in_cases);
  const bool several = distinct(cases, "task").size() > 1;
  std::string table = table_start("Scores of each case", "scroll long", "cases sortable");
  table += cat("<thead><tr>", head_cell("Case", false), several ? head_cell("Task", false) : "",
               head_cell("Structure", false));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>\n";
  for (const size_t row : rows_shown(cases, most)) {
    table += cat("<tr><th scope=\"row\">", escaped(cases.text(row, "case")), "</th>");
    if (several) table += cat("<td>", escaped(cases.text(row, "task")), "</td>");
    table += cat("<td>", escaped(cases.text(row, "structure")), "</td>");
    for (const ShownMetric& metric : metrics) table += number_cell(cases.number(row, metric.column), metric);
    table += "</tr>\n";
  }
  return table + table_end;
}

std::string case_scores(const Table& cases, const std::string& case_id, const std::string& task) {
  const auto metrics = metrics_in(cases, &ShownMetric::in_cases);
  std::string table = table_start(cat("Scores of ", case_id), "scroll", "scores");
  table += cat("<thead><tr>", head_cell("Structure", false));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>";
  for (size_t row = 0; row < cases.rows(); ++row) {
    if (cases.text(row, "case") != case_id || cases.text(row, "task") != task) continue;
    table += cat("<tr><th scope=\"row\">", escaped(cases.text(row, "structure")), "</th>");
    for (const ShownMetric& metric : metrics) table += number_cell(cases.number(row, metric.column), metric);
    table += "</tr>";
  }
  return table + table_end;
}

}  // namespace tazuna
