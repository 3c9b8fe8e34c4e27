// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/text.hpp"
#include "data/npy.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Smooth values without a symmetry, float32 [channels, D, H, W].
inline Tensor smooth_image(const std::array<int64_t, 3>& size, int64_t channels = 1) {
  const auto ramp = [](int64_t length, std::array<int64_t, 3> shape) {
    return at::arange(length, at::kFloat).view(at::IntArrayRef(shape.data(), 3));
  };
  const Tensor z = ramp(size[0], {-1, 1, 1}), y = ramp(size[1], {1, -1, 1}), x = ramp(size[2], {1, 1, -1});
  std::vector<Tensor> all;
  for (int64_t c = 0; c < channels; ++c)
    all.push_back((z * (0.31 + 0.1 * static_cast<double>(c))).sin() + (y * 0.23 + 1).cos() +
                  (x * 0.17).sin() * 2);
  return at::stack(all).contiguous();
}

/// Labels 0, 1, 2 that follow the image, int16 [1, D, H, W].
inline Tensor labels_of(const Tensor& image) {
  const Tensor first = image.narrow(0, 0, 1);
  return (first.gt(0.5).to(at::kShort) + first.gt(1.5).to(at::kShort)).contiguous();
}

/// A prepared sample with the map "label".
inline Sample synthetic_sample(const std::array<int64_t, 3>& size, int64_t channels = 1) {
  auto subject = std::make_shared<Subject>();
  subject->id = subject->person = "sub-01";
  Sample sample;
  sample.subject = subject;
  sample.image.voxels = smooth_image(size, channels);
  sample.image.geometry.size = size;
  sample.maps["label"] = {labels_of(sample.image.voxels), sample.image.geometry};
  sample.present = at::ones({channels}, at::kBool);
  return sample;
}

/// A .npy file, by us or by NumPy.
inline Tensor read_npy(const std::filesystem::path& file) {
  return mapped_npy(std::make_shared<const MappedFile>(file));
}

inline void write_npy(const std::filesystem::path& file, const Tensor& tensor) {
  write_atomically(file, npy_bytes(tensor));
}

/// Writes one image a channel and a label map as NIfTI files on a grid and names them: sequences "T1w",
/// "FLAIR", map "label".
inline std::shared_ptr<Subject> write_case_on(const Geometry& geometry, const std::filesystem::path& folder,
                                              const std::string& id, const Tensor& image,
                                              const Tensor& label) {
  const std::array<std::string, 2> names{"T1w", "FLAIR"};
  auto subject = std::make_shared<Subject>();
  subject->id = subject->person = id;
  for (int64_t c = 0; c < image.size(0); ++c) {
    const std::string& name = names.at(static_cast<size_t>(c));
    subject->images[name].file = folder / cat(id, "_", name, ".nii.gz");
    write_image(subject->images[name].file, image.narrow(0, c, 1), geometry, {});
  }
  subject->maps["label"].file = folder / cat(id, "_label.nii.gz");
  write_labels(subject->maps["label"].file, label[0], geometry, {});
  return subject;
}

/// The same on a canonical grid.
inline std::shared_ptr<Subject> write_case(const std::filesystem::path& folder, const std::string& id,
                                           const Tensor& image, const Tensor& label,
                                           const std::array<double, 3>& spacing = {1, 1, 1}) {
  Geometry geometry;
  geometry.size = {image.size(1), image.size(2), image.size(3)};
  geometry.spacing = spacing;
  return write_case_on(geometry, folder, id, image, label);
}

}  // namespace tazuna
