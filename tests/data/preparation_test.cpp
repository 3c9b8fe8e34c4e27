// SPDX-License-Identifier: Apache-2.0
#include "data/preparation.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/random.hpp"
#include "data/cache_entry.hpp"
#include "data/cohorts/catalog.hpp"
#include "image/n4.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/dataset.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Preparation to_spacing(const std::vector<double>& spacing, const std::string& scheme = "zscore",
                       const std::vector<std::string>& sequences = {"T1w"}) {
  Preparation preparation;
  preparation.sequences = sequences;
  preparation.spacing = spacing;
  preparation.normalisation.assign(sequences.size(), {scheme});
  return preparation;
}

/// Positive values with a border of zeros on some sides and a closed hole.
Tensor brain_like(const std::array<int64_t, 3>& size, int64_t channels, bool bordered) {
  Tensor image = smooth_image(size, channels) * 100 + 400;
  if (!bordered) return image;
  image.narrow(1, 0, 2).zero_();
  image.narrow(2, size[1] - 3, 3).zero_();
  image.narrow(3, 0, 1).zero_();
  image.narrow(1, size[0] / 2, 2).narrow(2, size[1] / 2, 2).narrow(3, size[2] / 2, 3).zero_();
  return image.contiguous();
}

/// One tensor of four axes from nested values, for small masks.
Tensor solid(const std::array<int64_t, 3>& size) {
  return at::ones({1, size[0], size[1], size[2]});
}

std::string refusal(const std::shared_ptr<const Subject>& subject, const Preparation& preparation) {
  return refusal_of([&] { prepare(subject, preparation, {"label"}); });
}

}  // namespace

