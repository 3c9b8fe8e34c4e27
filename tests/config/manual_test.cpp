// SPDX-License-Identifier: Apache-2.0
#include "config/manual.hpp"

#include "core/error.hpp"
#include "tests/config/example.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::string manual_of(const std::string& key) {
  example::Options options;
  return manual([&](Fields& fields) { describe(fields, options); }, key);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

DOCTEST_TEST_SUITE("config/manual") {
  DOCTEST_TEST_CASE("a key is told with type, range, default and meaning") {
    DOCTEST_CHECK(manual_of("rate") == "rate\n    a number, 0 to 1; default 0.01\n    learning rate\n");
    DOCTEST_CHECK(manual_of("steps") ==
                  "steps\n    a whole number or auto, at least 1; default auto\n    optimiser updates\n");
    DOCTEST_CHECK(has(manual_of("inner.precision"), "one of fp32, bf16 or auto; default auto"));
    DOCTEST_CHECK(has(manual_of("inner.every"), "a duration such as 45s, 30min, 2h or none; default 5min"));
    DOCTEST_CHECK(has(manual_of("inner.every"), "default 5min"));
    DOCTEST_CHECK(has(manual_of("spacing"), "a list of numbers, 0.01 to 100; default [1, 1, 1]"));
    DOCTEST_CHECK(has(manual_of("tasks.0.name"), "a text; must be given"));
  }

  DOCTEST_TEST_CASE("a group is told with all keys below it, those of every kind included") {
    const std::string text = manual_of("weighting");
    DOCTEST_CHECK(has(text, "weighting.kind\n    one of fixed, learned; default fixed\n"));
    DOCTEST_CHECK(has(text, "weighting.weight   (weighting.kind: fixed)\n"));
    DOCTEST_CHECK(
        has(text, "weighting.mode   (weighting.kind: learned)\n    one of log, linear; default log\n"));
    DOCTEST_CHECK_FALSE(has(text, "rate\n    a number, 0 to 1; default 0.01"));
    DOCTEST_CHECK(has(manual_of("tasks"), "tasks.N.labels\n"));
    DOCTEST_CHECK(has(manual_of(""), "tasks.N.mode   (tasks.N.kind: learned)\n"));
  }

  DOCTEST_TEST_CASE("an unknown key is wrong usage with a suggestion") {
    try {
      manual_of("inner.presision");
      DOCTEST_FAIL("the key was found");
    } catch (const Error& error) {
      DOCTEST_CHECK(error.fault() == Fault::usage);
      DOCTEST_CHECK(std::string(error.what()) ==
                    "the manual knows no key 'inner.presision'; did you mean 'inner.precision'?");
    }
  }
}

}  // namespace
}  // namespace tazuna
