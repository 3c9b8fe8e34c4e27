// SPDX-License-Identifier: Apache-2.0
#include "infer/predictor.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/series.hpp"
#include "infer/failure.hpp"
#include "kernels/precision.hpp"
#include "networks/packed_convolution.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

/// Keeps networks in eval mode, with packed weights, while it lives.
class EvalGuard {
 public:
  explicit EvalGuard(const std::vector<Model*>& networks) {
    for (Model* network : networks) {
      if (network->is_training()) training_.push_back(network);
      network->eval();
      packed_.emplace_back(*network);
    }
  }
  ~EvalGuard() {
    for (Model* network : training_) network->train();
  }
  EvalGuard(const EvalGuard&) = delete;
  EvalGuard& operator=(const EvalGuard&) = delete;

 private:
  std::vector<Model*> training_;
  std::vector<PackedWeights> packed_;
};

using Answers = std::vector<std::vector<Prediction>>;

std::vector<size_t> tasks_of(const Model& network, Scope scope) {
  std::vector<size_t> places;
  for (size_t i = 0; i < network.tasks().size(); ++i)
    if (network.tasks()[i]->scope() == scope) places.push_back(i);
  return places;
}

/// Frames of a series that the network sees at once.
struct FrameWindow {
  Tensor frames;  ///< [F] places in the series
  Tensor times;   ///< [1, F] s from the first
};

/// The windows of a series on `device`; of another image one, undefined.
std::vector<FrameWindow> frame_windows(const Sample& sample, const SubjectView& view, at::Device device) {
  if (sample.frame_seconds <= 0) return {FrameWindow{}};
  if (view.frames < 1)
    throw Error(cat(sample.subject->id, ": a series, but the network sees ", view.frames, " frames"));
  const int64_t series = sample.image.voxels.size(0);
  const Tensor times =
      at::arange(view.frames, at::kFloat) * (static_cast<double>(view.stride) * sample.frame_seconds);
  std::vector<FrameWindow> windows;
  for (const int64_t first : window_beginnings(series, view.frames, view.stride)) {
    const std::vector<int64_t> frames = window_frames(series, view.frames, view.stride, first);
    windows.push_back({at::tensor(frames).to(device), times.unsqueeze(0).to(device)});
  }
  return windows;
}

/// What the network is given of images [N, C, D, H, W] of `sample`; of a series [N, T, D, H, W] the window's
/// frames.
ModelInput view_input(const Tensor& images, const Sample& sample, const FrameWindow& window) {
  ModelInput input{.image = images};
  const int64_t rows = images.size(0);
  if (window.frames.defined()) {
    input.image = images.index_select(1, window.frames).unsqueeze(2);
    input.times = window.times.expand({rows, -1});
  }
  if (sample.present.defined())
    input.present = sample.present.to(images.device()).unsqueeze(0).expand({rows, -1});
  return input;
}

TileLogits logits_of(Model* network, const std::vector<size_t>& places, const Sample& sample,
                     const FrameWindow& window) {
  return [network, places, &sample, window](const Tensor& tiles) {
    const std::vector<TaskOutput> outputs =
        network->forward(view_input(tiles, sample, window), View::patch, /*all_levels=*/false);
    std::vector<Tensor> logits;
    for (const size_t place : places) logits.push_back(outputs[place].logits.front());
    return logits;
  };
}

void answer_voxels(const std::vector<Model*>& members, const Sample& sample, WindowOptions options,
                   const SubjectView& view, at::Device device, Answers& answers) {
  const std::vector<size_t> places = tasks_of(*members.front(), Scope::voxel);
  if (places.empty()) return;
  // All frames of a series travel in each of its tiles.
  if (sample.frame_seconds > 0) options.tiles = 1;
  std::vector<TileLogits> logits;
  for (Model* member : members)
    for (const FrameWindow& window : frame_windows(sample, view, device))
      logits.push_back(logits_of(member, places, sample, window));
  const VoxelWish wish{.shares = options.probabilities, .uncertainty = options.uncertainty};
  std::vector<std::unique_ptr<Readout>> readouts;
  std::vector<PlaneSink> sinks;
  for (const size_t place : places) {
    readouts.push_back(members.front()->tasks()[place]->readout(sample.placement, wish));
    sinks.push_back([readout = readouts.back().get()](const Tensor& planes) { readout->add(planes); });
  }
  slide_window(sample.image.voxels.to(device), logits, sinks, options);
  for (size_t i = 0; i < places.size(); ++i) answers[places[i]].push_back(readouts[i]->finish());
}

