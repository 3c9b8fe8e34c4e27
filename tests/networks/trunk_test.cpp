// SPDX-License-Identifier: Apache-2.0
#include "networks/trunk.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/weights.hpp"
#include "kernels/precision.hpp"
#include "tests/networks/trunk_shape.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Net {
  const char* name;
  const char* kind;
  int64_t dims;  ///< of the original's convolutions
  int64_t channels;
  Triple size;
  Sizes sizes;
};

const Triple one = {1, 1, 1}, two = {2, 2, 2}, three = {3, 3, 3}, flat = {1, 3, 3}, halve = {1, 2, 2};
const Net nets[] = {
    {"plain",
     "plain",
     3,
     2,
     {8, 16, 12},
     {{4, 8, 12}, {three, three, three}, {one, two, two}, {2, 2, 2}, {2, 2}}},
    {"plain_uneven",
     "plain",
     3,
     1,
     {4, 16, 16},
     {{4, 6, 10, 10}, {flat, flat, three, three}, {one, halve, two, halve}, {1, 2, 3, 1}, {1, 2, 3}}},
    {"plain_slice",
     "plain",
     2,
     3,
     {1, 16, 24},
     {{4, 8, 8}, {flat, flat, flat}, {one, halve, halve}, {2, 2, 2}, {2, 2}}},
    {"residual",
     "residual",
     3,
     1,
     {8, 16, 8},
     {{4, 8, 16}, {three, three, three}, {one, two, two}, {1, 3, 2}, {1, 1}}},
    {"residual_uneven",
     "residual",
     3,
     3,
     {4, 16, 16},
     {{4, 8, 8, 8}, {flat, flat, three, three}, {one, halve, two, one}, {1, 2, 2, 1}, {1, 1, 2}}},
    {"residual_slice",
     "residual",
     2,
     2,
     {1, 16, 16},
     {{4, 8, 12}, {flat, flat, flat}, {one, halve, halve}, {2, 1, 2}, {1, 1}}},
};

TrunkOptions options_of(const Net& net) {
  if (std::string_view(net.kind) == ResidualOptions::kind) return ResidualOptions{shape_from(net.sizes)};
  return PlainOptions{shape_from(net.sizes)};
}

nlohmann::json spec_of(const Net& net) {
  return {{"name", net.name},
          {"kind", net.kind},
          {"dims", net.dims},
          {"channels", net.channels},
          {"size", net.size},
          {"widths", net.sizes.widths},
          {"kernels", net.sizes.kernels},
          {"strides", net.sizes.strides},
          {"blocks", net.sizes.blocks},
          {"decoder_blocks", net.sizes.decoder_blocks}};
}

/// The original's tensor on our axes: a 2D one gets a depth of one.
Tensor placed(const Net& net, const Tensor& original) {
  return net.dims == 2 && original.dim() == 4 ? original.unsqueeze(2) : original;
}

/// |a - b| / |b|, where |b| counts at least as `floor`.
double distance(const Tensor& a, const Tensor& b, double floor = 0) {
  return (a - b).norm().item<double>() / std::max(b.norm().item<double>(), floor);
}

/// Both halves under the original's names, and its 1x1 heads.
struct Whole : torch::nn::Module {
  explicit Whole(const Net& net)
      : encoder(register_module("encoder", make_encoder(options_of(net), net.channels))),
        decoder(register_module("decoder", make_decoder(options_of(net)))) {}
  std::shared_ptr<EncoderImpl> encoder;
  std::shared_ptr<DecoderImpl> decoder;
};

/// Gives the parameters of `whole` the original's values; their names must be the same, heads aside. Returns
/// the heads' parameters.
NamedTensors assign(Whole& whole, const Net& net, const NamedTensors& original) {
  NamedTensors heads;
  auto parameters = whole.named_parameters();
  size_t assigned = 0;
  for (const auto& [key, value] : original) {
    if (!key.starts_with("param.")) continue;
    const std::string name = key.substr(6);
    DOCTEST_CAPTURE(name);
    const Tensor weight = placed(net, value);
    if (name.starts_with("decoder.seg_layers.")) {
      heads[name] = weight.clone().requires_grad_();
      continue;
    }
    Tensor* ours = parameters.find(name);
    DOCTEST_REQUIRE(ours != nullptr);
    DOCTEST_REQUIRE(ours->sizes() == weight.sizes());
    ours->set_data(weight.clone());
    ++assigned;
  }
  DOCTEST_CHECK(assigned == parameters.size());
  return heads;
}

/// The original's deep supervision levels from ours, finest first.
std::vector<Tensor> levels_of(Whole& whole, const NamedTensors& heads, const Tensor& image) {
  const Features features = whole.decoder->forward(whole.encoder->forward(image));
  std::vector<Tensor> levels;
  for (size_t i = 0; i < features.stages.size(); ++i) {
    const std::string head = cat("decoder.seg_layers.", features.stages.size() - 1 - i);
    levels.push_back(at::conv3d(features.stages[i], heads.at(head + ".weight"), heads.at(head + ".bias")));
  }
  return levels;
}

