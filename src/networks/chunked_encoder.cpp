// SPDX-License-Identifier: Apache-2.0
#include "networks/chunked_encoder.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/error.hpp"

namespace tazuna {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs to encode again as the forward pass did.
struct Run : torch::CustomClassHolder {
  Run(std::shared_ptr<EncoderImpl> module, int64_t rows, at::DeviceType type)
      : encoder(std::move(module)),
        chunk(rows),
        device(type),
        autocast(at::autocast::is_autocast_enabled(type)),
        dtype(at::autocast::get_autocast_dtype(type)) {}

  std::shared_ptr<EncoderImpl> encoder;
  int64_t chunk;
  at::DeviceType device;
  bool autocast;
  at::ScalarType dtype;
};

/// The precision of a run while it lives. Its casts of weights stay out of autocast's cache: made in a
/// forward pass without a graph, they would cut the gradient of whoever found them there.
class PrecisionOf {
 public:
  explicit PrecisionOf(const Run& run)
      : device_(run.device),
        enabled_(at::autocast::is_autocast_enabled(device_)),
        cached_(at::autocast::is_autocast_cache_enabled()),
        dtype_(at::autocast::get_autocast_dtype(device_)) {
    set(run.autocast, run.dtype, false);
  }
  ~PrecisionOf() { set(enabled_, dtype_, cached_); }
  PrecisionOf(const PrecisionOf&) = delete;
  PrecisionOf& operator=(const PrecisionOf&) = delete;

 private:
  void set(bool enabled, at::ScalarType dtype, bool cached) const {
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, dtype);
    at::autocast::set_autocast_cache_enabled(cached);
  }

  at::DeviceType device_;
  bool enabled_, cached_;
  at::ScalarType dtype_;
};

/// Rows of a chunk that begins at `first`.
int64_t rows_from(int64_t first, const Run& run, const Tensor& rows) {
  return std::min(run.chunk, rows.size(0) - first);
}

/// Inputs of the function: a run, the rows, the encoder's parameters; so are its gradients.
struct ChunkedEncoder : torch::autograd::Function<ChunkedEncoder> {
  static variable_list forward(AutogradContext* context, const c10::intrusive_ptr<Run>& run,
                               const Tensor& rows, at::TensorList /*parameters*/) {
    context->saved_data["run"] = at::IValue::make_capsule(run);
    context->save_for_backward({rows});
    context->set_materialize_grads(false);
    const PrecisionOf precision(*run);
    variable_list stages;
    for (int64_t first = 0; first < rows.size(0); first += run->chunk) {
      const int64_t count = rows_from(first, *run, rows);
      const Features part = run->encoder->forward(rows.narrow(0, first, count));
      for (size_t s = 0; s < part.stages.size(); ++s) {
        if (first == 0) {
          std::vector<int64_t> size = part.stages[s].sizes().vec();
          size[0] = rows.size(0);
          stages.push_back(at::empty(size, part.stages[s].options()));
        }
        stages[s].narrow(0, first, count).copy_(part.stages[s]);
      }
    }
    return stages;
  }

  static variable_list backward(AutogradContext* context, variable_list slopes) {
    if (at::GradMode::is_enabled())
      throw Error("features that were encoded in chunks have no second derivatives");
    const auto capsule = context->saved_data["run"].toCapsule();
    const Run& run = static_cast<const Run&>(*capsule);
    const Tensor rows = context->get_saved_variables()[0];
    variable_list inputs{rows};
    for (const Tensor& parameter : run.encoder->parameters()) inputs.push_back(parameter);
    variable_list gradients(inputs.size()), of_rows;
    std::vector<size_t> asked;  // among the inputs
    for (size_t i = 0; i < inputs.size(); ++i)
      if (context->needs_input_grad(i)) asked.push_back(i);
    const bool rows_asked = context->needs_input_grad(0);
    for (int64_t first = 0; first < rows.size(0); first += run.chunk) {
      const int64_t count = rows_from(first, run, rows);
      inputs[0] = rows.narrow(0, first, count).detach().requires_grad_(rows_asked);
      const variable_list found = chunk_gradients(run, inputs, asked, slopes, first, count);
      for (size_t k = 0; k < asked.size(); ++k) {
        if (!found[k].defined()) continue;
        Tensor& sum = gradients[asked[k]];
        if (asked[k] == 0) {
          of_rows.push_back(found[k]);
        } else {
          sum = sum.defined() ? sum + found[k] : found[k];
        }
      }
    }
    if (!of_rows.empty()) gradients[0] = at::cat(of_rows);
    gradients.insert(gradients.begin(), Tensor());  // of the run
    return gradients;
  }

  /// Gradients of the asked inputs from the rows of one chunk, inputs[0], of which `count` stand from `first`
  /// on.
  static variable_list chunk_gradients(const Run& run, const variable_list& inputs,
                                       const std::vector<size_t>& asked, const variable_list& slopes,
                                       int64_t first, int64_t count) {
    Features features;
    {
      const at::AutoGradMode with_graph(true);
      const PrecisionOf precision(run);
      features = run.encoder->forward(inputs[0]);
    }
    variable_list outputs, chunk_slopes, wanted;
    for (size_t s = 0; s < slopes.size(); ++s) {
      if (!slopes[s].defined()) continue;
      outputs.push_back(features.stages[s]);
      chunk_slopes.push_back(slopes[s].narrow(0, first, count));
    }
    for (const size_t place : asked) wanted.push_back(inputs[place]);
    if (outputs.empty()) return variable_list(asked.size());
    return torch::autograd::grad(outputs, wanted, chunk_slopes, std::nullopt, /*create_graph=*/false,
                                 /*allow_unused=*/true);
  }
};

}  // namespace

Features encode_in_chunks(const std::shared_ptr<EncoderImpl>& encoder, const Tensor& rows, int64_t chunk) {
  if (chunk < 1) throw Error("a chunk of frames holds at least one");
  if (rows.size(0) <= chunk) return encoder->forward(rows);
  const auto run = c10::make_intrusive<Run>(encoder, chunk, rows.device().type());
  const variable_list parameters = encoder->parameters();
  return {ChunkedEncoder::apply(run, rows, at::TensorList(parameters))};
}

}  // namespace tazuna
