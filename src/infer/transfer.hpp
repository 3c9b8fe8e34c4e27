// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "infer/weights.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// Weights that a training may begin with.
struct SourceWeights {
  NamedTensors weights;
  std::string sha256;  ///< of the .safetensors file
};

/// The `.safetensors` file behind a run's folder (RUN/model.safetensors) or a file's own path; refuses what
/// is not there, and a folder of several folds.
std::filesystem::path weights_file(const std::filesystem::path& source);

/// Reads a run's final weights, checked against its model.json, or any safetensors file.
SourceWeights read_source(const std::filesystem::path& source);

/// What became of the network's weights, by name.
struct Transfer {
  std::vector<std::string> taken;    ///< same name and shape
  std::vector<std::string> adapted;  ///< first convolutions of another number of input channels
  std::vector<std::string> own;      ///< left at their initial values
  std::vector<std::string> unused;   ///< of the source
};

/// Copies weights into a network where name and shape match. A head whose shape differs (another number of
/// classes) or that the source lacks keeps its initial weights, and so does any other weight that does not
/// match. A first convolution that differs in its number of input channels C takes the mean over the source's
/// channels in each of its own, times C_source / C: one image in all channels then gives the activations that
/// it gave before; channels that say which sequences are there begin at 0. Encoders of single sequences
/// (`encoders.T1w.…`) that the source lacks take the weights of its `encoder.…`. Aliases that state dicts of
/// dynamic-network-architectures hold (`….all_modules.…`, `decoder.encoder.…`) are passed over. Refused if
/// fewer than half of the tensors outside the heads match: the sentence names the first that does not and
/// both shapes.
Transfer transfer_weights(Model& network, const NamedTensors& source, const std::string& name);

/// "RUN: 40 weights taken, 1 adapted (…), 5 at their initial values (…), 2 not used (…)": ten names at most
/// of each.
std::string transfer_text(const Transfer& transfer, const std::string& name);

}  // namespace tazuna
