// SPDX-License-Identifier: Apache-2.0
#include "networks/encoding.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "core/error.hpp"
#include "tests/networks/tiny_trunk.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr int64_t seed = 3;

/// An Encoding whose parameters are where a model has them.
struct Net : torch::nn::Module {
  explicit Net(NetworkInput input) : encoding(tiny_trunk(), std::move(input)) {
    encoding.register_into(*this);
    initialise(*this, seed, "");
  }
  Features operator()(const Tensor& image, const Tensor& present = {}, const Tensor& times = {}) {
    return encoding.forward(image, present, times);
  }
  Encoding encoding;
};

NetworkInput two_sequences(bool missing, bool late) {
  return {.sequences = {"T1w", "ce-gad_T1w"}, .missing = missing, .late = late};
}

NetworkInput frames(const std::string& pooling, int64_t frame_chunk = 4) {
  return {.sequences = {"bold"}, .series = true, .temporal = {pooling, frame_chunk}};
}

/// An encoder of one channel with the weights that `prefix` has in every Net.
std::shared_ptr<EncoderImpl> encoder_at(const std::string& prefix) {
  auto encoder = make_encoder(tiny_trunk(), 1);
  initialise(*encoder, seed, prefix);
  return encoder;
}

Tensor presence(const std::vector<std::vector<bool>>& rows) {
  Tensor all =
      at::zeros({static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())}, at::kBool);
  for (size_t n = 0; n < rows.size(); ++n)
    for (size_t c = 0; c < rows[n].size(); ++c)
      all[static_cast<int64_t>(n)][static_cast<int64_t>(c)] = static_cast<bool>(rows[n][c]);
  return all;
}

bool close(const Features& a, const Features& b) {
  if (a.stages.size() != b.stages.size()) return false;
  for (size_t i = 0; i < a.stages.size(); ++i)
    if (!at::allclose(a.stages[i], b.stages[i], 1e-5, 1e-6)) return false;
  return true;
}

Features row(const Features& features, int64_t n) {
  Features one;
  for (const Tensor& stage : features.stages) one.stages.push_back(stage.narrow(0, n, 1));
  return one;
}

Tensor random_images(int64_t count, int64_t channels) {
  at::manual_seed(1);
  return at::randn({count, channels, 8, 8, 8});
}

const std::vector<std::string> tiny_encoder = {
    "stages.0.0.convs.0.conv.weight", "stages.0.0.convs.0.conv.bias",   "stages.0.0.convs.0.norm.weight",
    "stages.0.0.convs.0.norm.bias",   "stages.1.0.convs.0.conv.weight", "stages.1.0.convs.0.conv.bias",
    "stages.1.0.convs.0.norm.weight", "stages.1.0.convs.0.norm.bias"};

std::vector<std::string> below(const std::string& prefix) {
  std::vector<std::string> names;
  for (const std::string& name : tiny_encoder) names.push_back(prefix + name);
  return names;
}

std::vector<std::string> names_of(const NetworkInput& input) {
  std::vector<std::string> names;
  for (const auto& named : Net(input).named_parameters()) names.push_back(named.key());
  return names;
}

