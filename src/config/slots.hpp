// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/tree.hpp"
#include "core/fields.hpp"

namespace tazuna {

/// What a slot holds, for messages and the manual: "a whole number", "a list of numbers".
std::string type_text(const FieldInfo& info, const Slot& slot);
/// Whether the slot may be left to the planner.
bool takes_auto(const Slot& slot);
/// "0 to 1", "at least 0", "at most 5"; empty for an open range.
std::string range_text(const Range& range);

/// The slot's value as a piece of configuration. A number that is not finite is an Error.
ConfigNode node_of(const FieldInfo& info, const Slot& slot);

/// Told about each thing that is wrong: the piece, its key path, the sentence.
using Complain = std::function<void(const ConfigNode&, const std::string&, const std::string&)>;

/// Fills the slot from a piece of configuration; complains, and leaves the slot, where the piece does not
/// fit.
void fill_slot(const ConfigNode& node, const std::string& path, const FieldInfo& info, const Slot& slot,
               const Complain& complain);

}  // namespace tazuna
