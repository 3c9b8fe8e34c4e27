// SPDX-License-Identifier: Apache-2.0
#include "infer/cleanup.hpp"

#include <ATen/ATen.h>

#include "infer/cleanup_file.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Label 1: a bar of 4 voxels, a corner-joined pair, a single one; label 3: one voxel, between them.
LabelMap some_map() {
  LabelMap map;
  map.labels = at::zeros({3, 5, 8}, at::kShort);
  map.geometry.size = {3, 5, 8};
  map.geometry.spacing = {2, 1, 1};
  map.names = {{"front", 1}, {"back", 3}};
  for (const int64_t x : {0, 1, 2, 3}) map.labels[0][0][x] = 1;
  map.labels[1][3][5] = map.labels[2][4][6] = 1;
  map.labels[0][4][0] = 1;
  map.labels[0][2][0] = 3;
  return map;
}

int64_t count(const LabelMap& map, int64_t label) {
  return (map.labels == label).sum().item<int64_t>();
}

const std::vector<TaskStructures> tasks{{"parts", {{"front", 1}, {"back", 3}}}, {"whole", {{"front", 1}}}};

DOCTEST_TEST_SUITE("infer/cleanup") {
  DOCTEST_TEST_CASE(
      "of a structure that is kept alone only the largest component stays, others are untouched") {
    LabelMap map = some_map();
    const Tensor given = map.labels, before = given.clone();
    const Cleanup cleanup({"parts.front"}, 0, 0);
    DOCTEST_CHECK(cleanup.apply("whole", map) == 0);
    DOCTEST_CHECK(at::equal(map.labels, before));
    DOCTEST_CHECK(cleanup.apply("parts", map) == 3);
    DOCTEST_CHECK(count(map, 1) == 4);
    DOCTEST_CHECK(count(map, 3) == 1);
    DOCTEST_CHECK(map.labels[0][0][3].item<int64_t>() == 1);
    DOCTEST_CHECK(cleanup.apply("parts", map) == 0);
    DOCTEST_CHECK(at::equal(given, before));
  }

  DOCTEST_TEST_CASE("components below a volume or a number of voxels go, a component of exactly that stays") {
    struct Row {
      double mm3;
      int64_t voxels, front, back;
    };
    for (const Row& row : {Row{0, 2, 6, 0}, Row{4, 0, 6, 0}, Row{4.1, 0, 4, 0}, Row{0, 4, 4, 0},
                           Row{8.5, 0, 0, 0}, Row{2, 1, 7, 1}}) {
      LabelMap map = some_map();
      const Cleanup cleanup({}, row.mm3, row.voxels);
      DOCTEST_CAPTURE(cleanup.text());
      cleanup.apply("parts", map);
      DOCTEST_CHECK(count(map, 1) == row.front);
      DOCTEST_CHECK(count(map, 3) == row.back);
    }
    LabelMap map = some_map();
    DOCTEST_CHECK(Cleanup({"parts.front"}, 20, 0).apply("parts", map) == 8);  // the largest one is too small
  }

  DOCTEST_TEST_CASE("a clean-up of nothing is idle; the others say what they do") {
    DOCTEST_CHECK(Cleanup().idle());
    DOCTEST_CHECK(Cleanup({}, 0, 1).idle());
    DOCTEST_CHECK(Cleanup().text() == "none");
    DOCTEST_CHECK(Cleanup({"parts.front"}, 2.5, 0).text() ==
                  "keep the largest component of parts.front; remove components below 2.5 mm3");
    DOCTEST_CHECK(!Cleanup({}, 0, 2).idle());
  }

  DOCTEST_TEST_CASE("a structure is meant by its name, by task and name, or by all; others are refused") {
    const auto text = [](const char* word) { return asked_cleanup({.keep_largest = {word}}, tasks).text(); };
    DOCTEST_CHECK(text("front") == "keep the largest component of parts.front, whole.front");
    DOCTEST_CHECK(text("whole.front") == "keep the largest component of whole.front");
    DOCTEST_CHECK(text("all") == "keep the largest component of parts.back, parts.front, whole.front");
    const std::string refusal = refusal_of([&] { text("frnt"); });
    DOCTEST_CHECK(says(refusal, "did you mean 'front'?"));
    DOCTEST_CHECK(says(refusal, "frnt"));
  }

  DOCTEST_TEST_CASE("the structures of a model are those of its voxel tasks, in order") {
    const auto found = structures_of(tiny_recipe({"T1w"}, {"one", "two"}).tasks);
    DOCTEST_REQUIRE(found.size() == 2);
    DOCTEST_CHECK(found[1].task == "two");
    DOCTEST_CHECK(found[1].structures == NamedIntegers{{"front", 1}, {"back", 3}});
  }

  DOCTEST_TEST_CASE(
      "what several runs learnt is what each of them learnt; a run without a decision has none") {
    const ScratchFolder folder;
    const auto learnt = [](const char* structure, bool keep) {
      LearntCleanup one;
      one.task = "parts";
      one.structure = structure;
      one.keep_largest = keep;
      return one;
    };
    write_cleanup(folder.path() / "a", {learnt("front", true), learnt("back", true)});
    write_cleanup(folder.path() / "b", {learnt("front", true), learnt("back", false)});
    const auto text = [&](std::vector<std::filesystem::path> runs) { return learnt_cleanup(runs).text(); };
    DOCTEST_CHECK(text({folder.path() / "a"}) == "keep the largest component of parts.back, parts.front");
    DOCTEST_CHECK(text({folder.path() / "a", folder.path() / "b"}) ==
                  "keep the largest component of parts.front");
    DOCTEST_CHECK(text({folder.path() / "a", folder.path() / "c"}) == "none");
  }
}

}  // namespace
}  // namespace tazuna
