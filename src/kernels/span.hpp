// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/record_function.h>

#include <string_view>

namespace tazuna {

/// Names the work that is done while it lives, on any thread, for whoever records (`train --profile`, or a
/// profiler of LibTorch's). Where nobody does it costs some nanoseconds.
class Span {
 public:
  explicit Span(std::string_view name) : record_(at::RecordScope::USER_SCOPE) {
    if (record_.isActive()) record_.before(at::RecordFunction::FunctionDescriptor(name));
  }

 private:
  at::RecordFunction record_;
};

}  // namespace tazuna
