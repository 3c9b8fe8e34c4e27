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
  StructureScore(std::string task, std::string map, LabelCodes codes, double tolerance_mm, bool lesions)
      : task_(std::move(task)),
        map_(std::move(map)),
        codes_(std::move(codes)),
        tolerance_mm_(tolerance_mm),
        lesions_(lesions) {}

  void add(const Subject& subject, const Prediction& prediction,
           const std::map<std::string, Volume>& reference) override {
    const auto* answer = std::get_if<LabelMap>(&prediction);
    const auto truth = reference.find(map_);
    if (!answer || truth == reference.end()) return;
    if (!same_grid(answer->geometry, truth->second.geometry)) {
      throw refused(cat(subject.id, ": prediction and reference lie on different grids: ",
                        grid_difference(answer->geometry, truth->second.geometry)));
    }
    const Tensor expected = codes_.to_classes(truth->second.voxels.squeeze(0).to(at::kShort));
    const Tensor unknown = expected.lt(0);
    const auto unknown_voxels = static_cast<double>(unknown.sum().item<int64_t>());
    const Tensor predicted = codes_.to_classes(answer->labels.to(at::kShort)).masked_fill_(unknown, 0);
    int64_t structure = 1;
    for (const auto& [name, label] : codes_.names()) {
      auto metrics =
          structure_scores(predicted, expected, structure++, answer->geometry, tolerance_mm_, lesions_);
      for (auto& [metric, value] : metrics)
        if (metric == "tn") value -= unknown_voxels;
      rows_.push_back({subject.id, task_, name, std::move(metrics)});
    }
  }

  const std::vector<CaseScore>& rows() const override { return rows_; }

  const std::vector<AnsweredCase>& answered() const override {
    static const std::vector<AnsweredCase> none;
    return none;
  }

  double value() const override {
    double sum = 0;
    int64_t structures = 0;
    for (const auto& [name, label] : codes_.names()) {
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
  LabelCodes codes_;
  double tolerance_mm_;
  bool lesions_;
  std::vector<CaseScore> rows_;
};

}  // namespace

std::unique_ptr<Score> make_structure_score(std::string task, std::string map, LabelCodes codes,
                                            double tolerance_mm, bool lesions) {
  return std::make_unique<StructureScore>(std::move(task), std::move(map), std::move(codes), tolerance_mm,
                                          lesions);
}

}  // namespace tazuna
