// SPDX-License-Identifier: Apache-2.0
#include "kernels/instance_norm.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/cuda_norm.hpp"
#include "kernels/norm_rows.hpp"

namespace tazuna {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double epsilon = 1e-5;
constexpr int64_t chunk_elements = 16384;  // with what is read beside it within a second-level cache
constexpr int64_t least_period = 64;       // four of the widest vectors
constexpr int64_t vector_width = 16;
constexpr int64_t task_elements = 65536;  // less is not worth a thread

/// A tensor as rows of voxels of channels, channels fastest. Channels-last: N rows of C channels; contiguous:
/// N * C rows of one channel. Either way statistics lie in the order of [N, C].
struct Rows {
  int64_t rows, voxels, channels;
  int64_t period;  // elements after which the channels repeat at a vector's start
  int64_t chunk;   // voxels in a chunk
  int64_t chunks;  // in a row

  explicit Rows(const Tensor& tensor) {
    const bool last = tensor.is_contiguous(at::MemoryFormat::ChannelsLast3d);
    channels = last ? tensor.size(1) : 1;
    rows = last ? tensor.size(0) : tensor.size(0) * tensor.size(1);
    voxels = tensor.size(2) * tensor.size(3) * tensor.size(4);
    int64_t repeats = 1;
    while (channels * repeats % vector_width != 0) repeats *= 2;
    while (channels * repeats < least_period) repeats *= 2;
    period = channels * repeats;
    chunk = std::max<int64_t>(1, chunk_elements / period) * repeats;
    chunks = (voxels + chunk - 1) / chunk;
  }
  int64_t count(int64_t part) const { return std::min(chunk, voxels - part * chunk); }
  /// Runs work(row, part, place of its first element) for every chunk.
  template <class Work>
  void each_chunk(const Work& work) const {
    const int64_t grain = std::max<int64_t>(1, task_elements / (std::min(chunk, voxels) * channels + 1));
    at::parallel_for(0, rows * chunks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t row = unit / chunks, part = unit % chunks;
        work(row, part, (row * voxels + part * chunk) * channels);
      }
    });
  }
};

/// Values of a row's channels, repeated over a period.
class Period {
 public:
  explicit Period(const Rows& rows) : channels_(rows.channels), values_(rows.period) {}
  const float* repeat(const float* of_channels) {
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = of_channels[i % channels_];
    return values_.data();
  }
  float* clear() {
    std::ranges::fill(values_, 0.0F);
    return values_.data();
  }
  /// Sum of the repetitions of each channel.
  void fold(float* of_channels) const {
    std::fill_n(of_channels, channels_, 0.0F);
    for (size_t i = 0; i < values_.size(); ++i) of_channels[i % channels_] += values_[i];
  }

 private:
  size_t channels_;
  std::vector<float> values_;
};

/// Mean and rstd of each row and channel. A chunk is passed over twice while it is in the cache (its mean,
/// then the squares about it); chunks are joined by Chan, Golub and LeVeque (1983).
template <class T>
void find_moments(const Rows& rows, const T* x, float* mean, float* rstd) {
  const int64_t c = rows.channels;
  std::vector<float> means(rows.rows * rows.chunks * c), squares(means.size());
  rows.each_chunk([&](int64_t row, int64_t part, int64_t place) {
    Period sums(rows), repeated(rows);
    const int64_t voxels = rows.count(part);
    const NormChunk chunk{voxels * c, rows.period};
    float* own_means = means.data() + (row * rows.chunks + part) * c;
    add_values(chunk, x + place, sums.clear());
    sums.fold(own_means);
    for (int64_t k = 0; k < c; ++k) own_means[k] /= static_cast<float>(voxels);
    add_squares(chunk, x + place, repeated.repeat(own_means), sums.clear());
    sums.fold(squares.data() + (row * rows.chunks + part) * c);
  });
  for (int64_t row = 0; row < rows.rows; ++row) {
    for (int64_t k = 0; k < c; ++k) {
      double joined = 0, square = 0, seen = 0;
      for (int64_t part = 0; part < rows.chunks; ++part) {
        const int64_t place = (row * rows.chunks + part) * c + k;
        const double more = static_cast<double>(rows.count(part)), step = means[place] - joined;
        joined += step * more / (seen + more);
        square += squares[place] + step * step * seen * more / (seen + more);
        seen += more;
      }
      mean[row * c + k] = static_cast<float>(joined);
      rstd[row * c + k] = static_cast<float>(1 / std::sqrt(square / seen + epsilon));
    }
  }
}

/// `tensor` in the memory format of `like`.
Tensor laid_out(const Tensor& tensor, const Tensor& like) {
  return tensor.contiguous(like.is_contiguous() ? at::MemoryFormat::Contiguous
                                                : at::MemoryFormat::ChannelsLast3d);
}

