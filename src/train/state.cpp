// SPDX-License-Identifier: Apache-2.0
#include "train/state.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <charconv>
#include <cstdio>
#include <functional>
#include <set>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// What step-N.json says.
struct Seal {
  int64_t format = 1;
  int64_t step = 0;
  int64_t threads = 0;
  std::string fingerprint, tensors_sha256;
};

void describe(Fields& fields, Seal& seal) {
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  fields.integer("format", seal.format, {1, 1}, "version of this file");
  fields.integer("step", seal.step, {0, unbounded}, "optimiser updates done");
  fields.integer("threads", seal.threads, {0, unbounded}, "of computation");
  fields.text("fingerprint", seal.fingerprint, "SHA-256 of the resolved configuration", true);
  fields.text("tensors_sha256", seal.tensors_sha256, "of the file beside", true);
}

std::string stem(int64_t step) {
  char text[32];
  std::snprintf(text, sizeof text, "step-%09lld", static_cast<long long>(step));
  return text;
}

// The step in the name of a checkpoint's file.
std::optional<int64_t> step_of(const fs::path& file) {
  const std::string name = file.stem().string();
  int64_t step = -1;
  if (name.starts_with("step-")) std::from_chars(name.data() + 5, name.data() + name.size(), step);
  if (step < 0 || name != stem(step)) return std::nullopt;
  return step;
}

std::set<int64_t, std::greater<>> sealed_steps(const fs::path& folder) {
  std::set<int64_t, std::greater<>> steps;
  if (!fs::is_directory(folder)) return steps;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto step = step_of(entry.path());
    if (step && entry.path().extension() == ".json") steps.insert(*step);
  }
  return steps;
}

Seal read_seal(const fs::path& file) {
  Seal seal;
  Document document = Document::open(file);
  document.read([&seal](Fields& fields) { describe(fields, seal); });
  document.finish();
  return seal;
}

// Throws where the checkpoint is damaged.
RunState read_checkpoint(const fs::path& folder, int64_t step) {
  const Seal seal = read_seal(folder / (stem(step) + ".json"));
  const fs::path tensors = folder / (stem(step) + ".safetensors");
  if (sha256_of_file(tensors) != seal.tensors_sha256) {
    throw Error(cat(tensors.string(), ": its SHA-256 is not the one written with it"));
  }
  return {seal.step, seal.fingerprint, seal.threads, read_safetensors(tensors)};
}

}  // namespace

std::optional<RunState> StateFolder::load(const std::string& fingerprint, Log& log) {
  const auto steps = sealed_steps(folder_);
  std::string damage;
  for (const int64_t step : steps) {
    std::optional<RunState> state;
    try {
      state = read_checkpoint(folder_, step);
    } catch (const Error& error) {
      damage = cat("the checkpoint of step ", step, " is damaged (", error.what(), ")");
      log.warn(damage + "; going on from the one before");
      continue;
    }
    if (state->fingerprint != fingerprint) {
      throw refused(cat(folder_.string(), ": was made with another configuration than this one; resume with ",
                        "the run's own config.yaml, or train into a new folder"));
    }
    last_ = step;
    return state;
  }
  if (!steps.empty()) {
    throw Error(
        cat(folder_.string(), ": no checkpoint is whole: ", damage, "; remove the folder to begin anew"));
  }
  return std::nullopt;
}

void StateFolder::save(const RunState& state, bool again) {
  if (last_ == state.step && !again) return;
  const Bytes tensors = safetensors_bytes(state.tensors);
  const Seal seal{1, state.step, state.threads, state.fingerprint, sha256(tensors)};
  write_atomically(folder_ / (stem(state.step) + ".safetensors"), tensors);
  write_atomically(folder_ / (stem(state.step) + ".json"), std::string_view(to_json(seal)));
  drop_all_but(last_, state.step);
  last_ = state.step;
}

void StateFolder::drop_older() {
  drop_all_but(last_, std::nullopt);
}

void StateFolder::drop_all_but(std::optional<int64_t> first, std::optional<int64_t> second) const {
  if (!fs::is_directory(folder_)) return;
  std::vector<fs::path> dropped;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto step = step_of(entry.path());
    if (step && step != first && step != second) dropped.push_back(entry.path());
  }
  for (const fs::path& file : dropped) fs::remove(file);
}

void restore(const NamedTensors& live, const NamedTensors& values) {
  for (const auto& [name, tensor] : live) {
    const auto value = values.find(name);
    if (value == values.end()) throw Error(cat("the checkpoint lacks ", name));
    if (value->second.sizes() != tensor.sizes()) {
      throw Error(cat("the checkpoint's ", name, " is ", shape_text(value->second.sizes()),
                      ", but the network's is ", shape_text(tensor.sizes())));
    }
  }
  for (const auto& [name, value] : values) {
    if (!live.contains(name))
      throw Error(cat("the checkpoint holds ", name, ", which this run does not know"));
  }
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : live) Tensor(tensor).copy_(values.at(name));
}

}  // namespace tazuna
