// SPDX-License-Identifier: Apache-2.0
#include "infer/transfer.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "infer/model_file.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr size_t most_names = 10;

bool is_head(const std::string& name) {
  return name.starts_with("heads.");
}

bool is_alias(const std::string& name) {
  return name.starts_with("decoder.encoder.") || name.find(".all_modules.") != std::string::npos;
}

/// The channels that a network's first convolutions see: images, then as many that say which of them are
/// there.
struct FirstChannels {
  int64_t images = 1, presence = 0;
  int64_t all() const { return images + presence; }
};

FirstChannels first_channels(const NetworkInput& input) {
  const auto sequences = static_cast<int64_t>(input.sequences.size());
  if (input.late || input.series) return {1, 0};
  return {sequences, input.missing ? sequences : 0};
}

/// "encoder.stages.0…" of "encoders.T1w.stages.0…": one encoder for all channels in the place of one for
/// each;
/// "" of others.
std::string joint_name(const std::string& name) {
  const std::string own = "encoders.";
  if (!name.starts_with(own)) return "";
  const size_t dot = name.find('.', own.size());
  return dot == std::string::npos ? "" : "encoder" + name.substr(dot);
}

/// Whether `target` is a convolution of the network's input channels and `source` the same one of another
/// number of them. [out, in, d, h, w]
bool differs_in_channels(const std::string& name, const Tensor& target, const Tensor& source,
                         const FirstChannels& channels) {
  if (!name.starts_with("encoder") || target.dim() != 5 || source.dim() != 5) return false;
  return target.size(1) == channels.all() && source.size(1) != channels.all() &&
         source.size(0) == target.size(0) && source.sizes().slice(2) == target.sizes().slice(2);
}

Tensor adapted_to(const Tensor& source, const FirstChannels& channels) {
  const double scale = static_cast<double>(source.size(1)) / static_cast<double>(channels.images);
  const Tensor mean = source.to(at::kFloat).mean(1, /*keepdim=*/true) * scale;
  return at::constant_pad_nd(mean.repeat({1, channels.images, 1, 1, 1}),
                             {0, 0, 0, 0, 0, 0, 0, channels.presence});
}

std::string mismatch_text(const std::string& name, const Tensor& target, const Tensor* source) {
  if (!source) return cat("'", name, "' (", shape_text(target.sizes()), " here) is not there");
  return cat("'", name, "' is ", shape_text(source->sizes()), " there, but ", shape_text(target.sizes()),
             " here");
}

/// "3 WHAT (a, b, c)", "" for none.
std::string listed(const std::vector<std::string>& names, const std::string& what) {
  if (names.empty()) return "";
  const size_t shown = std::min(names.size(), most_names);
  std::string text =
      join(std::vector(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown)), ", ");
  if (shown < names.size()) text += cat(" and ", names.size() - shown, " more");
  return cat(", ", names.size(), " ", what, " (", text, ")");
}

}  // namespace

fs::path weights_file(const fs::path& source) {
  if (!fs::is_directory(source)) {
    if (!fs::exists(source)) throw refused(cat(source.string(), ": there is no such run or weights file"));
    return source;
  }
  if (!fs::exists(source / "model.json") && fs::exists(source / "fold_0")) {
    throw refused(cat(source.string(), ": the run has several folds; name one of them, ",
                      (source / "fold_0").string()));
  }
  if (!fs::exists(source / "model.safetensors")) {
    throw refused(cat(source.string(),
                      ": the folder holds no model.safetensors, which a run has once its "
                      "training has finished"));
  }
  return source / "model.safetensors";
}

SourceWeights read_source(const fs::path& source) {
  const fs::path file = weights_file(source);
  if (!fs::is_directory(source)) return {read_safetensors(file), sha256_of_file(file)};
  const LoadedModel model = load_model(source);
  return {weights_of(*model.network), model.sha256};
}

Transfer transfer_weights(Model& network, const NamedTensors& source, const std::string& name) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<std::string, Tensor>> weights;  // and what the network counted while it trained
  for (const auto& item : network.named_parameters()) weights.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers()) weights.emplace_back(item.key(), item.value());
  Transfer transfer;
  std::string first_mismatch;
  size_t trunk = 0, trunk_matched = 0;
  std::map<std::string, Tensor> values;
  std::set<std::string> used;
  const FirstChannels channels = first_channels(network.input());
  for (const auto& [key, target] : weights) {
    auto found = source.find(key);
    if (found == source.end()) found = source.find(joint_name(key));
    const Tensor* other = found == source.end() ? nullptr : &found->second;
    if (other && other->sizes() == target.sizes()) {
      transfer.taken.push_back(key);
      values[key] = *other;
    } else if (other && differs_in_channels(key, target, *other, channels)) {
      transfer.adapted.push_back(cat(key, ": ", other->size(1), " -> ", target.size(1), " channels"));
      values[key] = adapted_to(*other, channels);
    } else {
      transfer.own.push_back(key);
      if (!is_head(key) && first_mismatch.empty()) first_mismatch = mismatch_text(key, target, other);
    }
    if (values.contains(key)) used.insert(found->first);
    trunk += !is_head(key);
    trunk_matched += !is_head(key) && values.contains(key);
  }
  if (2 * trunk_matched < trunk) {
    throw refused(cat(name, ": only ", trunk_matched, " of the network's ", trunk,
                      " weights outside the heads match: ", first_mismatch,
                      "; train the same network (copy `network` from the config.yaml of the run the weights "
                      "come from), or leave train.from out"));
  }
  for (const auto& [key, target] : weights) {
    const auto value = values.find(key);
    if (value != values.end()) target.copy_(value->second);
  }
  for (const auto& [key, tensor] : source) {
    if (!used.contains(key) && !is_alias(key)) transfer.unused.push_back(key);
  }
  return transfer;
}

std::string transfer_text(const Transfer& transfer, const std::string& name) {
  return cat(name, ": ", transfer.taken.size(), " weights taken", listed(transfer.adapted, "adapted"),
             listed(transfer.own, "at their initial values"), listed(transfer.unused, "not used"));
}

}  // namespace tazuna
