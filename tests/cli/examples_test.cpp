// SPDX-License-Identifier: Apache-2.0
// The shipped experiment files beside the data that they speak of.
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/cli/program.hpp"
#include "tests/dataset.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

namespace fs = std::filesystem;

/// An experiment file and the first folder of its data, below TAZUNA_PHANTOM or TAZUNA_DATA.
struct Example {
  fs::path file;
  std::string text, folder;
};

std::vector<Example> examples(const std::string& variable) {
  std::vector<Example> found;
  const std::regex place("(root|file): \"\\$\\{" + variable + "\\}/([^/\"]+)");
  for (const auto& entry : fs::recursive_directory_iterator(TAZUNA_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string text = text_of(entry.path());
    std::smatch match;
    if (std::regex_search(text, match, place)) found.push_back({entry.path(), text, match[2]});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return found;
}

/// The flags of the `tazuna phantom` that makes the example's cohort, with few people on a coarse grid.
std::string small_phantom(const Example& example) {
  const std::regex command("tazuna phantom --out \\$TAZUNA_PHANTOM/" + example.folder + " ([^\\\\\n]*)");
  std::smatch match;
  DOCTEST_REQUIRE_MESSAGE(std::regex_search(example.text, match, command), example.file.string());
  std::string flags = std::regex_replace(match[1].str(), std::regex("--(subjects|spacing) \\S+"), "");
  if (has(flags, "--kind slice")) return flags + " --subjects 10 --slices 2 --size 48";
  if (has(flags, "--kind series")) return flags + " --subjects 10 --size 8 --frames 24";
  return flags + " --subjects 12 --spacing 6";
}

void expect_no_problem(const Example& example, const std::string& before) {
  DOCTEST_CAPTURE(example.file.string());
  const Finished checked = run("check " + example.file.string(), before);
  expect(checked, 0, {});
  DOCTEST_CHECK(has(checked.out, "no problem found"));
}

DOCTEST_TEST_SUITE("cli/examples") {
  DOCTEST_TEST_CASE("every example on phantoms passes its check on people made as it says") {
    const ScratchFolder folder;
    const auto all = examples("TAZUNA_PHANTOM");
    DOCTEST_CHECK(all.size() >= 7);
    for (const Example& example : all) {
      const fs::path cohort = folder.path() / example.folder;
      if (!fs::exists(cohort)) {
        const Finished made = run("phantom --out " + cohort.string() + " " + small_phantom(example));
        DOCTEST_REQUIRE_MESSAGE(made.code == 0, made.err);
      }
      expect_no_problem(example, "env TAZUNA_PHANTOM=" + folder.path().string());
    }
  }

  DOCTEST_TEST_CASE("examples on real data pass their check, one at least of each dataset") {
    const std::map<std::string, std::string> left_out{
        {"hippocampus.yaml",
         "a step of its planned patch takes ten seconds; hippocampus_cpu.yaml reads the same"},
        {"hippocampus_cpu_long.yaml", "hippocampus_cpu.yaml with more steps and augmentations"},
        {"abide.yaml", "abide_sites.yaml with another split, and four seconds of reading"},
        {"bids_ixi_deepgrey.yaml", "a task of ixi_age_sex.yaml"},
        {"bids_lgg_lesion.yaml", "a task of lgg_grade.yaml"},
        {"lgg_FLAIR.yaml", "a sequence of lgg_grade.yaml"},
        {"lgg_T1w.yaml", "a sequence of lgg_grade.yaml"},
        {"lgg_gadolinium.yaml", "a sequence of lgg_grade.yaml"}};
    std::set<std::string> checked, known;
    for (const Example& example : examples("TAZUNA_DATA")) {
      known.insert(example.folder);
      if (left_out.contains(example.file.filename().string())) continue;
      checked.insert(example.folder);
      if (dataset(example.folder)) expect_no_problem(example, "");
    }
    DOCTEST_CHECK(checked == known);
  }
}

}  // namespace
}  // namespace tazuna::testing
