// SPDX-License-Identifier: Apache-2.0
#include "networks/shape.hpp"

#include "networks/catalog.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

TrunkShape good() {
  return shape_from({.widths = {8, 16, 32},
                     .kernels = {{1, 3, 3}, {3, 3, 3}, {3, 3, 3}},
                     .strides = {{1, 1, 1}, {1, 2, 2}, {2, 2, 2}},
                     .blocks = {1, 3, 4},
                     .decoder_blocks = {1, 1}});
}

struct Slip {
  const char* where;
  const char* sentence;
  void (*make)(TrunkShape&);
};

const Slip slips[] = {
    {"widths", "expected 3 entries (one per stage), but got 2",
     [](TrunkShape& shape) {
       shape.widths = std::vector<int64_t>{8, 16};
     }},
    {"blocks", "expected 3 entries (one per stage), but got 4",
     [](TrunkShape& shape) {
       shape.blocks = std::vector<int64_t>{1, 1, 1, 1};
     }},
    {"decoder_blocks", "expected 2 entries (one per decoder stage), but got 3",
     [](TrunkShape& shape) {
       shape.decoder_blocks = std::vector<int64_t>{1, 1, 1};
     }},
    {"kernels", "stage 1 has an edge of 2; a kernel's edges must be odd",
     [](TrunkShape& shape) {
       shape.kernels = std::vector<Triple>{{1, 3, 3}, {2, 3, 3}, {3, 3, 3}};
     }},
    {"strides", "the first stage keeps the image's grid; its stride must be [1, 1, 1]",
     [](TrunkShape& shape) {
       shape.strides = std::vector<Triple>{{2, 2, 2}, {1, 2, 2}, {2, 2, 2}};
     }},
    {"strides", "expected 3 entries (one per stage), but got 1",
     [](TrunkShape& shape) {
       shape.stages.reset();
       shape.strides = std::vector<Triple>{{1, 1, 1}};
     }},
};

DOCTEST_TEST_SUITE("networks/shape") {
  DOCTEST_TEST_CASE("a shape that fits together, or is auto, is no problem") {
    Problems problems;
    validate(TrunkOptions(PlainOptions{good()}), problems);
    validate(TrunkOptions(ResidualOptions{}), problems);
    DOCTEST_CHECK(problems.empty());
  }

  DOCTEST_TEST_CASE("every list that does not fit is named with what it has and should have") {
    for (const Slip& slip : slips) {
      DOCTEST_CAPTURE(slip.where);
      TrunkShape shape = good();
      slip.make(shape);
      Problems problems;
      validate(TrunkOptions(ResidualOptions{shape}), problems);
      DOCTEST_REQUIRE(problems.list().size() == 1);
      DOCTEST_CHECK(problems.list()[0].where == slip.where);
      DOCTEST_CHECK(problems.list()[0].sentence == slip.sentence);
    }
  }
}

}  // namespace
}  // namespace tazuna
