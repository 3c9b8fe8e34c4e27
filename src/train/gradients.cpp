// SPDX-License-Identifier: Apache-2.0
#include "train/gradients.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

// Of float32. Large enough for the network between machines, small enough to be sent while the rest is
// computed.
constexpr int64_t bucket_numbers = int64_t{1} << 20;

/// The part of a flat tensor from `first` on, with the shape and the layout of the parameter.
Tensor place_in(const Tensor& flat, int64_t first, const Tensor& parameter) {
  const Tensor part = flat.narrow(0, first, parameter.numel());
  return parameter.is_non_overlapping_and_dense() ? part.as_strided(parameter.sizes(), parameter.strides())
                                                  : part.view(parameter.sizes());
}

void write_into(const Tensor& place, const Tensor& gradient) {
  if (gradient.defined()) {
    place.copy_(gradient);
  } else {
    place.zero_();
  }
}

/// Which gradients any process has.
std::vector<bool> had_by_any(const Processes& processes, const std::vector<Tensor>& gradients) {
  std::string own;
  for (const Tensor& gradient : gradients) own += gradient.defined() ? '1' : '0';
  std::vector<bool> had(gradients.size(), false);
  for (const std::string& text : processes.gather(own)) {
    if (text.size() != own.size()) throw Error("the processes do not train the same network");
    for (size_t i = 0; i < text.size(); ++i) had[i] = had[i] || text[i] == '1';
  }
  return had;
}

}  // namespace

void sum_gradients(const Processes& processes, at::Device device, std::vector<Tensor>& gradients,
                   const std::vector<Tensor>& parameters) {
  if (processes.count() == 1) return;
  const at::NoGradGuard no_grad;
  const std::vector<bool> had = had_by_any(processes, gradients);
  int64_t numbers = 0;
  for (size_t i = 0; i < gradients.size(); ++i) numbers += had[i] ? parameters[i].numel() : 0;
  const Tensor flat = at::empty({numbers}, at::TensorOptions(device).dtype(at::kFloat));
  int64_t first = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!had[i]) continue;
    const Tensor place = place_in(flat, first, parameters[i]);
    first += place.numel();
    write_into(place, gradients[i]);
    gradients[i] = place;
  }
  Collective& collective = processes.collective(device);
  collective.begin_sum(flat);
  collective.finish();
}

struct GradientSum::Arrived : torch::autograd::PostAccumulateGradHook {
  Arrived(GradientSum& sum, size_t place) : owner(sum), parameter(place) {}
  void operator()(const torch::autograd::Variable&) override {
    if (owner.last_pass_) owner.take(parameter);
  }
  GradientSum& owner;
  size_t parameter;
};

// Gradients come about in the opposite order of the forward pass.
GradientSum::GradientSum(Processes processes, std::vector<Tensor> parameters, at::Device device)
    : processes_(std::move(processes)), device_(device), parameters_(std::move(parameters)) {
  std::ranges::reverse(parameters_);
  make_buckets();
  for (size_t i = 0; i < parameters_.size(); ++i)
    torch::autograd::impl::set_post_acc_grad_hooks(parameters_[i], std::make_unique<Arrived>(*this, i));
}

GradientSum::~GradientSum() {
  for (const Tensor& parameter : parameters_)
    torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
}

void GradientSum::make_buckets() {
  std::vector<int64_t> sizes, firsts;
  for (const Tensor& parameter : parameters_) {
    if (parameter.scalar_type() != at::kFloat)
      throw Error(cat("a parameter of ", parameter.scalar_type(),
                      " cannot be shared by processes; expected float32"));
    if (sizes.empty() || sizes.back() >= bucket_numbers) sizes.push_back(0);
    bucket_of_.push_back(sizes.size() - 1);
    firsts.push_back(sizes.back());
    sizes.back() += parameter.numel();
  }
  for (const int64_t size : sizes)
    buckets_.push_back({at::empty({size}, at::TensorOptions(device_).dtype(at::kFloat))});
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Bucket& bucket = buckets_[bucket_of_[i]];
    places_.push_back(place_in(bucket.flat, firsts[i], parameters_[i]));
    bucket.missing = ++bucket.members;
  }
  taken_.assign(parameters_.size(), false);
}

void GradientSum::begin_last_pass() {
  last_pass_ = true;
}

void GradientSum::take(size_t parameter) {
  const at::NoGradGuard no_grad;
  write_into(places_[parameter], parameters_[parameter].grad());
  taken_[parameter] = true;
  --buckets_[bucket_of_[parameter]].missing;
  send_ready();
}

// In order, since all processes must sum the same buckets, but may finish them in different orders.
void GradientSum::send_ready() {
  for (; sent_ < buckets_.size() && buckets_[sent_].missing == 0; ++sent_)
    processes_.collective(device_).begin_sum(buckets_[sent_].flat);
}

void GradientSum::finish() {
  last_pass_ = false;
  std::vector<Tensor> own;
  for (const Tensor& parameter : parameters_) own.push_back(parameter.grad());
  for (size_t i = 0; i < parameters_.size(); ++i)
    if (!taken_[i]) take(i);
  processes_.collective(device_).finish();
  const std::vector<bool> had = had_by_any(processes_, own);
  for (size_t i = 0; i < parameters_.size(); ++i)
    parameters_[i].mutable_grad() = had[i] ? places_[i] : Tensor();
  for (Bucket& bucket : buckets_) bucket.missing = bucket.members;
  taken_.assign(parameters_.size(), false);
  sent_ = 0;
}

}  // namespace tazuna