std::vector<std::string> joined(std::vector<std::string> one, const std::vector<std::string>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

DOCTEST_TEST_SUITE("networks/encoding") {
  DOCTEST_TEST_CASE("the parameters' names, the weight-file format, are these") {
    DOCTEST_CHECK(names_of(two_sequences(false, false)) == below("encoder."));
    DOCTEST_CHECK(names_of(two_sequences(true, false)) == below("encoder."));
    DOCTEST_CHECK(names_of(two_sequences(true, true)) ==
                  joined(below("encoders.T1w."), below("encoders.ce_gad_T1w.")));
    DOCTEST_CHECK(names_of(frames("mean")) == below("encoder."));
    DOCTEST_CHECK(names_of(frames("attention")) ==
                  joined(below("encoder."), {"temporal.0.feature_query", "temporal.0.time_query",
                                             "temporal.1.feature_query", "temporal.1.time_query"}));
    DOCTEST_CHECK(names_of(frames("convolution")) ==
                  joined(below("encoder."),
                         {"temporal.0.weight", "temporal.0.bias", "temporal.1.weight", "temporal.1.bias"}));
  }

  DOCTEST_TEST_CASE("one sequence without anything missing is encoded as by the bare encoder") {
    const Tensor image = random_images(2, 1);
    Net net(NetworkInput::of_channels(1));
    DOCTEST_CHECK(close(net(image), encoder_at("encoder.")->forward(image)));
  }

  DOCTEST_TEST_CASE("early fusion tells an absent sequence from one that is zero") {
    Net net(two_sequences(true, false));
    Tensor image = random_images(2, 2);
    image.select(1, 1).zero_();
    const Features features = net(image, presence({{true, true}, {true, false}}));
    const Features all_there = net(image, presence({{true, true}, {true, true}}));
    DOCTEST_CHECK(close(row(features, 0), row(all_there, 0)));
    DOCTEST_CHECK_FALSE(close(row(features, 1), row(all_there, 1)));
    DOCTEST_CHECK(close(all_there, net(image)));
  }

  DOCTEST_TEST_CASE("what stands in the voxels of an absent sequence does not matter") {
    const Tensor present = presence({{true, false}, {false, true}, {true, true}});
    const Tensor image = random_images(3, 2);
    Tensor spoilt = image.clone();
    spoilt[0][1].fill_(1e6);
    spoilt[1][0].fill_(std::numeric_limits<float>::quiet_NaN());
    for (const bool late : {false, true}) {
      DOCTEST_CAPTURE(late);
      Net net(two_sequences(true, late));
      DOCTEST_CHECK(close(net(image, present), net(spoilt, present)));
    }
  }

  DOCTEST_TEST_CASE("late fusion is the mean of the features of the sequences that a row has") {
    const Tensor image = random_images(3, 2);
    Net net(two_sequences(true, true));
    const Features fused = net(image, presence({{true, false}, {false, true}, {true, true}}));
    const Features t1 = encoder_at("encoders.T1w.")->forward(image.narrow(1, 0, 1));
    const Features gad = encoder_at("encoders.ce_gad_T1w.")->forward(image.narrow(1, 1, 1));
    DOCTEST_CHECK(close(row(fused, 0), row(t1, 0)));
    DOCTEST_CHECK(close(row(fused, 1), row(gad, 1)));
    Features mean;
    for (size_t i = 0; i < t1.stages.size(); ++i)
      mean.stages.push_back((t1.stages[i] + gad.stages[i]).div(2));
    DOCTEST_CHECK(close(row(fused, 2), row(mean, 2)));
    DOCTEST_CHECK(close(net(image), mean));
  }

  DOCTEST_TEST_CASE("an encoder whose sequence nobody has gets no gradient, the others do") {
    Net net(two_sequences(true, true));
    net(random_images(2, 2), presence({{false, true}, {false, true}})).stages[1].square().sum().backward();
    for (const auto& named : net.named_parameters()) {
      if (named.key().starts_with("encoders.T1w.")) DOCTEST_CHECK_FALSE(named.value().grad().defined());
    }
    const auto parameters = net.named_parameters();
    const Tensor slope = parameters["encoders.ce_gad_T1w.stages.0.0.convs.0.conv.weight"].grad();
    DOCTEST_REQUIRE(slope.defined());
    DOCTEST_CHECK(slope.abs().sum().item<double>() > 0);
  }

  DOCTEST_TEST_CASE("a series pools each stage of its frames' own features over time") {
    const Tensor image = random_images(6, 1);
    const Tensor times = at::arange(3, at::kFloat).mul(2).expand({2, 3});
    const Features features = Net(frames("mean"))(image.view({2, 3, 1, 8, 8, 8}), {}, times);
    Features expected = encoder_at("encoder.")->forward(image);
    for (Tensor& stage : expected.stages) stage = stage.unflatten(0, {2, 3}).mean(1);
    DOCTEST_CHECK(close(features, expected));
    DOCTEST_CHECK(close(features, Net(frames("attention"))(image.view({2, 3, 1, 8, 8, 8}), {}, times)));
  }

  DOCTEST_TEST_CASE("the size of the chunks changes neither features nor gradients") {
    const Tensor image = random_images(10, 1).view({2, 5, 1, 8, 8, 8});
    const Tensor times = at::arange(5, at::kFloat).expand({2, 5});
    const auto outcome = [&](const std::string& pooling, int64_t chunk) {
      Net net(frames(pooling, chunk));
      const Features features = net(image, {}, times);
      (features.stages[0].square().sum() + features.stages[1].sin().sum()).backward();
      std::vector<Tensor> all = features.stages;
      for (const Tensor& parameter : net.parameters()) all.push_back(parameter.grad());
      return all;
    };
    for (const std::string pooling : {"mean", "attention", "convolution"}) {
      DOCTEST_CAPTURE(pooling);
      const std::vector<Tensor> whole = outcome(pooling, 100);
      double largest = 0;  // a bias before a norm has no gradient but rounding
      for (const Tensor& one : whole) largest = std::max(largest, one.norm().item<double>());
      for (const int64_t chunk : {1, 3, 4, 9}) {
        DOCTEST_CAPTURE(chunk);
        const std::vector<Tensor> parts = outcome(pooling, chunk);
        for (size_t i = 0; i < whole.size(); ++i)
          DOCTEST_CHECK((parts[i] - whole[i]).norm().item<double>() <= 1e-5 * largest);
      }
    }
  }

  DOCTEST_TEST_CASE("inputs that no network can be built for are refused") {
    const auto refusal = [](const NetworkInput& input) {
      return refusal_of([&] { Encoding(tiny_trunk(), input); });
    };
    DOCTEST_CHECK(says(refusal({}), "at least one sequence"));
    DOCTEST_CHECK(says(refusal({.sequences = {"a-b", "a_b"}, .late = true}),
                       "of the sequences a-b, a_b two would have their weights under encoders.a_b"));
    DOCTEST_CHECK(says(refusal({.sequences = {"a", "b"}, .series = true}), "a series is one sequence"));
    NetworkInput missing = frames("mean");
    missing.missing = true;
    DOCTEST_CHECK(says(refusal(missing), "which may be missing"));
    DOCTEST_CHECK(
        says(refusal(frames("median")), "there is no 'median'; use mean, attention or convolution"));
  }

  DOCTEST_TEST_CASE("images, presence and times of other shapes, and rows without a sequence, are refused") {
    Net early(two_sequences(true, false)), late(two_sequences(true, true)), series(frames("mean"));
    const Tensor image = at::zeros({2, 2, 8, 8, 8});
    for (Net* net : {&early, &late}) {
      DOCTEST_CHECK_THROWS_WITH_AS((*net)(image, presence({{true, true}, {false, false}})),
                                   "row 1 of the batch has no sequence", Error);
      DOCTEST_CHECK_THROWS_WITH_AS((*net)(image, presence({{true, true}})),
                                   "present: expected 2x2 (N, C), but got 1x2", Error);
      DOCTEST_CHECK_THROWS_WITH_AS((*net)(at::zeros({1, 3, 8, 8, 8})),
                                   "image: the network was built for 2 channels, but got 3 (1x3x8x8x8)",
                                   Error);
    }
    const Tensor window = at::zeros({1, 2, 1, 8, 8, 8});
    DOCTEST_CHECK_THROWS_AS(series(image, {}, at::zeros({1, 2})), Error);
    DOCTEST_CHECK_THROWS_AS(series(window), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(series(window, {}, at::zeros({1, 3})),
                                 "times: expected 1x2 (N, T), but got 1x3", Error);
  }
}

}  // namespace
}  // namespace tazuna
