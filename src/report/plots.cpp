// SPDX-License-Identifier: Apache-2.0
#include "report/plots.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "data/percentile.hpp"
#include "report/lettering.hpp"
#include "report/markup.hpp"

namespace tazuna {
namespace {

constexpr size_t most_points = 1500;

/// The curves' names, each once, with the class of its colour.
std::vector<Legend::Entry> entries_of(const std::vector<Curve>& curves) {
  std::vector<Legend::Entry> entries;
  for (const Curve& curve : curves) {
    const auto known = [&curve](const Legend::Entry& entry) { return entry.name == curve.name; };
    if (std::any_of(entries.begin(), entries.end(), known)) continue;
    entries.push_back({curve.name, colour_class(curve.colour.value_or(entries.size()))});
  }
  return entries;
}

void draw_marks(Drawing& drawing, const PlotArea& area, const Curve& curve, const std::string& colour) {
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!std::isfinite(curve.y[i])) continue;
    drawing.point(area.x(curve.x[i]), area.y(curve.y[i]), 2.6, cat("mark ", colour),
                  cat("step ", figure(curve.x[i], 0), ": ", figure(curve.y[i], 4)));
  }
}

/// The mean of several curves over the same steps; one without a name where their steps differ.
Curve mean_of(const std::vector<const Curve*>& curves) {
  Curve mean = *curves.front();
  for (size_t k = 1; k < curves.size(); ++k) {
    if (curves[k]->x != mean.x) return {};
    for (size_t i = 0; i < mean.y.size(); ++i) mean.y[i] += curves[k]->y[i];
  }
  for (double& y : mean.y) y /= static_cast<double>(curves.size());
  return mean;
}

/// The curves of one name: several of them faintly, with their mean.
void draw_curves(Drawing& drawing, const PlotArea& area, const std::vector<Curve>& curves,
                 const Legend::Entry& entry, bool marks) {
  std::vector<const Curve*> own;
  for (const Curve& curve : curves)
    if (curve.name == entry.name) own.push_back(&curve);
  const Curve mean = own.size() > 1 ? mean_of(own) : Curve{};
  const bool averaged = !mean.x.empty();
  for (const Curve* curve : own) {
    drawing.curve(area.xs(curve->x), area.ys(curve->y), cat("curve ", entry.style, averaged ? " faint" : ""));
    if (marks && !averaged) draw_marks(drawing, area, *curve, entry.style);
  }
  if (!averaged) return;
  drawing.curve(area.xs(mean.x), area.ys(mean.y), cat("curve strong-line ", entry.style));
  if (marks) draw_marks(drawing, area, mean, entry.style);
}

std::vector<double> finite_values(const BoxRow& row) {
  std::vector<double> values;
  for (const PlottedValue& one : row.values)
    if (std::isfinite(one.value)) values.push_back(one.value);
  std::sort(values.begin(), values.end());
  return values;
}

/// What a row cannot draw: "2 infinite, 1 undefined".
std::string left_out(const BoxRow& row) {
  int64_t infinite = 0, undefined = 0;
  for (const PlottedValue& one : row.values) {
    infinite += std::isinf(one.value);
    undefined += std::isnan(one.value);
  }
  std::vector<std::string> parts;
  if (infinite > 0) parts.push_back(cat(infinite, " infinite"));
  if (undefined > 0) parts.push_back(cat(undefined, " undefined"));
  return join(parts, ", ");
}

struct Quartiles {
  double low, middle, high, least, most;  ///< the last two: ends of the whiskers
};

Quartiles quartiles_of(const std::vector<double>& sorted) {
  Quartiles box{percentile(sorted, 25), percentile(sorted, 50), percentile(sorted, 75), 0, 0};
  const double reach = 1.5 * (box.high - box.low);
  const double low =
      *std::find_if(sorted.begin(), sorted.end(), [&](double v) { return v >= box.low - reach; });
  const double high =
      *std::find_if(sorted.rbegin(), sorted.rend(), [&](double v) { return v <= box.high + reach; });
  box.least = std::min(low, box.low);
  box.most = std::max(high, box.high);
  return box;
}

void draw_box(Drawing& drawing, const PlotArea& area, const Quartiles& box, double middle, double half) {
  drawing.line(area.x(box.least), middle, area.x(box.low), middle, "whisker");
  drawing.line(area.x(box.high), middle, area.x(box.most), middle, "whisker");
  for (const double end : {box.least, box.most})
    drawing.line(area.x(end), middle - half / 2, area.x(end), middle + half / 2, "whisker");
  drawing.box(area.x(box.low), middle - half, area.x(box.high) - area.x(box.low), 2 * half, "quartiles");
  drawing.line(area.x(box.middle), middle - half, area.x(box.middle), middle + half, "median");
}

