// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/infer/tiny.hpp"

namespace tazuna {

/// Weights of a tiny_recipe() of one sequence with which the network answers voxel by voxel: label 1 where
/// the image is clearly above the bulk of its voxels, label 3 where it is about twice that far above it. The
/// first channel alone carries the image, through the middle of the kernels of the finest stage; all others
/// are 0.
inline NamedTensors threshold_weights(const ModelRecipe& recipe) {
  NamedTensors weights = weights_of(*tiny_model(recipe, 1).network);
  for (auto& [name, tensor] : weights) {
    const bool scale = name.ends_with("norm.weight");
    tensor.fill_(scale ? 1 : 0);
  }
  const auto middle = [&weights](const char* name, int64_t input) {
    weights.at(name)[0][input][1][1][1] = 1;
  };
  middle("encoder.stages.0.0.convs.0.conv.weight", 0);
  middle("decoder.stages.0.convs.0.conv.weight", 4);  // 0 to 3 come from below, 4 to 7 from beside
  // Logits 0, f - a and 2 f - a - b: affine in the feature f, so the classes follow each other at a and b. In
  // asymmetric_phantom(), padded to a tile of 16 voxels a side, f is about 0, 5.6 and 12.7.
  const double a = 2.5, b = 9;
  const std::string head = "heads." + tiny_model(recipe, 1).tasks[0]->name() + ".0.";
  for (const int64_t k : {1, 2}) {
    weights.at(head + "weight")[k][0][0][0][0] = static_cast<double>(k);
    weights.at(head + "bias")[k] = k == 1 ? -a : -a - b;
  }
  return weights;
}

/// A body of 10x8x9 voxels in an empty margin, brighter in label 1 on its left and brightest in label 3, all
/// without any symmetry: the image [1, D, H, W] and the labels [D, H, W] that threshold_weights() find in it.
struct Phantom {
  Tensor image, labels;
};
inline Phantom asymmetric_phantom() {
  Phantom phantom;
  phantom.labels = at::zeros({13, 11, 12}, at::kShort);
  phantom.labels.slice(0, 3, 6).slice(1, 2, 5).slice(2, 1, 5) = 1;
  phantom.labels.slice(0, 8, 10).slice(1, 6, 9).slice(2, 6, 9) = 3;
  Tensor body = at::zeros({13, 11, 12});
  body.slice(0, 1, 11).slice(1, 2, 10).slice(2, 1, 10) = 1;
  const Tensor bulk = noise({13, 11, 12}, "bulk").abs() + 10;
  const Tensor bright = (phantom.labels == 1) * 90.0 + (phantom.labels == 3) * 190.0;
  phantom.image = ((bulk + bright) * body).unsqueeze(0);
  return phantom;
}

}  // namespace tazuna
