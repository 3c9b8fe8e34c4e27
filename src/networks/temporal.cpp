// SPDX-License-Identifier: Apache-2.0
#include "networks/temporal.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/nn/module.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "networks/temporal_module.hpp"

namespace tazuna {

namespace {

constexpr int64_t most_groups = 4;
constexpr double shortest_period = 5;  // s; resting-state signals lie between 10 and 100 s
constexpr int64_t periods = 6;         // each twice the one before
constexpr double least_variance = 1e-6;

class MeanOverTime : public TemporalImpl {
 public:
  Tensor forward(const Tensor& frames, const Tensor& /*times*/) override { return frames.mean(1); }
};

/// [N, T] s -> [N, T, 2 * periods].
Tensor encoded(const Tensor& times) {
  const Tensor seconds = times.to(at::kFloat);
  const Tensor halvings = at::exp2(-at::arange(periods, seconds.options()));
  const Tensor angles = seconds.unsqueeze(2) * (halvings * (2 * std::numbers::pi / shortest_period));
  return at::cat({angles.sin(), angles.cos()}, 2);
}

class AttentionOverTime : public TemporalImpl {
 public:
  explicit AttentionOverTime(int64_t width)
      : groups_(std::gcd(width, most_groups)),
        feature_query_(register_parameter("feature_query", at::zeros({width}))),
        time_query_(register_parameter("time_query", at::zeros({groups_, 2 * periods}))) {}

  Tensor forward(const Tensor& frames, const Tensor& times) override {
    const std::vector<Tensor> each = frames.unbind(1), weights = weights_of(frames, times).unbind(1);
    Tensor pooled;
    for (size_t t = 0; t < each.size(); ++t) {
      const Tensor part = each[t] * weights[t].view({frames.size(0), frames.size(2), 1, 1, 1});
      pooled = t == 0 ? part : pooled + part;
    }
    return pooled.to(frames.scalar_type());
  }

 private:
  /// [N, T, C] fp32, summing to 1 over T. No matrix products, which autocast would round.
  Tensor weights_of(const Tensor& frames, const Tensor& times) const {
    const int64_t rows = frames.size(0), count = frames.size(1), width = frames.size(2);
    const int64_t in_group = width / groups_;
    Tensor state = frames.mean(at::IntArrayRef{3, 4, 5}, false, at::kFloat);
    state = state - state.mean(1, true);
    state = state / (state.square().mean(1, true) + least_variance).sqrt();
    const Tensor by_state = (state * feature_query_).view({rows, count, groups_, in_group}).sum(3) /
                            std::sqrt(static_cast<double>(in_group));
    const Tensor by_time = (encoded(times).unsqueeze(2) * time_query_).sum(3);
    const Tensor weights = at::softmax(by_state + by_time, 1);
    return weights.unsqueeze(3).expand({rows, count, groups_, in_group}).reshape({rows, count, width});
  }

  int64_t groups_;
  Tensor feature_query_, time_query_;
};

class ConvolutionOverTime : public TemporalImpl {
 public:
  explicit ConvolutionOverTime(int64_t width)
      : weight_(register_parameter("weight", at::zeros({2 * width, 1, 3, 1}))),
        bias_(register_parameter("bias", at::zeros({2 * width}))) {}

  Tensor forward(const Tensor& frames, const Tensor& /*times*/) override {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const std::array<int64_t, 2> one{1, 1}, none{0, 0};
    const int64_t count = frames.size(1), width = frames.size(2);
    const Tensor signal = frames.to(at::kFloat).flatten(3).transpose(1, 2);  // [N, C, T, D * H * W]
    const Tensor longer = at::cat({signal.narrow(2, 0, 1), signal, signal.narrow(2, count - 1, 1)}, 2);
    const Tensor both =
        at::conv2d(longer, weight_, bias_, one, none, one, width).unflatten(1, {width, int64_t{2}});
    const Tensor gated = both.select(2, 0) * both.select(2, 1).sigmoid();
    const Tensor pooled = signal.mean(2) + gated.mean(2);
    return pooled.unflatten(2, frames.sizes().slice(3)).to(frames.scalar_type());
  }

 private:
  Tensor weight_, bias_;
};

}  // namespace

void describe(Fields& fields, TemporalOptions& options) {
  fields.choice(
      "pooling", options.pooling, {"mean", "attention", "convolution"},
      "how the features of the frames become one: their mean, a mean with learnt weights, or a gated "
      "convolution along time before it");
  fields.integer("frame_chunk", options.frame_chunk, {1, 1e6},
                 "frames whose activations are held at once; fewer need less memory");
}

std::shared_ptr<TemporalImpl> make_temporal(const TemporalOptions& options, int64_t width) {
  if (options.pooling == "mean") return std::make_shared<MeanOverTime>();
  if (options.pooling == "attention") return std::make_shared<AttentionOverTime>(width);
  if (options.pooling == "convolution") return std::make_shared<ConvolutionOverTime>(width);
  throw refused(
      cat("temporal.pooling: there is no '", options.pooling, "'; use mean, attention or convolution"));
}

}  // namespace tazuna
