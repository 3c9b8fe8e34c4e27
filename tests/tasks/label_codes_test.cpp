// SPDX-License-Identifier: Apache-2.0
#include "tasks/label_codes.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("tasks/label_codes") {
  DOCTEST_TEST_CASE("classes follow the order of the names and translate back to the same labels") {
    const LabelCodes codes({{"putamen", 12}, {"caudate", 3}});
    const Tensor labels = at::tensor({0, 3, 12, 3, 0}, at::kShort);
    const Tensor classes = codes.to_classes(labels);
    DOCTEST_CHECK(at::equal(classes, at::tensor({0, 2, 1, 2, 0}, at::kShort)));
    DOCTEST_CHECK(at::equal(codes.to_labels(classes), labels));
    DOCTEST_CHECK(codes.classes() == 3);
  }

  DOCTEST_TEST_CASE("a label without a name becomes background") {
    const LabelCodes codes({{"putamen", 12}});
    DOCTEST_CHECK(
        at::equal(codes.to_classes(at::tensor({12, 7}, at::kShort)), at::tensor({1, 0}, at::kShort)));
  }

  DOCTEST_TEST_CASE("names and labels that stand twice, and label 0, are refused") {
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}, {"a", 2}}), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}, {"b", 1}}), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 0}}), Error);
  }
}
