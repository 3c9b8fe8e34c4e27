// SPDX-License-Identifier: Apache-2.0
#include "tasks/catalog.hpp"

namespace tazuna {

void describe(Fields& fields, TaskOptions& options) {
  fields.kind_here(options.task, "what the task answers");
}

}  // namespace tazuna
