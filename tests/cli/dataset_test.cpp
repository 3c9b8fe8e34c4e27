// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

const fs::path& rewrite(const fs::path& file, const std::function<void(std::string&)>& change) {
  std::string text = text_of(file);
  change(text);
  write_text(file, text);
  return file;
}

fs::path image(const fs::path& data, int number) {
  return data / "imagesTr" / (blob_name(number) + "_0000.nii");
}
fs::path map(const fs::path& data, int number) {
  return data / "labelsTr" / (blob_name(number) + ".nii");
}
void put_map(const fs::path& data, int number, const std::function<void(Image&)>& change) {
  Image spoilt = blob_map(number);
  change(spoilt);
  write_text(map(data, number), spoilt.bytes());
}

/// A way to spoil a dataset, and what must be said about it.
struct Harm {
  std::string name;
  void (*spoil)(const fs::path& data);
  std::vector<std::string> says;
};

const Harm harms[] = {
    {"an image cut in half",
     [](const fs::path& data) { fs::resize_file(image(data, 2), 3000); },
     {"case_02", "case_02_0000.nii", "3000"}},
    {"an image without a byte",
     [](const fs::path& data) { write_text(image(data, 2), ""); },
     {"case_02", "case_02_0000.nii", "empty"}},
    {"an image that is a text",
     [](const fs::path& data) { write_text(image(data, 2), std::string(5000, 'x')); },
     {"case_02", "case_02_0000.nii", "NIfTI"}},
    {"an image with 9 axes",
     [](const fs::path& data) { rewrite(image(data, 2), [](std::string& text) { text[40] = 9; }); },
     {"case_02", "case_02_0000.nii", "dim[0]", "9"}},
    {"an image whose axis has no voxel",
     [](const fs::path& data) { rewrite(image(data, 2), [](std::string& text) { text[44] = 0; }); },
     {"case_02", "case_02_0000.nii", "dim[2]", "0"}},
    {"a folder in place of an image",
     [](const fs::path& data) {
       fs::remove(image(data, 2));
       fs::create_directory(image(data, 2));
     },
     {"case_02", "case_02_0000.nii", "missing"}},
    {"an image with a voxel that is no number",
     [](const fs::path& data) {
       Image spoilt = blob_image(2);
       spoilt.voxels[12 * 12 + 5] = std::numeric_limits<float>::quiet_NaN();
       write_text(image(data, 2), spoilt.bytes());
     },
     {"case_02", "case_02_0000.nii", "nan", "(5, 0, 1)"}},
    {"a label map of another size",
     [](const fs::path& data) {
       put_map(data, 2, [](Image& spoilt) {
         spoilt.size[2] = 11;
         spoilt.voxels.resize(12 * 12 * 11);
       });
     },
     {"case_02", "label", "12x12x12", "12x12x11"}},
    {"a label map that lies elsewhere",
     [](const fs::path& data) { put_map(data, 2, [](Image& spoilt) { spoilt.origin[0] += 4; }); },
     {"case_02", "label", "mm apart"}},
    {"a label map with a fraction",
     [](const fs::path& data) {
       put_map(data, 2, [](Image& spoilt) {
         spoilt.datatype = 16;
         spoilt.voxels[7] = 0.5F;
       });
     },
     {"case_02", "case_02.nii", "0.5", "(7, 0, 0)"}},
    {"a label nobody named",
     [](const fs::path& data) { put_map(data, 2, [](Image& spoilt) { spoilt.voxels[7] = 7; }); },
     {"case_02", "case_02.nii", "the label 7", "(7, 0, 0)", "known are 0, 1"}},
    {"an image that is missing",
     [](const fs::path& data) { fs::remove(image(data, 2)); },
     {"case_02", "has no image"}},
    {"one image under two names",
     [](const fs::path& data) {
       Image copy = blob_image(2);
       copy.voxels = blob_image(4).voxels;
       write_text(image(data, 2), copy.bytes());
     },
     {"case_02", "case_04", "identical"}},
    {"no image at all",
     [](const fs::path& data) {
       fs::remove_all(data / "imagesTr");
       fs::remove_all(data / "labelsTr");
     },
     {"imagesTr", "there is no image"}},
    {"no dataset.json",
     [](const fs::path& data) { fs::remove(data / "dataset.json"); },
     {"there is no dataset.json"}},
    {"no folder",
     [](const fs::path& data) { fs::remove_all(data); },
     {"data.cohort.root: there is no folder"}},
    {"a dataset.json that is cut off",
     [](const fs::path& data) { fs::resize_file(data / "dataset.json", 30); },
     {"dataset.json"}},
    {"a dataset.json without labels",
     [](const fs::path& data) {
       write_text(data / "dataset.json", R"({"channel_names": {"0": "T1w"}, "file_ending": ".nii"})");
     },
     {"dataset.json", "labels"}},
    {"another number of cases than promised",
     [](const fs::path& data) {
       fs::remove(image(data, 2));
       fs::remove(map(data, 2));
     },
     {"numTraining 6", "5 cases"}},
};

