// SPDX-License-Identifier: Apache-2.0
#include "image/resample.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <fstream>

#include "core/error.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Sizes = std::array<int64_t, 3>;

Tensor raw(const std::filesystem::path& file, const Sizes& size, at::ScalarType type) {
  std::ifstream in(file, std::ios::binary);
  Tensor tensor = at::empty({1, size[0], size[1], size[2]}, type);
  in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
  DOCTEST_REQUIRE(in.gcount() == static_cast<std::streamsize>(tensor.nbytes()));
  return tensor;
}

Interpolation interpolation_of(const std::string& kind) {
  if (kind == "nearest") return Interpolation::nearest;
  return kind == "linear" ? Interpolation::linear : Interpolation::cubic;
}

}  // namespace

DOCTEST_TEST_SUITE("image/resample") {
  DOCTEST_TEST_CASE("images and labels are resized as by scikit-image, batchgenerators and nnU-Net") {
    const ScratchFolder folder;
    if (!run_python("image/golden/resize.py", {folder.path()})) return;
    std::ifstream manifest(folder.path() / "manifest.txt");
    std::string kind;
    int through, index = 0;
    Sizes before, after;
    while (manifest >> kind >> through >> before[0] >> before[1] >> before[2] >> after[0] >> after[1] >>
           after[2]) {
      DOCTEST_CAPTURE(kind);
      DOCTEST_CAPTURE(through);
      DOCTEST_CAPTURE(index);
      const at::ScalarType type = kind == "labels" ? at::kInt : at::kFloat;
      const std::filesystem::path stem = folder.path() / std::to_string(index++);
      const Tensor source = raw(stem.string() + ".before", before, type);
      const Tensor expected = raw(stem.string() + ".after", after, type);
      if (kind == "labels") {
        const Tensor differ = resized_labels(source, after, through).ne(expected);
        // Equal shares that rounding decides in one of the two programs.
        DOCTEST_CHECK(differ.sum().item<int64_t>() <= differ.numel() / 500);
      } else {
        const Tensor mine = resized_image(source, after, interpolation_of(kind), through);
        DOCTEST_CHECK((mine - expected).abs().max().item<float>() < 1e-4);
      }
    }
    DOCTEST_CHECK(index > 50);
  }

  DOCTEST_TEST_CASE("a constant image stays constant and its own size returns it unchanged") {
    for (const auto kind : {Interpolation::nearest, Interpolation::linear, Interpolation::cubic}) {
      const Tensor constant = at::full({2, 7, 8, 9}, 3.25f);
      DOCTEST_CHECK(
          at::allclose(resized_image(constant, {11, 4, 19}, kind), at::full({2, 11, 4, 19}, 3.25f)));
      DOCTEST_CHECK(resized_image(constant, {7, 8, 9}, kind).data_ptr() == constant.data_ptr());
    }
  }

  DOCTEST_TEST_CASE("channels do not mix and each is clipped to its own range") {
    const Tensor image = at::randn({3, 8, 9, 10});
    const Tensor all = resized_image(image, {13, 20, 7}, Interpolation::cubic);
    for (int64_t channel = 0; channel < 3; ++channel) {
      const Tensor one = image.narrow(0, channel, 1);
      DOCTEST_CHECK(resized_image(one, {13, 20, 7}, Interpolation::cubic).equal(all.narrow(0, channel, 1)));
      DOCTEST_CHECK(all[channel].max().item<float>() <= one.max().item<float>());
      DOCTEST_CHECK(all[channel].min().item<float>() >= one.min().item<float>());
    }
  }

  DOCTEST_TEST_CASE("the number of threads and the strides of the input change no byte") {
    const Tensor image = at::randn({2, 20, 30, 40});
    const int threads = at::get_num_threads();
    const Tensor expected = resized_image(image, {31, 22, 57}, Interpolation::cubic);
    at::set_num_threads(1);
    const Tensor strided = image.permute({0, 3, 2, 1}).contiguous().permute({0, 3, 2, 1});
    DOCTEST_CHECK(resized_image(strided, {31, 22, 57}, Interpolation::cubic).equal(expected));
    at::set_num_threads(threads);
  }

  DOCTEST_TEST_CASE("resized labels are labels of the input, whatever the integer type") {
    const Tensor labels = at::randint(0, 3, {1, 9, 9, 9}).mul(100).to(at::kInt);
    const Tensor expected = resized_labels(labels, {14, 5, 20});
    DOCTEST_CHECK(at::isin(expected, labels).all().item<bool>());
    for (const auto type : {at::kByte, at::kShort, at::kLong}) {
      const Tensor other = resized_labels(labels.to(type), {14, 5, 20});
      DOCTEST_CHECK((other.scalar_type() == type));
      DOCTEST_CHECK(other.to(at::kInt).equal(expected));
    }
  }

  DOCTEST_TEST_CASE("equal shares go to the nearest voxel's label") {
    const Tensor labels = at::tensor({5, 2}, at::kInt).view({1, 1, 1, 2});
    DOCTEST_CHECK(resized_labels(labels, {1, 1, 4}).flatten().equal(at::tensor({5, 5, 2, 2}, at::kInt)));
    DOCTEST_CHECK(resized_labels(labels, {1, 1, 1}).item<int>() == 2);  // SciPy's nearest of 0.5 is 1
  }

  DOCTEST_TEST_CASE("what cannot be resized is an error") {
    DOCTEST_CHECK_THROWS_AS(resized_image(at::zeros({4, 4, 4}), {2, 2, 2}, Interpolation::linear), Error);
    DOCTEST_CHECK_THROWS_AS(resized_image(at::zeros({1, 4, 4, 4}), {2, 0, 2}, Interpolation::linear), Error);
    DOCTEST_CHECK_THROWS_AS(resized_image(at::zeros({1, 4, 4, 4}), {2, 2, 2}, Interpolation::linear, 3),
                            Error);
    DOCTEST_CHECK_THROWS_AS(resized_labels(at::zeros({1, 4, 4, 4}), {2, 2, 2}), Error);
    DOCTEST_CHECK_THROWS_AS(resized_labels(at::zeros({2, 4, 4, 4}, at::kInt), {2, 2, 2}), Error);
  }
}

}  // namespace tazuna
