// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phantom/head.hpp"

namespace tazuna {

/// Adds lesions of `ml` altogether. Their number and places do not depend on `ml`, so that nothing but the
/// load tells a group.
void add_lesions(Head& head, const LesionRule& rule, double ml, Random random);

}  // namespace tazuna
