// SPDX-License-Identifier: Apache-2.0
#include "losses/catalog.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/weights.hpp"
#include "tests/losses/voxels.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const VoxelLossOptions all[] = {DiceOptions{},
                                DiceOptions{.background = true},
                                CrossEntropyOptions{},
                                CrossEntropyOptions{.balance = 0.5},
                                DiceCrossEntropyOptions{},
                                FocalOptions{},
                                FocalOptions{.gamma = 0.5},
                                TverskyOptions{},
                                DiceFocalOptions{}};

/// A loss of ours under the name the original's script gives it.
const std::map<std::string, VoxelLossOptions> originals = {
    {"dice", DiceOptions{}},
    {"dice_background", DiceOptions{.background = true}},
    {"ce", CrossEntropyOptions{}},
    {"ce_half_balanced", CrossEntropyOptions{.balance = 0.5}},
    {"ce_balanced", CrossEntropyOptions{.balance = 1}},
    {"weighted", DiceCrossEntropyOptions{DiceOptions{}, {}, 2, 0.5}},
    {"monai", DiceCrossEntropyOptions{}},
    {"focal", FocalOptions{}},
    {"focal_steep", FocalOptions{.gamma = 3.5}},
    {"tversky", TverskyOptions{}},
    {"tversky_background", TverskyOptions{.alpha = 0.6, .beta = 0.2, .background = true}},
    {"dice_focal", DiceFocalOptions{DiceOptions{}, FocalOptions{}, 2, 0.5}},
};

/// `labels` with no_answer at about a third of the voxels.
Tensor with_gaps(const Tensor& labels) {
  at::manual_seed(5);
  return labels.masked_fill(at::rand(labels.sizes()) < 0.3, no_answer);
}

/// Labels of few and many classes, one row without any foreground, and voxels without an answer.
NamedTensors golden_cases() {
  NamedTensors cases;
  for (const auto& [name, drawn] :
       {std::pair("three", drawn_voxels(3, 3)), std::pair("six", drawn_voxels(2, 6))}) {
    cases[cat("logits.", name)] = drawn.logits.to(at::kFloat);
    cases[cat("labels.", name)] = drawn.labels;
  }
  cases["logits.empty"] = cases["logits.three"] * 5;
  cases["labels.empty"] = cases["labels.three"].clone();
  cases["labels.empty"].select(0, 1).zero_();
  cases["logits.gaps"] = cases["logits.three"];
  cases["labels.gaps"] = with_gaps(cases["labels.three"]);
  return cases;
}