void check_against(const Net& net, const NamedTensors& original) {
  Whole whole(net);
  const NamedTensors heads = assign(whole, net, original);
  const Tensor image = placed(net, original.at("image")).clone().requires_grad_();
  const std::vector<Tensor> levels = levels_of(whole, heads, image);
  Tensor price = at::zeros({});
  for (size_t i = 0; i < levels.size(); ++i) {
    DOCTEST_CAPTURE(i);
    DOCTEST_CHECK(distance(levels[i], placed(net, original.at(cat("level.", i)))) < 1e-4);
    price = price + (levels[i] * placed(net, original.at(cat("price.", i)))).sum();
  }
  DOCTEST_CHECK(!original.contains(cat("level.", levels.size())));
  price.backward();
  DOCTEST_CHECK(distance(image.grad(), placed(net, original.at("grad.image"))) < 1e-4);
  // A bias before a norm has no effect: its gradient is rounding alone and is held against the image's.
  const double floor = original.at("grad.image").norm().item<double>();
  for (const auto& named : whole.named_parameters()) {
    DOCTEST_CAPTURE(named.key());
    const Tensor expected = placed(net, original.at("grad." + named.key()));
    DOCTEST_CHECK(distance(named.value().grad(), expected, floor) < 1e-4);
  }
}

DOCTEST_TEST_SUITE("networks/trunk") {
  DOCTEST_TEST_CASE("names, outputs and gradients are those of dynamic-network-architectures") {
    at::set_num_threads(1);  // small nets; a second thread only waits
    const ScratchFolder folder;
    nlohmann::json specs = nlohmann::json::array();
    for (const Net& net : nets) specs.push_back(spec_of(net));
    write_atomically(folder.path() / "specs.json", specs.dump());
    if (!run_python("networks/golden/unet.py", {folder.path() / "specs.json", folder.path()})) return;
    for (const Net& net : nets) {
      DOCTEST_CAPTURE(net.name);
      check_against(net, read_safetensors(folder.path() / cat(net.name, ".safetensors")));
    }
  }

  DOCTEST_TEST_CASE("the decoder has one stage fewer than the encoder and the encoder's widths and grids") {
    for (const Net& net : nets) {
      DOCTEST_CAPTURE(net.name);
      Whole whole(net);
      initialise(whole, 1, "");
      const auto [d, h, w] = net.size;
      const Features encoder = whole.encoder->forward(at::zeros({1, net.channels, d, h, w}));
      const Features decoder = whole.decoder->forward(encoder);
      const TrunkWidths widths = widths_of(options_of(net));
      DOCTEST_REQUIRE(encoder.stages.size() == widths.encoder.size());
      DOCTEST_REQUIRE(decoder.stages.size() == widths.decoder.size());
      DOCTEST_CHECK(widths.decoder.size() + 1 == widths.encoder.size());
      DOCTEST_CHECK((encoder.stages[0].sizes() == at::IntArrayRef{1, widths.encoder[0], d, h, w}));
      for (size_t i = 0; i < decoder.stages.size(); ++i) {
        DOCTEST_CHECK(decoder.stages[i].sizes() == encoder.stages[i].sizes());
        DOCTEST_CHECK(decoder.stages[i].size(1) == widths.decoder[i]);
      }
    }
  }

  DOCTEST_TEST_CASE("bf16 autocast changes features and gradients by its rounding alone") {
    at::manual_seed(0);
    for (const Net& net : nets) {
      DOCTEST_CAPTURE(net.name);
      Whole whole(net);
      initialise(whole, 1, "");
      const auto [d, h, w] = net.size;
      const Tensor image = at::randn({2, net.channels, d, h, w});
      const auto finest = [&](bool bf16) {
        const Autocast precision(at::kCPU, bf16);
        return whole.decoder->forward(whole.encoder->forward(image)).stages[0];
      };
      const Tensor full = finest(false), half = finest(true);
      DOCTEST_CHECK((half.scalar_type() == at::kBFloat16));
      DOCTEST_CHECK(distance(half.to(at::kFloat), full) < 0.05);
      half.to(at::kFloat).square().sum().backward();
      for (const auto& named : whole.named_parameters()) {
        DOCTEST_CAPTURE(named.key());
        DOCTEST_CHECK((named.value().grad().scalar_type() == at::kFloat));
        DOCTEST_CHECK(named.value().grad().isfinite().all().item<bool>());
      }
    }
  }

  DOCTEST_TEST_CASE("an option still auto, or that does not fit the others, is refused by name") {
    DOCTEST_CHECK_THROWS_AS(make_encoder(PlainOptions{}, 1), Error);
    Sizes sizes = nets[0].sizes;
    sizes.blocks.pop_back();
    DOCTEST_CHECK_THROWS_WITH_AS(make_encoder(PlainOptions{shape_from(sizes)}, 1),
                                 "network: blocks: expected 3 entries (one per stage), but got 2", Error);
  }

  DOCTEST_TEST_CASE("images of other channels or off the strides' grid, and other features, are refused") {
    const Whole whole(nets[0]);
    DOCTEST_CHECK_THROWS_WITH_AS(whole.encoder->forward(at::zeros({1, 3, 8, 16, 12})),
                                 "image: the network was built for 2 channels, but got 3 (1x3x8x16x12)",
                                 Error);
    DOCTEST_CHECK_THROWS_WITH_AS(
        whole.encoder->forward(at::zeros({1, 2, 8, 16, 10})),
        "image: D, H, W must be multiples of 4x4x4 (the product of the strides), but got 8x16x10", Error);
    DOCTEST_CHECK_THROWS_AS(whole.encoder->forward(at::zeros({2, 8, 16, 12})), Error);
    DOCTEST_CHECK_THROWS_AS(whole.decoder->forward(Features{{at::zeros({1, 4, 8, 16, 12})}}), Error);
  }
}

}  // namespace
}  // namespace tazuna
