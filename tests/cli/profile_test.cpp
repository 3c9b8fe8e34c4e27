// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

DOCTEST_TEST_SUITE("cli/profile") {
  DOCTEST_TEST_CASE("train --profile tells where the steps went and changes no byte of the run") {
    const BlobFolder folder(12);
    const fs::path with = folder.train("with", "--profile 4"), without = folder.train("without");
    const Table table = read_table(with / "profile.tsv");
    bool waits = false;
    for (size_t row = 0; row < table.rows(); ++row) {
      DOCTEST_CHECK(table.text(row, "clock") == "host");
      if (table.text(row, "part") == "waiting") waits = table.number(row, "count") == 4;
    }
    DOCTEST_CHECK(waits);
    for (const char* name : {"crop", "augment", "read", "assemble", "backward"})
      DOCTEST_CHECK_MESSAGE(has(text_of(with / "trace.json"), std::string("\"") + name + "\""), name);
    DOCTEST_CHECK(has(text_of(with / "log.txt"), "profile of 4 steps"));
    fs::remove(with / "profile.tsv");
    fs::remove(with / "trace.json");
    expect_same_bytes(with, without);
  }

  DOCTEST_TEST_CASE("the log says precision, layout and threads") {
    const std::string log = text_of(trained_run() / "log.txt");
    for (const char* part : {"cpu: fp32", "channels-last", "compute", "ahead"})
      DOCTEST_CHECK_MESSAGE(has(log, part), part);
  }

  DOCTEST_TEST_CASE("a network that cannot fit is refused before anything is written") {
    const BlobFolder folder;
    const fs::path out = folder / "huge";
    const std::string line = "train " + folder.config().string() + " --out " + out.string() +
                             " --set train.batch=100000000 --set train.workers=0";
    expect(run(line), 3, {"train.batch=", "would fit", "GB", "--any-memory"});
    DOCTEST_CHECK_FALSE(fs::exists(out));
  }

  DOCTEST_TEST_CASE("a profile of no steps is no profile") {
    const BlobFolder folder;
    for (const char* steps : {"0", "-1", "many"})
      expect(run("train " + folder.config().string() + " --out x --profile " + steps), 2, {"--profile"});
  }
}

}  // namespace
}  // namespace tazuna::testing