/// A way to ask for what the dataset cannot give.
struct Demand {
  std::string assignment;
  std::vector<std::string> says;
};

const Demand demands[] = {
    {"train.patch=[8,9,8]", {"train.patch", "8x9x8", "multiple of 2x2x2"}},
    {"input.sequences=[FLAIR]", {"input.sequences", "'FLAIR'", "T1w"}},
    {"data.split.folds=7", {"data.split.folds", "7 folds of 6 persons"}},
    {"tasks.0.target.map=lesion", {"lesion", "no case has this label map", "label"}},
    {"data.cohort.person_pattern='^(case)_'", {"folds of 1 person"}},
    {"data.cohort.person_pattern='('", {"data.cohort.person_pattern", "'('"}},
    {"data.split.person=block", {"data.split.person", "'block'", "data.cohort.person_pattern"}},
    {"data.split.stratify=[grade]", {"data.split.stratify", "'grade'", "no columns of values"}},
    {"'data.split={kind: leave_value_out, column: site}'", {"data.split.column", "'site'"}},
    {"'data.split.hold_out={column: site, value: A}'", {"data.split.hold_out", "'site'"}},
    {"'tasks.0.target.labels={blob: 2}'", {"tasks.0.target.labels", "'blob' is 2 here and 1 in the cohort"}},
};

/// A splits file that must not be used.
const Demand splits[] = {
    {R"([{"train": ["case_00", "case_01"], "val": ["case_01"]}])",
     {"fold 0.val", "the person 'case_01' is held out", "trains"}},
    {R"([{"train": ["case_00"], "val": ["case_1"]}])",
     {"there is no case 'case_1'", "did you mean 'case_01'?"}},
    {R"([{"train": [], "val": ["case_01"]}])", {"fold 0.train", "the part is empty"}},
    {R"([{"train": ["case_00"]}])", {"fold 0", "there is no list 'val'"}},
    {R"({"train": ["case_00"]})", {"a list of folds"}},
    {"[{", {"splits.json"}},
};

