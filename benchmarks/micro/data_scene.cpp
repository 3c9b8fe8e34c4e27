// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/data_scene.hpp"

#include <ATen/ATen.h>
#include <unistd.h>

#include "core/text.hpp"

namespace tazuna::benchmarks {

namespace {

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / cat("tazuna_benchmark_", ::getpid());
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// Random values whose structures are `scale` voxels wide, [C, D, H, W].
Tensor smooth(int64_t channels, const std::array<int64_t, 3>& size, int64_t scale) {
  const Tensor coarse =
      at::randn({1, channels, size[0] / scale + 2, size[1] / scale + 2, size[2] / scale + 2});
  return at::upsample_trilinear3d(coarse, size, /*align_corners=*/false)[0];
}

/// The square of the distance from the middle in half edges, [D, H, W].
Tensor radius_squared(const std::array<int64_t, 3>& size) {
  Tensor sum = at::zeros(size);
  for (int axis = 0; axis < 3; ++axis) {
    std::array<int64_t, 3> shape{1, 1, 1};
    shape[axis] = size[axis];
    sum = sum + at::linspace(-1, 1, size[axis]).view(shape).square();
  }
  return sum;
}

}  // namespace

const std::filesystem::path& scratch_folder() {
  static const Folder folder;
  return folder.path;
}

Tensor head(const std::array<int64_t, 3>& size, bool dark) {
  at::manual_seed(1);
  const Tensor inside = radius_squared(size).lt(0.64).unsqueeze(0);
  const Tensor signal = (600 + 150 * smooth(1, size, 12)) * inside;
  const Tensor voxels = (signal + 12 * at::randn_like(signal)).abs().round().clamp(0, 4000);
  return (dark ? voxels * inside : voxels).contiguous();
}

Sample prepared_case(int64_t channels, const std::array<int64_t, 3>& size) {
  at::manual_seed(2);
  auto subject = std::make_shared<Subject>();
  subject->id = subject->person = "benchmark";
  Sample sample;
  sample.subject = subject;
  sample.image.voxels = smooth(channels, size, 6).contiguous();
  sample.image.geometry.size = size;
  sample.present = at::ones({channels}, at::kBool);
  const Tensor first = sample.image.voxels.narrow(0, 0, 1);
  sample.maps["label"] = {(first.gt(0.3).to(at::kShort) + first.gt(1).to(at::kShort)).contiguous(),
                          sample.image.geometry};
  return sample;
}

}  // namespace tazuna::benchmarks
