// SPDX-License-Identifier: Apache-2.0
#include "experiment/occlusion.hpp"

#include <ATen/ATen.h>

#include "core/text.hpp"
#include "tests/experiment/comparison_rows.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Tensor cube(int64_t low, int64_t high, int64_t edge = 12) {
  Tensor region = at::zeros({edge, edge, edge}, at::kBool);
  region.slice(0, low, high).slice(1, low, high).slice(2, low, high).fill_(true);
  return region;
}

DOCTEST_TEST_SUITE("experiment/occlusion") {
  DOCTEST_TEST_CASE(
      "a region is filled with the mean of its shell, channel by channel, and nothing else changes") {
    const Tensor region = cube(4, 7);
    const Tensor shell = cube(2, 9).logical_and(region.logical_not());
    const Tensor image = at::arange(2 * 12 * 12 * 12, at::kFloat).reshape({2, 12, 12, 12}).sin();
    const Tensor filled = with_region_filled(image, region);
    for (int64_t channel = 0; channel < 2; ++channel) {
      const double mean = image[channel].masked_select(shell).mean().item<double>();
      const Tensor inside = filled[channel].masked_select(region);
      DOCTEST_CHECK(inside.sub(mean).abs().max().item<double>() < 1e-5);
      const Tensor outside = region.logical_not();
      DOCTEST_CHECK(at::equal(filled[channel].masked_select(outside), image[channel].masked_select(outside)));
    }
  }

  DOCTEST_TEST_CASE("an empty region, and one without surround, change nothing") {
    const Tensor image = at::rand({1, 12, 12, 12});
    DOCTEST_CHECK(at::equal(with_region_filled(image, cube(0, 0)), image));
    DOCTEST_CHECK(at::equal(with_region_filled(image, cube(0, 12)), image));
  }

  DOCTEST_TEST_CASE("a region follows the crop and the resampling of its case") {
    Placement placement;
    placement.native.size = {12, 12, 12};
    placement.crop = {{2, 2, 2}, {10, 10, 10}};
    placement.working.size = {4, 8, 16};
    const Tensor region = region_on_working_grid(cube(4, 8).to(at::kShort), placement);
    DOCTEST_CHECK(region.sizes() == at::IntArrayRef({4, 8, 16}));
    Tensor expected = at::zeros({4, 8, 16}, at::kBool);
    expected.slice(0, 1, 3).slice(1, 2, 6).slice(2, 4, 12).fill_(true);
    DOCTEST_CHECK(at::equal(region, expected));
  }

  DOCTEST_TEST_CASE("answers with and without the region stand in one row") {
    Outcomes before, after;
    before.answers["grade"] = {class_row("joint", 1, "a", "III", .9), class_row("joint", 1, "b", "II", .2)};
    before.answers["age"] = {number_row("joint", 1, "a", "40", 41)};
    after.answers["grade"] = {class_row("joint", 1, "a", "", .25)};
    after.answers["age"] = {number_row("joint", 1, "a", "", 50)};
    const Table table = occlusion_table(before, after, {grade_question(), age_question()});
    DOCTEST_CHECK(table.tsv() ==
                  "arm\tseed\tfold\tcase\tperson\ttask\tanswer\tanswer_occluded\tp_II\tp_III\tp_occluded_II\t"
                  "p_occluded_III\n"
                  "joint\t1\t0\ta\ta\tgrade\tIII\tII\t" +
                      number_text(1 - .9) + "\t0.9\t0.75\t0.25\n" +
                      "joint\t1\t0\ta\ta\tage\t41\t50\tn/a\tn/a\tn/a\tn/a\n");
  }
}

}  // namespace
}  // namespace tazuna
