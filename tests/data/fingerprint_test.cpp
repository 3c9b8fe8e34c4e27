// SPDX-License-Identifier: Apache-2.0
#include "data/fingerprint.hpp"

#include <ATen/ATen.h>

#include <fstream>
#include <limits>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/cohorts/nnunet.hpp"
#include "data/planner.hpp"
#include "tests/data/written_cohort.hpp"
#include "tests/dataset.hpp"
#include "tests/refusal.hpp"
#include "tests/unseen_change.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

struct Outcome {
  Fingerprint fingerprint;
  std::string problems, log;
};

/// Of the options' sequences and maps, with labels 1 and 2 in them.
Outcome taken_with(CasePrints& known, const WrittenCohort& cohort, FingerprintOptions options,
                   int threads = 2) {
  Outcome outcome;
  Problems problems;
  const auto file = cohort.path() / "log.txt";
  std::filesystem::remove(file);
  {
    Log log(Verbosity::quiet);
    log.attach(file);
    options.allowed_labels = {{"label", {1, 2}}};
    outcome.fingerprint = take_fingerprint(cohort.subjects, options, threads, known, log, problems);
  }
  for (const Problem& problem : problems.list())
    outcome.problems += problem.where + ": " + problem.sentence + "\n";
  outcome.log = std::filesystem::exists(file) ? read_text(file) : "";
  return outcome;
}

Outcome taken(const WrittenCohort& cohort, const std::vector<std::string>& sequences, bool with_maps = false,
              int threads = 2, FingerprintOptions options = {}) {
  CasePrints nothing;
  options.sequences = sequences;
  if (with_maps) options.maps = {"label"};
  return taken_with(nothing, cohort, std::move(options), threads);
}

Geometry spaced(double z, double y, double x) {
  Geometry geometry;
  geometry.spacing = {z, y, x};
  return geometry;
}

}  // namespace