/// `tensor` as it is where it fills its memory in one of the two formats, else a copy that does.
Tensor dense(const Tensor& tensor) {
  if (tensor.is_contiguous() || tensor.is_contiguous(at::MemoryFormat::ChannelsLast3d)) return tensor;
  return tensor.contiguous(tensor.suggest_memory_format());
}

/// What z = x * scale + shift is computed with, [N, C] each.
struct Line {
  Tensor scale, shift;
};
Line line_of(const Tensor& mean, const Tensor& rstd, const Tensor& weight, const Tensor& bias) {
  const Tensor scale = (rstd * weight).contiguous();
  return {scale, (bias - mean * scale).contiguous()};
}

template <class T>
void forward_as(const Tensor& input, const Tensor& residual, const Tensor& weight, const Tensor& bias,
                float slope, InstanceNormed& result) {
  const Rows rows(input);
  const T* x = input.const_data_ptr<T>();
  const T* added = residual.defined() ? residual.const_data_ptr<T>() : nullptr;
  T* out = result.output.mutable_data_ptr<T>();
  find_moments(rows, x, result.mean.mutable_data_ptr<float>(), result.rstd.mutable_data_ptr<float>());
  const Line line = line_of(result.mean, result.rstd, weight, bias);
  const float* scale = line.scale.const_data_ptr<float>();
  const float* shift = line.shift.const_data_ptr<float>();
  rows.each_chunk([&](int64_t row, int64_t part, int64_t place) {
    Period scales(rows), shifts(rows);
    normalise<T>({rows.count(part) * rows.channels, rows.period}, x + place, added ? added + place : nullptr,
                 scales.repeat(scale + row * rows.channels), shifts.repeat(shift + row * rows.channels),
                 slope, out + place);
  });
}

/// Sums over chunks, [rows, channels], in double and in a fixed order.
Tensor joined(const Rows& rows, const std::vector<float>& parts) {
  Tensor result = at::zeros({rows.rows * rows.channels}, at::kDouble);
  double* sums = result.mutable_data_ptr<double>();
  for (int64_t unit = 0; unit < rows.rows * rows.chunks; ++unit) {
    const int64_t row = unit / rows.chunks;
    for (int64_t k = 0; k < rows.channels; ++k)
      sums[row * rows.channels + k] += parts[unit * rows.channels + k];
  }
  return result;
}

template <class T>
void backward_as(const Tensor& slopes, const Tensor& input, const InstanceNormed& normed,
                 const Tensor& weight, const Tensor& bias, float slope, InstanceNormSlopes& result) {
  const Rows rows(input);
  const int64_t c = rows.channels;
  const T* g = slopes.const_data_ptr<T>();
  const T* x = input.const_data_ptr<T>();
  const bool added = result.residual.defined();
  const T* output = added ? normed.output.const_data_ptr<T>() : nullptr;
  T* kept = added ? result.residual.mutable_data_ptr<T>() : nullptr;
  T* out = result.input.mutable_data_ptr<T>();
  const Line line = line_of(normed.mean, normed.rstd, weight, bias);
  const float* mean = normed.mean.const_data_ptr<float>();
  const float* scale = line.scale.const_data_ptr<float>();
  const float* shift = line.shift.const_data_ptr<float>();

  std::vector<float> sums(rows.rows * rows.chunks * c), products(sums.size());
  rows.each_chunk([&](int64_t row, int64_t part, int64_t place) {
    Period means(rows), scales(rows), shifts(rows), own_sums(rows), own_products(rows);
    add_slopes<T>({rows.count(part) * c, rows.period}, g + place, x + place, added ? output + place : nullptr,
                  means.repeat(mean + row * c), scales.repeat(scale + row * c),
                  shifts.repeat(shift + row * c), slope, own_sums.clear(), own_products.clear(),
                  added ? kept + place : nullptr);
    own_sums.fold(sums.data() + (row * rows.chunks + part) * c);
    own_products.fold(products.data() + (row * rows.chunks + part) * c);
  });
  // With s1 = sum of g', s2 = sum of g' * (x - mean):
  //   d input = scale * (g' - s1 / V - (x - mean) * rstd² * s2 / V),  d weight = rstd * s2,  d bias = s1
  const Tensor s1 = joined(rows, sums).view_as(normed.mean), s2 = joined(rows, products).view_as(normed.mean);
  result.weight = (s2 * normed.rstd).sum(0).to(at::kFloat);
  result.bias = s1.sum(0).to(at::kFloat);
  const auto voxels = static_cast<double>(rows.voxels);
  const Tensor by_value = -line.scale * normed.rstd.square() * s2 / voxels;
  const Tensor constant = (-line.scale * s1 / voxels - by_value * normed.mean).to(at::kFloat);
  const Tensor factors = by_value.to(at::kFloat);
  const float* factor = factors.const_data_ptr<float>();
  const float* offset = constant.const_data_ptr<float>();
  rows.each_chunk([&](int64_t row, int64_t part, int64_t place) {
    Period scales(rows), shifts(rows), by_values(rows), constants(rows);
    input_slopes<T>({rows.count(part) * c, rows.period}, g + place, x + place, added ? kept + place : nullptr,
                    scales.repeat(scale + row * c), shifts.repeat(shift + row * c), slope,
                    by_values.repeat(factor + row * c), constants.repeat(offset + row * c), out + place);
  });
}

