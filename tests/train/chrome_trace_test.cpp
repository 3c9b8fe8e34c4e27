// SPDX-License-Identifier: Apache-2.0
#include "train/chrome_trace.hpp"

#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/chrome_trace") {
  DOCTEST_TEST_CASE("a trace is JSON of complete events in microseconds, with named lanes") {
    const auto trace = nlohmann::json::parse(
        chrome_trace({"training", "a \"worker\""},
                     {{"forward", "work", 0, 0.25, 1.5e-6}, {"back\\slash\n", "operator", 1, 3600, 2}}));
    const auto& events = trace.at("traceEvents");
    DOCTEST_REQUIRE(events.size() == 4);
    DOCTEST_CHECK(events[1].at("args").at("name") == "a \"worker\"");
    DOCTEST_CHECK(events[2].at("ph") == "X");
    DOCTEST_CHECK(events[2].at("name") == "forward");
    DOCTEST_CHECK(events[2].at("ts").get<double>() == doctest::Approx(250000));
    DOCTEST_CHECK(events[2].at("dur").get<double>() == doctest::Approx(1.5));
    DOCTEST_CHECK(events[3].at("tid") == events[1].at("tid"));
    DOCTEST_CHECK(events[3].at("ts").get<double>() == 3.6e9);
    DOCTEST_CHECK(nlohmann::json::parse(chrome_trace({}, {})).at("traceEvents").empty());
  }
}
