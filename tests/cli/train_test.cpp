// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

using Json = nlohmann::json;

std::string train_line(const BlobFolder& folder, const fs::path& out, const std::string& more) {
  return "train " + folder.config().string() + " --out " + out.string() + " " + more;
}

DOCTEST_TEST_SUITE("cli/train") {
  DOCTEST_TEST_CASE("a run folder holds all that was promised") {
    const BlobFolder folder;
    const fs::path out = folder.train("run");
    for (const std::string file :
         {"config.yaml", "splits.json", "journal.csv", "timing.csv", "log.txt", "events.out.tfevents.tazuna",
          "model.json", "model.safetensors", "validation/cases.tsv", "validation/summary.json"}) {
      DOCTEST_CAPTURE(file);
      DOCTEST_CHECK(fs::file_size(out / file) > 0);
    }
    DOCTEST_CHECK_FALSE(has(text_of(out / "config.yaml"), ": auto"));
    const Table journal = read_table(out / "journal.csv");
    DOCTEST_REQUIRE(journal.rows() == 6);
    DOCTEST_CHECK(journal.text(5, "step") == "6");
    for (size_t row = 0; row < 6; ++row) {
      DOCTEST_CHECK(journal.number(row, "blob_loss") > 0);
      DOCTEST_CHECK((journal.text(row, "blob_dice") != "n/a") == (row == 4 || row == 5));
    }
    const std::string log = text_of(out / "log.txt");
    for (const std::string part :
         {"research use only", " train ", "4 cases train, 2 are held out", "is finished"}) {
      DOCTEST_CAPTURE(part);
      DOCTEST_CHECK(has(log, part));
    }
  }

  DOCTEST_TEST_CASE("the resolved file trains the same network again") {
    const BlobFolder folder;
    const fs::path first = folder.train("first");
    const fs::path config = folder / "resolved.yaml";
    fs::copy_file(first / "config.yaml", config);
    DOCTEST_REQUIRE(run("train " + config.string() + " --out " + (folder / "again").string()).code == 0);
    for (const std::string file : {"config.yaml", "journal.csv", "model.safetensors", "model.json"})
      DOCTEST_CHECK((text_of(first / file) == text_of(folder / "again" / file)));
  }

  DOCTEST_TEST_CASE("the same seed gives the same bytes, another seed others") {
    const BlobFolder folder;
    const fs::path first = folder.train("first");
    expect_same_bytes(first, folder.train("second"));
    const fs::path other = folder.train("other", "--set train.seed=2");
    DOCTEST_CHECK((text_of(first / "model.safetensors") != text_of(other / "model.safetensors")));
  }

  DOCTEST_TEST_CASE("the number of loader threads changes no byte of the answers") {
    const BlobFolder folder;
    const fs::path one = folder.train("one", "--set train.workers=1");
    const fs::path three = folder.train("three", "--set train.workers=3");
    const fs::path none = folder.train("none", "--set train.workers=0");
    for (const std::string file : {"journal.csv", "model.safetensors", "validation/cases.tsv"}) {
      DOCTEST_CAPTURE(file);
      DOCTEST_CHECK((text_of(one / file) == text_of(three / file)));
      DOCTEST_CHECK((text_of(one / file) == text_of(none / file)));
    }
  }

  DOCTEST_TEST_CASE("all folds score every case once, and the folds' own runs are complete") {
    const BlobFolder folder;
    const fs::path out = folder.train("all", "--fold all");
    const Table cases = read_table(out / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 6);
    for (size_t row = 0; row < 6; ++row)
      DOCTEST_CHECK(cases.text(row, "case") == blob_name(static_cast<int>(row)));
    const Json summary = Json::parse(text_of(out / "summary.json"));
    DOCTEST_CHECK(summary.at("metric_per_case").size() == 6);
    const fs::path alone = folder.train("alone", "--fold 1");
    for (const std::string file : {"journal.csv", "model.safetensors", "validation/cases.tsv"})
      DOCTEST_CHECK((text_of(out / "fold_1" / file) == text_of(alone / file)));
    const Finished again = run(train_line(folder, out, "--fold all --resume"));
    DOCTEST_CHECK(again.code == 0);
    DOCTEST_CHECK(has(again.err, "fold_2: already finished"));
  }

  DOCTEST_TEST_CASE("with nobody held out everybody trains, whichever way it is said") {
    const BlobFolder folder;
    const fs::path none = folder.train("none", "--fold none");
    DOCTEST_CHECK_FALSE(fs::exists(none / "validation"));
    DOCTEST_CHECK(Json::parse(text_of(none / "splits.json")).at(0).at("train").size() == 6);
    std::string text = text_of(folder.config());
    text.replace(text.find("{kind: kfold, folds: 3}"), 23, "{kind: none}");
    write_text(folder.config(), text);
    const fs::path all = folder.train("no_split", "--fold all");
    DOCTEST_CHECK((text_of(all / "model.safetensors") == text_of(none / "model.safetensors")));
  }

  DOCTEST_TEST_CASE("a folder that is not a run to go on with is left alone") {
    const BlobFolder folder;
    const fs::path out = folder.train("run");
    const auto files = lasting_files(out);
    expect(run(train_line(folder, out, "")), 3, {out.string(), "is not empty", "--resume"});
    expect(run(train_line(folder, out, "--resume --set train.steps=7")), 3,
           {"another configuration", "'steps: 6' is now 'steps: 7'"});
    expect(run(train_line(folder, out, "--resume --fold 1")), 3, {"'--fold 0' is now '--fold 1'"});
    DOCTEST_CHECK(lasting_files(out) == files);
    const Finished again = run(train_line(folder, out, "--resume"));
    DOCTEST_CHECK(again.code == 0);
    DOCTEST_CHECK(has(again.err, "already finished"));

    expect(run(train_line(folder, folder / "absent", "--resume")), 3, {"holds no run to resume"});
    DOCTEST_CHECK_FALSE(fs::exists(folder / "absent"));
    write_text(folder / "foreign" / "thesis.tex", "text");
    expect(run(train_line(folder, folder / "foreign", "")), 3, {"is not empty"});
    expect(run(train_line(folder, folder / "foreign", "--resume")), 3, {"holds no run to resume"});
    DOCTEST_CHECK(lasting_files(folder / "foreign").size() == 1);
  }

  DOCTEST_TEST_CASE("a run whose images changed is not resumed") {
    const BlobFolder folder(200);
    const fs::path out = folder / "run";
    {
      Started training({"train", folder.config().string(), "--out", out.string()}, folder / "err");
      DOCTEST_REQUIRE(training.signal_when(SIGTERM, [&] { return fs::exists(out / "journal.csv"); }));
      DOCTEST_REQUIRE(training.wait() == 143);
    }
    Image changed = blob_image(1);
    changed.voxels[5] += 1;
    write_text(folder.data() / "imagesTr" / (blob_name(1) + "_0000.nii"), changed.bytes());
    const Finished resumed = run(train_line(folder, out, "--resume"));
    expect(resumed, 3, {"another"});
  }
}

}  // namespace
}  // namespace tazuna::testing
