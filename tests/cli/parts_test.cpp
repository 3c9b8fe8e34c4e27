// SPDX-License-Identifier: Apache-2.0
// Processes that divide the trainings of one folder, as the jobs of a Slurm array do.
#include <csignal>
#include <cstdlib>
#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// The folds and what was made of all of them.
void expect_as_serial(const fs::path& serial, const fs::path& run) {
  for (const char* file : {"cases.tsv", "fold_0/model.safetensors", "fold_1/model.safetensors",
                           "fold_2/model.safetensors", "fold_2/journal.csv"}) {
    DOCTEST_CAPTURE(file);
    DOCTEST_CHECK(fs::exists(run / file));
    DOCTEST_CHECK((text_of(serial / file) == text_of(run / file)));
  }
  DOCTEST_CHECK(fs::exists(run / "report.html"));
}

/// The one number of steps that all networks of a comparison took.
std::string expect_alike(const fs::path& out) {
  const Table arms = read_table(out / "arms.tsv");
  std::set<std::string> steps;
  for (size_t i = 0; i < arms.rows(); ++i)
    if (arms.text(i, "kind") == "network") steps.insert(arms.text(i, "steps"));
  DOCTEST_REQUIRE(steps.size() == 1);
  return *steps.begin();
}

/// Parts of a comparison under a budget.
struct BudgetedParts {
  BlobFolder folder;
  fs::path out = folder / "compared";

  std::vector<std::string> words(const std::string& part) const {
    return {"compare", folder.config().string(),
            "--set",   "train.steps=auto",
            "--set",   "train.budget=1s",
            "--set",   "train.validate_every=0",
            "--set",   "train.threads=1",
            "--out",   out.string(),
            "--batch", part};
  }
  std::string command(const std::string& part) const {
    std::string line;
    for (const std::string& word : words(part)) line += word + " ";
    return line;
  }
  fs::path err(int number) const { return folder / ("err_" + std::to_string(number)); }
};

