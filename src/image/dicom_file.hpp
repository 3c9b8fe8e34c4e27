// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/files.hpp"

namespace tazuna {

/// The outermost data set of a DICOM file (PS3.10) in memory: where each element's value lies, by tag
/// (group << 16 | element). What lies in sequences is passed over.
struct DicomFile {
  std::shared_ptr<Bytes> bytes;  ///< what `values` lie in
  std::map<uint32_t, std::span<const std::byte>> values;

  bool has(uint32_t tag) const { return values.contains(tag); }
  /// An element's text without padding, "" if it is not there.
  std::string text(uint32_t tag) const;
  /// The `count` numbers of a decimal text ("0.5\\0.5"); refuses another count and what is no finite number.
  std::vector<double> decimals(uint32_t tag, size_t count, const char* name) const;
  /// An unsigned number of 16 bits; refuses an element that is not there.
  int64_t number(uint32_t tag, const char* name) const;
};

/// Reads a file of little-endian, uncompressed elements with or without written types; every length is
/// checked against the file. Compressed pixels and other byte orders are refused with dcm2niix as the remedy.
/// (GDCM is not used: as it is packaged, its assertions end the process on damaged files.)
DicomFile read_dicom(const std::filesystem::path& file);

}  // namespace tazuna