DOCTEST_TEST_SUITE("losses/catalog") {
  DOCTEST_TEST_CASE("losses and gradients are those of nnU-Net, MONAI and PyTorch, row by row") {
    const ScratchFolder folder;
    const NamedTensors given = golden_cases();
    write_atomically(folder.path() / "given.safetensors", safetensors_bytes(given));
    if (!run_python("losses/golden/voxel_losses.py",
                    {folder.path() / "given.safetensors", folder.path() / "answers.safetensors"}))
      return;
    const NamedTensors answers = read_safetensors(folder.path() / "answers.safetensors");
    for (const auto& [name, options] : originals) {
      for (const std::string voxels : {"three", "six", "empty", "gaps"}) {
        const std::string key = cat(name, ".", voxels);
        DOCTEST_CAPTURE(key);
        const Tensor logits = given.at("logits." + voxels).clone().requires_grad_();
        const Tensor rows = make_loss(options)(logits, given.at("labels." + voxels));
        rows.sum().backward();
        DOCTEST_CHECK(at::allclose(rows, answers.at(key), 1e-5, 1e-6));
        DOCTEST_CHECK(at::allclose(logits.grad(), answers.at("grad." + key), 1e-4, 1e-8));
      }
    }
  }

  DOCTEST_TEST_CASE("gradients are those of finite differences") {
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const VoxelLoss loss = make_loss(options);
      const Voxels voxels = drawn_voxels(2, 3);
      const Tensor logits = voxels.logits.clone().requires_grad_();
      loss(logits, voxels.labels).sum().backward();
      const at::NoGradGuard no_grad;
      const double step = 1e-5;
      for (const int64_t at : {0, 37, 101, 250}) {
        const auto priced = [&](double change) {
          Tensor moved = logits.detach().clone();
          moved.view({-1})[at] += change;
          return loss(moved, voxels.labels).sum().item<double>();
        };
        const double expected = (priced(step) - priced(-step)) / (2 * step);
        DOCTEST_CHECK(logits.grad().view({-1})[at].item<double>() ==
                      doctest::Approx(expected).epsilon(1e-6).scale(1e-3));
      }
    }
  }

  DOCTEST_TEST_CASE("a row's price does not depend on the other rows") {
    const Voxels voxels = drawn_voxels(3, 4);
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const VoxelLoss loss = make_loss(options);
      const Tensor rows = loss(voxels.logits, voxels.labels);
      DOCTEST_REQUIRE((rows.sizes() == at::IntArrayRef{3}));
      for (int64_t n = 0; n < 3; ++n) {
        const Tensor alone = loss(voxels.logits.slice(0, n, n + 1), voxels.labels.slice(0, n, n + 1));
        DOCTEST_CHECK(at::allclose(alone[0], rows[n]));
      }
    }
  }

  DOCTEST_TEST_CASE("prices are fp32 for bf16 logits, and labels may be int16 or int64") {
    const Voxels voxels = drawn_voxels(2, 3);
    const Tensor half = voxels.logits.to(at::kBFloat16);
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const Tensor rows = make_loss(options)(half, voxels.labels);
      DOCTEST_CHECK((rows.scalar_type() == at::kFloat));
      DOCTEST_CHECK(at::equal(rows, make_loss(options)(half.to(at::kFloat), voxels.labels.to(at::kLong))));
    }
  }

  DOCTEST_TEST_CASE("a certain right answer costs next to nothing and never less, a wrong one much") {
    const Voxels voxels = drawn_voxels(2, 3);
    const Tensor classes = at::arange(3, at::kShort).view({1, 3, 1, 1, 1});
    const Tensor right = voxels.labels.eq(classes).to(at::kFloat) * 100;
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const VoxelLoss loss = make_loss(options);
      DOCTEST_CHECK(loss(right, voxels.labels).min().item<double>() >= 0);
      DOCTEST_CHECK(loss(right, voxels.labels).max().item<double>() < 1e-5);
      DOCTEST_CHECK(loss(-right, voxels.labels).min().item<double>() > 0.6);
    }
  }

  DOCTEST_TEST_CASE(
      "voxels without an answer cost nothing, get no gradient and leave the price to the others") {
    const Voxels voxels = drawn_voxels(2, 3);
    Tensor labels = voxels.labels.clone();
    labels.slice(4, 3).fill_(no_answer);
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const VoxelLoss loss = make_loss(options);
      const Tensor logits = voxels.logits.clone().requires_grad_();
      const Tensor rows = loss(logits, labels);
      const Tensor others = loss(voxels.logits.slice(4, 0, 3), voxels.labels.slice(4, 0, 3));
      DOCTEST_CHECK(at::allclose(rows, others, 1e-12, 1e-14));
      rows.sum().backward();
      DOCTEST_CHECK(logits.grad().slice(4, 3).abs().max().item<double>() == 0);
      DOCTEST_CHECK(logits.grad().slice(4, 0, 3).abs().max().item<double>() > 0);
    }
  }

  DOCTEST_TEST_CASE("a row without any answer costs nothing and gets no gradient") {
    const Voxels voxels = drawn_voxels(2, 3);
    Tensor labels = voxels.labels.clone();
    labels[1].fill_(no_answer);
    for (const VoxelLossOptions& options : all) {
      DOCTEST_CAPTURE(kind_of(options));
      const Tensor logits = voxels.logits.clone().requires_grad_();
      const Tensor rows = make_loss(options)(logits, labels);
      rows.sum().backward();
      DOCTEST_CHECK(rows[0].item<double>() > 0);
      DOCTEST_CHECK(rows[1].item<double>() == doctest::Approx(0));
      DOCTEST_CHECK(logits.grad()[1].abs().max().item<double>() == 0);
    }
  }

  DOCTEST_TEST_CASE(
      "the focal loss of gamma 0 is cross-entropy, the Tversky loss of equal halves soft Dice") {
    const Voxels voxels = drawn_voxels(2, 4);
    const auto rows = [&voxels](const VoxelLossOptions& options) {
      return make_loss(options)(voxels.logits, voxels.labels);
    };
    DOCTEST_CHECK(at::allclose(rows(FocalOptions{.gamma = 0}), rows(CrossEntropyOptions{})));
    DOCTEST_CHECK(at::allclose(rows(TverskyOptions{.alpha = 0.5, .beta = 0.5, .smooth = 5e-6}),
                               rows(DiceOptions{.smooth = 1e-5})));
  }

  DOCTEST_TEST_CASE("a focal loss below the first power has finite gradients where the answer is certain") {
    const Tensor labels = at::zeros({1, 1, 1, 1, 2}, at::kShort);
    Tensor logits = at::zeros({1, 2, 1, 1, 2});
    logits.select(1, 0).fill_(200);
    logits.requires_grad_();
    make_loss(FocalOptions{.gamma = 0.5})(logits, labels).sum().backward();
    DOCTEST_CHECK(logits.grad().isfinite().all().item<bool>());
  }

  DOCTEST_TEST_CASE("a missed voxel costs more under the Tversky loss than one drawn too much") {
    const Tensor labels = at::zeros({1, 1, 1, 1, 6}, at::kShort);
    labels.slice(4, 2, 4).fill_(1);
    const auto price = [&labels](int64_t first, int64_t last) {
      Tensor logits = at::zeros({1, 2, 1, 1, 6});
      logits.select(1, 1).fill_(-50);
      logits.select(1, 1).slice(3, first, last).fill_(50);
      return make_loss(TverskyOptions{})(logits, labels).item<double>();
    };
    DOCTEST_CHECK(price(2, 3) > price(2, 5));
    DOCTEST_CHECK(price(2, 3) == doctest::Approx(1 - 1 / 1.7).epsilon(1e-4));
    DOCTEST_CHECK(price(2, 5) == doctest::Approx(1 - 2 / 2.3).epsilon(1e-4));
  }

  DOCTEST_TEST_CASE("other shapes and labels beyond the classes are refused by name") {
    const VoxelLoss loss = make_loss(DiceOptions{});
    const Tensor logits = at::zeros({2, 3, 2, 3, 4}), labels = at::zeros({2, 1, 2, 3, 4}, at::kShort);
    DOCTEST_CHECK_THROWS_WITH_AS(loss(logits, labels.slice(4, 1)),
                                 "labels: expected 2x1x2x3x4 beside logits of 2x3x2x3x4, but got 2x1x2x3x3",
                                 Error);
    DOCTEST_CHECK_THROWS_WITH_AS(loss(logits, labels + 3),
                                 "labels: expected values of 0 to 2, or -1 for no answer, but got 3 to 3",
                                 Error);
    DOCTEST_CHECK_THROWS_AS(loss(logits, labels - 2), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(loss(logits.slice(1, 1, 2), labels),
                                 "logits: expected at least 2 classes (background first), but got 1", Error);
    DOCTEST_CHECK_THROWS_AS(loss(logits, labels.squeeze(1)), Error);
  }
}

}  // namespace
}  // namespace tazuna