/// Windows of the patch's size over an image [1, C, D, H, W].
std::vector<Tensor> windows_of(const Tensor& image, const WindowOptions& options) {
  std::vector<Tensor> windows{image};
  for (int64_t axis = 0; axis < 3; ++axis) {
    const int64_t size = image.size(axis + 2), length = std::min(size, options.patch.at(axis));
    std::vector<Tensor> narrower;
    for (const Tensor& one : windows)
      for (const int64_t start : window_starts(size, length, options.step))
        narrower.push_back(one.narrow(axis + 2, start, length));
    windows = std::move(narrower);
  }
  return windows;
}

/// The mean of a member's logits [1, outputs] over images, windows of frames and flips, one a place.
std::vector<Tensor> whole_logits(Model& member, const std::vector<size_t>& places, const Sample& whole,
                                 const std::vector<Tensor>& images, const std::vector<FrameWindow>& windows,
                                 const std::vector<std::vector<int64_t>>& flips) {
  std::vector<Tensor> covariates;
  for (const auto& task : member.tasks()) {
    Tensor own = task->covariates_of({&whole, 1});
    covariates.push_back(own.defined() ? own.to(images.front().device()) : own);
  }
  std::vector<Tensor> sums(places.size());
  const auto add = [&](const Tensor& image, const FrameWindow& window) {
    ModelInput input = view_input(image, whole, window);
    input.covariates = covariates;
    const std::vector<TaskOutput> outputs = member.forward(input, View::whole, /*all_levels=*/false);
    for (size_t i = 0; i < places.size(); ++i) {
      const Tensor logits = outputs[places[i]].logits.front().to(at::kCPU, at::kFloat);
      sums[i] = sums[i].defined() ? sums[i] + logits : logits;
    }
  };
  for (const Tensor& image : images)
    for (const FrameWindow& window : windows)
      for (const std::vector<int64_t>& flip : flips)
        add(flip.empty() ? image : at::flip(image, flip), window);
  const size_t count = images.size() * windows.size() * flips.size();
  for (Tensor& sum : sums) sum = sum / static_cast<double>(count);
  return sums;
}

void answer_whole(const std::vector<Model*>& members, const Sample& sample, const WindowOptions& options,
                  const SubjectView& view, at::Device device, Answers& answers, std::string* remark) {
  const std::vector<size_t> places = tasks_of(*members.front(), Scope::subject);
  if (places.empty()) return;
  const Sample whole = whole_view(sample, view.whole);
  const Tensor image = whole.image.voxels.unsqueeze(0).to(device);
  std::vector<int64_t> axes = options.mirror_axes;
  for (int64_t& axis : axes) axis += 2;  // of [N, C, D, H, W]
  const auto flips = flips_of(axes);
  const auto windows = frame_windows(whole, view, device);
  std::vector<std::vector<Tensor>> rows;  // by place, one a member
  const auto ask = [&](const std::vector<Tensor>& images) {
    rows.assign(places.size(), {});
    for (Model* member : members) {
      const auto logits = whole_logits(*member, places, whole, images, windows, flips);
      for (size_t i = 0; i < places.size(); ++i)
        rows[i].push_back(member->tasks()[places[i]]->averaged(logits[i]));
    }
  };
  const std::vector<Tensor> parts = remark ? windows_of(image, options) : std::vector<Tensor>();
  bool too_large = false;
  try {
    ask({image});
  } catch (const std::exception& error) {
    too_large = parts.size() > 1 && is_out_of_memory(error);
    if (!too_large) throw;
  }
  if (too_large) {  // outside the handler, which holds on to what failed
    ask(parts);
    *remark = cat("memory ran out on the whole view of ", shape_text(image.sizes().slice(2)),
                  " voxels; the answer is the mean of ", parts.size(), " windows of ",
                  shape_text(parts.front().sizes().slice(2)));
  }
  for (size_t i = 0; i < places.size(); ++i)
    answers[places[i]].push_back(members.front()->tasks()[places[i]]->decide(at::cat(rows[i])));
}

}  // namespace

std::vector<std::vector<Prediction>> predict_case(const std::vector<Model*>& members, const Sample& sample,
                                                  const WindowOptions& options, const SubjectView& view,
                                                  at::Device device, std::string* remark) {
  if (members.empty()) throw Error("a prediction needs at least one network");
  const at::NoGradGuard no_grad;
  const EvalGuard eval(members);
  const Autocast bf16(device, options.bf16);
  Answers answers(members.front()->tasks().size());
  answer_voxels(members, sample, options, view, device, answers);
  answer_whole(members, sample, options, view, device, answers, remark);
  return answers;
}

}  // namespace tazuna
