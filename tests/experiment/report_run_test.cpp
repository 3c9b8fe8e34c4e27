// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_run.hpp"

#include "config/writer.hpp"
#include "tests/experiment/small_bids.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("experiment/report_run") {
  DOCTEST_TEST_CASE("a report counts the persons that the split's column names") {
    const testing::SmallBids dataset;
    write_atomically(dataset / "run/config.yaml", to_yaml(dataset.config({"data.split.person=site"})));
    Log log(Verbosity::quiet);
    const auto persons = read_run(dataset / "run", log).persons();
    DOCTEST_REQUIRE(persons.size() == 6);
    DOCTEST_CHECK(persons.at("sub-1") == "A");
    DOCTEST_CHECK(persons.at("sub-2") == "B");
  }

  DOCTEST_TEST_CASE("cases that may lack a sequence are found again") {
    const testing::SmallBids dataset;
    std::filesystem::remove(dataset.file(0, "FLAIR"));
    Log log(Verbosity::quiet);
    for (const std::string missing : {"allow", "refuse"}) {
      dataset.write(missing + "/config.yaml", to_yaml(dataset.config({"input.missing=" + missing})));
      const RunOnDisk run = read_run(dataset / missing, log);
      DOCTEST_REQUIRE(run.cohort);
      DOCTEST_CHECK((run.subject("sub-0") != nullptr) == (missing == "allow"));
      DOCTEST_CHECK(run.persons().size() == (missing == "allow" ? 6 : 5));
    }
  }
}

}  // namespace
}  // namespace tazuna