/// Points spread around the row's middle by the golden ratio, so that equal values stay apart and the same
/// table gives the same drawing.
void draw_cloud(Drawing& drawing, const PlotArea& area, const BoxRow& row, double middle, double half,
                size_t one_in) {
  std::vector<const PlottedValue*> points;
  for (const PlottedValue& one : row.values)
    if (std::isfinite(one.value)) points.push_back(&one);
  std::stable_sort(points.begin(), points.end(),
                   [](const auto* a, const auto* b) { return a->value < b->value; });
  for (size_t i = 0; i < points.size(); i += one_in) {
    const double turn = 0.6180339887498949 * static_cast<double>(i);
    const double shift = (turn - std::floor(turn) - 0.5) * 1.5 * half;
    drawing.point(area.x(points[i]->value), middle + shift, 2.3, "case", points[i]->hint);
  }
}

std::string box_words(const BoxScale& scale, const std::vector<BoxRow>& rows) {
  std::string words = cat("Box plots of ", scale.name, ".");
  for (const BoxRow& row : rows) {
    const auto values = finite_values(row);
    words += cat(" ", row.name, ": ");
    if (values.empty()) {
      words += "no value";
    } else {
      words += cat("median ", figure(percentile(values, 50), scale.digits), ", quartiles ",
                   figure(percentile(values, 25), scale.digits), " to ",
                   figure(percentile(values, 75), scale.digits), ", ", values.size(),
                   values.size() == 1 ? " case" : " cases");
    }
    const std::string missing = left_out(row);
    words += missing.empty() ? "." : cat(", ", missing, ".");
  }
  return words;
}

/// A rule across the plot, and what it is called at its right end: above the rule, or below it.
void draw_level(Drawing& drawing, const PlotArea& area, double value, const std::string& words,
                std::string_view style, bool above) {
  if (!std::isfinite(value)) return;
  drawing.line(area.left(), area.y(value), area.right(), area.y(value), style);
  drawing.text(area.right() - 3, area.y(value) + (above ? -4 : 12), words, "tick end halo");
}

void draw_agreement(Drawing& drawing, const PlotArea& area, const Agreement& agreement, int digits) {
  draw_level(drawing, area, agreement.high, cat("upper limit ", signed_figure(agreement.high, digits)),
             "limit", true);
  draw_level(drawing, area, agreement.low, cat("lower limit ", signed_figure(agreement.low, digits)), "limit",
             false);
  const bool room = !(area.y(agreement.bias) - area.y(agreement.high) < 15);  // so that letters stay apart
  draw_level(drawing, area, agreement.bias, room ? cat("bias ", signed_figure(agreement.bias, digits)) : "",
             "bias", true);
}

}  // namespace

size_t drawn_one_in(size_t points) {
  return std::max<size_t>(1, (points + most_points - 1) / most_points);
}

std::string curve_plot(const std::string& title, const std::string& y_name, const std::vector<Curve>& curves,
                       bool marks) {
  std::vector<double> xs{0}, ys;
  for (const Curve& curve : curves) {
    xs.insert(xs.end(), curve.x.begin(), curve.x.end());
    ys.insert(ys.end(), curve.y.begin(), curve.y.end());
  }
  const auto entries = entries_of(curves);
  const Legend legend(entries.size() > 1 ? entries : std::vector<Legend::Entry>{}, plot_left, 8, plot_right);
  const double top = 12 + legend.height(), bottom = top + 200;
  ValueSpan steps{0, std::max(1.0, *std::max_element(xs.begin(), xs.end()))};
  const bool many = curves.size() > 12;  // nobody listens to so many numbers
  std::string words = many ? cat(title, "; ", curves.size(), " lines") : title;
  for (const Curve& curve : many ? std::vector<Curve>{} : curves) {
    const auto last =
        std::find_if(curve.y.rbegin(), curve.y.rend(), [](double y) { return std::isfinite(y); });
    if (last != curve.y.rend()) words += cat("; ", curve.name, " ends at ", figure(*last, 4));
  }
  Drawing drawing(plot_width, bottom + 42, words);
  const ValueSpan span = span_of(ys);
  const PlotArea area(plot_left, top, plot_right, bottom, steps, span);
  area.draw_x_axis(drawing, "step");
  area.draw_y_axis(drawing, y_name);
  legend.draw(drawing);
  if (span.low < 0 && span.high > 0) drawing.line(plot_left, area.y(0), plot_right, area.y(0), "zero");
  for (const Legend::Entry& entry : entries) draw_curves(drawing, area, curves, entry, marks);
  return drawing.finish();
}

