// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"

namespace tazuna::example {

struct Fixed {
  static constexpr std::string_view kind = "fixed";
  double weight = 1;
};
struct Learned {
  static constexpr std::string_view kind = "learned";
  double rate = 0.025;
  std::string mode = "log";
};
using Weighting = std::variant<Fixed, Learned>;

struct Item {
  std::string name;
  Weighting weighting;
  NamedIntegers labels;
};

struct Inner {
  Auto<std::string> precision;
  std::vector<Triple> strides = {{1, 1, 1}, {2, 2, 2}};
  double every = 300;
};

/// Options of every slot type, with a group, a closed set, and a list.
struct Options {
  double rate = 0.01;
  Auto<double> memory;
  int64_t seed = 1;
  Auto<int64_t> steps;
  bool mirror = true;
  std::string title;
  std::filesystem::path root;
  std::vector<double> spacing = {1, 1, 1};
  Auto<std::vector<double>> target;
  std::vector<int64_t> widths = {16, 32};
  Auto<std::vector<int64_t>> patch;
  std::vector<std::string> sequences;
  Auto<std::vector<Triple>> kernels;
  Weighting weighting;
  Inner inner;
  std::vector<Item> tasks;
};

inline void describe(Fields& fields, Fixed& options) {
  fields.number("weight", options.weight, {0, 10}, "factor of the loss");
}
inline void describe(Fields& fields, Learned& options) {
  fields.number("rate", options.rate, {0, 1}, "step size of the weights");
  fields.choice("mode", options.mode, {"log", "linear"}, "how weights are kept");
}
inline void describe(Fields& fields, Item& options) {
  fields.text("name", options.name, "what the task is called", true);
  fields.kind_here(options.weighting, "how the task is weighted");
  fields.named_integers("labels", options.labels, {0, 255}, "value of each structure");
}
inline void describe(Fields& fields, Inner& options) {
  fields.choice("precision", options.precision, {"fp32", "bf16"}, "arithmetic of the trunk");
  fields.values("strides", options.strides, {1, 2}, "step of each stage along z, y, x");
  fields.duration("every", options.every, "time between checkpoints");
}
inline void describe(Fields& fields, Options& options) {
  constexpr double open = std::numeric_limits<double>::infinity();
  fields.number("rate", options.rate, {0, 1}, "learning rate");
  fields.number("memory", options.memory, {0, open}, "memory budget in GB");
  fields.integer("seed", options.seed, {}, "start of all random numbers");
  fields.integer("steps", options.steps, {1, open}, "optimiser updates");
  fields.flag("mirror", options.mirror, "mirror in training");
  fields.text("title", options.title, "heading of the report");
  fields.path("root", options.root, "folder of the dataset");
  fields.values("spacing", options.spacing, {0.01, 100}, "mm along z, y, x");
  fields.values("target", options.target, {0, 100}, "mm along z, y, x");
  fields.values("widths", options.widths, {1, 4096}, "channels of each stage");
  fields.values("patch", options.patch, {1, 4096}, "voxels along z, y, x");
  fields.values("sequences", options.sequences, {}, "channel order");
  fields.values("kernels", options.kernels, {1, 7}, "kernel of each stage");
  fields.one_of("weighting", options.weighting, "how losses are balanced");
  fields.group("inner", options.inner, "more options");
  fields.list("tasks", options.tasks, "questions asked of every case");
}

inline void validate(const Options& options, Problems& problems) {
  if (options.rate == 0.5) problems.add("rate", "is 0.5, which this example forbids");
  if (options.tasks.size() == 3) problems.add("tasks.2.name", "three tasks are one too many");
}

}  // namespace tazuna::example
