// SPDX-License-Identifier: Apache-2.0
#include "image/dicom_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr uint32_t unknown_length = 0xffffffff;
constexpr uint32_t transfer_syntax = 0x00020010, pixel_data = 0x7fe00010;
constexpr uint32_t item = 0xfffee000, end_of_item = 0xfffee00d, end_of_sequence = 0xfffee0dd;
constexpr int deepest_nesting = 32;

/// Types whose length has four bytes after two reserved ones.
constexpr std::array<std::string_view, 13> long_types{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                      "SV", "UC", "UN", "UR", "UT", "UV"};

struct Element {
  uint32_t tag = 0, length = 0;
  size_t begin = 0;   ///< of the value
  bool typed = true;  ///< whether elements inside have written types
};

/// Walks over the elements of a file.
class Walker {
 public:
  explicit Walker(std::span<const std::byte> file) : file_(file) {}

  size_t at = 132;
  bool more() const { return at < file_.size(); }
  uint32_t peek_group() const { return peek(at, 2); }

  /// The next element; `at` is then the first byte of its value.
  Element next(bool typed) {
    Element element{peek(at, 2) << 16 | peek(at + 2, 2), 0, 0, typed};
    at += 4;
    const bool structural = element.tag >> 16 == 0xfffe;  // items and delimiters never have a type
    if (!typed || structural) {
      element.length = peek(at, 4);
      at += 4;
    } else {
      const std::string_view type(reinterpret_cast<const char*>(file_.data() + at), 2);
      const bool is_long = std::find(long_types.begin(), long_types.end(), type) != long_types.end();
      element.length = is_long ? peek(at + 4, 4) : peek(at + 2, 2);
      at += is_long ? 8 : 4;
      // PS3.5 6.2.2: a value of type UN and unknown length is a sequence without written types.
      element.typed = type != "UN";
    }
    element.begin = at;
    return element;
  }

  /// Moves behind an element's value.
  void pass(const Element& element, int depth) {
    if (element.length != unknown_length) {
      if (element.length > file_.size() - at) cut_short();
      at += element.length;
      return;
    }
    if (depth > deepest_nesting) throw refused("its sequences are nested too deep; the file is damaged");
    const uint32_t end = element.tag == item ? end_of_item : end_of_sequence;
    for (;;) {
      const Element inner = next(element.typed);
      if (inner.tag == end) break;
      pass({inner.tag, inner.length, inner.begin, element.typed && inner.typed}, depth + 1);
    }
  }

 private:
  [[noreturn]] static void cut_short() { throw refused("the file was cut short or is damaged"); }

  uint32_t peek(size_t from, size_t width) const {
    if (from > file_.size() || file_.size() - from < width) cut_short();
    uint32_t word = 0;
    for (size_t i = 0; i < width; ++i) word |= std::to_integer<uint32_t>(file_[from + i]) << 8 * i;
    return word;
  }

  std::span<const std::byte> file_;
};

/// Whether the elements after the file's own have written types.
bool typed_elements(const DicomFile& file) {
  const std::string syntax = file.text(transfer_syntax);
  if (syntax == "1.2.840.10008.1.2") return false;
  if (syntax == "1.2.840.10008.1.2.1") return true;
  throw refused(
      cat("its transfer syntax is '", syntax,
          "', but only uncompressed little-endian DICOM is read; convert the series with dcm2niix"));
}

}  // namespace

std::string DicomFile::text(uint32_t tag) const {
  const auto found = values.find(tag);
  if (found == values.end()) return "";
  const std::string_view all(reinterpret_cast<const char*>(found->second.data()), found->second.size());
  return trimmed(all.substr(0, all.find('\0')));
}

std::vector<double> DicomFile::decimals(uint32_t tag, size_t count, const char* name) const {
  std::vector<double> numbers;
  for (const std::string& part : split_text(text(tag), '\\')) {
    const std::string word = trimmed(part);
    char* end = nullptr;
    const double number = std::strtod(word.c_str(), &end);
    if (word.empty() || *end != '\0' || !std::isfinite(number))
      throw refused(cat("its ", name, " is '", text(tag), "'; ", count, " numbers are needed"));
    numbers.push_back(number);
  }
  if (numbers.size() != count)
    throw refused(cat("its ", name, " is '", text(tag), "'; ", count, " numbers are needed"));
  return numbers;
}

int64_t DicomFile::number(uint32_t tag, const char* name) const {
  const auto found = values.find(tag);
  if (found == values.end() || found->second.size() != 2)
    throw refused(cat("it does not say its ", name, " as one number of 16 bits"));
  return std::to_integer<int64_t>(found->second[0]) | std::to_integer<int64_t>(found->second[1]) << 8;
}

DicomFile read_dicom(const std::filesystem::path& path) {
  DicomFile file{std::make_shared<Bytes>(read_bytes(path)), {}};
  const std::span<const std::byte> bytes(*file.bytes);
  if (bytes.size() < 132 || std::memcmp(bytes.data() + 128, "DICM", 4) != 0)
    throw refused("it lacks DICOM's mark, the letters DICM at byte 128");
  Walker walker(bytes);
  const auto take = [&](bool typed) {
    const Element element = walker.next(typed);
    if (element.tag == pixel_data && element.length == unknown_length)
      throw refused("its pixels are compressed; convert the series with dcm2niix");
    walker.pass(element, 0);
    if (element.length != unknown_length)
      file.values[element.tag] = bytes.subspan(element.begin, element.length);
    return element.tag;
  };
  while (walker.more() && walker.peek_group() == 2) take(true);
  const bool typed = typed_elements(file);
  while (walker.more() && take(typed) != pixel_data) {
  }
  return file;
}

}  // namespace tazuna
