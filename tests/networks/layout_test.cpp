// SPDX-License-Identifier: Apache-2.0
#include "networks/layout.hpp"

#include <ATen/ATen.h>

#include "networks/trunk.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr auto last = at::MemoryFormat::ChannelsLast3d;
const Triple one = {1, 1, 1}, two = {2, 2, 2}, three = {3, 3, 3}, flat = {1, 3, 3}, halve = {1, 2, 2};

DOCTEST_TEST_SUITE("networks/layout") {
  DOCTEST_TEST_CASE("an image keeps its values and gets the strides of its channels side by side") {
    for (const int64_t channels : {1, 3}) {
      const Tensor image = at::randn({2, channels, 4, 6, 8}), moved = channels_last(image);
      DOCTEST_CHECK(moved.equal(image));
      DOCTEST_CHECK(moved.stride(1) == 1);
      DOCTEST_CHECK(moved.stride(4) == channels);
    }
  }

  DOCTEST_TEST_CASE("both layouts give the same features, each in its own order") {
    TrunkShape shape = shape_from({{4, 8, 12}, {three, three, three}, {one, two, two}, {1, 2, 2}, {1, 1}});
    const Tensor image = at::randn({2, 2, 8, 8, 12});
    const auto drawn = [&](const std::string& layout, const auto& kind) {
      auto options = kind;
      options.shape = shape;
      options.shape.layout = layout;
      const TrunkOptions trunk = options;
      const auto encoder = make_encoder(trunk, 2);
      const auto decoder = make_decoder(trunk);
      initialise(*encoder, 1, "encoder.");
      initialise(*decoder, 1, "decoder.");
      return decoder->forward(encoder->forward(image)).stages.front();
    };
    const auto compare = [&](const auto& kind) {
      const Tensor side_by_side = drawn("channels_last", kind), one_by_one = drawn("contiguous", kind);
      DOCTEST_CHECK(side_by_side.is_contiguous(last));
      DOCTEST_CHECK(one_by_one.is_contiguous());
      DOCTEST_CHECK(one_by_one.allclose(side_by_side, 1e-4, 1e-5));
      DOCTEST_CHECK(drawn("auto", kind).equal(side_by_side));
    };
    compare(ResidualOptions{});
    compare(PlainOptions{});
  }

  DOCTEST_TEST_CASE("features stay channels-last through every stage, 3D and flat") {
    const TrunkOptions residual =
        ResidualOptions{shape_from({{4, 8, 12}, {three, three, three}, {one, two, two}, {1, 2, 2}, {1, 1}})};
    const TrunkOptions plain =
        PlainOptions{shape_from({{4, 8, 12}, {three, three, three}, {one, two, two}, {2, 2, 2}, {2, 2}})};
    const TrunkOptions slice = ResidualOptions{shape_from({{4, 8}, {flat, flat}, {one, halve}, {1, 2}, {1}})};
    struct Net {
      const TrunkOptions& trunk;
      at::IntArrayRef size;
    };
    const std::array<int64_t, 5> deep = {2, 1, 8, 8, 12}, thin = {2, 3, 1, 8, 12};
    for (const Net& net : {Net{residual, deep}, Net{plain, deep}, Net{slice, thin}}) {
      const auto encoder = make_encoder(net.trunk, net.size[1]);
      const auto decoder = make_decoder(net.trunk);
      initialise(*encoder, 1, "encoder.");
      initialise(*decoder, 1, "decoder.");
      const Features coded = encoder->forward(at::randn(net.size)), drawn = decoder->forward(coded);
      for (const Tensor& stage : coded.stages) DOCTEST_CHECK(stage.is_contiguous(last));
      for (const Tensor& stage : drawn.stages) DOCTEST_CHECK(stage.is_contiguous(last));
    }
  }
}

}  // namespace
}  // namespace tazuna
