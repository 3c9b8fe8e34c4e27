// SPDX-License-Identifier: Apache-2.0
#include "infer/failure.hpp"

#include <ATen/ATen.h>

#include <new>

#include "core/error.hpp"
#include "core/text.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

template <class Work>
std::string sentence(const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return cat(is_out_of_memory(error) ? "memory: " : "", sentence_of(error, "buy more"));
  }
  return "";
}

DOCTEST_TEST_SUITE("infer/failure") {
  DOCTEST_TEST_CASE("memory that ran out is told with what helps, whoever ran out of it") {
    const std::string expected = "memory: out of memory; buy more";
    DOCTEST_CHECK(sentence([] { throw std::bad_alloc(); }) == expected);
    DOCTEST_CHECK(sentence([] { at::empty({int64_t{1} << 58}, at::kByte); }) == expected);
    DOCTEST_CHECK(sentence([] { throw Error("a sentence"); }) == "a sentence");
    const std::string shapes = sentence([] { at::zeros({2}).add(at::zeros({3})); });
    DOCTEST_CHECK(shapes.find("must match") != std::string::npos);
    DOCTEST_CHECK(shapes.find("frame #") == std::string::npos);
  }
}

}  // namespace
}  // namespace tazuna
