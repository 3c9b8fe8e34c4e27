// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tazuna {

/// The project's version, "0.1.0".
const char* version();

}  // namespace tazuna
