// SPDX-License-Identifier: Apache-2.0
#include "infer/weights.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

NamedTensors some_tensors() {
  NamedTensors tensors;
  tensors["wide"] = at::arange(6, at::kDouble).reshape({2, 3});
  tensors["weight"] = at::arange(24, at::kFloat).reshape({2, 3, 4}) / 7;
  tensors["half"] = at::arange(5, at::kFloat).to(at::kHalf);
  tensors["brain"] = (at::arange(5, at::kFloat) / 3).to(at::kBFloat16);
  tensors["count"] = at::arange(3, at::kLong) - 7;
  tensors["labels"] = at::arange(3, at::kShort);
  tensors["present"] = at::arange(3, at::kLong) > 1;
  tensors["bytes"] = at::arange(7, at::kByte);
  tensors["scalar"] = at::full({}, 3.5, at::kFloat);
  tensors["nothing"] = at::empty({0, 3}, at::kInt);
  return tensors;
}

DOCTEST_TEST_SUITE("infer/weights") {
  DOCTEST_TEST_CASE("reading what was written gives equal tensors and metadata") {
    const ScratchFolder folder;
    const NamedTensors written = some_tensors();
    write_atomically(folder.path() / "w.safetensors", safetensors_bytes(written, {{"about", "a test"}}));
    std::map<std::string, std::string> metadata;
    const NamedTensors read = read_safetensors(folder.path() / "w.safetensors", &metadata);
    DOCTEST_CHECK(metadata == std::map<std::string, std::string>{{"about", "a test"}});
    DOCTEST_REQUIRE(read.size() == written.size());
    for (const auto& [name, tensor] : written) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK((read.at(name).scalar_type() == tensor.scalar_type()));
      DOCTEST_CHECK(at::equal(read.at(name), tensor));
    }
  }

  DOCTEST_TEST_CASE("equal tensors give equal bytes whatever their strides") {
    NamedTensors tensors = some_tensors(), strided = some_tensors();
    strided["weight"] = strided["weight"].permute({2, 0, 1}).contiguous().permute({1, 2, 0});
    DOCTEST_CHECK((safetensors_bytes(tensors) == safetensors_bytes(strided)));
  }

  DOCTEST_TEST_CASE("a file that is not there is named") {
    const char* file = "no/such/file.safetensors";
    DOCTEST_CHECK(says(refusal_of([&] { read_safetensors(file); }), file));
  }

  DOCTEST_TEST_CASE("the format's own library reads our file and writes the same bytes") {
    const ScratchFolder folder;
    NamedTensors tensors = some_tensors();
    write_atomically(folder.path() / "ours.safetensors", safetensors_bytes(tensors));
    if (!run_python("infer/golden/safetensors_copy.py",
                    {folder.path() / "ours.safetensors", folder.path() / "theirs.safetensors"}))
      return;
    const NamedTensors read = read_safetensors(folder.path() / "theirs.safetensors");
    DOCTEST_REQUIRE(read.size() == tensors.size());
    for (const auto& [name, tensor] : tensors) DOCTEST_CHECK(at::equal(read.at(name), tensor));
    NamedTensors floats{{"b", tensors["weight"]}, {"a.0", tensors["scalar"]}};
    write_atomically(folder.path() / "ours.safetensors", safetensors_bytes(floats));
    DOCTEST_REQUIRE(run_python("infer/golden/safetensors_copy.py",
                               {folder.path() / "ours.safetensors", folder.path() / "theirs.safetensors"}));
    DOCTEST_CHECK(
        (read_bytes(folder.path() / "ours.safetensors") == read_bytes(folder.path() / "theirs.safetensors")));
  }
}

}  // namespace
}  // namespace tazuna
