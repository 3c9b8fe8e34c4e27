// SPDX-License-Identifier: Apache-2.0
#include "infer/score_text.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <map>
#include <set>
#include <sstream>

#include "core/text.hpp"

namespace tazuna {

namespace {

using Line = std::vector<std::string>;

/// What is shown, with digits after the point.
const std::map<std::string, int>& shown_metrics() {
  static const std::map<std::string, int> metrics{
      {"dice", 4},          {"hd95_mm", 2},          {"assd_mm", 3},
      {"nsd", 3},           {"volume_error_mm3", 1}, {"volume_error_percent", 1},
      {"lesion_recall", 3}, {"lesion_precision", 3}, {"lesion_f1", 3}};
  return metrics;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "n/a";
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return std::move(out).str();
}

std::string interval_text(double low, double high, int digits) {
  if (std::isnan(low)) return "n/a";
  return cat(fixed(low, digits), " to ", fixed(high, digits));
}

/// Letters, not bytes: continuation bytes of UTF-8 take no room.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The first `names` columns stand left, the numbers behind them right.
std::string aligned(const std::vector<Line>& lines, size_t names) {
  std::vector<size_t> widths(lines.front().size(), 0);
  for (const Line& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  std::string text;
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string blanks(widths[i] - width_of(line[i]), ' ');
      text += i < names ? line[i] + blanks : blanks + line[i];
      text += i + 1 < line.size() ? "  " : "\n";
    }
  }
  return text;
}

std::string dice_text(const std::vector<MeanScore>& means) {
  double sum = 0;
  int64_t structures = 0;
  for (const MeanScore& score : means) {
    if (score.metric != "dice" || std::isnan(score.over_cases.mean)) continue;
    sum += score.over_cases.mean;
    ++structures;
  }
  const std::string mean =
      structures > 0 ? number_text(std::round(sum / static_cast<double>(structures) * 1e4) / 1e4) : "n/a";
  return cat("mean Dice of the structures ", mean, "\n");
}

}  // namespace

std::string score_text(const std::vector<MeanScore>& means) {
  if (means.empty()) return "";
  std::set<std::string> tasks;
  for (const MeanScore& score : means) tasks.insert(score.task);
  const bool several = tasks.size() > 1;
  std::vector<Line> lines{
      {"structure", "metric", "mean", "95 % interval", "n", "persons", "undefined", "infinite"}};
  for (const auto& [task, structure, metric, over] : means) {
    const auto shown = shown_metrics().find(metric);
    if (shown == shown_metrics().end()) continue;
    lines.push_back({structure, metric, fixed(over.mean, shown->second),
                     interval_text(over.low, over.high, shown->second), cat(over.n), cat(over.persons),
                     cat(over.undefined), cat(over.infinite)});
    if (several) lines.back().insert(lines.back().begin(), task);
  }
  if (several) lines.front().insert(lines.front().begin(), "task");
  return aligned(lines, several ? 3 : 2) + dice_text(means);
}

std::string score_text(const std::map<std::string, std::vector<TaskScore>>& scores) {
  constexpr int digits = 3;
  std::vector<Line> lines{{"task", "metric", "value", "95 % interval", "n", "persons"}};
  for (const auto& [task, own] : scores)
    for (const TaskScore& score : own)
      lines.push_back({task, score.metric, fixed(score.value, digits),
                       interval_text(score.low, score.high, digits), cat(score.n), cat(score.persons)});
  return lines.size() > 1 ? aligned(lines, 2) : "";
}

std::string score_text(const std::filesystem::path& folder) {
  const std::filesystem::path means = folder / "means.tsv", tasks = folder / "task_scores.tsv";
  std::string text;
  if (std::filesystem::exists(means)) text += score_text(read_means(means));
  if (std::filesystem::exists(tasks)) text += score_text(read_task_scores(tasks));
  return text;
}

}  // namespace tazuna