/// True where the loops above or the kernels of a GPU can run.
bool is_fused(const Tensor& input) {
  if (norm_runs_on_cuda(input)) return true;
  return input.is_cpu() && input.numel() > 0 &&
         (input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16);
}

void expect(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& residual) {
  expect_axes(input, "input of an instance norm", 5, "N, C, D, H, W");
  if (weight.dim() != 1 || weight.size(0) != input.size(1) || bias.sizes() != weight.sizes())
    throw Error(cat("an instance norm of ", input.size(1), " channels got weights ",
                    shape_text(weight.sizes()), " and ", shape_text(bias.sizes())));
  if (residual.defined() && residual.sizes() != input.sizes())
    throw Error(
        cat("an instance norm of ", shape_text(input.sizes()), " cannot add ", shape_text(residual.sizes())));
}

struct FusedNorm : torch::autograd::Function<FusedNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight,
                        const Tensor& bias, const std::optional<Tensor>& residual, double slope) {
    const Tensor input = dense(given);
    const Tensor added = residual ? *residual : Tensor();
    const InstanceNormed normed = instance_norm_forward(input, weight, bias, added, slope);
    context->saved_data["slope"] = slope;
    context->save_for_backward(
        {input, added.defined() ? normed.output : Tensor(), normed.mean, normed.rstd, weight, bias});
    return normed.output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& slopes) {
    if (at::GradMode::is_enabled()) throw Error("the fused instance norm has no second derivatives");
    const variable_list saved = context->get_saved_variables();
    const InstanceNormSlopes found =
        instance_norm_backward(slopes[0], saved[0], {saved[1], saved[2], saved[3]}, saved[4], saved[5],
                               context->saved_data["slope"].toDouble());
    return {found.input, found.weight, found.bias, found.residual, Tensor()};
  }
};

}  // namespace

InstanceNormed instance_norm_forward(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                     const Tensor& residual, double slope) {
  expect(input, weight, bias, residual);
  if (const auto found = instance_norm_on_cuda(input, weight, bias, residual, slope, epsilon)) return *found;
  if (!is_fused(input)) throw Error("the fused instance norm reads fp32 and bf16 on the CPU");
  const Tensor x = dense(input);
  const Tensor added = residual.defined() ? laid_out(residual.to(x.scalar_type()), x) : Tensor();
  const std::vector<int64_t> size = {x.size(0), x.size(1)};
  InstanceNormed result{at::empty_like(x), at::empty(size, at::kFloat), at::empty(size, at::kFloat)};
  const auto f = static_cast<float>(slope);
  if (x.scalar_type() == at::kFloat)
    forward_as<float>(x, added, weight, bias, f, result);
  else
    forward_as<c10::BFloat16>(x, added, weight, bias, f, result);
  return result;
}

InstanceNormSlopes instance_norm_backward(const Tensor& slopes, const Tensor& input,
                                          const InstanceNormed& normed, const Tensor& weight,
                                          const Tensor& bias, double slope) {
  if (const auto found = instance_norm_slopes_on_cuda(slopes, input, normed, weight, bias, slope))
    return *found;
  const Tensor x = dense(input), g = laid_out(slopes.to(x.scalar_type()), x);
  InstanceNormed known = normed;
  InstanceNormSlopes result{.input = at::empty_like(x)};
  if (normed.output.defined()) {
    known.output = laid_out(normed.output, x);
    result.residual = at::empty_like(x);
  }
  const auto f = static_cast<float>(slope);
  if (x.scalar_type() == at::kFloat)
    backward_as<float>(g, x, known, weight, bias, f, result);
  else
    backward_as<c10::BFloat16>(g, x, known, weight, bias, f, result);
  return result;
}

Tensor instance_norm_reference(const Tensor& input, const Tensor& weight, const Tensor& bias,
                               const Tensor& residual, double slope) {
  expect(input, weight, bias, residual);
  Tensor result = at::instance_norm(input, weight, bias, {}, {}, true, 0, epsilon, false);
  if (residual.defined()) result = result + residual;
  return slope == 1 ? result : at::leaky_relu(result, slope);
}

Tensor instance_norm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& residual,
                     double slope) {
  if (!is_fused(input)) return instance_norm_reference(input, weight, bias, residual, slope);
  if (!at::GradMode::is_enabled()) return instance_norm_forward(input, weight, bias, residual, slope).output;
  return FusedNorm::apply(input, weight, bias,
                          residual.defined() ? std::optional<Tensor>(residual) : std::nullopt, slope);
}

}  // namespace tazuna
