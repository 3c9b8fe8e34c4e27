// SPDX-License-Identifier: Apache-2.0
#include "image/n4.hpp"

#include <ATen/ATen.h>
#include <itkBSplineControlPointImageFilter.h>
#include <itkN4BiasFieldCorrectionImageFilter.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/itk_reason.hpp"

namespace tazuna {
namespace {

using FloatImage = itk::Image<float, 3>;
using MaskImage = itk::Image<unsigned char, 3>;
using Correction = itk::N4BiasFieldCorrectionImageFilter<FloatImage, MaskImage, FloatImage>;
using Reconstruction = itk::BSplineControlPointImageFilter<Correction::BiasFieldControlPointLatticeType,
                                                           Correction::ScalarImageType>;

constexpr int64_t shrink_factor = 4;
constexpr unsigned most_levels = 4, iterations_a_level = 50;
constexpr double least_span = 25;  // mm
constexpr double background_share = 0.25;

/// The threshold that best divides positive values into two groups: the largest variance between them, on a
/// histogram of 256 bins.
double otsu_threshold(const Tensor& values) {
  constexpr int64_t bins = 256;
  const double low = values.min().item<double>(), high = values.max().item<double>();
  const Tensor counts = at::histc(values, bins, low, high).to(at::kDouble).contiguous();
  const double* count = counts.const_data_ptr<double>();
  const double all = counts.sum().item<double>();
  const double mean = (counts * at::arange(bins, at::kDouble)).sum().item<double>() / all;
  double below = 0, sum_below = 0, best = -1;
  int64_t last = 0;
  for (int64_t bin = 0; bin + 1 < bins; ++bin) {
    below += count[bin];
    sum_below += count[bin] * static_cast<double>(bin);
    const double above = all - below;
    if (below == 0 || above == 0) continue;
    const double apart = sum_below / below - (mean * all - sum_below) / above;
    const double between = below * above * apart * apart;
    if (between > best) best = between, last = bin;
  }
  return low + (high - low) * static_cast<double>(last + 1) / bins;
}

/// uint8, 1 where the field is sought.
Tensor field_mask(const Tensor& image) {
  const Tensor positive = image.gt(0);
  const double zeros = static_cast<double>(image.eq(0).sum().item<int64_t>());
  if (zeros >= background_share * static_cast<double>(image.numel()) || !positive.any().item<bool>())
    return positive.to(at::kByte);
  const double threshold = otsu_threshold(image.masked_select(positive));
  return positive.logical_and(image.ge(threshold)).to(at::kByte);
}

/// Every fourth voxel along each axis, centred; more of a short axis, so that four are left of four or more;
/// a single slice twice, since a spline needs a length.
Tensor shrunk(const Tensor& image) {
  Tensor small = image;
  for (int64_t axis = 0; axis < 3; ++axis) {
    const int64_t length = image.size(axis);
    const int64_t step = std::clamp<int64_t>(length / 4, 1, shrink_factor);
    small = small.slice(axis, (length - 1) % step / 2, length, step);
    if (length == 1) small = small.repeat_interleave(2, axis);
  }
  return small.contiguous();
}

/// A contiguous tensor [D, H, W] on a grid of unit voxels: N4 knows no millimetres.
template <class Image>
typename Image::Pointer itk_image(const Tensor& voxels) {
  typename Image::SizeType size;
  for (unsigned axis = 0; axis < 3; ++axis)
    size[axis] = static_cast<itk::SizeValueType>(voxels.size(2 - static_cast<int64_t>(axis)));
  const auto image = Image::New();
  image->SetRegions(size);
  image->Allocate();
  std::memcpy(image->GetBufferPointer(), voxels.const_data_ptr(), voxels.nbytes());
  return image;
}

/// How often the spline's one span along the shortest axis is halved, and once.
unsigned levels_for(const Tensor& image, const std::array<double, 3>& spacing) {
  double shortest = INFINITY;
  for (int64_t axis = 0; axis < 3; ++axis) {
    const double length = static_cast<double>(image.size(axis)) * spacing[static_cast<size_t>(axis)];
    if (image.size(axis) > 1) shortest = std::min(shortest, length);
  }
  unsigned levels = 1;
  while (levels < most_levels && shortest >= 2 * least_span) {
    shortest /= 2;
    ++levels;
  }
  return levels;
}

/// The logarithm of the field on a grid of `size` over the extent of the images.
Tensor log_field(const Tensor& small, const Tensor& mask, at::IntArrayRef size, unsigned levels) {
  // The sums of the spline's fit depend on the number of threads; cases are prepared side by side anyway.
  itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(1);
  const auto correction = Correction::New();
  correction->SetInput(itk_image<FloatImage>(small));
  correction->SetMaskImage(itk_image<MaskImage>(mask));
  correction->SetNumberOfFittingLevels(levels);
  Correction::VariableSizeArrayType iterations(levels);
  iterations.Fill(iterations_a_level);
  correction->SetMaximumNumberOfIterations(iterations);
  correction->SetConvergenceThreshold(1e-3);
  correction->Update();

  const auto reconstruction = Reconstruction::New();
  reconstruction->SetInput(correction->GetLogBiasFieldControlPointLattice());
  reconstruction->SetSplineOrder(correction->GetSplineOrder());
  Reconstruction::SizeType full;
  for (int64_t axis = 0; axis < 3; ++axis) {
    // A single slice was given twice.
    full[static_cast<unsigned>(2 - axis)] = static_cast<itk::SizeValueType>(std::max<int64_t>(2, size[axis]));
  }
  reconstruction->SetSize(full);
  reconstruction->Update();
  const auto* values = reinterpret_cast<const float*>(reconstruction->GetOutput()->GetBufferPointer());
  const std::vector<int64_t> held{static_cast<int64_t>(full[2]), static_cast<int64_t>(full[1]),
                                  static_cast<int64_t>(full[0])};
  Tensor evaluated = at::from_blob(const_cast<float*>(values), held, at::kFloat);
  for (int64_t axis = 0; axis < 3; ++axis) evaluated = evaluated.narrow(axis, 0, size[axis]);
  return evaluated.clone();
}

}  // namespace

Tensor without_bias_field(const Tensor& image, const std::array<double, 3>& spacing) {
  expect_axes(image, "image", 3, "D, H, W");
  const Tensor small = shrunk(image), mask = shrunk(field_mask(image));
  const Tensor sought = small.masked_select(mask.to(at::kBool));
  if (sought.numel() == 0 || sought.min().equal(sought.max())) return image;
  try {
    const Tensor corrected = image / log_field(small, mask, image.sizes(), levels_for(image, spacing)).exp();
    if (!corrected.isfinite().all().item<bool>())
      throw refused("N4 found no finite bias field in it; prepare it without input.n4");
    return corrected;
  } catch (const itk::ExceptionObject& error) {
    throw refused(cat("N4 cannot correct its bias field: ", itk_reason(error)));
  }
}

}  // namespace tazuna
