// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace tazuna {

/// True for a file that bears DICOM's mark (PS3.10: "DICM" at byte 128) or is named .dcm or .ima; false for
/// a DICOMDIR, which is an index without an image.
bool is_dicom_file(const std::filesystem::path& file);

/// The DICOM files directly in a folder, sorted by name.
std::vector<std::filesystem::path> dicom_files(const std::filesystem::path& folder);

}  // namespace tazuna
