// SPDX-License-Identifier: Apache-2.0
#include "report/plots_answers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "report/lettering.hpp"
#include "report/markup.hpp"
#include "report/plots.hpp"
#include "report/svg.hpp"

namespace tazuna {
namespace {

constexpr double square_top = 8, square_bottom = square_top + plot_right - plot_left;

/// A unit square with axes and the diagonal; the legend stands below.
class UnitSquare {
 public:
  UnitSquare(const std::string& words, std::vector<Legend::Entry> entries)
      : legend_(below(std::move(entries))),
        drawing_(plot_width, square_bottom + 46 + legend_.height(), words),
        area_(plot_left, square_top, plot_right, square_bottom, {0, 1}, {0, 1}) {}
  void draw_axes(const std::string& x_name, const std::string& y_name) {
    area_.draw_x_axis(drawing_, x_name);
    area_.draw_y_axis(drawing_, y_name);
    drawing_.line(area_.x(0), area_.y(0), area_.x(1), area_.y(1), "no-difference");
  }
  Drawing& drawing() { return drawing_; }
  const PlotArea& area() const { return area_; }
  std::string finish() {
    legend_.draw(drawing_);
    return drawing_.finish();
  }

 private:
  /// Each on a line of its own: names carry numbers here.
  static Legend below(std::vector<Legend::Entry> entries) {
    for (Legend::Entry& entry : entries) entry.name = cut_text(entry.name, plot_right - 40);
    return Legend(std::move(entries), 12, square_bottom + 40, 13);
  }

  Legend legend_;
  Drawing drawing_;
  PlotArea area_;
};

template <class Line>
std::vector<Legend::Entry> entries_of(const std::vector<Line>& lines) {
  std::vector<Legend::Entry> entries;
  for (const Line& line : lines)
    entries.push_back({line.name, cat(colour_class(line.colour), " ", dash_class(line.colour))});
  return entries;
}

template <class Line>
std::string words_of(const std::string& title, const std::vector<Line>& lines) {
  std::vector<std::string> names;
  for (const Line& line : lines) names.push_back(line.name);
  return cat(title, ": ", join(names, "; "));
}

/// Wilson 1927: the interval of a share of n.
std::pair<double, double> wilson(double share, double n) {
  constexpr double z = 1.959964;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double reach = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - reach), std::min(1.0, middle + reach)};
}

void draw_bins(UnitSquare& square, const ReliabilityLine& line, double most) {
  const std::string style = colour_class(line.colour);
  std::vector<double> x, y;
  for (const ReliabilityBin& bin : line.bins) {
    x.push_back(square.area().x(bin.predicted));
    y.push_back(square.area().y(bin.observed));
    square.drawing().line(x.back(), square.area().y(bin.low), x.back(), square.area().y(bin.high),
                          cat("bin-range ", style));
  }
  square.drawing().curve(x, y, cat("curve ", style, " ", dash_class(line.colour)));
  for (size_t i = 0; i < x.size(); ++i) {
    const ReliabilityBin& bin = line.bins[i];
    square.drawing().point(x[i], y[i], 2.5 + 4 * std::sqrt(static_cast<double>(bin.n) / most),
                           cat("mark ", style),
                           cat(line.name, ": said ", figure(bin.predicted, 2), ", happened ",
                               figure(bin.observed, 2), ", ", bin.n, bin.n == 1 ? " case" : " cases"));
  }
}

std::string confusion_words(const std::vector<std::string>& names,
                            const std::vector<std::vector<int64_t>>& counts) {
  std::string words = "Confusion matrix.";
  for (size_t truth = 0; truth < names.size(); ++truth) {
    words += cat(" Truth ", names[truth], ":");
    for (size_t answer = 0; answer < names.size(); ++answer)
      words += cat(answer > 0 ? ", " : " ", counts[truth][answer], " answered ", names[answer]);
    words += ".";
  }
  return words;
}

