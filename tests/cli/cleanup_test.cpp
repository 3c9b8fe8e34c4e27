// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

using Json = nlohmann::json;

/// Answers the unseen blobs with `model` into NAME.
Finished predict(const BlobFolder& folder, const fs::path& model, const std::string& name,
                 const std::string& more) {
  return run("predict " + model.string() + " --input " + (folder.data() / "imagesTs").string() + " --out " +
             (folder / name).string() + " " + more);
}

DOCTEST_TEST_SUITE("cli/cleanup") {
  DOCTEST_TEST_CASE("what is cleaned is said, and the same wish again is done already") {
    const BlobFolder folder;
    const std::string wish = "--keep-largest blob --min-mm3 3";
    const Finished first = predict(folder, trained_run(), "out", wish);
    DOCTEST_CHECK(first.code == 0);
    DOCTEST_CHECK(
        has(first.err, "clean-up: keep the largest component of blob.blob; remove components below 3 mm3"));
    DOCTEST_CHECK(has(predict(folder, trained_run(), "out", wish).err, "2 cases were done already"));
    DOCTEST_CHECK_FALSE(has(predict(folder, trained_run(), "out", "").err, "done already"));
  }

  DOCTEST_TEST_CASE("wishes that contradict each other or name no structure are refused") {
    const BlobFolder folder;
    expect(predict(folder, trained_run(), "out", "--keep-largest blub"), 3,
           {"--keep-largest blub", "did you mean 'blob'?"});
    expect(predict(folder, trained_run(), "out", "--no-cleanup --keep-largest all"), 2, {"--no-cleanup"});
    expect(predict(folder, trained_run(), "out", "--min-mm3 -1"), 2, {"--min-mm3"});
    DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
  }

  DOCTEST_TEST_CASE("a run of all folds learns what to clean, and predict follows or leaves it") {
    const BlobFolder folder;
    const fs::path all = folder.train("all", "--fold all");
    Json json = Json::parse(text_of(all / "cleanup.json"));
    DOCTEST_REQUIRE(json.at("structures").size() == 1);
    Json& blob = json["structures"][0];
    DOCTEST_CHECK(blob.at("structure") == "blob");
    DOCTEST_CHECK(blob.at("cases") == 6);
    DOCTEST_CHECK(blob.at("folds").size() == 3);
    blob["keep_largest"] = true;
    write_text(all / "cleanup.json", json.dump());
    const Json facts = Json::parse(run("inspect --json " + all.string()).out);
    DOCTEST_CHECK(facts.at("cleanup").at("blob.blob").at("keep_largest") == true);
    DOCTEST_CHECK(has(predict(folder, all, "out", "").err, "learnt in cross-validation"));
    DOCTEST_CHECK_FALSE(has(predict(folder, all, "out", "--no-cleanup").err, "clean-up"));
  }

  DOCTEST_TEST_CASE("a BIDS dataset of the chosen participants") {
    const BlobFolder folder;
    DOCTEST_REQUIRE(predict(folder, trained_run(), "out", "--bids --participant-label case06").code == 0);
    const fs::path anat = folder / "out" / "sub-case06" / "anat";
    for (const std::string ending : {".nii.gz", ".tsv", ".json"})
      DOCTEST_CHECK(fs::exists(anat / ("sub-case06_seg-blob_dseg" + ending)));
    DOCTEST_CHECK_FALSE(fs::exists(folder / "out" / "sub-case07"));
    DOCTEST_CHECK(Json::parse(text_of(folder / "out" / "dataset_description.json")).at("DatasetType") ==
                  "derivative");
    expect(predict(folder, trained_run(), "out", ""), 3, {"holds a BIDS dataset", "--bids"});
    expect(predict(folder, trained_run(), "out", "--bids --participant-label 99"), 3,
           {"--participant-label 99", "case06, case07"});
  }

  DOCTEST_TEST_CASE("mirrored prediction says along which axes") {
    const BlobFolder folder;
    const Finished mirrored = predict(folder, trained_run(), "out", "--mirror");
    DOCTEST_CHECK(has(mirrored.err, "mirrored along inferior-superior, posterior-anterior, left-right"));
  }
}

}  // namespace
}  // namespace tazuna::testing
