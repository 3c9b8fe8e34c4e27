// SPDX-License-Identifier: Apache-2.0
#include "report/svg.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.hpp"
#include "core/text.hpp"
#include "report/markup.hpp"

namespace tazuna {

std::vector<double> nice_ticks(double low, double high, int count) {
  if (!std::isfinite(low) || !std::isfinite(high) || low >= high || count < 1)
    throw Error(cat("no ticks from ", low, " to ", high, ", ", count, " wanted"));
  const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power < rough * (1 - 1e-9)) continue;
    step = factor * power;
    break;
  }
  std::vector<double> ticks;
  // Whole multiples, so that 0.1 + 0.2 has no chance to miss 0.3.
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
    ticks.push_back(i * step);
  return ticks;
}

int tick_digits(const std::vector<double>& ticks) {
  if (ticks.size() < 2) return 2;
  const double step = ticks[1] - ticks[0];
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
}

ValueSpan span_of(const std::vector<double>& values) {
  std::vector<double> finite;
  for (const double value : values)
    if (std::isfinite(value)) finite.push_back(value);
  if (finite.empty()) return {};
  const auto [least, most] = std::minmax_element(finite.begin(), finite.end());
  const double width = *most - *least;
  // One value, or several that differ by rounding only, get a span as wide as their size.
  const double size = std::max(std::abs(*most), std::abs(*least));
  const double margin = width > 1e-9 * size ? 0.04 * width : size > 0 ? 0.5 * size : 0.5;
  return {*least - margin, *most + margin};
}

std::string coordinate(double value) {
  const double rounded = std::round(value * 100) / 100;
  if (!std::isfinite(rounded) || std::abs(rounded) > 1e6)
    throw Error(cat("a coordinate of a drawing is ", value));
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", rounded);
  std::string text = buffer;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

Drawing::Drawing(double width, double height, std::string_view alternative)
    : markup_(cat("<svg viewBox=\"0 0 ", coordinate(width), " ", coordinate(height),
                  "\" role=\"img\" aria-label=\"", escaped(alternative), "\">")) {}

void Drawing::line(double x1, double y1, double x2, double y2, std::string_view style) {
  markup_ += cat("<line x1=\"", coordinate(x1), "\" y1=\"", coordinate(y1), "\" x2=\"", coordinate(x2),
                 "\" y2=\"", coordinate(y2), "\" class=\"", style, "\"/>");
}

void Drawing::text(double x, double y, std::string_view words, std::string_view style) {
  markup_ += cat("<text x=\"", coordinate(x), "\" y=\"", coordinate(y), "\" class=\"", style, "\">",
                 escaped(words), "</text>");
}

void Drawing::upright_text(double x, double y, std::string_view words, std::string_view style) {
  markup_ += cat("<text transform=\"translate(", coordinate(x), " ", coordinate(y),
                 ") rotate(-90)\" class=\"mid ", style, "\">", escaped(words), "</text>");
}

void Drawing::box(double x, double y, double width, double height, std::string_view style) {
  markup_ += cat("<rect x=\"", coordinate(x), "\" y=\"", coordinate(y), "\" width=\"", coordinate(width),
                 "\" height=\"", coordinate(height), "\" class=\"", style, "\"/>");
}

void Drawing::point(double x, double y, double radius, std::string_view style, std::string_view hint) {
  markup_ += cat("<circle cx=\"", coordinate(x), "\" cy=\"", coordinate(y), "\" r=\"", coordinate(radius),
                 "\" class=\"", style, "\"");
  markup_ += hint.empty() ? "/>" : cat("><title>", escaped(hint), "</title></circle>");
}

void Drawing::curve(const std::vector<double>& xs, const std::vector<double>& ys, std::string_view style) {
  if (xs.size() != ys.size()) throw Error(cat("a curve of ", xs.size(), " x and ", ys.size(), " y values"));
  std::string path;
  bool gap = true;
  for (size_t i = 0; i < xs.size(); ++i) {
    const bool there = std::isfinite(xs[i]) && std::isfinite(ys[i]);
    if (there) path += cat(gap ? "M" : "L", coordinate(xs[i]), " ", coordinate(ys[i]));
    gap = !there;
  }
  if (!path.empty()) markup_ += cat("<path d=\"", path, "\" class=\"", style, "\"/>");
}

void Drawing::band(const std::vector<double>& xs, const std::vector<double>& lows,
                   const std::vector<double>& highs, std::string_view style) {
  if (xs.size() != lows.size() || xs.size() != highs.size())
    throw Error(cat("a band of ", xs.size(), " x, ", lows.size(), " low and ", highs.size(), " high values"));
  std::string path;
  for (size_t i = 0; i < xs.size(); ++i)
    path += cat(i == 0 ? "M" : "L", coordinate(xs[i]), " ", coordinate(highs[i]));
  for (size_t i = xs.size(); i-- > 0;) path += cat("L", coordinate(xs[i]), " ", coordinate(lows[i]));
  if (!path.empty()) markup_ += cat("<path d=\"", path, "z\" class=\"", style, "\"/>");
}

void Drawing::raw(std::string_view markup) {
  markup_ += markup;
}

std::string Drawing::finish() {
  return std::move(markup_) + "</svg>";
}

std::vector<double> PlotArea::xs(const std::vector<double>& values) const {
  std::vector<double> places;
  for (const double value : values) places.push_back(x(value));
  return places;
}

std::vector<double> PlotArea::ys(const std::vector<double>& values) const {
  std::vector<double> places;
  for (const double value : values) places.push_back(y(value));
  return places;
}

void PlotArea::draw_x_axis(Drawing& drawing, std::string_view title) const {
  const auto ticks = nice_ticks(x_.low, x_.high, 5);
  for (const double tick : ticks) {
    drawing.line(x(tick), top_, x(tick), bottom_, "grid");
    drawing.text(x(tick), bottom_ + 15, figure(tick, tick_digits(ticks)), "tick mid");
  }
  drawing.line(left_, bottom_, right_, bottom_, "axis");
  drawing.text((left_ + right_) / 2, bottom_ + 33, title, "name mid");
}

void PlotArea::draw_y_axis(Drawing& drawing, std::string_view title) const {
  const auto ticks = nice_ticks(y_.low, y_.high, 5);
  for (const double tick : ticks) {
    drawing.line(left_, y(tick), right_, y(tick), "grid");
    drawing.text(left_ - 6, y(tick) + 4, figure(tick, tick_digits(ticks)), "tick end");
  }
  drawing.line(left_, top_, left_, bottom_, "axis");
  drawing.upright_text(12, (top_ + bottom_) / 2, title, "name");
}

}  // namespace tazuna
