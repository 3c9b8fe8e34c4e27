// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

/// A DICOM file of one MR slice in memory (PS3.10, explicit VR, little endian) whose elements a test may
/// spoil.
struct DicomBytes {
  using Tag = std::pair<uint16_t, uint16_t>;
  struct Element {
    std::string vr, value;  ///< a value of type SQ is written with an unknown length
  };
  std::map<Tag, Element> elements;
  bool typed = true;  ///< whether the types are written (explicit VR) behind the file's own elements

  void text(Tag tag, const char* vr, std::string value) {
    if (value.size() % 2) value.push_back(std::string_view(vr) == "UI" ? '\0' : ' ');
    elements[tag] = {vr, std::move(value)};
  }
  void number(Tag tag, uint16_t value) { elements[tag] = {"US", little_endian(value)}; }

  std::string file() const {
    std::string meta, body;
    for (const auto& [tag, element] : elements) append(tag.first == 2 ? meta : body, tag, element);
    std::string length;
    append(length, {2, 0}, {"UL", little_endian(static_cast<uint32_t>(meta.size()))});
    std::string file(128, '\0');
    file += "DICM";
    return file + length + meta + body;
  }

 private:
  template <class Number>
  static std::string little_endian(Number value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  void append(std::string& out, const Tag& tag, const Element& element) const {
    const uint32_t length = element.vr == "SQ" ? 0xffffffff : static_cast<uint32_t>(element.value.size());
    out += little_endian(tag.first) + little_endian(tag.second);
    if (!typed && tag.first > 2) {
      out += little_endian(length);
    } else {
      out += element.vr;
      if (element.vr[0] == 'O' || element.vr == "SQ")
        out += std::string(2, '\0') + little_endian(length);
      else
        out += little_endian(static_cast<uint16_t>(length));
    }
    out += element.value;
  }
};

/// A number as DICOM's DS, which has 16 letters at most.
inline std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// An oblique series: pixel (x, y) of slice z holds the int16 value x + 10 y + 100 z.
struct DicomSeries {
  int64_t columns = 5, rows = 4, slices = 6;
  std::array<double, 3> origin{-31.5, 12.25, 40};         ///< LPS mm of the first slice's first pixel
  std::array<double, 3> along_row{0.8, 0.6, 0};           ///< unit vector in which x grows
  std::array<double, 3> along_column{-0.36, 0.48, -0.8};  ///< unit vector in which y grows
  double x_mm = 0.5, y_mm = 0.75, z_mm = 2;
  double slope = 0.5, intercept = -3;
  std::string uid = "1.2.826.0.1.3680043.2.1125.7", description = "T1w";

  /// Unit vector along_row x along_column, in which z grows.
  std::array<double, 3> normal() const {
    const auto &a = along_row, &b = along_column;
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  }
  DicomBytes slice(int64_t z) const {
    const auto numbers = [](const auto&... values) { return join(std::array{decimal(values)...}, "\\"); };
    const auto n = normal();
    const double far = static_cast<double>(z) * z_mm;
    DicomBytes bytes;
    const std::string own = cat(uid, ".", z + 1);
    bytes.elements[{2, 1}] = {"OB", std::string("\0\1", 2)};
    bytes.text({2, 2}, "UI", "1.2.840.10008.5.1.4.1.1.4");
    bytes.text({2, 3}, "UI", own);
    bytes.text({2, 0x10}, "UI", "1.2.840.10008.1.2.1");
    bytes.text({8, 8}, "CS", "ORIGINAL\\PRIMARY\\M");
    bytes.text({8, 0x16}, "UI", "1.2.840.10008.5.1.4.1.1.4");
    bytes.text({8, 0x18}, "UI", own);
    bytes.text({8, 0x60}, "CS", "MR");
    bytes.text({8, 0x103e}, "LO", description);
    bytes.text({0x18, 0x50}, "DS", decimal(z_mm));
    bytes.text({0x20, 0xd}, "UI", uid + ".0.1");
    bytes.text({0x20, 0xe}, "UI", uid + ".0");
    bytes.text({0x20, 0x13}, "IS", cat(z + 1));
    bytes.text({0x20, 0x32}, "DS",
               numbers(origin[0] + far * n[0], origin[1] + far * n[1], origin[2] + far * n[2]));
    bytes.text(
        {0x20, 0x37}, "DS",
        numbers(along_row[0], along_row[1], along_row[2], along_column[0], along_column[1], along_column[2]));
    bytes.number({0x28, 2}, 1);
    bytes.text({0x28, 4}, "CS", "MONOCHROME2");
    bytes.number({0x28, 0x10}, static_cast<uint16_t>(rows));
    bytes.number({0x28, 0x11}, static_cast<uint16_t>(columns));
    bytes.text({0x28, 0x30}, "DS", numbers(y_mm, x_mm));
    for (const auto& [element, value] : {std::pair{0x100, 16}, {0x101, 16}, {0x102, 15}, {0x103, 1}})
      bytes.number({0x28, static_cast<uint16_t>(element)}, static_cast<uint16_t>(value));
    bytes.text({0x28, 0x1052}, "DS", decimal(intercept));
    bytes.text({0x28, 0x1053}, "DS", decimal(slope));
    std::string pixels;
    for (int64_t y = 0; y < rows; ++y) {
      for (int64_t x = 0; x < columns; ++x) {
        const auto value = static_cast<int16_t>(x + 10 * y + 100 * z);
        pixels.append(reinterpret_cast<const char*>(&value), 2);
      }
    }
    bytes.elements[{0x7fe0, 0x10}] = {"OW", pixels};
    return bytes;
  }

  /// Writes all slices to a folder under names whose order is not that of the slices.
  void write(const std::filesystem::path& folder) const {
    for (int64_t z = 0; z < slices; ++z)
      write_atomically(folder / cat("IM", z * 5 % 7, z), std::string_view(slice(z).file()));
  }
};

}  // namespace tazuna
