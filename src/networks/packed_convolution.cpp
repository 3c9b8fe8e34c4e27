// SPDX-License-Identifier: Apache-2.0
#include "networks/packed_convolution.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <deque>

#include "kernels/precision.hpp"

namespace tazuna {

namespace {

using Arguments = std::vector<c10::IValue>;

/// LibTorch's operators for this have no C++ functions of their own; where a build of it has no oneDNN they
/// are not there.
struct Operators {
  std::optional<c10::OperatorHandle> pack, run, pack_transposed, run_transposed;

  bool complete() const { return pack && run && pack_transposed && run_transposed; }
};

const Operators& operators() {
  const auto named = [](const char* name) {
    return c10::Dispatcher::singleton().findSchema({std::string("mkldnn::") + name, ""});
  };
  static const Operators all{named("_reorder_convolution_weight"), named("_convolution_pointwise"),
                             named("_reorder_convolution_transpose_weight"),
                             named("_convolution_transpose_pointwise")};
  return all;
}

Tensor called(const c10::OperatorHandle& one, Arguments arguments) {
  one.callBoxed(arguments);
  return arguments.front().toTensor();
}

/// A layer's convolution apart from its input.
struct Layer {
  const Tensor &weight, &bias;
  at::IntArrayRef stride, padding;
  bool transposed;
};

std::vector<int64_t> filled(const Layer& layer, int64_t value) {
  return std::vector<int64_t>(layer.stride.size(), value);
}

/// The weight in oneDNN's order for inputs of these sizes.
Tensor packed_weight(const Layer& layer, at::ScalarType type, at::IntArrayRef sizes) {
  const Tensor weight = layer.weight.detach().to(type).contiguous();
  Arguments arguments{weight, layer.padding};
  if (layer.transposed) arguments.emplace_back(filled(layer, 0));  // of the output
  for (c10::IValue last : Arguments{layer.stride, filled(layer, 1), int64_t{1}, sizes})
    arguments.push_back(std::move(last));
  return called(layer.transposed ? *operators().pack_transposed : *operators().pack, std::move(arguments));
}

Tensor convolved(const Layer& layer, const Tensor& input, const Tensor& weight, const Tensor& bias) {
  Arguments arguments{input, weight, bias.defined() ? c10::IValue(bias) : c10::IValue(), layer.padding};
  if (layer.transposed) arguments.emplace_back(filled(layer, 0));
  for (c10::IValue last :
       Arguments{layer.stride, filled(layer, 1), int64_t{1}, std::string("none"),
                 c10::List<std::optional<at::Scalar>>(), c10::IValue()})  // nothing fused with it
    arguments.push_back(std::move(last));
  return called(layer.transposed ? *operators().run_transposed : *operators().run, std::move(arguments));
}

}  // namespace

struct Packable::Packs {
  struct Pack {
    at::ScalarType type;
    std::vector<int64_t> grid;  // of the input
    Tensor weight, bias;
  };

  /// Undefined where the layer has to run as ever.
  Tensor convolve(const Layer& layer, const Tensor& input) {
    const bool casts = at::autocast::is_autocast_enabled(at::kCPU);
    const at::ScalarType type = casts ? at::autocast::get_autocast_dtype(at::kCPU) : input.scalar_type();
    const bool known = type == at::kFloat || (type == at::kBFloat16 && bf16_pays(at::kCPU));
    if (!known || !input.is_cpu() || input.scalar_type() == at::kDouble || at::GradMode::is_enabled())
      return {};
    if (!casts && layer.weight.scalar_type() != type) return {};
    const Pack& pack = pack_for(layer, type, input.sizes());
    return convolved(layer, input.to(type), pack.weight, pack.bias);
  }

 private:
  const Pack& pack_for(const Layer& layer, at::ScalarType type, at::IntArrayRef sizes) {
    const at::IntArrayRef grid = sizes.slice(2);
    const auto found = std::ranges::find_if(
        packs_, [&](const Pack& pack) { return pack.type == type && pack.grid == grid; });
    if (found != packs_.end()) return *found;
    constexpr size_t most = 4;  // whole views can have a grid each
    if (packs_.size() == most) packs_.pop_front();
    const Tensor bias = layer.bias.defined() ? layer.bias.detach().to(type) : layer.bias;
    return packs_.emplace_back(Pack{type, grid.vec(), packed_weight(layer, type, sizes), bias});
  }

  std::deque<Pack> packs_;
};

Tensor Packable::packed(const Tensor& input, const Tensor& weight, const Tensor& bias, at::IntArrayRef stride,
                        at::IntArrayRef padding) {
  return packs_ ? packs_->convolve({weight, bias, stride, padding, /*transposed=*/false}, input) : Tensor();
}

Tensor Packable::packed_transposed(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                   at::IntArrayRef stride) {
  if (!packs_) return {};
  const std::vector<int64_t> none(stride.size(), 0);
  return packs_->convolve({weight, bias, stride, none, /*transposed=*/true}, input);
}

PackedWeights::PackedWeights(const torch::nn::Module& network) {
  if (!operators().complete()) return;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    auto* layer = dynamic_cast<Packable*>(module.get());
    if (!layer || layer->packs_) continue;
    layer->packs_ = std::make_shared<Packable::Packs>();
    layers_.push_back(module);
  }
}

PackedWeights::~PackedWeights() {
  for (const auto& module : layers_) dynamic_cast<Packable&>(*module).packs_ = nullptr;
}

}  // namespace tazuna
