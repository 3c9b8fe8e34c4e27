// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/scene.hpp"

#include <ATen/ATen.h>

namespace tazuna::benchmarks {

Scene random_scene(const UnetShape& shape, int64_t rows, const std::array<int64_t, 3>& size) {
  constexpr int64_t block = 4;
  const auto blocks = [](int64_t edge) { return (edge + block - 1) / block; };
  const Tensor coarse =
      at::randint(shape.classes, {rows, 1, blocks(size[0]), blocks(size[1]), blocks(size[2])}, at::kFloat);
  const Tensor labels = at::upsample_nearest3d(coarse, size).squeeze(1).to(at::kLong);
  const Tensor noise = at::randn({rows, shape.channels, size[0], size[1], size[2]});
  return {noise + labels.unsqueeze(1), labels};
}

}  // namespace tazuna::benchmarks
