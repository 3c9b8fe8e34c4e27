// SPDX-License-Identifier: Apache-2.0
#include "tasks/label_codes.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

namespace {

constexpr int64_t kLargest = 32767;  // label maps are kept as int16

void expect_label(const std::string& name, int64_t label) {
  if (label < 1 || label > kLargest)
    throw refused(cat("label '", name, "' is ", label, "; labels are 1 to ", kLargest));
}

}  // namespace

LabelCodes::LabelCodes(NamedIntegers names, int64_t ignore)
    : names_(std::move(names)), ignore_(ignore), class_of_(1 << 16, 0) {
  std::set<std::string> seen_names;
  std::set<int64_t> seen_labels;
  int16_t next = 1;
  for (const auto& [name, label] : names_) {
    expect_label(name, label);
    if (!seen_names.insert(name).second) throw refused(cat("label name '", name, "' stands twice"));
    if (!seen_labels.insert(label).second) throw refused(cat("label ", label, " has two names"));
    same_ = same_ && label == next;
    class_of_[static_cast<size_t>(label)] = next++;
  }
  if (ignore_ == 0) return;
  expect_label("ignore", ignore_);
  if (seen_labels.contains(ignore_))
    throw refused(cat("label ", ignore_, " is named, but is to be ignored as well; it cannot be both"));
  class_of_[static_cast<size_t>(ignore_)] = static_cast<int16_t>(no_answer);
}

std::vector<int64_t> LabelCodes::labels() const {
  std::vector<int64_t> all{0};
  for (const auto& [name, label] : names_) all.push_back(label);
  if (has_ignore()) all.push_back(ignore_);
  return all;
}

Tensor LabelCodes::to_classes(const Tensor& labels) const {
  if (!labels.is_cpu()) return to_classes_on_device(labels);
  const Tensor from = labels.contiguous();
  Tensor classes = at::empty_like(from);
  const auto* label = from.const_data_ptr<int16_t>();
  std::transform(label, label + from.numel(), classes.mutable_data_ptr<int16_t>(),
                 [this](int16_t one) { return class_of_[static_cast<uint16_t>(one)]; });
  return classes;
}

Tensor LabelCodes::to_classes_on_device(const Tensor& labels) const {
  const Tensor table = at::tensor(class_of_, at::kShort).to(labels.device());
  const Tensor places = labels.flatten().to(at::kInt).bitwise_and_(0xffff);
  return table.index_select(0, places).view(labels.sizes());
}

Tensor LabelCodes::to_labels(const Tensor& classes) const {
  if (same_) return classes;
  Tensor labels = at::zeros_like(classes);
  int64_t next = 1;
  for (const auto& [name, label] : names_) labels.masked_fill_(classes == next++, label);
  return labels;
}

}  // namespace tazuna
