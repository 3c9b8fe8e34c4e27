// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// One SHA-256 for all that is read of a case's images: its files in channel order and, of a `series`, the
/// repetition time that the JSON files beside them tell (data/sidecar.hpp). A single file without such a time
/// has its own digest. An Error that names a file that cannot be read.
std::string input_sha256(const Subject& subject, const std::vector<std::string>& sequences, bool series);

}  // namespace tazuna