/// Where the cells of a confusion matrix lie.
struct Cells {
  double left = 0, top = 0, width = 0, height = 0;
  bool upright = false;  ///< names of the columns

  explicit Cells(const std::vector<std::string>& names) {
    double widest = 0;
    for (const std::string& name : names) widest = std::max(widest, text_width(name));
    left = 34 + std::min(widest, 116.0);
    width = (plot_right - left) / static_cast<double>(names.size());
    upright = widest > width - 6;
    top = 26 + (upright ? std::min(widest, 116.0) : 14);
    height = std::min(width, 54.0);
  }
};

void draw_confusion_names(Drawing& drawing, const Cells& cells, const std::vector<std::string>& names) {
  drawing.text((cells.left + plot_right) / 2, 13, "answer", "tick mid");
  drawing.upright_text(12, cells.top + cells.height * static_cast<double>(names.size()) / 2, "truth", "tick");
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = cut_text(names[i], 116);
    const double x = cells.left + cells.width * (static_cast<double>(i) + 0.5);
    const double y = cells.top + cells.height * (static_cast<double>(i) + 0.5);
    drawing.text(cells.left - 8, y + 4, name, "end");
    if (cells.upright) {
      drawing.upright_text(x + 4, cells.top - 4 - text_width(name) / 2, name, "name");
    } else {
      drawing.text(x, cells.top - 7, name, "mid");
    }
  }
}

/// Slope and intercept of the least-squares line; NaN where all truths are equal.
std::pair<double, double> fitted(const std::vector<TruthPoint>& points) {
  const auto n = static_cast<double>(points.size());
  double mean_truth = 0, mean_answer = 0, products = 0, squares = 0;
  for (const auto& [truth, answer, hint] : points) {
    mean_truth += truth / n;
    mean_answer += answer / n;
  }
  for (const auto& [truth, answer, hint] : points) {
    products += (truth - mean_truth) * (answer - mean_answer);
    squares += (truth - mean_truth) * (truth - mean_truth);
  }
  const double slope = squares > 0 ? products / squares : std::nan("");
  return {slope, mean_answer - slope * mean_truth};
}

}  // namespace

std::string roc_plot(const std::vector<RocLine>& lines) {
  UnitSquare square(words_of("ROC curves", lines), entries_of(lines));
  square.draw_axes("false positive rate (1 − specificity)", "sensitivity");
  const PlotArea& area = square.area();
  for (const RocLine& line : lines) {
    const RocBand& band = line.band;
    square.drawing().band(area.xs(band.false_positive_rate), area.ys(band.low), area.ys(band.high),
                          cat("band ", fill_class(line.colour)));
  }
  for (const RocLine& line : lines)
    square.drawing().curve(area.xs(line.false_positive_rate), area.ys(line.sensitivity),
                           cat("curve ", colour_class(line.colour), " ", dash_class(line.colour)));
  return square.finish();
}

std::string confusion_plot(const std::vector<std::string>& names,
                           const std::vector<std::vector<int64_t>>& counts) {
  const Cells cells(names);
  Drawing drawing(plot_width, cells.top + cells.height * static_cast<double>(names.size()) + 6,
                  confusion_words(names, counts));
  draw_confusion_names(drawing, cells, names);
  for (size_t truth = 0; truth < names.size(); ++truth) {
    const auto total =
        static_cast<double>(std::accumulate(counts[truth].begin(), counts[truth].end(), int64_t{0}));
    for (size_t answer = 0; answer < names.size(); ++answer) {
      const double share = total > 0 ? static_cast<double>(counts[truth][answer]) / total : 0;
      const double x = cells.left + cells.width * static_cast<double>(answer);
      const double y = cells.top + cells.height * static_cast<double>(truth);
      drawing.box(x, y, cells.width, cells.height, "cell-frame");
      drawing.box(x, y, cells.width, cells.height, cat("cell s", std::lround(10 * share)));
      const double middle = x + cells.width / 2, line = y + cells.height / 2;
      const bool empty = counts[truth][answer] == 0;
      drawing.text(middle, empty ? line + 5 : line - 1, cat(counts[truth][answer]),
                   empty ? "tick mid" : "strong mid");
      if (!empty) drawing.text(middle, line + 14, cat(figure(100 * share, 0), " %"), "tick mid");
    }
  }
  return drawing.finish();
}

