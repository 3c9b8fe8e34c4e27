// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// Unseen cases to answer.
class Unseen : public BlobFolder {
 public:
  fs::path unseen() const { return data() / "imagesTs"; }
  Finished predict(const fs::path& input, const std::string& out, const std::string& more = "") const {
    return run("predict " + trained_run().string() + " --input " + input.string() + " --out " +
               (path() / out).string() + " " + more);
  }
};

std::string unpacked(const fs::path& file) {
  const ScratchFolder folder;
  const fs::path plain = folder.path() / "plain";
  const std::string line = "gzip -dc " + file.string() + " >" + plain.string();
  DOCTEST_REQUIRE(std::system(line.c_str()) == 0);
  return text_of(plain);
}

void expect_same_outputs(const fs::path& one, const fs::path& other) {
  for (const std::string file :
       {"case_06.nii.gz", "case_07.nii.gz", "volumes.tsv", "subjects.tsv", "status.tsv"}) {
    DOCTEST_CAPTURE(file);
    DOCTEST_CHECK(fs::exists(one / file));
    DOCTEST_CHECK((text_of(one / file) == text_of(other / file)));
  }
}

DOCTEST_TEST_SUITE("cli/predict") {
  DOCTEST_TEST_CASE("a label map lies where its input lay, byte by byte of the placing header fields") {
    const Unseen line;
    DOCTEST_REQUIRE(line.predict(line.unseen(), "out").code == 0);
    for (const int number : {6, 7}) {
      const std::string in = text_of(line.unseen() / (blob_name(number) + "_0000.nii"));
      const std::string out = unpacked(line / "out" / (blob_name(number) + ".nii.gz"));
      DOCTEST_REQUIRE(out.size() >= 352 + 12 * 12 * 12);
      struct Part {
        std::string field;
        size_t begin, end;
      };
      for (const Part& part : {Part{"dim", 40, 56}, Part{"pixdim", 76, 108}, Part{"xyzt_units", 123, 124},
                               Part{"descrip", 148, 228}, Part{"qform and sform", 252, 328}}) {
        DOCTEST_CAPTURE(part.field);
        DOCTEST_CHECK(
            (in.substr(part.begin, part.end - part.begin) == out.substr(part.begin, part.end - part.begin)));
      }
      for (size_t at = 352; at < out.size(); ++at) DOCTEST_REQUIRE((out[at] == 0 || out[at] == 1));
    }
  }

  DOCTEST_TEST_CASE("tables have a row a case and name what they hold") {
    const Unseen line;
    DOCTEST_REQUIRE(line.predict(line.unseen(), "out").code == 0);
    const Table status = read_table(line / "out" / "status.tsv");
    DOCTEST_REQUIRE(status.rows() == 2);
    DOCTEST_CHECK(status.text(0, "case") == "case_06");
    DOCTEST_CHECK(status.text(1, "status") == "done");
    const Table volumes = read_table(line / "out" / "volumes.tsv");
    DOCTEST_REQUIRE(volumes.rows() == 2);
    DOCTEST_CHECK(volumes.text(0, "structure") == "blob");
    DOCTEST_CHECK(volumes.number(0, "mm3") == doctest::Approx(1.25 * volumes.number(0, "voxels")));
    DOCTEST_CHECK(read_table(line / "out" / "subjects.tsv").rows() == 2);
  }

  DOCTEST_TEST_CASE("a second call does nothing and says so; what changed is answered again") {
    const Unseen line;
    DOCTEST_REQUIRE(line.predict(line.unseen(), "out").code == 0);
    const fs::path map = line / "out" / "case_06.nii.gz";
    const auto written = fs::last_write_time(map);
    const Finished second = line.predict(line.unseen(), "out");
    DOCTEST_CHECK(second.code == 0);
    DOCTEST_CHECK(has(second.err, "2 cases were done already and are unchanged"));
    DOCTEST_CHECK(fs::last_write_time(map) == written);
    Image changed = blob_image(6);
    changed.voxels[3] += 1;
    write_text(line.unseen() / "case_06_0000.nii", changed.bytes());
    fs::remove(line / "out" / "case_07.nii.gz");
    const Finished third = line.predict(line.unseen(), "out");
    DOCTEST_CHECK(third.code == 0);
    DOCTEST_CHECK_FALSE(has(third.err, "done already"));
    DOCTEST_CHECK(fs::last_write_time(map) != written);
    DOCTEST_CHECK(fs::exists(line / "out" / "case_07.nii.gz"));
    const Finished forced = line.predict(line.unseen(), "out", "--overwrite");
    DOCTEST_CHECK_FALSE(has(forced.err, "done already"));
  }

  DOCTEST_TEST_CASE("a broken image fails alone with a row that says why, exit code 4") {
    const Unseen line;
    fs::resize_file(line.unseen() / "case_06_0000.nii", 3000);
    expect(line.predict(line.unseen(), "out"), 4, {"case_06", "3000", "1 of 2 cases failed"});
    const Table status = read_table(line / "out" / "status.tsv");
    DOCTEST_REQUIRE(status.rows() == 2);
    DOCTEST_CHECK(status.text(0, "status") == "failed");
    DOCTEST_CHECK(has(status.text(0, "reason"), "3000"));
    DOCTEST_CHECK(status.text(1, "status") == "done");
    DOCTEST_CHECK_FALSE(fs::exists(line / "out" / "case_06.nii.gz"));
    DOCTEST_CHECK(fs::exists(line / "out" / "case_07.nii.gz"));
    const Table volumes = read_table(line / "out" / "volumes.tsv");
    DOCTEST_CHECK(volumes.text(0, "mm3") == "n/a");
    write_text(line.unseen() / "case_06_0000.nii", blob_image(6).bytes());
    const Finished repaired = line.predict(line.unseen(), "out");
    DOCTEST_CHECK(repaired.code == 0);
    DOCTEST_CHECK(has(repaired.err, "1 case was done already and is unchanged"));
    DOCTEST_REQUIRE(line.predict(line.unseen(), "fresh").code == 0);
    expect_same_outputs(line / "out", line / "fresh");
  }

  DOCTEST_TEST_CASE("parts of a cohort, named one by one, make the same tables as one call") {
    const Unseen line;
    DOCTEST_REQUIRE(line.predict(line.unseen(), "whole").code == 0);
    DOCTEST_REQUIRE(line.predict(line.unseen(), "parts", "--batch 1/2").code == 0);
    DOCTEST_CHECK_FALSE(fs::exists(line / "parts" / "case_06.nii.gz"));
    DOCTEST_REQUIRE(line.predict(line.unseen(), "parts", "--batch 0/2").code == 0);
    expect_same_outputs(line / "whole", line / "parts");
    const std::string files =
        (line.unseen() / "case_06_0000.nii").string() + " " + (line.unseen() / "case_07_0000.nii").string();
    DOCTEST_REQUIRE(line.predict(files, "files").code == 0);
    expect_same_outputs(line / "whole", line / "files");
    write_text(line.data() / "list.tsv",
               "case\tT1w\ncase_06\timagesTs/case_06_0000.nii\ncase_07\timagesTs/case_07_0000.nii\n");
    DOCTEST_REQUIRE(line.predict(line.data() / "list.tsv", "table").code == 0);
    expect_same_outputs(line / "whole", line / "table");
  }

  DOCTEST_TEST_CASE("model.json and model.safetensors alone are enough") {
    const Unseen line;
    DOCTEST_REQUIRE(line.predict(line.unseen(), "out").code == 0);
    for (const std::string file : {"model.json", "model.safetensors"})
      write_text(line / "alone" / file, text_of(trained_run() / file));
    const Finished alone = run("predict " + (line / "alone").string() + " --input " + line.unseen().string() +
                               " --out " + (line / "out_alone").string());
    DOCTEST_CHECK(alone.code == 0);
    expect_same_outputs(line / "out", line / "out_alone");
  }

  DOCTEST_TEST_CASE("a run of all folds is an ensemble, the same as its folds named one by one") {
    const Unseen line;
    const std::string all = line.train("all", "--fold all").string();
    // What the run of all folds learnt to clean is its own; its folds do not know it.
    const std::string to = " --no-cleanup --input " + line.unseen().string() + " --probabilities --out ";
    DOCTEST_REQUIRE(run("predict " + all + to + (line / "ensemble").string()).code == 0);
    const std::string folds = all + "/fold_0 " + all + "/fold_1 " + all + "/fold_2";
    DOCTEST_REQUIRE(run("predict " + folds + to + (line / "folds").string()).code == 0);
    expect_same_outputs(line / "ensemble", line / "folds");
    const char* probabilities = "case_06_probabilities.nii.gz";
    DOCTEST_CHECK((text_of(line / "ensemble" / probabilities) == text_of(line / "folds" / probabilities)));
    DOCTEST_REQUIRE(line.predict(line.unseen(), "mirrored", "--mirror --probabilities").code == 0);
    DOCTEST_REQUIRE(line.predict(line.unseen(), "one", "--probabilities --uncertainty").code == 0);
    DOCTEST_CHECK(fs::exists(line / "one" / "case_06_uncertainty.nii.gz"));
    DOCTEST_CHECK_FALSE(fs::exists(line / "mirrored" / "case_06_uncertainty.nii.gz"));
    const std::string one = text_of(line / "one" / probabilities);
    DOCTEST_CHECK((one != text_of(line / "mirrored" / probabilities)));
    DOCTEST_CHECK((one != text_of(line / "ensemble" / probabilities)));
    const fs::path wide = line.train("wide", "--set network.widths=[4,6]");
    expect(run("predict " + all + " " + wide.string() + to + (line / "mixed").string()), 3,
           {"wide", "its network differs", "share one plan"});
    DOCTEST_CHECK_FALSE(fs::exists(line / "mixed"));
  }
}

}  // namespace
}  // namespace tazuna::testing
