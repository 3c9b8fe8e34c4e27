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

  DOCTEST_TEST_CASE("a label without a name becomes background, also where the names number from 1") {
    for (const auto& [names, first] :
         {std::pair(NamedIntegers{{"putamen", 12}}, 12), std::pair(NamedIntegers{{"caudate", 1}}, 1)}) {
      const Tensor labels = at::tensor({first, 7, 2, -1, 0}, at::kShort);
      DOCTEST_CHECK(at::equal(LabelCodes(names).to_classes(labels), at::tensor({1, 0, 0, 0, 0}, at::kShort)));
    }
  }

  DOCTEST_TEST_CASE("the ignored label is no answer, no class and allowed in a map") {
    const LabelCodes codes({{"putamen", 12}, {"caudate", 3}}, 255);
    DOCTEST_CHECK(codes.has_ignore());
    DOCTEST_CHECK(codes.classes() == 3);
    DOCTEST_CHECK((codes.labels() == std::vector<int64_t>{0, 12, 3, 255}));
    DOCTEST_CHECK(at::equal(codes.to_classes(at::tensor({255, 3, 0, 254}, at::kShort)),
                            at::tensor({-1, 2, 0, 0}, at::kShort)));
    DOCTEST_CHECK_FALSE(LabelCodes({{"putamen", 12}}).has_ignore());
  }

  DOCTEST_TEST_CASE("a map that is not contiguous is translated voxel by voxel all the same") {
    const LabelCodes codes({{"putamen", 12}});
    const Tensor labels = at::tensor({0, 12, 0, 12, 0, 0}, at::kShort).view({2, 3}).t();
    DOCTEST_CHECK(at::equal(codes.to_classes(labels), labels.div(12, "trunc")));
  }

  DOCTEST_TEST_CASE("tensor operations translate every label as the table does") {
    const LabelCodes codes({{"putamen", 12}, {"caudate", 3}, {"last", 32767}}, 255);
    const Tensor labels = at::arange(-32768, 32768, at::kInt).to(at::kShort).view({1, 16, 64, 64});
    DOCTEST_CHECK(at::equal(codes.to_classes_on_device(labels), codes.to_classes(labels)));
    const Tensor turned = labels.transpose(1, 2);
    DOCTEST_CHECK(at::equal(codes.to_classes_on_device(turned), codes.to_classes(turned)));
    DOCTEST_CHECK(codes.to_classes_on_device(turned).is_contiguous());
  }

  DOCTEST_TEST_CASE(
      "names and labels that stand twice, label 0 and an ignored label with a name are refused") {
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}, {"a", 2}}), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}, {"b", 1}}), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 0}}), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}}, 1), Error);
    DOCTEST_CHECK_THROWS_AS(LabelCodes({{"a", 1}}, 40000), Error);
  }
}
