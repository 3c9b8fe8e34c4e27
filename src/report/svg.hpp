// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// Multiples of 1, 2 or 5 times a power of ten that lie in [low, high], about `count` of them; both ends
/// finite and low < high.
std::vector<double> nice_ticks(double low, double high, int count);
/// Decimals that tell neighbouring ticks apart.
int tick_digits(const std::vector<double>& ticks);

/// The range a plot shows for these values: their finite ones with a margin of 4 %, never empty. {0, 1}
/// without any.
struct ValueSpan {
  double low = 0, high = 1;
};
ValueSpan span_of(const std::vector<double>& values);

/// Width of all plots, and where most have the left and right edge of their area.
inline constexpr double plot_width = 400, plot_left = 62, plot_right = 388;

/// Builds one `<svg>` with a text for those who cannot see it. Lengths are in its own units, which are pixels
/// where it is shown at its natural width. Colours come from CSS classes, so that they follow the page's
/// theme.
class Drawing {
 public:
  Drawing(double width, double height, std::string_view alternative);
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  /// `style` holds `end` or `mid` where the text ends or has its middle at x.
  void text(double x, double y, std::string_view words, std::string_view style);
  /// A text that reads upwards, its middle at (x, y).
  void upright_text(double x, double y, std::string_view words, std::string_view style);
  void box(double x, double y, double width, double height, std::string_view style);
  /// `hint` appears when the pointer rests on the point; "" for none.
  void point(double x, double y, double radius, std::string_view style, std::string_view hint);
  /// A line through points; a coordinate that is not finite is a gap.
  void curve(const std::vector<double>& xs, const std::vector<double>& ys, std::string_view style);
  /// The area between two lines over the same xs, all finite.
  void band(const std::vector<double>& xs, const std::vector<double>& lows, const std::vector<double>& highs,
            std::string_view style);
  /// Puts a finished piece of SVG in.
  void raw(std::string_view markup);
  /// The whole element; nothing can be added afterwards.
  std::string finish();

 private:
  std::string markup_;
};

/// A coordinate with at most two decimals: "12.5".
std::string coordinate(double value);

/// A rectangle of a drawing in which data have their place: x to the right, y upwards.
class PlotArea {
 public:
  /// Edges in the drawing's units.
  PlotArea(double left, double top, double right, double bottom, ValueSpan x, ValueSpan y)
      : left_(left), top_(top), right_(right), bottom_(bottom), x_(x), y_(y) {}
  double x(double value) const { return left_ + (value - x_.low) / (x_.high - x_.low) * (right_ - left_); }
  double y(double value) const { return bottom_ - (value - y_.low) / (y_.high - y_.low) * (bottom_ - top_); }
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }
  /// Rules with numbers at nice places, and a title below.
  void draw_x_axis(Drawing& drawing, std::string_view title) const;
  /// Several places at once.
  std::vector<double> xs(const std::vector<double>& values) const;
  std::vector<double> ys(const std::vector<double>& values) const;
  /// The same, the title upright at the left edge of the drawing.
  void draw_y_axis(Drawing& drawing, std::string_view title) const;

 private:
  double left_, top_, right_, bottom_;
  ValueSpan x_, y_;
};

}  // namespace tazuna
