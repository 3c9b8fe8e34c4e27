// SPDX-License-Identifier: Apache-2.0
#include "tasks/subject_head.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/head.hpp"

namespace tazuna {

void describe(Fields& fields, SubjectHeadOptions& options) {
  fields.values("taps", options.taps, {0, 15}, "encoder stages that are pooled, 0 the finest; empty: all");
  fields.flag("mean", options.mean, "the mean of each such stage over the view");
  fields.flag("max", options.max, "the maximum of each such stage over the view");
  fields.flag(
      "mask", options.mask,
      "the decoder's finest features, averaged under what the voxel tasks draw; without effect if none "
      "shares the decoder");
  fields.flag("attention", options.attention, "the mean of each such stage under learnt attention");
  fields.integer("hidden", options.hidden, {0, 4096}, "width of the hidden layer; 0: none");
  fields.number("dropout", options.dropout, {0, 0.95},
                "share of the last layer's inputs dropped in training");
}

namespace {

constexpr double first_scale = 0.1;  // of the drawn weights of the last layer
constexpr double slope = 0.01;       // of the LeakyReLU; the weights are drawn for it
constexpr double least_mass = 1e-6;  // voxels; a share that is 0 everywhere pools to 0
constexpr double remembered = 100;   // views that the moments of the log masses go back to, about
constexpr double least_sd = 0.02;    // of log masses
constexpr double most_sds = 5;       // an unusual mass counts as this many standard deviations

/// [N, C, D, H, W] -> [N, C, V] in fp32.
Tensor flat(const Tensor& features) {
  return features.flatten(2).to(at::kFloat);
}

/// Sums over space [N, M] of shares [N, M, D, H, W] and the means [N, M * C] of features [N, C, D, H, W]
/// under them.
struct Pooled {
  Tensor masses, means;
};
Pooled pooled_under(const Tensor& shares, const Tensor& features) {
  const Tensor weights = flat(shares);
  const Tensor masses = weights.sum(2);
  const Tensor sums = at::bmm(weights, flat(features).transpose(1, 2));
  return {masses, (sums / (masses.unsqueeze(2) + least_mass)).flatten(1)};
}

/// Shares [N, K, D, H, W] -> those of the structures and, if there are several, of all structures together.
Tensor structures(const Tensor& shares) {
  const Tensor drawn = shares.narrow(1, 1, shares.size(1) - 1);
  return drawn.size(1) > 1 ? at::cat({drawn, 1 - shares.narrow(1, 0, 1)}, 1) : drawn;
}
int64_t structures_of(int64_t classes) {
  return classes > 2 ? classes : classes - 1;
}

/// The mean of a stage [N, C, D, H, W] under softmax over space of query . features: [N, C]. With the query
/// at 0, where it begins, the plain mean.
class AttentionPool : public torch::nn::Module {
 public:
  explicit AttentionPool(int64_t width) : query_(register_parameter("query", at::zeros({width}))) {}
  Tensor forward(const Tensor& stage) {
    const Tensor voxels = flat(stage);
    const Tensor attention = at::softmax(at::matmul(query_, voxels), 1);  // [N, V]
    return at::bmm(voxels, attention.unsqueeze(2)).squeeze(2);
  }

 private:
  Tensor query_;
};

/// Log masses [N, M] in standard deviations from what training has drawn lately. People differ in the size of
/// a structure by little beside what structures differ among each other, so that as they are they would be a
/// constant to what follows. The moments are buffers: parts of the weights, learnt in training alone.
class MassScale : public torch::nn::Module {
 public:
  explicit MassScale(int64_t masses)
      : views_(register_buffer("views", at::zeros({1}))),
        mean_(register_buffer("mean", at::zeros({masses}))),
        variance_(register_buffer("variance", at::ones({masses}))) {}

  Tensor forward(const Tensor& log_masses) {
    if (is_training()) learn(log_masses);
    const Tensor sd = variance_.sqrt().clamp_min(least_sd);
    return ((log_masses - mean_) / sd).clamp(-most_sds, most_sds);
  }

 private:
  /// Welford's update, in which the past weighs at most `remembered` views.
  void learn(const Tensor& log_masses) {
    const at::NoGradGuard no_grad;
    for (const Tensor& row : log_masses.unbind(0)) {
      views_.add_(1).clamp_max_(remembered);
      const Tensor off = row - mean_, share = views_.reciprocal();
      mean_.add_(off * share);
      variance_.add_((off * (row - mean_) - variance_) * share);
    }
  }

