// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>

#include "tests/cli/program.hpp"

namespace tazuna::testing {

namespace fs = std::filesystem;

/// A NIfTI-1 image whose every part a test may spoil. Axes x, y, z.
struct Image {
  std::array<int16_t, 3> size{12, 12, 12};
  std::array<float, 3> spacing{1, 1, 1.25F}, origin{-5, 3, 7};
  int16_t datatype = 16;  ///< 16 float32, 2 uint8
  std::vector<float> voxels = std::vector<float>(12 * 12 * 12);

  std::string bytes() const {
    std::string file(352, '\0');
    const auto put = [&file](size_t at, auto value) { std::memcpy(file.data() + at, &value, sizeof value); };
    put(0, int32_t{348});
    put(40, int16_t{3});
    for (size_t axis = 0; axis < 7; ++axis) put(42 + 2 * axis, axis < 3 ? size[axis] : int16_t{1});
    put(70, datatype);
    put(72, static_cast<int16_t>(datatype == 2 ? 8 : 32));
    put(76, 1.0F);
    for (size_t axis = 0; axis < 3; ++axis) put(80 + 4 * axis, spacing[axis]);
    put(108, 352.0F);
    put(112, 1.0F);
    file[123] = 10;  // mm, s
    std::strcpy(file.data() + 148, "a blob");
    put(252, int16_t{1});
    put(254, int16_t{1});
    for (size_t axis = 0; axis < 3; ++axis) {
      put(268 + 4 * axis, origin[axis]);
      put(280 + 20 * axis, spacing[axis]);
      put(292 + 16 * axis, origin[axis]);
    }
    std::memcpy(file.data() + 344, "n+1", 4);
    for (const float value : voxels) {
      if (datatype == 2) {
        file += static_cast<char>(value);
      } else {
        file.append(reinterpret_cast<const char*>(&value), sizeof value);
      }
    }
    return file;
  }
};

inline std::string blob_name(int number) {
  return "case_0" + std::to_string(number);
}

/// 1 inside the ball of case `number`, 0 elsewhere.
inline Image blob_map(int number) {
  Image map;
  map.datatype = 2;
  map.origin[2] += static_cast<float>(number);
  const std::array<int, 3> centre{4 + number % 3, 5 + number % 2, 6 - number % 3};
  for (int at = 0; at < 12 * 12 * 12; ++at) {
    const int dx = at % 12 - centre[0], dy = at / 12 % 12 - centre[1], dz = at / 144 - centre[2];
    map.voxels[static_cast<size_t>(at)] = dx * dx + dy * dy + dz * dz <= 9 ? 1 : 0;
  }
  return map;
}

/// The ball of case `number`, bright in noise.
inline Image blob_image(int number) {
  Image image = blob_map(number);
  image.datatype = 16;
  std::mt19937 generator(static_cast<uint32_t>(number));
  for (float& voxel : image.voxels) voxel = 80 * voxel + 100 + static_cast<float>(generator() % 1000) / 25;
  return image;
}

/// A dataset in nnU-Net's layout: imagesTr, labelsTr and two unseen cases in imagesTs.
inline void write_blobs(const fs::path& root, int cases = 6) {
  for (int i = 0; i < cases + 2; ++i) {
    const fs::path folder = root / (i < cases ? "imagesTr" : "imagesTs");
    write_text(folder / (blob_name(i) + "_0000.nii"), blob_image(i).bytes());
    if (i < cases) write_text(root / "labelsTr" / (blob_name(i) + ".nii"), blob_map(i).bytes());
  }
  write_text(root / "dataset.json",
             R"({"name": "Blobs", "channel_names": {"0": "T1w"}, "labels": {"background": 0, "blob": 1}, )"
             R"("numTraining": )" +
                 std::to_string(cases) + R"(, "file_ending": ".nii"})");
}

/// The experiment on `root`: a network of two stages, patches of 8 voxels a side.
inline std::string blob_config(const fs::path& root, int steps = 6) {
  return "data:\n  cohort: {kind: nnunet, root: \"" + root.string() +
         "\"}\n  split: {kind: kfold, folds: 3}\nnetwork: {kind: residual, stages: 2, widths: [4, 8]}\n"
         "tasks:\n  - {name: blob, kind: segmentation}\n"
         "train: {steps: " +
         std::to_string(steps) + ", batch: 2, patch: [8, 8, 8], precision: fp32, validate_every: 5}\n";
}

/// A folder with `blobs`, the dataset, and `blobs.yaml`, the experiment.
class BlobFolder : public ScratchFolder {
 public:
  explicit BlobFolder(int steps = 6) {
    write_blobs(data());
    write_text(config(), blob_config(data(), steps));
  }
  fs::path data() const { return path() / "blobs"; }
  fs::path config() const { return path() / "blobs.yaml"; }
  fs::path operator/(const std::string& name) const { return path() / name; }
  /// `tazuna train` into NAME; must succeed.
  fs::path train(const std::string& name, const std::string& more = "") const {
    const Finished done =
        run("train " + config().string() + " --out " + (path() / name).string() + " " + more);
    DOCTEST_REQUIRE_MESSAGE(done.code == 0, done.err);
    return path() / name;
  }
};

/// A finished run on the blobs that the tests of a program share; not to be changed.
inline const fs::path& trained_run() {
  static const BlobFolder folder;
  static const fs::path run = folder.train("run");
  return run;
}

/// Paths of the files below `folder`, sorted; logs, clocks, events, the cache and the report (which shows
/// clock times and the command line), which may differ between equal runs, are left out.
inline std::vector<std::string> lasting_files(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    const bool passing = name.starts_with("cache") || name == "log.txt" || name == "timing.csv" ||
                         name.starts_with("events.") || name.ends_with("report.html");
    if (entry.is_regular_file() && !passing) files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The text of a file of a run; a summary.json names the files it speaks of, with the run's folder as RUN.
inline std::string lasting_text(const fs::path& run, const std::string& file) {
  std::string text = text_of(run / file);
  if (fs::path(file).filename() != "summary.json") return text;
  for (size_t at = 0; (at = text.find(run.string() + "/", at)) != std::string::npos;)
    text.replace(at, run.string().size(), "RUN");
  return text;
}

/// Checks that two folders hold the same files of the same bytes.
inline void expect_same_bytes(const fs::path& one, const fs::path& other) {
  const auto files = lasting_files(one);
  DOCTEST_CHECK(files.size() > 2);
  std::vector<std::string> strange;
  const auto others = lasting_files(other);
  std::set_symmetric_difference(files.begin(), files.end(), others.begin(), others.end(),
                                std::back_inserter(strange));
  for (const std::string& file : strange) DOCTEST_CHECK_MESSAGE(false, "only one run has " << file);
  for (const std::string& file : files) {
    DOCTEST_CAPTURE(file);
    DOCTEST_CHECK((lasting_text(one, file) == lasting_text(other, file)));
  }
}

}  // namespace tazuna::testing
