// SPDX-License-Identifier: Apache-2.0
#include "infer/blank_images.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/series.hpp"

namespace tazuna {

namespace {

// Resampling rounds: share of a value by which alike voxels may come to differ.
constexpr float rounding_share = 1e-4F;

/// Whether all voxels hold one value. An image that shows something is left at its first other voxel.
bool is_alike(const Tensor& voxels, float share) {
  const Tensor whole = voxels.contiguous();
  const auto* begin = whole.const_data_ptr<float>();
  const float first = *begin, room = share * std::abs(first);
  return std::all_of(begin, begin + whole.numel(),
                     [first, room](float value) { return std::abs(value - first) <= room; });
}

std::string sentence_about(const Sample& sample, const std::string& sequence) {
  const Subject& subject = *sample.subject;
  const Tensor native = sample.frame_seconds > 0
                            ? read_series(subject, sequence, /*zero_nonfinite=*/true).frames
                            : read_sequence(subject, sequence, /*zero_nonfinite=*/true).volume.voxels;
  if (!is_alike(native, 0)) return sequence + " is alike wherever the model looks";
  return cat(sequence, " holds one value, ", native.flatten()[0].item<float>(), ", everywhere");
}

}  // namespace

std::string blank_remark(const Sample& sample, const std::vector<std::string>& sequences) {
  const bool series = sample.frame_seconds > 0;  // whose frames stand where channels do
  std::vector<std::string> blank;
  bool shows_something = false;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const auto place = static_cast<int64_t>(i);
    if (!sample.present[place].item<bool>()) continue;
    if (is_alike(series ? sample.image.voxels : sample.image.voxels[place], rounding_share)) {
      blank.push_back(sentence_about(sample, sequences[i]));
    } else {
      shows_something = true;
    }
  }
  const std::string remark = join(blank, "; ");
  if (!shows_something)
    throw refused(cat(sample.subject->id, ": ", remark, "; look at the acquisition, or leave the case out"));
  return remark;
}

}  // namespace tazuna
