// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/selection.hpp"
#include "report/style.hpp"
#include "report/tables_shown.hpp"

namespace tazuna {
namespace {

constexpr size_t most_rows = 3000;  // of the table of cases
constexpr size_t most_tiles = 6;    // structures with a tile of their own

std::string facts_list(const std::vector<Fact>& facts, const char* style) {
  std::string list = cat("<dl class=\"", style, "\">");
  for (const Fact& fact : facts)
    list += cat("<dt>", escaped(fact.name), "</dt><dd>", escaped(fact.value), "</dd>");
  return list + "</dl>\n";
}

const MeanRow* mean_of(const Report& report, const std::string& task, const std::string& structure,
                       const std::string& metric) {
  const auto found = std::find_if(report.means.begin(), report.means.end(), [&](const MeanRow& row) {
    return row.task == task && row.structure == structure && row.metric == metric;
  });
  return found == report.means.end() ? nullptr : &*found;
}

/// What stands behind a mean: " [0.876, 0.895]", and what was left out.
std::string rest_text(const MeanInterval& over, int digits) {
  std::string text;
  if (std::isfinite(over.low) && std::isfinite(over.high))
    text += cat(" [", figure(over.low, digits), ", ", figure(over.high, digits), "]");
  if (over.undefined > 0) text += cat(", ", over.undefined, " undefined");
  if (over.infinite > 0) text += cat(", ", over.infinite, " infinite");
  return text;
}

std::string tile(const Report& report, const MeanRow& dice, bool several) {
  const MeanInterval& over = dice.over_cases;
  std::string text =
      cat("<div class=\"tile\"><h3>", escaped(structure_name(dice.task, dice.structure, several)),
          "</h3><div class=\"value\">", figure(over.mean, 3), "</div><p>Dice", escaped(rest_text(over, 3)),
          "</p>");
  if (const MeanRow* distance = mean_of(report, dice.task, dice.structure, "hd95_mm"))
    text += cat("<p>HD95 ", figure(distance->over_cases.mean, 2),
                std::isnan(distance->over_cases.mean) ? "" : " mm",
                escaped(rest_text(distance->over_cases, 2)), "</p>");
  return text + cat("<p>", over.n, over.n == 1 ? " case of " : " cases of ", over.persons,
                    over.persons == 1 ? " person" : " persons", "</p></div>");
}

/// Dice of each structure; of many the mean, the lowest and the highest.
std::string main_figures(const Report& report, bool several) {
  std::vector<const MeanRow*> rows;
  double sum = 0;
  for (const MeanRow& row : report.means) {
    if (row.metric != "dice" || !std::isfinite(row.over_cases.mean)) continue;
    rows.push_back(&row);
    sum += row.over_cases.mean;
  }
  if (rows.empty()) return "";
  std::string text = "<div class=\"tiles\">";
  const size_t count = rows.size();
  if (count > most_tiles) {
    const auto by_mean = [](const MeanRow* a, const MeanRow* b) {
      return a->over_cases.mean < b->over_cases.mean;
    };
    rows = {*std::min_element(rows.begin(), rows.end(), by_mean),
            *std::max_element(rows.begin(), rows.end(), by_mean)};
  }
  if (count > 1)
    text += cat("<div class=\"tile\"><h3>Mean of ", count, " structures</h3><div class=\"value\">",
                figure(sum / static_cast<double>(count), 3), "</div><p>Dice, the mean of their means</p>",
                count > most_tiles ? "<p>beside: the lowest and the highest</p>" : "", "</div>");
  for (const MeanRow* row : rows) text += tile(report, *row, several);
  return text + "</div>\n" + note("Means over held-out cases with 95 % intervals (bootstrap over persons).");
}

std::string scores(const Report& report) {
  std::string text = "<h2 id=\"scores\">Scores of each structure</h2>\n";
  if (!report.no_scores.empty()) return text + paragraph(report.no_scores);
  text += means_table(report.cases, report.means);
  const std::string source = report.means_file.empty() ? cat("Computed from ", report.cases_file, ".")
                                                       : cat("Every figure stands in ", report.means_file,
                                                             ", every case in ", report.cases_file, ".");
  return text +
         note(cat("Mean over the finite values with its 95 % percentile bootstrap interval over persons; n: "
                  "cases. ",
                  source));
}

std::string held_aside(const Report& report) {
  if (report.aside_cases.rows() == 0) return "";
  return cat("<h2 id=\"aside\">People held aside</h2>\n", means_table(report.aside_cases, report.aside_means),
             note(cat("They were in no fold and were scored once, by the final weights (", report.aside_file,
                      ").")));
}

std::string all_cases(const Report& report) {
  if (report.cases.rows() == 0) return "";
  std::string text = "<h2 id=\"cases\">All cases</h2>\n";
  if (report.cases.rows() > most_rows)
    text += note(cat("The ", most_rows, " rows of lowest Dice of ", report.cases.rows(), "; all are in ",
                     report.cases_file, "."));
  return text + cases_table(report, most_rows) +
         note(cat("From ", report.cases_file, ". A click on a heading sorts."));
}

std::string limits(const Report& report) {
  std::string text = "<h2 id=\"limits\">What these figures do not say</h2>\n<ul>";
  for (const std::string& sentence : report.limits) text += cat("<li>", escaped(sentence), "</li>");
  text += "</ul>\n<h2 id=\"environment\">How it was made</h2>\n";
  return text + facts_list(report.environment, "environment");
}

std::string contents_list(const std::string& body) {
  const std::vector<std::pair<const char*, const char*>> parts{
      {"scores", "Scores"},   {"aside", "Held aside"},  {"spread", "Spread"},
      {"volumes", "Volumes"}, {"pictures", "Pictures"}, {"curves", "Learning curves"},
      {"cases", "All cases"}, {"limits", "Limits"},     {"environment", "How it was made"}};
  std::string list = "<nav aria-label=\"Contents\"><ul>";
  for (const auto& [id, name] : parts)
    if (body.find(cat("<h2 id=\"", id, "\">")) != std::string::npos)
      list += cat("<li><a href=\"#", id, "\">", name, "</a></li>");
  return list + "</ul></nav>\n";
}

}  // namespace

std::string page(const Report& report) {
  const bool several = distinct(report.cases, "task").size() > 1;
  std::string body = scores(report) + held_aside(report);
  if (report.cases.rows() > 0) body += distributions_section(report) + volumes_section(report);
  body += pictures_section(report) + curves_section(report) + all_cases(report) + limits(report);
  return cat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>",
      escaped(report.title), " – Tazuna report</title>\n<style>", page_style(),
      "</style></head>\n<body><main>\n", "<header><p class=\"use\">Research use only</p><h1>",
      escaped(report.title), "</h1>\n<p class=\"lead\">", escaped(report.lead), "</p>\n",
      main_figures(report, several), facts_list(report.facts, "facts"), contents_list(body), "</header>\n",
      body, "</main>\n<script>", page_script(), "</script>\n</body></html>\n");
}

}  // namespace tazuna
