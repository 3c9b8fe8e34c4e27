// SPDX-License-Identifier: Apache-2.0
#include "infer/failure.hpp"

#include <c10/util/Exception.h>

#include <new>

#include "core/text.hpp"

namespace tazuna {

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error)) return true;
  const auto* tensor_error = dynamic_cast<const c10::Error*>(&error);
  if (!tensor_error) return false;
  const std::string_view reason = tensor_error->what_without_backtrace();
  return reason.find("out of memory") != std::string_view::npos ||
         reason.find("can't allocate memory") != std::string_view::npos;
}

std::string sentence_of(const std::exception& error, std::string_view remedy) {
  if (is_out_of_memory(error)) return cat("out of memory; ", remedy);
  const auto* tensor_error = dynamic_cast<const c10::Error*>(&error);
  return tensor_error ? tensor_error->what_without_backtrace() : error.what();
}

}  // namespace tazuna
