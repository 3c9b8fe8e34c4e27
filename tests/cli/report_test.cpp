// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

Finished report(const fs::path& folder) {
  return run("report " + folder.string());
}

/// A copy of the shared run that a test may spoil.
fs::path copied_run(const ScratchFolder& folder) {
  const fs::path copy = folder.path() / "run";
  fs::copy(trained_run(), copy, fs::copy_options::recursive);
  fs::remove(copy / "report.html");
  return copy;
}

/// The report of a folder; drawing it must succeed and leave a sound page.
std::string drawn(const fs::path& folder) {
  const Finished finished = report(folder);
  DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
  const fs::path file = folder / "report.html";
  DOCTEST_CHECK(finished.out == file.string() + "\n");
  run_python("report/golden/check_page.py", {file});
  return text_of(file);
}

DOCTEST_TEST_SUITE("cli/report") {
  DOCTEST_TEST_CASE("training leaves a report, and drawing it again gives the same bytes") {
    const std::string first = text_of(trained_run() / "report.html");
    DOCTEST_REQUIRE(!first.empty());
    DOCTEST_CHECK(first.size() < 10'000'000);
    drawn(trained_run());
    DOCTEST_CHECK((text_of(trained_run() / "report.html") == first));
  }

  DOCTEST_TEST_CASE("every case's row holds the numbers of cases.tsv, every mean that of means.tsv") {
    const ScratchFolder folder;
    const fs::path copy = copied_run(folder);
    const std::string page = drawn(copy);
    const Table cases = read_table(copy / "validation" / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 2);
    const std::string rows = page.substr(page.find("class=\"cases sortable\""));
    for (size_t row = 0; row < cases.rows(); ++row) {
      const size_t begin = rows.find(">" + cases.text(row, "case") + "<");
      DOCTEST_REQUIRE(begin != std::string::npos);
      const std::string line = rows.substr(begin, rows.find("</tr>", begin) - begin);
      for (const char* metric :
           {"dice", "hd95_mm", "assd_mm", "nsd", "volume_error_percent", "reference_mm3"}) {
        const double value = cases.number(row, metric);
        if (value - value == 0) DOCTEST_CHECK(has(line, "data-value=\"" + number_text(value) + "\""));
      }
    }
    const Table means = read_table(copy / "validation" / "means.tsv");
    for (size_t row = 0; row < means.rows(); ++row)
      if (means.text(row, "metric") == "dice")
        DOCTEST_CHECK(has(page, "data-value=\"" + number_text(means.number(row, "mean")) + "\""));
  }

  DOCTEST_TEST_CASE("the report says who trained, what and how, and shows pictures of the cases") {
    const ScratchFolder folder;
    const std::string page = drawn(copied_run(folder));
    for (const char* part :
         {"Research use only", "<h1>Blobs</h1>", "4 cases of 4 persons", "2 cases of 2 persons", "T1w",
          "residual, 2 stages of 4, 8 channels", "6 steps of 2 patches of 8 × 8 × 8 voxels", "fp32 on cpu",
          "fold 0", "Held-out Dice of blob", "Display only", "Training loss of blob", "Learning rate",
          "Worst of 2: case_0", "Best of 2: case_0", "axial slice", "data:image/png;base64,",
          "What these figures do not say", "tazuna train"})
      DOCTEST_CHECK_MESSAGE(has(page, part), part);
    DOCTEST_CHECK_FALSE(has(page, "No pictures"));
  }

  DOCTEST_TEST_CASE("a run of all folds has a report of all held-out cases, and each fold its own") {
    const BlobFolder folder;
    const fs::path all = folder.train("all", "--fold all");
    DOCTEST_CHECK(fs::exists(all / "fold_1" / "report.html"));
    const std::string page = drawn(all);
    for (const char* part : {"fold 0", "fold 1", "fold 2", "of 3 folds", "6 held-out cases", "Median of 6"})
      DOCTEST_CHECK_MESSAGE(has(page, part), part);
    DOCTEST_CHECK(has(drawn(all / "fold_1"), "of fold 1"));
    fs::remove(all / "summary.json");
    fs::remove(all / "cases.tsv");
    DOCTEST_CHECK(has(drawn(all), "the run is not finished"));
  }

  DOCTEST_TEST_CASE("a run on everybody has a report without scores that says why") {
    const BlobFolder folder;
    const std::string page = drawn(folder.train("everybody", "--fold none"));
    DOCTEST_CHECK(has(page, "no held-out case is left to score"));
    DOCTEST_CHECK(has(page, "Training loss of blob"));
  }

  DOCTEST_TEST_CASE("an interrupted run, with a row cut short, has a report that says it is not finished") {
    const ScratchFolder folder;
    const fs::path copy = copied_run(folder);
    fs::remove_all(copy / "validation");
    fs::remove(copy / "model.json");
    fs::remove(copy / "model.safetensors");
    const std::string journal = text_of(copy / "journal.csv");
    write_text(copy / "journal.csv", journal.substr(0, journal.size() - 9));
    const std::string page = drawn(copy);
    DOCTEST_CHECK(has(page, "The run is not finished."));
    DOCTEST_CHECK(has(page, "There are no scores yet"));
    for (const char* file : {"journal.csv", "config.yaml", "splits.json", "timing.csv", "log.txt"}) {
      fs::remove(copy / file);
      DOCTEST_CHECK(has(drawn(copy), "The run is not finished."));
    }
  }

  DOCTEST_TEST_CASE("images or maps that were moved away cost the pictures alone") {
    const BlobFolder folder;
    const fs::path moved = folder.train("run");
    fs::rename(folder.data(), folder / "elsewhere");
    const std::string page = drawn(moved);
    DOCTEST_CHECK(has(page, "No pictures"));
    DOCTEST_CHECK(has(page, "class=\"cases sortable\""));
    DOCTEST_CHECK(has(page, "Agreement of volumes"));
    fs::rename(folder / "elsewhere", folder.data());
    fs::remove_all(moved / "validation");
    fs::create_directory(moved / "validation");
    for (const char* file : {"cases.tsv", "means.tsv"})
      fs::copy_file(trained_run() / "validation" / file, moved / "validation" / file);
    DOCTEST_CHECK(has(drawn(moved), "is in no validation folder"));
  }

  DOCTEST_TEST_CASE("without a table of means they are computed anew and are the same") {
    const ScratchFolder folder;
    const fs::path copy = copied_run(folder);
    const std::string before = drawn(copy);
    fs::remove(copy / "validation" / "means.tsv");
    const std::string after = drawn(copy);
    DOCTEST_CHECK(has(before, "Every figure stands in validation/means.tsv"));
    DOCTEST_CHECK(has(after, "Computed from validation/cases.tsv."));
    const auto table = [](const std::string& page) {
      const size_t begin = page.find("class=\"means\"");
      return page.substr(begin, page.find("</table>", begin) - begin);
    };
    DOCTEST_CHECK((table(before) == table(after)));
  }

  DOCTEST_TEST_CASE("people held aside have a table of their own") {
    const ScratchFolder folder;
    const fs::path copy = copied_run(folder);
    DOCTEST_CHECK_FALSE(has(drawn(copy), "People held aside"));
    fs::create_directory(copy / "held_aside");
    for (const char* file : {"cases.tsv", "means.tsv"})
      fs::copy_file(copy / "validation" / file, copy / "held_aside" / file);
    DOCTEST_CHECK(has(drawn(copy), "held_aside/means.tsv"));
    fs::remove(copy / "held_aside" / "cases.tsv");
    write_text(copy / "held_aside" / "subjects.tsv",
               "case\tperson\tsession\tage\tage_true\tage_sd\nx\tx\tn/a\t43.5\t40\tn/a\n");
    write_text(copy / "held_aside" / "task_scores.tsv",
               "task\tmetric\tvalue\tlow\thigh\tn\tpersons\nage\tmae_years\t3.5\t1\t6\t1\t1\n");
    const std::string page = drawn(copy);
    DOCTEST_CHECK(has(page, "held_aside/task_scores.tsv"));
    DOCTEST_CHECK(has(page, "data-value=\"3.5\""));
  }

  DOCTEST_TEST_CASE("names with letters of markup do not break the report") {
    const ScratchFolder folder;
    const fs::path copy = copied_run(folder);
    std::string cases = text_of(copy / "validation" / "cases.tsv");
    for (size_t at = 0; (at = cases.find("case_", at)) != std::string::npos; at += 20)
      cases.replace(at, 5, "<i>&case");
    write_text(copy / "validation" / "cases.tsv", cases);
    const std::string page = drawn(copy);
    DOCTEST_CHECK(has(page, "&lt;i&gt;&amp;case"));
    DOCTEST_CHECK_FALSE(has(page, "<i>&case"));
  }

  DOCTEST_TEST_CASE("folders that are no run are refused and left alone") {
    const ScratchFolder folder;
    expect(report(folder.path() / "absent"), 3, {"absent", "no such folder"});
    write_text(folder.path() / "thesis" / "thesis.tex", "text");
    expect(report(folder.path() / "thesis"), 3, {"thesis", "is no run folder"});
    DOCTEST_CHECK_FALSE(fs::exists(folder.path() / "thesis" / "report.html"));
    expect(run("report"), 2, {"RUN"});
  }
}

}  // namespace
}  // namespace tazuna::testing
