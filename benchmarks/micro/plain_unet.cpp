// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/plain_unet.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/sgd.h>

#include <string>

#include "kernels/precision.hpp"

namespace tazuna::benchmarks {

namespace {

namespace nn = torch::nn;

void append_convolution(nn::Sequential& layers, int64_t in, int64_t out, int64_t stride) {
  layers->push_back(nn::Conv3d(nn::Conv3dOptions(in, out, 3).stride(stride).padding(1)));
  layers->push_back(nn::InstanceNorm3d(nn::InstanceNorm3dOptions(out).affine(true)));
  layers->push_back(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.01).inplace(true)));
}

nn::Sequential two_convolutions(int64_t in, int64_t out, int64_t stride) {
  nn::Sequential layers;
  append_convolution(layers, in, out, stride);
  append_convolution(layers, out, out, 1);
  return layers;
}

Tensor dice_and_cross_entropy(const Tensor& logits, const Tensor& labels) {
  constexpr double smooth = 1e-5;
  const int64_t classes = logits.size(1);
  const Tensor shares = logits.softmax(1);
  const Tensor truth = at::one_hot(labels, classes).movedim(-1, 1).to(at::kFloat);
  const Tensor both = (shares * truth).sum({2, 3, 4}), all = shares.sum({2, 3, 4}) + truth.sum({2, 3, 4});
  const Tensor dice = (2 * both + smooth) / (all + smooth);
  return 1 - dice.narrow(1, 1, classes - 1).mean() + at::cross_entropy_loss(logits, labels);
}

}  // namespace

struct PlainUnet::Layers {
  std::vector<nn::Sequential> down, up;
  std::vector<nn::ConvTranspose3d> widen;
  nn::Conv3d head{nullptr};
};

PlainUnet::PlainUnet(const UnetShape& shape) : layers_(std::make_unique<Layers>()) {
  const auto& widths = shape.widths;
  for (size_t i = 0; i < widths.size(); ++i) {
    const int64_t in = i == 0 ? shape.channels : widths[i - 1];
    layers_->down.push_back(
        register_module("down" + std::to_string(i), two_convolutions(in, widths[i], i == 0 ? 1 : 2)));
  }
  for (size_t i = widths.size() - 1; i > 0; --i) {
    const std::string place = std::to_string(i - 1);
    const auto options = nn::ConvTranspose3dOptions(widths[i], widths[i - 1], 2).stride(2);
    layers_->widen.push_back(register_module("widen" + place, nn::ConvTranspose3d(options)));
    layers_->up.push_back(
        register_module("up" + place, two_convolutions(2 * widths[i - 1], widths[i - 1], 1)));
  }
  layers_->head = register_module("head", nn::Conv3d(nn::Conv3dOptions(widths[0], shape.classes, 1)));
}

PlainUnet::~PlainUnet() = default;

Tensor PlainUnet::forward(const Tensor& image) {
  std::vector<Tensor> kept;
  Tensor features = image;
  for (auto& stage : layers_->down) kept.push_back(features = stage->forward(features));
  kept.pop_back();
  for (size_t i = 0; i < layers_->up.size(); ++i, kept.pop_back()) {
    features = layers_->widen[i]->forward(features);
    features = layers_->up[i]->forward(at::cat({features, kept.back()}, 1));
  }
  return layers_->head->forward(features);
}

PlainTraining::PlainTraining(const UnetShape& shape, at::Device device, bool bf16)
    : device_(device), bf16_(bf16), network_(std::make_shared<PlainUnet>(shape)) {
  network_->to(device);
  optimiser_ = std::make_unique<torch::optim::SGD>(
      network_->parameters(),
      torch::optim::SGDOptions(0.01).momentum(0.99).nesterov(true).weight_decay(3e-5));
}

PlainTraining::~PlainTraining() = default;

Tensor PlainTraining::step(const Scene& scene) {
  network_->train();
  optimiser_->zero_grad();
  Tensor logits;
  {
    const Autocast autocast(device_, bf16_);
    logits = network_->forward(scene.image);
  }
  const Tensor loss = dice_and_cross_entropy(logits.to(at::kFloat), scene.labels);
  loss.backward();
  nn::utils::clip_grad_norm_(network_->parameters(), 12);
  optimiser_->step();
  return loss.detach();
}

Tensor PlainTraining::infer(const Tensor& image) {
  const at::NoGradGuard no_grad;
  const Autocast autocast(device_, bf16_);
  network_->eval();
  return network_->forward(image);
}

int64_t PlainTraining::parameters() const {
  int64_t count = 0;
  for (const Tensor& parameter : network_->parameters()) count += parameter.numel();
  return count;
}

}  // namespace tazuna::benchmarks
