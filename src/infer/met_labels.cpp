// SPDX-License-Identifier: Apache-2.0
#include "infer/met_labels.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>

#include "core/text.hpp"
#include "infer/short_list.hpp"

namespace tazuna {

std::set<int64_t> labels_in(const Tensor& map) {
  std::set<int64_t> labels;
  const Tensor whole = map.to(at::kInt).contiguous();
  int32_t before = 0;
  for (const int32_t label : std::span(whole.const_data_ptr<int32_t>(), static_cast<size_t>(whole.numel()))) {
    if (label != before) labels.insert(label);
    before = label;
  }
  labels.erase(0);
  return labels;
}

std::string nothing_in_common(const std::set<int64_t>& predicted, const std::set<int64_t>& reference) {
  const auto shared = [&reference](int64_t label) { return reference.contains(label); };
  if (predicted.empty() || reference.empty() || std::ranges::any_of(predicted, shared)) return "";
  return cat("the predictions hold ", predicted.size() == 1 ? "the label " : "the labels ",
             short_list(predicted), ", the references ", short_list(reference),
             ": no label in common, so that every score is that of a miss; give both the same numbers");
}

}  // namespace tazuna
