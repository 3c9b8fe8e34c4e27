// SPDX-License-Identifier: Apache-2.0
#include "networks/encoding.hpp"

#include <ATen/ATen.h>

#include <cctype>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "networks/chunked_encoder.hpp"
#include "networks/temporal_module.hpp"

namespace tazuna {

namespace {

using Encoders = std::vector<std::shared_ptr<EncoderImpl>>;

/// A sequence's name as a part of its parameters' names.
std::string module_name(std::string sequence) {
  for (char& letter : sequence)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return sequence;
}

void check(const NetworkInput& input) {
  if (input.sequences.empty()) throw refused("a network needs at least one sequence");
  if (input.series && (input.sequences.size() > 1 || input.missing || input.late))
    throw refused(cat("a series is one sequence that is always there, but the network was asked for ",
                      join(input.sequences, ", "), input.missing ? ", each of which may be missing" : "",
                      input.late ? ", with late fusion" : "",
                      "; name one under input.sequences, and leave input.missing and input.fusion out"));
  std::set<std::string> names;
  for (const std::string& sequence : input.sequences)
    if (input.late && !names.insert(module_name(sequence)).second)
      throw refused(cat("of the sequences ", join(input.sequences, ", "),
                        " two would have their weights under encoders.", module_name(sequence),
                        "; rename one or leave it out"));
}

/// Refuses a row without any sequence. `present` [N, C] bool on the CPU.
void expect_a_sequence(const Tensor& present) {
  const Tensor none = present.any(1).logical_not();
  if (none.any().item<bool>())
    throw Error(cat("row ", none.nonzero()[0].item<int64_t>(), " of the batch has no sequence"));
}

/// Presence as it is read: [N, C] bool, all there if undefined.
Tensor presence(const Tensor& image, const Tensor& present) {
  if (!present.defined()) return at::ones({image.size(0), image.size(1)}, at::kBool);
  if (present.sizes() != image.sizes().slice(0, 2))
    throw Error(cat("present: expected ", shape_text(image.sizes().slice(0, 2)), " (N, C), but got ",
                    shape_text(present.sizes())));
  return present;
}

/// The image with zeros for absent sequences, and a channel more for each that says whether it is there.
Tensor with_presence(const Tensor& image, const Tensor& present) {
  if (present.is_cpu()) expect_a_sequence(present);  // looking would make a GPU wait
  const Tensor there = present.to(image.device()).view({image.size(0), image.size(1), 1, 1, 1});
  const Tensor known = at::where(there, image, at::zeros({}, image.options()));
  return at::cat({known, there.to(image.scalar_type()).expand_as(image)}, 1);
}

/// Stage-wise mean over the sequences that a row has.
Features mean_over_present(const Encoders& encoders, const Tensor& image, const Tensor& present) {
  const Tensor there = present.cpu();
  expect_a_sequence(there);
  const Tensor shares = there.sum(1).to(at::kFloat).reciprocal().to(image.device());  // [N]
  const int64_t count = image.size(0);
  std::vector<Tensor> sums;
  std::vector<at::ScalarType> types;
  for (size_t s = 0; s < encoders.size(); ++s) {
    const auto channel = static_cast<int64_t>(s);
    const Tensor rows = there.select(1, channel).nonzero().squeeze(1).to(image.device());
    if (rows.size(0) == 0) continue;
    const bool all = rows.size(0) == count;
    const Tensor one = image.narrow(1, channel, 1);
    const Features features = encoders[s]->forward(all ? one : one.index_select(0, rows));
    const Tensor share = shares.index_select(0, rows).view({-1, 1, 1, 1, 1});
    for (size_t i = 0; i < features.stages.size(); ++i) {
      const Tensor part = features.stages[i] * share;
      if (i == sums.size()) {
        std::vector<int64_t> size = part.sizes().vec();
        size[0] = count;
        sums.push_back(at::zeros(size, part.options()));
        types.push_back(features.stages[i].scalar_type());
      }
      sums[i] = all ? sums[i] + part : sums[i].index_add(0, rows, part);
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i].to(types[i]);
  return {sums};
}

}  // namespace

Encoding::Encoding(const TrunkOptions& options, NetworkInput input) : input_(std::move(input)) {
  check(input_);
  const auto channels = static_cast<int64_t>(input_.sequences.size());
  if (input_.late) {
    for (int64_t i = 0; i < channels; ++i) encoders_.push_back(make_encoder(options, 1));
  } else {
    encoders_.push_back(make_encoder(options, input_.missing ? 2 * channels : channels));
  }
  if (!input_.series) return;
  for (const int64_t width : widths_of(options).encoder)
    temporal_.push_back(make_temporal(input_.temporal, width));
}

void Encoding::register_into(torch::nn::Module& owner) {
  if (input_.late) {
    const auto all = owner.register_module("encoders", std::make_shared<torch::nn::Module>());
    for (size_t i = 0; i < encoders_.size(); ++i)
      all->register_module(module_name(input_.sequences[i]), encoders_[i]);
  } else {
    owner.register_module("encoder", encoders_.front());
  }
  if (temporal_.empty()) return;
  const auto all = owner.register_module("temporal", std::make_shared<torch::nn::Module>());
  for (size_t i = 0; i < temporal_.size(); ++i) all->register_module(std::to_string(i), temporal_[i]);
}

Features Encoding::forward(const Tensor& image, const Tensor& present, const Tensor& times) {
  if (input_.series) {
    expect_axes(image, "image", 6, "N, T, C, D, H, W");
    expect_axes(times, "times", 2, "N, T");
    if (times.sizes() != image.sizes().slice(0, 2))
      throw Error(cat("times: expected ", shape_text(image.sizes().slice(0, 2)), " (N, T), but got ",
                      shape_text(times.sizes())));
    Features features = encode_in_chunks(encoders_.front(), image.flatten(0, 1), input_.temporal.frame_chunk);
    for (size_t i = 0; i < features.stages.size(); ++i) {
      const Tensor frames = features.stages[i].unflatten(0, image.sizes().slice(0, 2));
      features.stages[i] = temporal_[i]->forward(frames, times);
    }
    return features;
  }
  expect_axes(image, "image", 5, "N, C, D, H, W");
  if (static_cast<size_t>(image.size(1)) != input_.sequences.size())
    throw Error(cat("image: the network was built for ", input_.sequences.size(), " channels, but got ",
                    image.size(1), " (", shape_text(image.sizes()), ")"));
  const Tensor there = input_.missing ? presence(image, present) : presence(image, {});
  if (input_.late) return mean_over_present(encoders_, image, there);
  return encoders_.front()->forward(input_.missing ? with_presence(image, there) : image);
}

}  // namespace tazuna
