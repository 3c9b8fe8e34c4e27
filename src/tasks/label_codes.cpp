// SPDX-License-Identifier: Apache-2.0
#include "tasks/label_codes.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

LabelCodes::LabelCodes(NamedIntegers names) : names_(std::move(names)) {
  std::set<std::string> seen_names;
  std::set<int64_t> seen_labels;
  int64_t next = 1;
  for (const auto& [name, label] : names_) {
    if (label < 1 || label > 32767)
      throw refused(cat("label '", name, "' is ", label, "; labels are 1 to 32767"));
    if (!seen_names.insert(name).second) throw refused(cat("label name '", name, "' stands twice"));
    if (!seen_labels.insert(label).second) throw refused(cat("label ", label, " has two names"));
    same_ = same_ && label == next++;
  }
}

std::vector<int64_t> LabelCodes::labels() const {
  std::vector<int64_t> all{0};
  for (const auto& [name, label] : names_) all.push_back(label);
  return all;
}

Tensor LabelCodes::to_classes(const Tensor& labels) const {
  if (same_) return labels;
  Tensor classes = at::zeros_like(labels);
  int64_t next = 1;
  for (const auto& [name, label] : names_) classes.masked_fill_(labels == label, next++);
  return classes;
}

Tensor LabelCodes::to_labels(const Tensor& classes) const {
  if (same_) return classes;
  Tensor labels = at::zeros_like(classes);
  int64_t next = 1;
  for (const auto& [name, label] : names_) labels.masked_fill_(classes == next++, label);
  return labels;
}

}  // namespace tazuna
