// SPDX-License-Identifier: Apache-2.0
#include "train/fine_tuning.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

/// A parameter's place in the order of the forward pass: the half of the network, then the stage in it.
using Layer = std::pair<int, int64_t>;

int64_t number_or(const std::string& text, int64_t otherwise) {
  const bool digits =
      !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stoll(text) : otherwise;
}

/// "encoder.stages.2.…" is stage 2, "decoder.transpconvs.0.…" stage 0, "encoder.stem.…" comes before them.
Layer layer_of(const std::string& name) {
  const std::vector<std::string> words = split_text(name, '.');
  int64_t stage = -1;
  for (size_t i = 0; i + 1 < words.size() && stage < 0; ++i) {
    if (words[i] == "stages" || words[i] == "transpconvs") stage = number_or(words[i + 1], -1);
  }
  if (words[0].starts_with("encoder")) return {0, stage};
  if (words[0].starts_with("decoder")) return {2, stage};
  return {words[0] == "heads" ? 3 : 1, 0};
}

bool is_below(const std::string& name, const std::string& part) {
  return name == part || name.starts_with(part + ".");
}

/// "encoder", "encoder.stages", "encoder.stages.0", …: what a part may be called.
std::set<std::string> parts_of(const NamedTensors& parameters) {
  std::set<std::string> parts;
  for (const auto& [name, parameter] : parameters) {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      parts.insert(name.substr(0, dot));
    parts.insert(name);
  }
  return parts;
}

}  // namespace

bool has_part(const NamedTensors& parameters, const std::string& part) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&part](const auto& one) { return is_below(one.first, part); });
}

std::set<std::string> parameters_below(const NamedTensors& parameters,
                                       const std::vector<std::string>& parts) {
  std::set<std::string> below;
  for (const std::string& part : parts) {
    bool any = false;
    for (const auto& [name, parameter] : parameters) {
      if (!is_below(name, part)) continue;
      below.insert(name);
      any = true;
    }
    if (any) continue;
    const std::set<std::string> known = parts_of(parameters);
    const std::string meant = nearest(part, {known.begin(), known.end()});
    std::vector<std::string> tops;
    std::copy_if(known.begin(), known.end(), std::back_inserter(tops),
                 [](const std::string& name) { return std::count(name.begin(), name.end(), '.') == 0; });
    throw refused(cat("train.freeze: '", part, "' is no part of the network",
                      meant.empty() ? "" : cat("; did you mean '", meant, "'?"), " (it has ",
                      join(tops, ", "), " and what lies below, such as ", parameters.begin()->first, ")"));
  }
  return below;
}

std::map<std::string, double> layer_rates(const NamedTensors& parameters, double decay) {
  if (decay == 1) return {};
  std::set<Layer> layers;
  for (const auto& [name, parameter] : parameters) layers.insert(layer_of(name));
  std::map<std::string, double> rates;
  for (const auto& [name, parameter] : parameters) {
    const auto depth = std::distance(layers.find(layer_of(name)), layers.end()) - 1;
    rates[name] = std::pow(decay, static_cast<double>(depth));
  }
  return rates;
}

}  // namespace tazuna
