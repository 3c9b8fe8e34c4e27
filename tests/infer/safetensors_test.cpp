// SPDX-License-Identifier: Apache-2.0
#include "infer/safetensors.hpp"

#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Bytes file_of(const std::string& json, size_t data_bytes) {
  Bytes bytes(8 + json.size() + data_bytes);
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(json.size() >> (8 * i) & 0xff);
  std::memcpy(bytes.data() + 8, json.data(), json.size());
  return bytes;
}

std::string refusal_of_file(const Bytes& bytes) {
  return refusal_of([&] { read_safetensors_header(bytes); });
}

struct Defect {
  const char* what;
  const char* json;
  size_t data_bytes;
  const char* sentence;  ///< part of it
};

const Defect defects[] = {
    {"no JSON", "{\"a\":", 0, "not JSON"},
    {"a list", "[1]", 0, "does not begin with '{'"},
    {"an unknown dtype", R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4,
     "unknown dtype 'F31'"},
    {"a negative size", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "whole number"},
    {"a size that overflows", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
     0, "too large"},
    {"offsets that do not span the shape", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
     "do not span"},
    {"an end before its begin", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[4,2]}})", 4, "do not span"},
    {"a gap", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", 4, "(gap)"},
    {"an overlap",
     R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
     3, "(overlap)"},
    {"bytes left over", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 3, "3 follow"},
    {"a cut file", R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", 3, "cut off"},
    {"a name that stands twice",
     R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
     1, "twice"},
    {"a missing key", R"({"a":{"dtype":"U8","shape":[1]}})", 1, "exactly the keys"},
    {"metadata that is no text", R"({"__metadata__":{"a":1}})", 0, "not a text"},
    {"deep nesting", R"({"a":[[[[[[[[[[[[]]]]]]]]]]]]})", 0, "nested"},
};

DOCTEST_TEST_SUITE("infer/safetensors") {
  DOCTEST_TEST_CASE("reading a written header gives what was written") {
    const Bytes header = safetensors_header(
        {{"b", {"F32", {2, 3}, 0, 24}}, {"a", {"BOOL", {}, 24, 25}}, {"c", {"I64", {0, 4}, 25, 25}}},
        {{"k", "v"}});
    DOCTEST_CHECK(header.size() % 8 == 0);
    Bytes file = header;
    file.resize(header.size() + 25);
    const SafetensorsHeader read = read_safetensors_header(file);
    DOCTEST_CHECK(read.data_begin == header.size());
    DOCTEST_CHECK(read.metadata.at("k") == "v");
    DOCTEST_REQUIRE(read.tensors.size() == 3);
    DOCTEST_CHECK(read.tensors.at("b").shape == std::vector<int64_t>{2, 3});
    DOCTEST_CHECK(read.tensors.at("b").end == 24);
    DOCTEST_CHECK(read.tensors.at("a").dtype == "BOOL");
    DOCTEST_CHECK(read.tensors.at("c").begin == 25);
  }

  DOCTEST_TEST_CASE("every defect is refused by a sentence that names it") {
    for (const Defect& defect : defects) {
      DOCTEST_CAPTURE(defect.what);
      const std::string sentence = refusal_of_file(file_of(defect.json, defect.data_bytes));
      DOCTEST_CAPTURE(sentence);
      DOCTEST_CHECK(says(sentence, defect.sentence));
    }
  }

  DOCTEST_TEST_CASE("every shorter file is refused") {
    Bytes file = safetensors_header({{"a", {"U8", {4}, 0, 4}}}, {});
    file.resize(file.size() + 4);
    DOCTEST_CHECK(refusal_of_file(file).empty());
    for (size_t size = 0; size < file.size(); ++size)
      DOCTEST_CHECK(
          !refusal_of_file(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))).empty());
  }
}

}  // namespace
}  // namespace tazuna
