// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/label_cells.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernels/wide.hpp"

namespace tazuna {
namespace {

constexpr int64_t side_by_side = 8;
using Floats = float __attribute__((vector_size(side_by_side * sizeof(float))));
using Integers = int32_t __attribute__((vector_size(side_by_side * sizeof(int32_t))));

/// Cells `begin` to `begin` + 8: labels[corner][cell], places[axis][cell].
struct EightCells {
  [[gnu::always_inline]] EightCells(const int32_t* const* labels, const float* const* places, int64_t begin) {
    Floats share[3][2];  // of the lower and of the upper corner along an axis
    for (int axis = 0; axis < 3; ++axis) {
      std::memcpy(&share[axis][1], places[axis] + begin, sizeof(Floats));
      share[axis][0] = 1 - share[axis][1];
    }
    for (int corner = 0; corner < 8; ++corner) {
      std::memcpy(&label[corner], labels[corner] + begin, sizeof(Integers));
      weight[corner] = share[0][corner >> 2] * share[1][corner >> 1 & 1] * share[2][corner & 1];
    }
  }
  [[gnu::always_inline]] void add_up(const Integers& wanted, Floats& sum) const {
    sum = Floats{};
    for (int corner = 0; corner < 8; ++corner) sum += label[corner] == wanted ? weight[corner] : Floats{};
  }
  Integers label[8];
  Floats weight[8];
};

TAZUNA_WIDE void choose(const int32_t* const* labels, const float* const* places, int64_t count,
                        int32_t* chosen) {
  for (int64_t begin = 0; begin < count; begin += side_by_side) {
    const EightCells cells(labels, places, begin);
    Integers best = cells.label[0];
    Floats most = cells.weight[0], sum;
    for (int corner = 1; corner < 8; ++corner) {
      best = cells.weight[corner] > most ? cells.label[corner] : best;
      most = cells.weight[corner] > most ? cells.weight[corner] : most;
    }
    cells.add_up(best, most);
    for (int corner = 0; corner < 8; ++corner) {
      cells.add_up(cells.label[corner], sum);
      const Integers more = sum > most + equal_weights;
      best = more ? cells.label[corner] : best;
      most = more ? sum : most;
    }
    std::memcpy(chosen + begin, &best, sizeof best);
  }
}

}  // namespace

int16_t most_weight(const std::array<int16_t, 8>& label, const std::array<float, 8>& weight) {
  const auto total = [&](int16_t candidate) {
    float sum = 0;
    for (int corner = 0; corner < 8; ++corner) sum += label[corner] == candidate ? weight[corner] : 0.0f;
    return sum;
  };
  int16_t best = label[std::max_element(weight.begin(), weight.end()) - weight.begin()];
  float most = total(best);
  if (most > 0.5f) return best;
  for (const int16_t candidate : label) {
    if (const float sum = total(candidate); sum > most + equal_weights)
      std::tie(best, most) = std::pair(candidate, sum);
  }
  return best;
}

LabelCells::LabelCells(int64_t most) {
  const int64_t size = (most + side_by_side - 1) / side_by_side * side_by_side;
  for (auto& corner : label_) corner.resize(size);
  for (auto& axis : place_) axis.resize(size);
  chosen_.resize(size);
}

void LabelCells::add(const std::array<int16_t, 8>& label, float z, float y, float x) {
  for (int corner = 0; corner < 8; ++corner) label_[corner][count_] = label[corner];
  place_[0][count_] = z;
  place_[1][count_] = y;
  place_[2][count_] = x;
  ++count_;
}

const std::vector<int32_t>& LabelCells::most_weights() {
  std::array<const int32_t*, 8> labels;
  for (int corner = 0; corner < 8; ++corner) labels[corner] = label_[corner].data();
  const std::array<const float*, 3> places{place_[0].data(), place_[1].data(), place_[2].data()};
  choose(labels.data(), places.data(), count_, chosen_.data());
  return chosen_;
}

}  // namespace tazuna
