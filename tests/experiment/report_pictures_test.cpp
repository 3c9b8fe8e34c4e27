// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_pictures.hpp"

#include <c10/util/Exception.h>

#include <new>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("experiment/report_pictures") {
  DOCTEST_TEST_CASE(
      "whatever keeps a case from being drawn is a sentence in its place and no end of the report") {
    DOCTEST_CHECK(why_not_drawn([] {}).empty());
    DOCTEST_CHECK(why_not_drawn([] { throw refused("its label map is gone"); }) == "its label map is gone");
    DOCTEST_CHECK_FALSE(why_not_drawn([] { throw std::bad_alloc(); }).empty());
    const std::string tensor =
        why_not_drawn([] { TORCH_CHECK(false, "not enough memory: ", 9, " bytes\nmore"); });
    DOCTEST_CHECK(tensor == "not enough memory: 9 bytes");
  }

  DOCTEST_TEST_CASE("a case of a run whose dataset is gone is shown without pictures") {
    RunOnDisk run;
    run.no_cohort = "the dataset is gone";
    Log log(Verbosity::quiet);
    const auto shown =
        drawn_examples(run, Table(), {{.role = "worst of 2", .case_id = "a", .task = "t"}}, log);
    DOCTEST_REQUIRE(shown.size() == 1);
    DOCTEST_CHECK(shown[0].missing == "the dataset is gone");
    DOCTEST_CHECK(shown[0].case_id == "a");
  }
}

}  // namespace
}  // namespace tazuna
