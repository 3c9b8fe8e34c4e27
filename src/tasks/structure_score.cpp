// SPDX-License-Identifier: Apache-2.0
#include "tasks/structure_score.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "metrics/structure.hpp"

namespace tazuna {

namespace {

class StructureScore : public Score {
 public:
  StructureScore(std::string task, std::string map, NamedIntegers names, double tolerance_mm)
      : task_(std::move(task)), map_(std::move(map)), names_(std::move(names)), tolerance_mm_(tolerance_mm) {}

  void add(const Subject& subject, const Prediction& prediction,
           const std::map<std::string, Volume>& reference) override {
    const auto* answer = std::get_if<LabelMap>(&prediction);
    const auto truth = reference.find(map_);
    if (!answer || truth == reference.end()) return;
    if (!same_grid(answer->geometry, truth->second.geometry)) {
      throw refused(cat(subject.id, ": prediction and reference lie on different grids: ",
                        grid_difference(answer->geometry, truth->second.geometry)));
    }
    const Tensor expected = truth->second.voxels.squeeze(0).to(answer->labels.scalar_type());
    for (const auto& [name, label] : names_) {
      rows_.push_back({subject.id, task_, name,
                       structure_scores(answer->labels, expected, label, answer->geometry, tolerance_mm_)});
    }
  }

  const std::vector<CaseScore>& rows() const override { return rows_; }

  double value() const override {
    double sum = 0;
    int64_t structures = 0;
    for (const auto& [name, label] : names_) {
      const double mean = mean_dice(name);
      if (std::isnan(mean)) continue;
      sum += mean;
      ++structures;
    }
    return structures > 0 ? sum / static_cast<double>(structures) : std::numeric_limits<double>::quiet_NaN();
  }

  std::string value_name() const override { return "dice"; }

 private:
  double mean_dice(const std::string& structure) const {
    double sum = 0;
    int64_t count = 0;
    for (const CaseScore& row : rows_) {
      if (row.structure != structure || !std::isfinite(row.metrics.front().second)) continue;
      sum += row.metrics.front().second;
      ++count;
    }
    return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
  }

  std::string task_, map_;
  NamedIntegers names_;
  double tolerance_mm_;
  std::vector<CaseScore> rows_;
};

}  // namespace

std::unique_ptr<Score> make_structure_score(std::string task, std::string map, NamedIntegers names,
                                            double tolerance_mm) {
  return std::make_unique<StructureScore>(std::move(task), std::move(map), std::move(names), tolerance_mm);
}

}  // namespace tazuna
