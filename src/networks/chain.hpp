// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// Modules of one type in a row, named "0", "1", … as torch.nn.Sequential and ModuleList name theirs.
template <class Link>
class ChainImpl : public torch::nn::Module {
 public:
  template <class... Arguments>
  void append(Arguments&&... arguments) {
    links_.push_back(register_module(std::to_string(links_.size()),
                                     std::make_shared<Link>(std::forward<Arguments>(arguments)...)));
  }
  const std::vector<std::shared_ptr<Link>>& links() const { return links_; }
  /// Through all of them, first to last.
  Tensor forward(Tensor features) {
    for (const auto& link : links_) features = link->forward(features);
    return features;
  }

 private:
  std::vector<std::shared_ptr<Link>> links_;
};
template <class Link>
using Chain = torch::nn::ModuleHolder<ChainImpl<Link>>;

}  // namespace tazuna