DOCTEST_TEST_SUITE("cli/dataset") {
  DOCTEST_TEST_CASE(
      "a spoilt dataset is refused with case, file and value, exit code 3, nothing half-written") {
    const BlobFolder folder;
    const ScratchFolder kept;
    fs::copy(folder.data(), kept.path(), fs::copy_options::recursive);
    for (const Harm& harm : harms) {
      DOCTEST_CAPTURE(harm.name);
      fs::remove_all(folder.data());
      fs::copy(kept.path(), folder.data(), fs::copy_options::recursive);
      harm.spoil(folder.data());
      const Finished finished =
          run("train " + folder.config().string() + " --out " + (folder / "out").string());
      expect(finished, 3, harm.says);
      DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
    }
  }

  DOCTEST_TEST_CASE("a damaged compressed image is refused by its checksum") {
    const BlobFolder folder;
    const std::string gzip = "gzip -n " + folder.data().string() + "/*Tr/*.nii";
    DOCTEST_REQUIRE(std::system(gzip.c_str()) == 0);
    rewrite(folder.data() / "dataset.json",
            [](std::string& text) { text.replace(text.find("\".nii\""), 6, "\".nii.gz\""); });
    DOCTEST_CHECK(run("plan " + folder.config().string()).code == 0);
    const fs::path spoilt = image(folder.data(), 3).string() + ".gz";
    rewrite(spoilt,
            [](std::string& text) { text[text.size() / 2] = static_cast<char>(~text[text.size() / 2]); });
    expect(run("plan " + folder.config().string()), 3, {"case_03", "case_03_0000.nii.gz"});
    rewrite(spoilt, [](std::string& text) { text.resize(text.size() / 2); });
    expect(run("plan " + folder.config().string()), 3, {"case_03", "case_03_0000.nii.gz"});
  }

  DOCTEST_TEST_CASE("what the dataset cannot give is refused with the key") {
    const BlobFolder folder;
    for (const Demand& demand : demands) {
      DOCTEST_CAPTURE(demand.assignment);
      expect(run("plan " + folder.config().string() + " --set " + demand.assignment), 3, demand.says);
    }
    write_text(folder / "none.yaml", "data:\n  cohort: {kind: nnunet, root: " + folder.data().string() +
                                         "}\ntasks: [{name: blob}]\ntrain: {memory_gb: 1}\n");
    DOCTEST_CHECK(run("plan " + (folder / "none.yaml").string()).code == 0);
  }

  DOCTEST_TEST_CASE("a splits file that shares a person, or names nobody, is refused") {
    const BlobFolder folder;
    std::string text = blob_config(folder.data());
    text.replace(text.find("{kind: kfold, folds: 3}"), 23,
                 "{kind: file, file: " + (folder / "splits.json").string() + "}");
    write_text(folder / "file.yaml", text);
    for (const Demand& split : splits) {
      DOCTEST_CAPTURE(split.assignment);
      write_text(folder / "splits.json", split.assignment);
      expect(run("plan " + (folder / "file.yaml").string()), 3, split.says);
    }
    fs::remove(folder / "splits.json");
    expect(run("plan " + (folder / "file.yaml").string()), 3, {"splits.json"});
  }

  DOCTEST_TEST_CASE("a run whose split file was changed is not resumed, finished or not") {
    const BlobFolder folder;
    const auto split = [&](int held_out) {
      std::string parts[2];
      for (int i = 0; i < 6; ++i) {
        std::string& part = parts[i == held_out];
        part += (part.empty() ? "\"" : ", \"") + blob_name(i) + "\"";
      }
      write_text(folder / "splits.json", "[{\"train\": [" + parts[0] + "], \"val\": [" + parts[1] + "]}]");
    };
    std::string text = blob_config(folder.data(), 1);
    text.replace(text.find("{kind: kfold, folds: 3}"), 23,
                 "{kind: file, file: " + (folder / "splits.json").string() + "}");
    write_text(folder / "file.yaml", text);
    const std::string train =
        "train " + (folder / "file.yaml").string() + " --out " + (folder / "run").string();
    split(0);
    DOCTEST_REQUIRE(run(train).code == 0);
    DOCTEST_CHECK(run(train + " --resume").code == 0);
    split(1);
    expect(run(train + " --resume"), 3, {"began with other folds than data.split gives now", "splits.json"});
    fs::remove(folder / "run/model.json");
    expect(run(train + " --resume"), 3, {"began with other folds"});
  }

  DOCTEST_TEST_CASE("check tells every problem of a dataset in one pass and leaves nothing behind") {
    const BlobFolder folder;
    fs::resize_file(image(folder.data(), 0), 3000);
    put_map(folder.data(), 1, [](Image& spoilt) { spoilt.voxels[7] = 7; });
    put_map(folder.data(), 2, [](Image& spoilt) { spoilt.origin[0] += 4; });
    Image spoilt = blob_image(3);
    spoilt.voxels[0] = std::numeric_limits<float>::infinity();
    write_text(image(folder.data(), 3), spoilt.bytes());
    put_map(folder.data(), 3, [](Image& both) { both.voxels[9] = 9; });
    const fs::path temporary = folder / "tmp";
    fs::create_directory(temporary);
    const Finished finished = run("check " + folder.config().string(), "env TMPDIR=" + temporary.string());
    expect(finished, 3,
           {"case_00: ", "case_01: ", "case_02: ", "case_03: ", "the label 7", "the label 9", "inf"});
    DOCTEST_CHECK_FALSE(has(finished.err, "case_04"));
    DOCTEST_CHECK(fs::is_empty(temporary));
  }

  DOCTEST_TEST_CASE("check of a sound dataset tells shapes, parameters and the loss") {
    const BlobFolder folder;
    const fs::path temporary = folder / "tmp";
    fs::create_directory(temporary);
    const Finished finished = run("check " + folder.config().string(), "env TMPDIR=" + temporary.string());
    DOCTEST_CHECK(finished.code == 0);
    for (const std::string part : {"2x1x8x8x8", "parameters", "loss", "no problem found"}) {
      DOCTEST_CAPTURE(part);
      DOCTEST_CHECK(has(finished.out, part));
    }
    DOCTEST_CHECK(fs::is_empty(temporary));
  }

  DOCTEST_TEST_CASE("an empty label map and one that is missing are warnings, not errors") {
    const BlobFolder folder;
    put_map(folder.data(), 2,
            [](Image& spoilt) { std::fill(spoilt.voxels.begin(), spoilt.voxels.end(), 0.F); });
    fs::remove(map(folder.data(), 3));
    const Finished finished = run("plan --quiet " + folder.config().string());
    DOCTEST_CHECK(finished.code == 0);
    DOCTEST_CHECK(has(finished.err, "warning: case_02: label is empty"));
    DOCTEST_CHECK(has(finished.err, "warning: there is no label map of 1 case, the first is "));
  }
}

}  // namespace
}  // namespace tazuna::testing