  Tensor views_, mean_, variance_;
};

class SubjectHead : public HeadImpl {
 public:
  SubjectHead(const SubjectHeadOptions& options, const HeadWidths& widths, int64_t covariates,
              const AnswerLayer& answer)
      : options_(options), answer_(answer), covariates_(covariates) {
    if (options_.taps.empty()) {
      options_.taps.resize(widths.trunk.encoder.size());
      std::iota(options_.taps.begin(), options_.taps.end(), 0);
    }
    int64_t pooled = tap_stages(widths.trunk.encoder), masses = 0;
    if (options_.mask) {
      for (const auto& [task, classes] : widths.voxel_classes) {
        masked_.push_back(task);
        masses += structures_of(classes);
      }
      if (!masked_.empty()) {
        pooled += masses * widths.trunk.decoder.at(0);
        mass_scale_ = register_module("mass_scale", std::make_shared<MassScale>(masses));
      }
    }
    int64_t inputs = pooled + masses + covariates;
    if (inputs == 0)
      throw refused(
          "head: it reads nothing; switch on mean, max or attention, or mask beside a voxel task that "
          "shares the decoder");
    if (pooled > 0)
      pool_norm_ = register_module(
          "pool_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions(std::vector<int64_t>{pooled})));
    if (options_.hidden > 0) {
      hidden_ = register_module("hidden", torch::nn::Linear(inputs, options_.hidden));
      inputs = options_.hidden;
    }
    const int64_t slopes = answer_.shared_slope ? 1 : answer_.outputs;
    out_ = register_module("out", torch::nn::Linear(torch::nn::LinearOptions(inputs, slopes).bias(false)));
    bias_ = register_parameter("bias", at::zeros({answer_.outputs}));
  }

  void begin() override {
    const at::NoGradGuard no_grad;
    out_->weight.mul_(first_scale);
    for (size_t i = 0; i < answer_.bias.size(); ++i) bias_[static_cast<int64_t>(i)] = answer_.bias[i];
  }

  TaskOutput forward(const HeadInput& input, bool) override {
    std::vector<Tensor> pooled, masses;
    pool_stages(input.encoder, pooled);
    if (!masked_.empty()) pool_under_masks(input, pooled, masses);
    std::vector<Tensor> inputs;
    if (pool_norm_) inputs.push_back(pool_norm_->forward(at::cat(pooled, 1)));
    if (mass_scale_) inputs.push_back(mass_scale_->forward(at::cat(masses, 1)));
    if (covariates_ > 0) inputs.push_back(columns_of(input));
    Tensor features = at::cat(inputs, 1);
    if (hidden_) features = at::leaky_relu(hidden_->forward(features), slope);
    features = at::dropout(features, options_.dropout, is_training());
    return {{out_->forward(features) + bias_}};
  }

 private:
  /// Length of what the tapped stages give; makes their attention.
  int64_t tap_stages(const std::vector<int64_t>& widths) {
    const auto stages = static_cast<int64_t>(widths.size());
    const int64_t ways = int64_t{options_.mean} + int64_t{options_.max} + int64_t{options_.attention};
    auto attention = std::make_shared<torch::nn::Module>();
    int64_t length = 0;
    std::set<int64_t> seen;
    for (const int64_t tap : options_.taps) {
      if (!seen.insert(tap).second) throw refused(cat("head.taps: stage ", tap, " stands twice"));
      if (tap >= stages)
        throw refused(cat("head.taps: there is no stage ", tap, "; the encoder has 0 to ", stages - 1));
      const int64_t width = widths[static_cast<size_t>(tap)];
      length += ways * width;
      if (!options_.attention) continue;
      const std::string name = std::to_string(tap);
      attention_.push_back(attention->register_module(name, std::make_shared<AttentionPool>(width)));
    }
    if (options_.attention) register_module("attention", attention);
    return length;
  }

  void pool_stages(const Features& encoder, std::vector<Tensor>& pooled) {
    for (size_t i = 0; i < options_.taps.size(); ++i) {
      const Tensor& stage = encoder.stages.at(static_cast<size_t>(options_.taps[i]));
      if (options_.mean) pooled.push_back(stage.mean({2, 3, 4}, /*keepdim=*/false, at::kFloat));
      if (options_.max) pooled.push_back(stage.amax({2, 3, 4}).to(at::kFloat));
      if (options_.attention) pooled.push_back(attention_[i]->forward(stage));
    }
  }

  void pool_under_masks(const HeadInput& input, std::vector<Tensor>& pooled, std::vector<Tensor>& masses) {
    if (!input.decoder || !input.voxel_shares)
      throw Error("a head that pools under masks needs the decoder's features and the voxel tasks' shares");
    for (const std::string& task : masked_) {
      const Pooled under =
          pooled_under(structures(input.voxel_shares->at(task)), input.decoder->stages.at(0));
      pooled.push_back(under.means);
      masses.push_back(under.masses.log1p());
    }
  }

  Tensor columns_of(const HeadInput& input) const {
    if (!input.covariates || !input.covariates->defined() || input.covariates->size(1) != covariates_)
      throw Error(cat("a head that reads ", covariates_, " covariates got ",
                      input.covariates && input.covariates->defined() ? shape_text(input.covariates->sizes())
                                                                      : std::string("none")));
    return input.covariates->to(at::kFloat);
  }

  SubjectHeadOptions options_;
  AnswerLayer answer_;
  int64_t covariates_;
  std::vector<std::string> masked_;  // voxel tasks, in the model's order
  std::shared_ptr<MassScale> mass_scale_;
  std::vector<std::shared_ptr<AttentionPool>> attention_;  // one a tap
  torch::nn::LayerNorm pool_norm_{nullptr};
  torch::nn::Linear hidden_{nullptr}, out_{nullptr};
  Tensor bias_;
};

}  // namespace

std::shared_ptr<HeadImpl> make_subject_head(const SubjectHeadOptions& options, const HeadWidths& widths,
                                            int64_t covariates, const AnswerLayer& answer) {
  return std::make_shared<SubjectHead>(options, widths, covariates, answer);
}

}  // namespace tazuna