DOCTEST_TEST_SUITE("data/preparation") {
  DOCTEST_TEST_CASE("the nonzero box is the smallest that holds every nonzero voxel of every channel") {
    Random random{"box"};
    for (int trial = 0; trial < 200; ++trial) {
      const std::array<int64_t, 3> size{1 + random.below(6), 1 + random.below(6), 1 + random.below(9)};
      Tensor image = at::zeros({2, size[0], size[1], size[2]});
      Box expected{{size[0], size[1], size[2]}, {0, 0, 0}};
      const int64_t voxels = random.below(5);
      for (int64_t i = 0; i < voxels; ++i) {
        const std::array<int64_t, 3> at{random.below(size[0]), random.below(size[1]), random.below(size[2])};
        image[random.below(2)][at[0]][at[1]][at[2]] = -1.5;
        for (int axis = 0; axis < 3; ++axis) {
          expected.low[axis] = std::min(expected.low[axis], at[axis]);
          expected.high[axis] = std::max(expected.high[axis], at[axis] + 1);
        }
      }
      if (voxels == 0) expected = {{0, 0, 0}, size};
      DOCTEST_REQUIRE(nonzero_box(image) == expected);
    }
  }

  DOCTEST_TEST_CASE("holes closed in on every face are inside the mask; cavities with a way out are not") {
    Tensor image = at::zeros({2, 9, 9, 9});
    image[0].narrow(0, 1, 7).narrow(1, 1, 7).narrow(2, 1, 7).copy_(solid({7, 7, 7})[0]);
    image[0].narrow(0, 3, 3).narrow(1, 3, 3).narrow(2, 3, 3).zero_();
    const Tensor closed = filled_nonzero_mask(image);
    DOCTEST_CHECK(closed.sum().item<int64_t>() == 343);
    image[0].narrow(0, 4, 1).narrow(1, 4, 1).narrow(2, 5, 4).zero_();  // a tunnel to the right
    const Tensor open = filled_nonzero_mask(image);
    DOCTEST_CHECK(open.sum().item<int64_t>() == 343 - 27 - 2);
    image[1][4][4][7] = 1;  // the other channel plugs it
    DOCTEST_CHECK(filled_nonzero_mask(image).sum().item<int64_t>() == 343);
    DOCTEST_CHECK(filled_nonzero_mask(at::zeros({1, 3, 3, 3})).sum().item<int64_t>() == 0);
  }

  DOCTEST_TEST_CASE("an axis is resampled apart if it alone is more than three times coarser") {
    struct Row {
      std::array<double, 3> from, to;
      int axis;
    };
    for (const Row& row :
         {Row{{1, 1, 1}, {1, 1, 1}, -1}, Row{{3, 1, 1}, {3, 1, 1}, -1}, Row{{3.1, 1, 1}, {1, 1, 1}, 0},
          Row{{1, 1, 5}, {1, 1, 1}, 2}, Row{{1, 1, 1}, {1, 5, 1}, 1}, Row{{5, 5, 1}, {1, 1, 1}, -1},
          Row{{5, 5, 1}, {1, 1, 5}, -1}}) {
      DOCTEST_CHECK(axis_resampled_apart(row.from, row.to) == row.axis);
    }
  }

  DOCTEST_TEST_CASE("a case already at the working spacing keeps its bits") {
    const ScratchFolder folder;
    const Tensor image = brain_like({12, 14, 16}, 2, false);
    const auto subject = write_case(folder.path(), "sub-07", image, labels_of(image / 200));
    const Sample sample =
        prepare(subject, to_spacing({1, 1, 1}, "none", {"T1w", "FLAIR"}), {"label", "absent"});
    DOCTEST_CHECK(sample.image.voxels.equal(image));
    DOCTEST_CHECK(sample.maps.size() == 1);
    DOCTEST_CHECK(sample.maps.at("label").voxels.equal(labels_of(image / 200)));
    DOCTEST_CHECK((sample.maps.at("label").voxels.scalar_type() == at::kShort));
    DOCTEST_CHECK(sample.present.equal(at::ones({2}, at::kBool)));
    DOCTEST_CHECK(sample.subject->id == "sub-07");
  }

  DOCTEST_TEST_CASE("normalised channels have mean 0 and standard deviation 1, inside the mask where asked") {
    const ScratchFolder folder;
    const Tensor image = brain_like({12, 14, 16}, 1, true);
    const auto subject = write_case(folder.path(), "sub-07", image, labels_of(image));
    const Tensor all = prepare(subject, to_spacing({1, 1, 1}), {}).image.voxels;
    DOCTEST_CHECK(std::abs(all.mean().item<double>()) < 1e-5);
    DOCTEST_CHECK(std::abs(all.std(false).item<double>() - 1) < 1e-5);
    const Sample sample = prepare(subject, to_spacing({1, 1, 1}, "zscore_inside"), {});
    const Tensor inside = sample.maps.at(std::string(inside_map)).voxels.eq(1);
    const Tensor values = sample.image.voxels.masked_select(inside);
    DOCTEST_CHECK(std::abs(values.mean().item<double>()) < 1e-5);
    DOCTEST_CHECK(std::abs(values.std(false).item<double>() - 1) < 1e-5);
    DOCTEST_CHECK(sample.image.voxels.masked_select(inside.logical_not()).any().item<bool>() == false);
  }

  DOCTEST_TEST_CASE("with n4 the bias field is divided out of each channel before anything else changes it") {
    const ScratchFolder folder;
    const Tensor image = brain_like({12, 14, 16}, 2, false);
    const auto subject = write_case(folder.path(), "sub-07", image, labels_of(image));
    Preparation preparation = to_spacing({1, 1, 1}, "none", {"T1w", "FLAIR"});
    preparation.n4 = true;
    const Tensor corrected = prepare(subject, preparation, {}).image.voxels;
    for (int64_t c = 0; c < 2; ++c)
      DOCTEST_CHECK(corrected[c].equal(without_bias_field(image[c], {1, 1, 1})));
    DOCTEST_CHECK_FALSE(corrected.equal(image));
    Preparation without = preparation;
    without.n4 = false;
    DOCTEST_CHECK(entry_key(preparation, "") != entry_key(without, ""));
  }

  DOCTEST_TEST_CASE("the placement leads back: the crop sits where it was cut") {
    const ScratchFolder folder;
    const Tensor image = brain_like({12, 14, 16}, 1, true);
    const auto subject = write_case(folder.path(), "sub-07", image, labels_of(image));
    const Sample sample = prepare(subject, to_spacing({1, 1, 1}, "none"), {});
    DOCTEST_CHECK(sample.placement.crop == Box{{2, 0, 1}, {12, 11, 16}});
    DOCTEST_CHECK(to_native(sample.image.voxels, sample.placement).equal(image));
  }

  DOCTEST_TEST_CASE("what cannot be prepared is refused with the case, the file and the reason") {
    const ScratchFolder folder;
    const Tensor image = brain_like({6, 7, 8}, 2, false);
    const Preparation both = to_spacing({1, 1, 1}, "zscore", {"T1w", "FLAIR"});
    const auto whole = write_case(folder.path(), "sub-07", image, labels_of(image));

    Subject missing = *whole;
    missing.images.erase("FLAIR");
    DOCTEST_CHECK(refusal(std::make_shared<Subject>(missing), both) ==
                  "sub-07: there is no sequence 'FLAIR'; the case has T1w");

    Tensor broken = image.clone();
    broken[0][1][2][3] = std::numeric_limits<float>::infinity();
    const auto infinite = write_case(folder.path(), "sub-08", broken, labels_of(image));
    DOCTEST_CHECK(
        refusal(infinite, both) ==
        cat("sub-08: ", infinite->images["T1w"].file.string(),
            ": the value at voxel (3, 2, 1) in (x, y, z) is inf (1 voxel like this); every voxel must be a "
            "finite number: set input.nonfinite: zero to take these as 0, or replace them"));

    const Tensor shorter = brain_like({5, 7, 8}, 2, false);
    const auto other = write_case(folder.path(), "sub-09", shorter, labels_of(shorter));
    Subject mixed = *whole;
    mixed.maps = other->maps;
    DOCTEST_CHECK(
        refusal(std::make_shared<Subject>(mixed), both) ==
        "sub-07: T1w is 8x7x6 but label is 8x7x5; they must share a grid, resample one onto the other");
    mixed = *whole;
    mixed.images["FLAIR"] = other->images["FLAIR"];
    DOCTEST_CHECK(
        refusal(std::make_shared<Subject>(mixed), both) ==
        "sub-07: T1w is 8x7x6 but FLAIR is 8x7x5; they must share a grid, resample one onto the other");
    const auto apart = write_case(folder.path(), "sub-10", image, labels_of(image), {1, 1, 1.5});
    mixed.images["FLAIR"] = apart->images["FLAIR"];
    DOCTEST_CHECK(doctest::String(refusal(std::make_shared<Subject>(mixed), both).c_str()) ==
                  doctest::Contains("sub-07: T1w and FLAIR lie apart"));
  }

  DOCTEST_TEST_CASE("voxels that are no numbers count as zeros where that is asked for, before all else") {
    const ScratchFolder folder;
    const Tensor zeros = brain_like({12, 13, 14}, 2, true);
    Tensor broken = zeros.clone();
    broken.masked_fill_(zeros.eq(0), std::numeric_limits<float>::quiet_NaN());
    broken[0][0][0][0] = std::numeric_limits<float>::infinity();
    broken[1][0][0][0] = -std::numeric_limits<float>::infinity();
    const auto whole = write_case(folder.path(), "sub-07", zeros, labels_of(zeros));
    const auto odd = write_case(folder.path(), "sub-08", broken, labels_of(zeros));
    for (const std::string scheme : {"zscore", "zscore_inside", "none"}) {
      Preparation preparation = to_spacing({1.2, 1, 1}, scheme, {"T1w", "FLAIR"});
      DOCTEST_CHECK(!refusal(odd, preparation).empty());
      const std::string key = entry_key(preparation, "");
      preparation.zero_nonfinite = true;
      DOCTEST_CHECK(entry_key(preparation, "") != key);
      const Sample expected = prepare(whole, preparation, {"label"}),
                   sample = prepare(odd, preparation, {"label"});
      DOCTEST_CHECK(sample.placement.crop == expected.placement.crop);
      DOCTEST_CHECK(sample.image.voxels.equal(expected.image.voxels));
    }
  }

  DOCTEST_TEST_CASE("the first of all bad voxels is named, wherever in a large image they lie") {
    const ScratchFolder folder;
    const Tensor image = brain_like({20, 21, 22}, 1, false);
    for (const int64_t z : {0, 7, 19}) {
      Tensor broken = image.clone();
      broken[0][z][20][21] = -std::numeric_limits<float>::infinity();
      broken[0][19][20][20] = std::numeric_limits<float>::quiet_NaN();
      const auto subject = write_case(folder.path(), "sub-07", broken, labels_of(image));
      const std::string sentence = refusal(subject, to_spacing({1, 1, 1}, "none"));
      const bool last = z == 19;
      DOCTEST_CAPTURE(sentence);
      DOCTEST_CHECK(sentence.find(last ? "voxel (20, 20, 19) in (x, y, z) is nan (2 voxels like this)"
                                       : cat("voxel (21, 20, ", z, ") in (x, y, z) is -inf (2 voxels")) !=
                    std::string::npos);
    }
  }

  DOCTEST_TEST_CASE("image and labels equal nnU-Net's preprocessor") {
    struct Row {
      const char* name;
      std::array<int64_t, 3> size;
      std::array<double, 3> spacing;
      std::vector<double> target;
      bool bordered;
      const char* scheme;
    };
    const std::vector<Row> rows{{"same", {14, 16, 18}, {1, 1, 1}, {1, 1, 1}, false, "zscore"},
                                {"resampled", {14, 16, 18}, {0.9, 1.1, 1.3}, {1, 1, 1}, false, "zscore"},
                                {"anisotropic", {9, 20, 22}, {5, 1, 0.9}, {4, 0.8, 0.8}, false, "zscore"},
                                {"through_x", {18, 16, 9}, {0.9, 1, 4}, {1, 0.9, 3.5}, true, "zscore_inside"},
                                {"to_thick", {14, 16, 18}, {1, 1, 1}, {1.1, 4, 0.9}, false, "zscore"},
                                {"two_thick", {8, 9, 26}, {4, 4, 1}, {4, 3.5, 1.1}, false, "zscore"},
                                {"bordered", {14, 16, 18}, {1, 1, 1}, {1.5, 1, 1}, true, "zscore"},
                                {"inside", {14, 16, 18}, {1, 1.2, 1}, {1, 1, 1}, true, "zscore_inside"}};
    const ScratchFolder scratch;
    std::vector<std::filesystem::path> folders;
    std::vector<Sample> samples;
    for (const Row& row : rows) {
      const std::filesystem::path& folder = folders.emplace_back(scratch.path() / row.name);
      const Tensor image = brain_like(row.size, 2, row.bordered);
      const Tensor label = labels_of((image - 400) / 100);
      const nlohmann::json words{{"spacing", row.spacing},
                                 {"target", row.target},
                                 {"inside", row.scheme == std::string("zscore_inside")}};
      write_npy(folder / "image.npy", image);
      write_npy(folder / "label.npy", label);
      write_atomically(folder / "case.json", words.dump());
      const auto subject = write_case(folder, "case", image, label, row.spacing);
      samples.push_back(prepare(subject, to_spacing(row.target, row.scheme, {"T1w", "FLAIR"}), {"label"}));
    }
    if (!run_python("data/golden/preparation.py", folders)) return;
    for (size_t i = 0; i < rows.size(); ++i) {
      const Tensor data = read_npy(folders[i] / "data.npy"), seg = read_npy(folders[i] / "seg.npy");
      DOCTEST_CAPTURE(rows[i].name);
      DOCTEST_REQUIRE(samples[i].image.voxels.sizes() == data.sizes());
      DOCTEST_CHECK((samples[i].image.voxels - data).abs().max().item<double>() < 1e-3);
      DOCTEST_CHECK(samples[i].maps.at("label").voxels.equal(seg));
    }
  }

  DOCTEST_TEST_CASE("hippocampi are prepared with labels, finite and normalised") {
    const auto folder = hippocampi();
    if (!folder) return;
    const Cohort cohort = read_cohort(NnunetOptions{*folder, ""});
    DOCTEST_REQUIRE(cohort.subjects.size() >= 3);
    for (size_t i = 0; i < 3; ++i) {
      const auto subject = std::make_shared<Subject>(cohort.subjects[i]);
      const Sample sample = prepare(subject, to_spacing({1, 1, 1}, "zscore", cohort.sequences), {"label"});
      DOCTEST_CHECK(std::abs(sample.image.voxels.mean().item<double>()) < 1e-4);
      DOCTEST_CHECK(std::abs(sample.image.voxels.std(false).item<double>() - 1) < 1e-4);
      DOCTEST_CHECK(sample.maps.at("label").voxels.max().item<int64_t>() == 2);
      DOCTEST_CHECK(sample.image.voxels.sizes() == sample.maps.at("label").voxels.sizes());
    }
  }
}
