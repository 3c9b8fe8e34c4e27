// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "data/inputs/structural.hpp"

namespace tazuna {

/// What the network sees. To add an input kind: options and describe in a file of its own, named here.
using InputOptions = std::variant<StructuralOptions>;

}  // namespace tazuna