std::string box_plot(const BoxScale& scale, const std::vector<BoxRow>& rows) {
  constexpr double row_height = 40, half = 11, widest_name = 150;
  double name_room = 40, note_room = 0;
  size_t points = 0;
  std::vector<double> all;
  for (const BoxRow& row : rows) {
    name_room = std::max(name_room, std::min(widest_name, text_width(row.name) + 14));
    note_room = std::max(note_room, text_width(left_out(row)));
    points += row.values.size();
    for (const PlottedValue& one : row.values) all.push_back(one.value);
  }
  const ValueSpan span = span_of(all);
  const ValueSpan shown{std::max(span.low, scale.possible.low), std::min(span.high, scale.possible.high)};
  // A note needs a line of its own where there is one.
  const double step = row_height + (note_room > 0 ? 14 : 0);
  const double bottom = 8 + step * static_cast<double>(rows.size());
  Drawing drawing(plot_width, bottom + 42, box_words(scale, rows));
  const PlotArea area(name_room, 8, plot_right, bottom, shown, {0, 1});
  area.draw_x_axis(drawing, scale.name);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double middle = 8 + step * static_cast<double>(i) + row_height / 2;
    drawing.text(name_room - 8, middle + 4, cut_text(rows[i].name, name_room - 10), "name end");
    const auto values = finite_values(rows[i]);
    if (values.size() >= 4) draw_box(drawing, area, quartiles_of(values), middle, half);
    draw_cloud(drawing, area, rows[i], middle, half, drawn_one_in(points));
    drawing.text(plot_right - 3, middle + row_height / 2 + 8, left_out(rows[i]), "tick end halo");
  }
  return drawing.finish();
}

Agreement agreement_of(const std::vector<double>& differences) {
  Agreement agreement;
  double sum = 0, squares = 0;
  for (const double difference : differences) {
    if (!std::isfinite(difference)) continue;
    sum += difference;
    ++agreement.n;
  }
  const auto n = static_cast<double>(agreement.n);
  agreement.bias = agreement.n > 0 ? sum / n : std::nan("");
  for (const double difference : differences)
    if (std::isfinite(difference)) squares += std::pow(difference - agreement.bias, 2);
  const double reach = agreement.n > 1 ? 1.96 * std::sqrt(squares / (n - 1)) : std::nan("");
  agreement.low = agreement.bias - reach;
  agreement.high = agreement.bias + reach;
  return agreement;
}

std::string agreement_plot(const std::string& name, const std::string& unit, const std::vector<Pair>& pairs,
                           int digits) {
  std::vector<double> means, differences;
  for (const Pair& pair : pairs) {
    means.push_back((pair.predicted + pair.reference) / 2);
    differences.push_back(pair.predicted - pair.reference);
  }
  const Agreement agreement = agreement_of(differences);
  std::vector<double> heights = differences;
  heights.insert(heights.end(), {0, agreement.low, agreement.high});
  const std::string words =
      cat(name, ": bias ", signed_figure(agreement.bias, digits), " ", unit, ", limits of agreement ",
          signed_figure(agreement.low, digits), " to ", signed_figure(agreement.high, digits), " ", unit,
          ", ", agreement.n, agreement.n == 1 ? " case" : " cases");
  constexpr double bottom = 232;
  Drawing drawing(plot_width, bottom + 42, words);
  ValueSpan y = span_of(heights);
  const double room = 0.06 * (y.high - y.low);  // for the words above the upper and below the lower limit
  y.high += room;
  y.low -= room;
  const PlotArea area(plot_left, 8, plot_right, bottom, span_of(means), y);
  area.draw_x_axis(drawing, cat("mean of predicted and reference (", unit, ")"));
  area.draw_y_axis(drawing, cat("predicted − reference (", unit, ")"));
  drawing.line(area.left(), area.y(0), area.right(), area.y(0), "zero");
  for (size_t i = 0; i < pairs.size(); i += drawn_one_in(pairs.size()))
    if (std::isfinite(means[i]) && std::isfinite(differences[i]))
      drawing.point(area.x(means[i]), area.y(differences[i]), 2.8, "case", pairs[i].hint);
  draw_agreement(drawing, area, agreement, digits);
  return drawing.finish();
}

}  // namespace tazuna