std::vector<ReliabilityBin> reliability_bins(const std::vector<double>& probabilities,
                                             const std::vector<uint8_t>& happened, int64_t bins) {
  if (probabilities.size() != happened.size())
    throw Error(cat("a reliability diagram of ", probabilities.size(), " probabilities and ", happened.size(),
                    " outcomes; each case needs both"));
  std::vector<ReliabilityBin> all(static_cast<size_t>(bins));
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const auto place = static_cast<int64_t>(probabilities[i] * static_cast<double>(bins));
    ReliabilityBin& bin = all[static_cast<size_t>(std::clamp<int64_t>(place, 0, bins - 1))];
    bin.predicted += probabilities[i];
    bin.observed += happened[i] != 0;
    ++bin.n;
  }
  std::erase_if(all, [](const ReliabilityBin& bin) { return bin.n == 0; });
  for (ReliabilityBin& bin : all) {
    const auto n = static_cast<double>(bin.n);
    bin.predicted /= n;
    bin.observed /= n;
    std::tie(bin.low, bin.high) = wilson(bin.observed, n);
  }
  return all;
}

std::string reliability_plot(const std::string& x_name, const std::string& y_name,
                             const std::vector<ReliabilityLine>& lines) {
  UnitSquare square(words_of("Reliability", lines), entries_of(lines));
  square.draw_axes(x_name, y_name);
  double most = 1;
  for (const ReliabilityLine& line : lines)
    for (const ReliabilityBin& bin : line.bins) most = std::max(most, static_cast<double>(bin.n));
  for (const ReliabilityLine& line : lines) draw_bins(square, line, most);
  return square.finish();
}

std::string truth_plot(const std::string& unit, const std::vector<TruthPoint>& points) {
  std::vector<double> values;
  for (const TruthPoint& point : points) values.insert(values.end(), {point.truth, point.answer});
  const ValueSpan span = span_of(values);
  const auto [slope, intercept] = fitted(points);
  const std::string in = unit.empty() ? "" : cat(" (", unit, ")");
  std::vector<Legend::Entry> entries{{"answer = truth", "no-difference"}};
  if (std::isfinite(slope)) entries.push_back({"least-squares line", "bias"});
  const Legend legend(entries, plot_left, square_bottom + 38, plot_right);
  Drawing drawing(plot_width, square_bottom + 46 + legend.height(),
                  cat("Answers against truths of ", points.size(), points.size() == 1 ? " case" : " cases",
                      "; least-squares line of slope ", figure(slope, 2)));
  const PlotArea area(plot_left, square_top, plot_right, square_bottom, span, span);
  area.draw_x_axis(drawing, cat("truth", in));
  area.draw_y_axis(drawing, cat("answer", in));
  drawing.line(area.x(span.low), area.y(span.low), area.x(span.high), area.y(span.high), "no-difference");
  for (size_t i = 0; i < points.size(); i += drawn_one_in(points.size()))
    drawing.point(area.x(points[i].truth), area.y(points[i].answer), 2.8, "case", points[i].hint);
  if (std::isfinite(slope)) {
    const auto by_truth = [](const TruthPoint& a, const TruthPoint& b) { return a.truth < b.truth; };
    const auto [least, most] = std::minmax_element(points.begin(), points.end(), by_truth);
    const auto line = [&, slope = slope, intercept = intercept](double x) { return intercept + slope * x; };
    drawing.line(area.x(least->truth), area.y(line(least->truth)), area.x(most->truth),
                 area.y(line(most->truth)), "bias");
  }
  legend.draw(drawing);
  return drawing.finish();
}

}  // namespace tazuna
