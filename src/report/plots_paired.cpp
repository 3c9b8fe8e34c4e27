// SPDX-License-Identifier: Apache-2.0
#include "report/plots_paired.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/text.hpp"
#include "report/lettering.hpp"
#include "report/markup.hpp"
#include "report/plots.hpp"
#include "report/svg.hpp"

namespace tazuna {
namespace {

constexpr double forest_left = 10, row_height = 40, heading_height = 30;

/// "up" where the first arm is better, "down" where it is worse, "level" where nothing could be shown.
std::string direction(double sign, bool higher_is_better) {
  return sign == 0 ? "level" : (sign > 0) == higher_is_better ? "up" : "down";
}

/// +1 or -1 where the interval leaves out 0.
double sign_of(const ForestRow& row) {
  return row.low > 0 ? 1 : row.high < 0 ? -1 : 0;
}

void draw_estimate(Drawing& drawing, const PlotArea& area, const ForestRow& row, double y,
                   const std::string& style) {
  if (std::isfinite(row.low) && std::isfinite(row.high)) {
    drawing.line(area.x(row.low), y, area.x(row.high), y, cat("interval-line ", style));
    for (const double end : {row.low, row.high})
      drawing.line(area.x(end), y - 4, area.x(end), y + 4, cat("interval-line ", style));
  }
  if (std::isfinite(row.difference))
    drawing.box(area.x(row.difference) - 4, y - 4, 8, 8, cat("estimate ", style));
}

void draw_forest_row(Drawing& drawing, const PlotArea& area, const ForestRow& row, double top, bool higher) {
  if (row.is_heading) {
    drawing.text(forest_left, top + 21, cut_text(row.name, plot_right - forest_left), "strong halo");
    return;
  }
  const double room = plot_right - forest_left - text_width(row.words) - 8;
  drawing.text(forest_left, top + 14, cut_text(row.name, room), "halo");
  drawing.text(plot_right, top + 14, row.words, "tick end halo");
  drawing.line(area.x(0), top + 19, area.x(0), top + 36, "nought");  // below the words
  draw_estimate(drawing, area, row, top + 27, direction(sign_of(row), higher));
}

std::string forest_words(const ForestScale& scale, const std::vector<ForestRow>& rows) {
  std::string words = cat("Forest plot, ", scale.name, ".");
  for (const ForestRow& row : rows)
    words += row.is_heading ? cat(" ", row.name, ":") : cat(" ", row.name, " ", row.words, ".");
  return words;
}

struct Means {
  double first = 0, second = 0;
};

/// Of the finite pairs; NaN without any.
Means means_of(const std::vector<PairedValue>& pairs) {
  Means means;
  double count = 0;
  for (const PairedValue& pair : pairs) {
    if (!std::isfinite(pair.first) || !std::isfinite(pair.second)) continue;
    means.first += pair.first;
    means.second += pair.second;
    ++count;
  }
  return {means.first / count, means.second / count};
}

/// The thick line between the means, their values beside it.
void draw_means(Drawing& drawing, const PlotArea& area, const Means& means, double left, double right,
                int digits) {
  if (!std::isfinite(means.first)) return;
  drawing.line(left, area.y(means.second), right, area.y(means.first), "mean-line");
  drawing.text(left - 12, area.y(means.second) + 4, figure(means.second, digits), "strong end halo");
  drawing.text(right + 12, area.y(means.first) + 4, figure(means.first, digits), "strong halo");
}

}  // namespace

std::string forest_plot(const ForestScale& scale, const std::vector<ForestRow>& rows) {
  std::vector<double> values{0};
  double bottom = 22;
  for (const ForestRow& row : rows) {
    bottom += row.is_heading ? heading_height : row_height;
    values.insert(values.end(), {row.difference, row.low, row.high});
  }
  Drawing drawing(plot_width, bottom + 42, forest_words(scale, rows));
  const PlotArea area(forest_left, 22, plot_right, bottom, span_of(values), {0, 1});
  area.draw_x_axis(drawing, scale.name);
  drawing.text(forest_left, 13, scale.higher_is_better ? "← second better" : "← first better", "tick");
  drawing.text(plot_right, 13, scale.higher_is_better ? "first better →" : "second better →", "tick end");
  double top = 22;
  for (const ForestRow& row : rows) {
    draw_forest_row(drawing, area, row, top, scale.higher_is_better);
    top += row.is_heading ? heading_height : row_height;
  }
  return drawing.finish();
}

PairedCounts count_pairs(const std::vector<PairedValue>& pairs, bool higher_is_better) {
  PairedCounts counts;
  for (const PairedValue& pair : pairs) {
    if (!std::isfinite(pair.first) || !std::isfinite(pair.second)) {
      ++counts.left_out;
    } else if (pair.first == pair.second) {
      ++counts.equal;
    } else {
      ++((pair.first > pair.second) == higher_is_better ? counts.better : counts.worse);
    }
  }
  return counts;
}

std::string paired_dots(const PairedScale& scale, const std::vector<PairedValue>& pairs) {
  constexpr double bottom = 250, left = plot_left + 62, right = plot_right - 62;
  std::vector<double> values;
  for (const PairedValue& pair : pairs)
    if (std::isfinite(pair.first) && std::isfinite(pair.second))
      values.insert(values.end(), {pair.first, pair.second});
  const Means means = means_of(pairs);
  const PairedCounts counts = count_pairs(pairs, scale.higher_is_better);
  Drawing drawing(plot_width, bottom + 26,
                  cat(scale.name, ": mean ", figure(means.first, scale.digits), " ", scale.first, ", ",
                      figure(means.second, scale.digits), " ", scale.second, "; ", counts.better, " better, ",
                      counts.worse, " worse, ", counts.equal, " equal"));
  const PlotArea area(plot_left, 10, plot_right, bottom, {0, 1}, span_of(values));
  area.draw_y_axis(drawing, scale.name);
  drawing.line(plot_left, bottom, plot_right, bottom, "axis");
  for (size_t i = 0; i < pairs.size(); i += drawn_one_in(pairs.size())) {
    const auto& [first, second, hint] = pairs[i];
    if (!std::isfinite(first) || !std::isfinite(second)) continue;
    const std::string style = direction(first > second ? 1 : first < second ? -1 : 0, scale.higher_is_better);
    drawing.line(left, area.y(second), right, area.y(first), cat("pair ", style));
    drawing.point(left, area.y(second), 2.4, cat("dot ", style), hint);
    drawing.point(right, area.y(first), 2.4, cat("dot ", style), hint);
  }
  draw_means(drawing, area, means, left, right, scale.digits);
  drawing.text(left, bottom + 17, cut_text(scale.second, 150), "mid");
  drawing.text(right, bottom + 17, cut_text(scale.first, 150), "mid");
  return drawing.finish();
}

}  // namespace tazuna
