// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "tables/table.hpp"
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

namespace fs = std::filesystem;

/// Every file below `folder` with its bytes.
std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = text_of(entry.path());
  return files;
}

Finished make(const fs::path& out, const std::string& flags) {
  return run("phantom --out " + out.string() + " " + flags);
}

DOCTEST_TEST_SUITE("cli/phantom") {
  DOCTEST_TEST_CASE("the same seed writes the same bytes, and another seed other images") {
    const ScratchFolder folder;
    const std::string flags = "--subjects 3 --spacing 2 --seed ";
    DOCTEST_REQUIRE(make(folder.path() / "a", flags + "1").code == 0);
    DOCTEST_REQUIRE(make(folder.path() / "b", flags + "1").code == 0);
    DOCTEST_REQUIRE(make(folder.path() / "c", flags + "2").code == 0);
    const auto a = files_of(folder.path() / "a"), c = files_of(folder.path() / "c");
    DOCTEST_CHECK(a == files_of(folder.path() / "b"));
    const std::string image = "sub-02/anat/sub-02_T1w.nii.gz";
    DOCTEST_REQUIRE(a.count(image) == 1);
    DOCTEST_CHECK(a.at(image) != c.at(image));
  }

  DOCTEST_TEST_CASE("every subject stands in both tables and has images and true labels") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort", truth = out / "derivatives" / "truth";
    const Finished finished = make(out, "--like schwannoma --subjects 4 --spacing 5 --sites 2");
    expect(finished, 0, {});
    DOCTEST_CHECK(finished.out == out.string() + "\n");
    const Table participants = read_table(out / "participants.tsv"), latent = read_table(out / "truth.tsv");
    DOCTEST_CHECK(participants.columns() ==
                  std::vector<std::string>{"participant_id", "age", "sex", "site", "group"});
    DOCTEST_REQUIRE(participants.rows() == 4);
    DOCTEST_REQUIRE(latent.rows() == 4);
    for (size_t row = 0; row < 4; ++row) {
      const std::string id = participants.text(row, "participant_id");
      DOCTEST_CHECK(latent.text(row, "participant_id") == id);
      DOCTEST_CHECK(latent.number(row, "lesion_load_ml") > 0);
      for (const char* name : {"T1w", "T2w", "ce-gadolinium_T1w"})
        DOCTEST_CHECK(fs::exists(out / id / "anat" / (id + "_" + name + ".nii.gz")));
      for (const char* name : {"dseg", "label-lesion_mask"})
        DOCTEST_CHECK(fs::exists(truth / id / "anat" / (id + "_" + name + ".nii.gz")));
    }
    const Table names = read_table(truth / "dseg.tsv");
    DOCTEST_CHECK(names.columns() == std::vector<std::string>{"index", "name"});
    DOCTEST_CHECK(names.rows() == 2);
    for (const fs::path& root : {out, truth}) DOCTEST_CHECK(fs::exists(root / "dataset_description.json"));
  }

  DOCTEST_TEST_CASE("slices stand in a table with their images, masks, classes and persons") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort";
    expect(make(out, "--kind slice --subjects 4 --slices 2 --size 40"), 0, {});
    const Table samples = read_table(out / "samples.tsv"), latent = read_table(out / "truth.tsv");
    DOCTEST_REQUIRE(samples.rows() == 8);
    DOCTEST_REQUIRE(latent.rows() == 8);
    std::set<std::string> blocks;
    for (size_t row = 0; row < 8; ++row) {
      DOCTEST_CHECK(samples.text(row, "id") == latent.text(row, "id"));
      DOCTEST_CHECK(samples.text(row, "class") == latent.text(row, "class"));
      for (const char* column : {"image", "mask"}) DOCTEST_CHECK(fs::exists(out / samples.text(row, column)));
      blocks.insert(samples.text(row, "block"));
    }
    DOCTEST_CHECK(blocks.size() == 4);
  }

  DOCTEST_TEST_CASE(
      "a series is 4D, says its repetition time twice, and has regions and an atlas beside it") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort";
    expect(make(out, "--kind series --subjects 2 --size 8 --frames 12"), 0, {});
    const fs::path image = out / "sub-01" / "func" / "sub-01_task-rest_bold.nii.gz";
    const Finished inspected = run("inspect --json " + image.string());
    DOCTEST_CHECK(inspected.code == 0);
    std::string shape = inspected.out;
    std::erase_if(shape, [](char letter) { return letter == ' ' || letter == '\n'; });
    DOCTEST_CHECK(has(shape, "[8,10,8,12]"));
    DOCTEST_CHECK(
        has(text_of(out / "sub-01" / "func" / "sub-01_task-rest_bold.json"), "\"RepetitionTime\": 2.0"));
    const fs::path derivatives = out / "derivatives";
    DOCTEST_CHECK(fs::exists(derivatives / "truth" / "sub-01" / "func" / "sub-01_label-region_mask.nii.gz"));
    DOCTEST_CHECK(fs::exists(derivatives / "atlas" / "atlas-parcels_dseg.nii.gz"));
    DOCTEST_CHECK(read_table(derivatives / "atlas" / "atlas-parcels_dseg.tsv").rows() == 24);
  }

  DOCTEST_TEST_CASE("people who lack sequences have at least one") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort";
    DOCTEST_REQUIRE(make(out, "--like stroke --subjects 4 --spacing 8 --missing 0.5").code == 0);
    std::map<std::string, int> images;
    for (const auto& [name, bytes] : files_of(out))
      if (name.starts_with("sub-") && name.ends_with(".nii.gz")) ++images[name.substr(0, 6)];
    DOCTEST_REQUIRE(images.size() == 4);
    const auto whole =
        std::count_if(images.begin(), images.end(), [](const auto& one) { return one.second == 2; });
    DOCTEST_CHECK(whole == 2);
  }

  DOCTEST_TEST_CASE("a value that makes no cohort is exit code 2 and leaves nothing behind") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort";
    struct Slip {
      const char* flags;
      std::vector<std::string> says;
    };
    for (const Slip& slip :
         {Slip{"--like heart", {"--like heart", "habenula"}},
          Slip{"--kind slices", {"--kind slices", "series"}}, Slip{"--field 5T", {"--field 5T", "3T"}},
          Slip{"--missing 0.5", {"--missing 0.5", "T1w"}},
          Slip{"--effct 3", {"'--effct'", "did you mean '--effect'?"}},
          Slip{"--subjects many", {"--subjects"}}}) {
      DOCTEST_CAPTURE(slip.flags);
      expect(make(out, slip.flags), 2, slip.says);
      DOCTEST_CHECK_FALSE(fs::exists(out));
    }
  }

  DOCTEST_TEST_CASE("a folder that is not empty is refused and left alone") {
    const ScratchFolder folder;
    write_text(folder.path() / "mine.txt", "mine");
    expect(make(folder.path(), "--subjects 2"), 3, {"is not empty", "--out"});
    DOCTEST_CHECK(files_of(folder.path()).size() == 1);
  }

  DOCTEST_TEST_CASE("interrupted, it leaves no dataset and says how to begin again") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "cohort", err = folder.path() / "err";
    Started started({"phantom", "--out", out.string(), "--subjects", "400"}, err);
    DOCTEST_REQUIRE(started.signal_when(SIGINT, [&] { return fs::exists(out / "sub-001"); }));
    DOCTEST_CHECK(started.wait() == 130);
    DOCTEST_CHECK(has(text_of(err), "remove it"));
    DOCTEST_CHECK(fs::exists(out));
    DOCTEST_CHECK_FALSE(fs::exists(out / "dataset_description.json"));
    expect(make(out, "--subjects 400"), 3, {"not finished", "remove it"});
  }
}

}  // namespace
}  // namespace tazuna::testing