DOCTEST_TEST_SUITE("data/fingerprint") {
  DOCTEST_TEST_CASE("size after the crop, spacing and share of a case are found in canonical order") {
    WrittenCohort cohort;
    // Stored with z fastest: tensor axes 0, 1, 2 are world x, y, z.
    Geometry turned = spaced(0.5, 1, 3);
    turned.direction = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    cohort.image("a", "T1w", cohort.block({10, 20, 30}, {2, 4, 6}, {6, 14, 26}), turned);
    const Outcome outcome = taken(cohort, {"T1w"});
    DOCTEST_REQUIRE(outcome.fingerprint.cases.size() == 1);
    const CasePrint& print = outcome.fingerprint.cases[0];
    DOCTEST_CHECK((print.cropped_size == Triple{20, 10, 4}));
    DOCTEST_CHECK(print.spacing[0] == doctest::Approx(3));
    DOCTEST_CHECK(print.spacing[2] == doctest::Approx(0.5));
    DOCTEST_CHECK(print.crop_share == doctest::Approx(4. * 10 * 20 / (10 * 20 * 30)));
    DOCTEST_CHECK(outcome.problems.empty());
  }

  DOCTEST_TEST_CASE("every problem of every case is found in one pass") {
    WrittenCohort cohort;
    const Tensor good = cohort.block({4, 5, 6}, {0, 0, 0}, {4, 5, 6});
    const auto add = [&](const std::string& id, float value) {
      cohort.image(id, "T1w", good * value);
      cohort.image(id, "FLAIR", good * (value + 1));
      Tensor labels = at::zeros({4, 5, 6}, at::kInt);
      labels[0][0][0] = 1;
      cohort.map(id, labels);
    };
    for (int i = 0; i < 8; ++i) add(cat("case_", i), static_cast<float>(i + 1));
    Tensor bad = good.clone();
    bad[0][1][2][3] = std::numeric_limits<float>::quiet_NaN();
    bad[0][3][2][3] = std::numeric_limits<float>::infinity();
    cohort.image("case_1", "FLAIR", bad);
    cohort.image("case_2", "FLAIR", good, spaced(1, 1, 1.5));
    cohort.map("case_3", at::ones({4, 5, 7}, at::kInt));
    Tensor labels = at::zeros({4, 5, 6}, at::kInt);
    labels[1][2][3] = 7;
    labels[1][2][4] = 7;
    cohort.map("case_4", labels);
    std::ofstream(cohort.subject("case_5").images["T1w"].file) << "not an image";
    cohort.subject("case_6").images.erase("FLAIR");
    cohort.image("case_7", "T1w", at::ones({2, 4, 5, 6}));

    const Outcome outcome = taken(cohort, {"T1w", "FLAIR"}, true);
    for (const char* part :
         {"case_1: ", "FLAIR.nii.gz: the value at voxel (3, 2, 1) in (x, y, z) is nan (2 voxels like this)",
          "case_2: T1w and FLAIR lie apart (",
          "case_3: T1w is 6x5x4 but label is 7x5x4; they must share a grid",
          "the label 7 at voxel (3, 2, 1) in (x, y, z) (2 voxels) is unknown; known are 0, 1, 2", "case_5: ",
          "case_6: there is no sequence 'FLAIR'; the case has T1w", "T1w.nii.gz: it holds 2 volumes"})
      DOCTEST_CHECK_MESSAGE(says(outcome.problems, part), part << " not in: " << outcome.problems);
    DOCTEST_CHECK(outcome.fingerprint.cases.size() == 1);
    DOCTEST_CHECK(outcome.fingerprint.cases[0].id == "case_0");
  }

  DOCTEST_TEST_CASE("fractions in a label map are refused, empty images and maps are warned of") {
    WrittenCohort cohort;
    cohort.image("a", "T1w", at::zeros({1, 4, 5, 6}));
    cohort.map("a", at::zeros({4, 5, 6}, at::kInt));
    cohort.image("b", "T1w", at::ones({1, 4, 5, 6}));
    cohort.image("b", "map", at::full({1, 4, 5, 6}, 0.5));
    cohort.subject("b").maps["label"] = cohort.subject("b").images["map"];
    const Outcome outcome = taken(cohort, {"T1w"}, true);
    DOCTEST_CHECK_MESSAGE(says(outcome.problems, "b: "), outcome.problems);
    DOCTEST_CHECK(!says(outcome.problems, "a: "));
    DOCTEST_CHECK(says(outcome.log, "a: T1w is empty, all its voxels are 0"));
    DOCTEST_CHECK(says(outcome.log, "a: label is empty, no structure is drawn in it"));
  }

  DOCTEST_TEST_CASE("a case may lack a label map, the whole cohort may not") {
    WrittenCohort cohort;
    cohort.image("a", "T1w", at::ones({1, 4, 5, 6}));
    cohort.image("b", "T1w", at::full({1, 4, 5, 6}, 2.));
    DOCTEST_CHECK(says(taken(cohort, {"T1w"}, true).problems,
                       "label: no case has this label map; the cohort has none"));
    cohort.map("b", at::ones({4, 5, 6}, at::kInt));
    const Outcome outcome = taken(cohort, {"T1w"}, true);
    DOCTEST_CHECK_MESSAGE(outcome.problems.empty(), outcome.problems);
    DOCTEST_CHECK(outcome.fingerprint.cases.size() == 2);
  }

  DOCTEST_TEST_CASE(
      "one image of two persons is a problem, of one person a warning, whatever the file's name") {
    WrittenCohort cohort;
    for (const char* id : {"a", "b", "c"})
      cohort.image(id, "T1w", cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}));
    cohort.image("d", "T1w", cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}, 2));
    cohort.subject("b").person = "a";
    const Outcome outcome = taken(cohort, {"T1w"});
    DOCTEST_CHECK_MESSAGE(
        outcome.problems ==
            "c: its image is identical to that of 'a', but they are of two persons; remove one of the "
            "two cases\n",
        outcome.problems);
    DOCTEST_CHECK(says(outcome.log, "b: its image is identical to that of 'a' (both of person 'a')"));
    const Outcome unscored = taken(cohort, {"T1w"}, false, 2, {.one_part = true});
    DOCTEST_CHECK(unscored.problems == "");
    DOCTEST_CHECK(
        says(unscored.log, "c: its image is identical to that of 'a', but they are of two persons"));
    const auto digests = outcome.fingerprint.image_digests();
    DOCTEST_CHECK(digests.at("a") == digests.at("c"));
    DOCTEST_CHECK(digests.at("a") != digests.at("d"));
  }

  DOCTEST_TEST_CASE("an identical sequence of two persons is a problem, of one case a warning") {
    WrittenCohort cohort;
    const auto filled = [&](float value) { return cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}, value); };
    cohort.image("a", "T1w", filled(1));
    cohort.image("a", "FLAIR", filled(2));
    cohort.image("b", "T1w", filled(3));
    cohort.image("b", "FLAIR", filled(2));
    cohort.image("c", "T1w", filled(4));
    cohort.image("c", "FLAIR", filled(4));
    const Outcome outcome = taken(cohort, {"T1w", "FLAIR"});
    DOCTEST_CHECK_MESSAGE(
        says(outcome.problems, "b: its FLAIR is identical to that of 'a', but they are of two"),
        outcome.problems);
    DOCTEST_CHECK(!says(outcome.problems, "c: "));
    DOCTEST_CHECK(says(outcome.log, "c: FLAIR and T1w are the identical image"));
    DOCTEST_CHECK(outcome.fingerprint.image_digests().at("a").size() == 2);
  }

  DOCTEST_TEST_CASE("channels filled with zeros are nobody's image, and warned of") {
    WrittenCohort cohort;
    for (const auto& [id, value] : {std::pair{"a", 1.F}, {"b", 2.F}, {"c", 0.F}}) {
      cohort.image(id, "T1w", cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}, value));
      cohort.image(id, "FLAIR", at::zeros({1, 4, 5, 6}));
    }
    const Outcome outcome = taken(cohort, {"T1w", "FLAIR"});
    DOCTEST_CHECK_MESSAGE(outcome.problems.empty(), outcome.problems);
    DOCTEST_CHECK(!says(outcome.log, "identical"));
    DOCTEST_CHECK(says(outcome.log, "b: FLAIR is empty, all its voxels are 0"));
    DOCTEST_REQUIRE(outcome.fingerprint.cases.size() == 3);
    DOCTEST_CHECK(outcome.fingerprint.cases[1].image_sha256.size() == 2);  // the data's digest knows them
    const auto digests = outcome.fingerprint.image_digests();
    DOCTEST_CHECK(digests.at("a").size() == 1);
    DOCTEST_CHECK(digests.at("a") != digests.at("b"));
    DOCTEST_CHECK(!digests.contains("c"));
  }

  DOCTEST_TEST_CASE("digests tell every image and every label map, whatever the file's packing") {
    WrittenCohort one, other;
    for (WrittenCohort* cohort : {&one, &other}) {
      cohort->image("a", "T1w", cohort->block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}));
      cohort->image("a", "FLAIR", cohort->block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}, 2));
      cohort->map("a", at::ones({4, 5, 6}, at::kInt));
    }
    const auto print_of = [](const WrittenCohort& cohort) {
      return taken(cohort, {"T1w", "FLAIR"}, true).fingerprint.cases.at(0);
    };
    const CasePrint before = print_of(one);
    DOCTEST_CHECK(before.image_sha256 == print_of(other).image_sha256);
    DOCTEST_CHECK(before.map_sha256 == print_of(other).map_sha256);
    Tensor labels = at::ones({4, 5, 6}, at::kInt);
    labels[1][2][3] = 2;
    other.map("a", labels);
    other.image("a", "FLAIR", other.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}, 5));
    const CasePrint after = print_of(other);
    DOCTEST_CHECK(before.image_sha256.at("T1w") == after.image_sha256.at("T1w"));
    DOCTEST_CHECK(before.image_sha256.at("FLAIR") != after.image_sha256.at("FLAIR"));
    DOCTEST_CHECK(before.map_sha256.at("label") != after.map_sha256.at("label"));
  }

  DOCTEST_TEST_CASE("where sequences may be missing a case needs one, which its size and hash come from") {
    WrittenCohort cohort;
    cohort.image("a", "T1w", cohort.block({8, 8, 8}, {1, 1, 1}, {4, 4, 4}));
    cohort.image("a", "FLAIR", cohort.block({8, 8, 8}, {2, 2, 2}, {6, 6, 6}));
    cohort.image("b", "FLAIR", cohort.block({8, 8, 8}, {2, 2, 2}, {6, 6, 6}, 3));
    cohort.subject("c");
    const Outcome strict = taken(cohort, {"T1w", "FLAIR"});
    DOCTEST_CHECK(says(strict.problems, "b: there is no sequence 'T1w'"));
    const Outcome outcome = taken(cohort, {"T1w", "FLAIR"}, false, 2, {.missing = true});
    DOCTEST_CHECK_MESSAGE(
        outcome.problems == "c: there is none of the sequences T1w, FLAIR; a case needs at least one\n",
        outcome.problems);
    DOCTEST_REQUIRE(outcome.fingerprint.cases.size() == 2);
    DOCTEST_CHECK((outcome.fingerprint.cases[0].cropped_size == Triple{5, 5, 5}));
    DOCTEST_CHECK((outcome.fingerprint.cases[1].cropped_size == Triple{4, 4, 4}));
    DOCTEST_CHECK(outcome.fingerprint.cases[1].image_sha256.size() == 1);
  }

  DOCTEST_TEST_CASE("of a slice the size and crop are measured, of its volume the hash") {
    WrittenCohort cohort;
    for (const char* id : {"a", "b"})
      cohort.image(id, "T1w", cohort.block({10, 20, 30}, {2, 4, 6}, {8, 14, 26}), spaced(5, 1, 1));
    cohort.image("c", "T1w", cohort.block({10, 20, 30}, {2, 4, 6}, {8, 14, 26}, 2), spaced(2, 1, 1));
    for (const auto& [id, slice] : {std::pair{"a", "0"}, {"b", "5"}, {"c", "7"}}) {
      cohort.subject(id).values["slice"] = slice;
      cohort.subject(id).person = "one";
    }
    const Outcome outcome = taken(cohort, {"T1w"}, false, 2, {.slice_axis = "z", .slice_column = "slice"});
    DOCTEST_CHECK_MESSAGE(outcome.problems.empty(), outcome.problems);
    DOCTEST_CHECK(!says(outcome.log, "identical"));
    DOCTEST_REQUIRE(outcome.fingerprint.cases.size() == 3);
    const auto& cases = outcome.fingerprint.cases;
    DOCTEST_CHECK((cases[0].cropped_size == Triple{1, 20, 30}));  // nothing but zeros
    DOCTEST_CHECK((cases[1].cropped_size == Triple{1, 10, 20}));
    DOCTEST_CHECK(cases[1].crop_share == doctest::Approx(200. / 600));
    DOCTEST_CHECK(cases[0].image_sha256 == cases[1].image_sha256);
    DOCTEST_CHECK(make_plan(outcome.fingerprint, {}).patch[0] == 1);
    cohort.subject("c").values["slice"] = "10";
    DOCTEST_CHECK(
        says(taken(cohort, {"T1w"}, false, 2, {.slice_axis = "z", .slice_column = "slice"}).problems,
             "c: slice 10 is asked for"));
  }

  DOCTEST_TEST_CASE(
      "series are measured over all frames; one frame and other repetition times are problems") {
    WrittenCohort cohort;
    const auto frames = [&](float value) {
      Tensor all = at::zeros({3, 6, 7, 8});
      all[0].narrow(0, 1, 2).fill_(value);
      all[2].narrow(0, 2, 3).fill_(value);
      return all;
    };
    cohort.series("a", frames(1), 2);
    cohort.series("b", frames(2), 2.05);
    cohort.series("c", frames(3), 3);
    cohort.series("d", frames(4), 2);
    cohort.series("e", frames(5).narrow(0, 0, 1), 2);
    const Outcome outcome = taken(cohort, {"bold"}, false, 2, {.series = true});
    DOCTEST_CHECK_MESSAGE(says(outcome.problems, "it holds one frame"), outcome.problems);
    DOCTEST_CHECK(says(outcome.problems, "c: its repetition time is 3 s, but the cohort's median is 2 s"));
    DOCTEST_REQUIRE(outcome.fingerprint.cases.size() == 3);
    DOCTEST_CHECK((outcome.fingerprint.cases[0].cropped_size == Triple{4, 7, 8}));
    DOCTEST_CHECK(outcome.fingerprint.cases[1].frame_seconds == 2.05);
    DOCTEST_CHECK(outcome.fingerprint.median_frame_seconds() == 2);
    const Outcome resampled = taken(cohort, {"bold"}, false, 2, {.series = true, .resample_frames = true});
    DOCTEST_CHECK(resampled.fingerprint.cases.size() == 4);
    DOCTEST_CHECK(says(taken(cohort, {"bold"}).problems, "a: "));
  }

  DOCTEST_TEST_CASE("the number of threads changes nothing") {
    WrittenCohort cohort;
    for (int i = 0; i < 9; ++i)
      cohort.image(cat("case_", i), "T1w", cohort.block({9, 9, 9}, {0, 0, 0}, {1 + i, 9 - i, 5}, 1.5F));
    const Outcome one = taken(cohort, {"T1w"}, false, 1);
    for (const int threads : {0, 3, 20}) {
      const Outcome many = taken(cohort, {"T1w"}, false, threads);
      DOCTEST_REQUIRE(many.fingerprint.cases.size() == one.fingerprint.cases.size());
      for (size_t i = 0; i < one.fingerprint.cases.size(); ++i) {
        DOCTEST_CHECK(many.fingerprint.cases[i].id == one.fingerprint.cases[i].id);
        DOCTEST_CHECK((many.fingerprint.cases[i].cropped_size == one.fingerprint.cases[i].cropped_size));
        DOCTEST_CHECK(many.fingerprint.cases[i].image_sha256 == one.fingerprint.cases[i].image_sha256);
      }
      DOCTEST_CHECK(many.problems == one.problems);
    }
  }

  DOCTEST_TEST_CASE(
      "cases that are known are not read again, and tell the same to the last bit; changed ones are") {
    WrittenCohort cohort;
    const Geometry thin = spaced(1. / 3, 0.1, 0.7);
    for (const auto& [id, value] : {std::pair{"a", 1.F}, {"b", 2.F}, {"c", 3.F}}) {
      cohort.image(id, "T1w", cohort.block({7, 9, 11}, {1, 1, 2}, {3, 8, 9}, value), thin);
      cohort.image(id, "FLAIR", cohort.block({7, 9, 11}, {1, 1, 2}, {4, 8, 9}, id[0] == 'b' ? 0 : -value),
                   thin);
      cohort.map(id, at::ones({7, 9, 11}, at::kInt) * (id[0] == 'c' ? 0 : 2), thin);
    }
    const FingerprintOptions options{.sequences = {"T1w", "FLAIR"}, .maps = {"label"}};
    const auto start = [&] {
      CasePrints known(cohort.path() / "cache");
      const Outcome outcome = taken_with(known, cohort, options);
      Log log(Verbosity::quiet);
      known.save(log);
      return outcome;
    };
    const Outcome first = start();
    DOCTEST_CHECK_MESSAGE(first.problems.empty(), first.problems);
    for (const Subject& subject : cohort.subjects)
      for (const auto* files : {&subject.images, &subject.maps})
        for (const auto& [name, image] : *files) change_unseen(image.file);
    const Outcome second = start();
    DOCTEST_CHECK_MESSAGE(second.problems.empty(), second.problems);
    DOCTEST_REQUIRE(second.fingerprint.cases.size() == 3);
    for (size_t i = 0; i < 3; ++i) expect_equal(second.fingerprint.cases[i], first.fingerprint.cases[i]);
    DOCTEST_CHECK(says(second.log, "b: FLAIR is empty, all its voxels are 0"));
    DOCTEST_CHECK(says(second.log, "c: label is empty, no structure is drawn in it"));
    touch(cohort.subject("b").maps.at("label").file);
    const Outcome third = start();
    DOCTEST_CHECK_MESSAGE(says(third.problems, "b: "), third.problems);
    DOCTEST_CHECK_FALSE(says(third.problems, "a: "));
    DOCTEST_CHECK_FALSE(says(third.problems, "c: "));
    cohort.map("b", at::ones({7, 9, 11}, at::kInt) * 3, thin);
    DOCTEST_CHECK(says(start().problems, "the label 3"));
  }

  DOCTEST_TEST_CASE("a case with a problem is not remembered") {
    WrittenCohort cohort;
    cohort.image("a", "T1w", cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}));
    cohort.map("a", at::full({4, 5, 6}, 7, at::kInt));
    CasePrints known;
    const FingerprintOptions options{.sequences = {"T1w"}, .maps = {"label"}};
    for (int start = 0; start < 2; ++start)
      DOCTEST_CHECK(says(taken_with(known, cohort, options).problems, "a: "));
  }

  DOCTEST_TEST_CASE("the hippocampi of the decathlon are sound and get nnU-Net's patch") {
    const auto folder = hippocampi();
    if (!folder) return;
    const Cohort cohort = read_cohort({*folder, ""});
    Log log(Verbosity::quiet);
    Problems problems;
    CasePrints known;
    const Fingerprint fingerprint = take_fingerprint(
        cohort.subjects,
        {.sequences = cohort.sequences, .maps = {"label"}, .allowed_labels = {{"label", {1, 2}}}}, 2, known,
        log, problems);
    DOCTEST_CHECK_NOTHROW(problems.throw_if_any());
    DOCTEST_CHECK(fingerprint.cases.size() == 200);
    DOCTEST_CHECK((fingerprint.median_size() == Triple{36, 50, 35}));
    for (const bool residual : {false, true}) {
      PlanRequest request;
      request.residual = residual;
      request.classes = 3;
      const Plan plan = make_plan(fingerprint, request);
      DOCTEST_CHECK(plan.patch == std::vector<int64_t>{40, 56, 40});
      DOCTEST_CHECK(plan.widths == std::vector<int64_t>{32, 64, 128, 256});
      DOCTEST_CHECK(plan.batch == 7);
    }
  }
}
