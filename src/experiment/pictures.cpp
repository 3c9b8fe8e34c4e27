// SPDX-License-Identifier: Apache-2.0
#include "experiment/pictures.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/sampler.hpp"
#include "image/picture.hpp"

namespace tazuna {

namespace {

constexpr size_t most_cases = 6;
constexpr int64_t draws_a_case = 4;
constexpr int64_t longest_edge = 256;  // pixels, where whole-number zooms allow
constexpr int64_t gap = 4;
constexpr Colour between{48, 48, 48};

using Size = std::array<int64_t, 3>;

/// Where the patch is taken: on a foreground voxel, moved inside the case where the case is large enough.
std::array<double, 3> centre_of(const Sample& sample, const ForegroundIndex& foreground, const Size& patch,
                                Random& random) {
  const bool any = !foreground.voxels.empty();
  auto centre = any ? draw_centre(sample, foreground, patch, true, random) : std::array<double, 3>{};
  for (int axis = 0; axis < 3; ++axis) {
    const auto last = static_cast<double>(sample.image.voxels.size(axis + 1) - 1);
    const double half = 0.5 * static_cast<double>(patch[axis] - 1);
    centre[axis] = any && last > 2 * half ? std::clamp(centre[axis], half, last - half) : 0.5 * last;
  }
  return centre;
}

/// The patch of a case as it is, and drawn again and again.
std::vector<Sample> patches_of(const Experiment& experiment, const AugmentOptions& augment,
                               const Sample& sample) {
  const auto& patch_edges = experiment.config.train.patch.get();
  const Size patch{patch_edges[0], patch_edges[1], patch_edges[2]};
  const std::vector<std::string> maps = experiment.maps();
  const int64_t seed = experiment.config.train.seed;
  const std::string& id = sample.subject->id;
  Random place{seed, id, "picture"};
  const auto foreground = maps.empty() ? ForegroundIndex{} : index_foreground(sample, maps.front());
  const auto centre = centre_of(sample, foreground, patch, place);
  AugmentOptions none;
  none.enabled = false;
  std::vector<Sample> patches{patch_at(sample, centre, patch, none, place)};
  for (int64_t k = 0; k < draws_a_case; ++k) {
    Random random{seed, id, k, "picture"};
    patches.push_back(patch_at(sample, centre, patch, augment, random));
  }
  return patches;
}

/// How a patch becomes a picture: which axis is looked along, and how many pixels a voxel has.
struct Look {
  int normal = 0;
  std::array<int64_t, 2> zoom{1, 1};

  explicit Look(const Geometry& patch) : normal(flat_axis(patch.size).value_or(0)) {
    const int row = normal == 0 ? 1 : 0, column = normal == 2 ? 1 : 2;
    const double height = patch.spacing[row], width = patch.spacing[column];
    const double finest = std::min(height, width);
    const double longest = std::max(height * static_cast<double>(patch.size[row]),
                                    width * static_cast<double>(patch.size[column]));
    const double scale = std::max(1.0, std::floor(static_cast<double>(longest_edge) * finest / longest));
    zoom = {std::lround(scale * height / finest), std::lround(scale * width / finest)};
  }

  /// Rows turned over: canonical axes grow towards anterior and superior, pictures downwards.
  Tensor slice(const Tensor& volume /* [D, H, W] */, int64_t index) const {
    return volume.select(normal, index).flip(0);
  }

  /// The slice with most foreground, else the middle one.
  int64_t slice_of(const Sample& patch) const {
    Tensor counts = at::zeros({patch.image.voxels.size(normal + 1)}, at::kLong);
    std::vector<int64_t> others{0, 1, 2};
    others.erase(others.begin() + normal);
    for (const auto& [selector, map] : patch.maps) counts += map.voxels[0].gt(0).sum(at::IntArrayRef(others));
    return counts.any().item<bool>() ? counts.argmax().item<int64_t>() : counts.size(0) / 2;
  }

  Picture picture(const Sample& patch, int64_t channel, const std::array<double, 2>& window) const {
    const int64_t index = slice_of(patch);
    Picture picture = grey_picture(slice(patch.image.voxels[channel], index), window[0], window[1], zoom);
    bool dashed = false;  // every map but the first
    for (const auto& [selector, map] : patch.maps) {
      draw_outlines(picture, slice(map.voxels[0], index), zoom, dashed);
      dashed = true;
    }
    return picture;
  }
};

/// The intensities shown black and white: nearly the whole range of the slice.
std::array<double, 2> window_of(const Tensor& slice) {
  const Tensor values = slice.to(at::kDouble).contiguous();
  const auto* first = values.const_data_ptr<double>();
  const std::vector<double> all(first, first + values.numel());
  return {percentile(all, 1), percentile(all, 99.5)};
}

std::string file_name(const std::vector<std::string>& sequences, size_t channel) {
  if (sequences.size() == 1) return "samples.png";
  std::string name = sequences[channel];
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
  }
  return cat("samples_", name, ".png");
}

}  // namespace

void make_picture_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (!problem && std::filesystem::is_directory(folder)) return;
  throw refused(cat("--pictures: the folder ", folder.string(),
                    " cannot be made: ", problem ? problem.message() : std::string("a file has that name")));
}

std::vector<std::filesystem::path> write_pictures(const Experiment& experiment, Cache& cache,
                                                  const std::filesystem::path& folder) {
  const std::vector<std::string>& sequences = experiment.preparation.sequences;
  const AugmentOptions augment = with_mirrors_along(
      experiment.recipe().mirror_axes, experiment.preparation.arrange, experiment.config.augment);
  std::vector<std::vector<Picture>> pictures(sequences.size());
  const size_t cases = std::min(most_cases, experiment.subjects.size());
  for (size_t i = 0; i < cases; ++i) {
    const auto& subject = experiment.subjects[i * experiment.subjects.size() / cases];
    const auto patches = patches_of(experiment, augment, cache.sample(subject));
    const Look look(patches.front().image.geometry);
    const int64_t plain = look.slice_of(patches.front());
    for (size_t c = 0; c < sequences.size(); ++c) {
      const auto channel = static_cast<int64_t>(c);
      const auto window = window_of(look.slice(patches.front().image.voxels[channel], plain));
      for (const Sample& patch : patches) pictures[c].push_back(look.picture(patch, channel, window));
    }
  }
  std::vector<std::filesystem::path> files;
  for (size_t c = 0; c < sequences.size(); ++c) {
    files.push_back(folder / file_name(sequences, c));
    write_atomically(files.back(), encode_png(contact_sheet(pictures[c], 1 + draws_a_case, gap, between)));
  }
  return files;
}

}  // namespace tazuna
