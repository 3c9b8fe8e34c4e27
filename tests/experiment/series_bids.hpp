// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/data/series_file.hpp"
#include "tests/experiment/small_bids.hpp"

namespace tazuna::testing {

/// Eight people of a small dataset with a series of six frames each, and the experiment that asks for the
/// grade.
class SeriesBids : public SmallBids {
 public:
  SeriesBids() : SmallBids(8) {
    for (int i = 0; i < 8; ++i) {
      const Tensor frames = (at::arange(6 * 12 * 144, at::kFloat) * (0.01 + 0.001 * i)).sin() + 2;
      std::filesystem::create_directories(series(i).parent_path());
      write_series(series(i), frames.view({6, 12, 12, 12}));
    }
  }
  std::filesystem::path series(int person) const {
    return *this / cat("sub-", person, "/func/sub-", person, "_task-rest_bold.nii");
  }
  /// Regions 1 to 3, a third of each plane, on the grid of the series cut to so many planes.
  void atlas(const std::string& name, int64_t depth = 12) const {
    Geometry grid = read_image(series(0)).volume.geometry;
    grid.size[0] = depth;
    Tensor labels = at::zeros({depth, 12, 12}, at::kInt);
    for (int64_t region = 0; region < 3; ++region)
      labels.slice(2, 4 * region, 4 * region + 4).fill_(region + 1);
    write_labels(*this / name, labels, grid, {});
  }
  ExperimentConfig config() const {
    return SmallBids::config({"input={kind: series, sequences: [task-rest_bold], frames: 3}",
                              "data.split.stratify=[grade]", "train.patch=[16, 16, 16]",
                              "tasks=[{name: grade, kind: classification, target: {column: grade}}]"});
  }
};

}  // namespace tazuna::testing