DOCTEST_TEST_SUITE("cli/parts") {
  DOCTEST_TEST_CASE("folds in parts, one after the other or side by side, end as folds in one process") {
    const BlobFolder folder;
    const std::string folds = "--fold all --set train.threads=1";
    const fs::path serial = folder.train("serial", folds);
    const std::string command = "train " + folder.config().string() + " " + folds + " --out ";

    const std::string parts = command + (folder / "parts").string() + " --batch ";
    const Finished first = run(parts + "1/2");
    expect(first, 0, {"part 1 of 2 is done; 1 of 3 folds are finished"});
    DOCTEST_CHECK_FALSE(fs::exists(folder / "parts" / "cases.tsv"));
    expect(run(parts + "0/2"), 0, {"all folds are finished"});
    expect_as_serial(serial, folder / "parts");
    expect(run(parts + "0/2"), 0, {"already finished"});

    const std::string beside = command + (folder / "jobs").string();
    expect(run(beside + " --jobs 2"), 0, {"2 jobs divide the trainings, on the CPU"});
    expect_as_serial(serial, folder / "jobs");
  }

  DOCTEST_TEST_CASE("a comparison in parts is made by whoever finishes the last training") {
    const BlobFolder folder;
    const fs::path out = folder / "compared";
    const std::string command =
        "compare " + folder.config().string() + " --out " + out.string() + " --batch ";
    expect(run(command + "0/2"), 0, {"part 0 of 2 is done; 1 of 3 trainings are left"});
    DOCTEST_CHECK_FALSE(fs::exists(out / "cases.tsv"));
    expect(run(command + "1/2"), 0, {"the comparison is in "});
    DOCTEST_CHECK(fs::exists(out / "cases.tsv"));
    DOCTEST_CHECK(fs::exists(out / "report.html"));
  }

  DOCTEST_TEST_CASE(
      "under a budget the jobs of a comparison take the steps that the first of them measures") {
    const BlobFolder folder;
    const fs::path out = folder / "compared";
    expect(run("compare " + folder.config().string() + " --set train.steps=auto --set train.budget=1s" +
               " --fold all --jobs 2 --out " + out.string()),
           0, {"2 jobs divide the trainings, on the CPU"});
    expect_alike(out);
  }

  DOCTEST_TEST_CASE("parts wait for the steps of a budget, and end as one process with as many steps") {
    const BudgetedParts parts;
    Started waiting(parts.words("1/2"), parts.err(1));
    DOCTEST_REQUIRE(waiting.signal_when(0, [&] { return has(text_of(parts.err(1)), "waiting for part 0"); }));
    Started measuring(parts.words("0/2"), parts.err(0));
    DOCTEST_CHECK_MESSAGE(measuring.wait() == 0, text_of(parts.err(0)));
    DOCTEST_CHECK_MESSAGE(waiting.wait() == 0, text_of(parts.err(1)));
    DOCTEST_CHECK_FALSE(has(text_of(parts.err(0)), "waiting for"));
    const std::string steps = expect_alike(parts.out);
    const fs::path serial = parts.folder / "serial";
    expect(run("compare " + parts.folder.config().string() +
               " --set train.threads=1 --set train.validate_every=0 --set train.steps=" + steps + " --out " +
               serial.string()),
           0, {"the comparison is in "});
    for (const char* file : {"cases.tsv", "scores.tsv", "flow.tsv"})
      DOCTEST_CHECK_MESSAGE((text_of(serial / file) == text_of(parts.out / file)), file);
    // Whoever comes later finds the steps there.
    const Finished later = run(parts.command("1/2"));
    expect(later, 0, {"3 of 3 trainings are there already"});
    DOCTEST_CHECK_FALSE(has(later.err, "waiting for"));
  }

  DOCTEST_TEST_CASE("a part that waits for the steps of a budget in vain says so, and stops when asked to") {
    const BudgetedParts parts;
    expect(run(parts.command("1/2") + " --join-timeout 0.1"), 1,
           {"part 0 has not measured the steps of train.budget within 0.1 s", "--join-timeout"});
    {
      Started waiting(parts.words("1/2"), parts.err(2));
      DOCTEST_REQUIRE(
          waiting.signal_when(SIGINT, [&] { return has(text_of(parts.err(2)), "waiting for part 0"); }));
      DOCTEST_CHECK(waiting.wait() == 130);
    }
    Started waiting(parts.words("1/2"), parts.err(3));
    DOCTEST_REQUIRE(waiting.signal_when(0, [&] { return has(text_of(parts.err(3)), "waiting for part 0"); }));
    write_text(parts.out / "cache", "no folder");
    const Finished failed = run(parts.command("0/2"));
    DOCTEST_CHECK(failed.code != 0);
    DOCTEST_CHECK(waiting.wait() == 1);
    DOCTEST_CHECK(has(text_of(parts.err(3)), "part 0, which was to measure the steps"));
    DOCTEST_CHECK(has(text_of(parts.err(3)), (parts.out / "cache").string()));
  }

  DOCTEST_TEST_CASE("one part of one needs nobody to measure the steps of a budget") {
    const BudgetedParts parts;
    expect(run(parts.command("0/1")), 0, {"the comparison is in "});
    expect_alike(parts.out);
  }

  DOCTEST_TEST_CASE("a part takes no folder in which somebody works alone, and no other configuration") {
    const BlobFolder folder(100'000);
    const fs::path out = folder / "run";
    const std::vector<std::string> alone{"train",     folder.config().string(), "--fold", "all", "--out",
                                         out.string()};
    const std::string part =
        "train " + folder.config().string() + " --fold all --out " + out.string() + " --batch 0/2";
    {
      Started busy(alone, folder / "err");
      DOCTEST_REQUIRE(busy.signal_when(0, [&] { return fs::exists(out / "fold_0" / "journal.csv"); }));
      expect(run(part), 3, {"another process is at work here"});
    }
    expect(run(part + " --set train.seed=2"), 3, {"began with another configuration"});
  }

  DOCTEST_TEST_CASE("what parts and jobs cannot mean is wrong usage") {
    const BlobFolder folder;
    const std::string train = "train " + folder.config().string() + " --out " + (folder / "none").string();
    const struct {
      std::string flags, sentence;
    } rows[] = {
        {"--batch 0/2", "divide the folds of --fold all"},
        {"--jobs 2", "divide the folds of --fold all"},
        {"--fold all --batch 2/2", "expected I/N with I from 0 to N-1"},
        {"--fold all --batch one", "expected I/N with I from 0 to N-1"},
        {"--fold all --batch 0/2 --jobs 2", "excludes"},
    };
    for (const auto& row : rows) {
      DOCTEST_CAPTURE(row.flags);
      expect(run(train + " " + row.flags), 2, {row.sentence});
    }
    DOCTEST_CHECK_FALSE(fs::exists(folder / "none"));
    expect(run(train, "env RANK=0"), 2, {"RANK is set, but WORLD_SIZE is not"});
  }
}

}  // namespace
}  // namespace tazuna::testing
