// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <new>

#include "infer/predictor.hpp"
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// While it lives, tensors of more than `most` bytes find no memory.
class ScarceMemory : public c10::Allocator {
 public:
  explicit ScarceMemory(size_t most) : most_(most), usual_(*c10::GetCPUAllocator()) {
    c10::SetCPUAllocator(this);
  }
  ~ScarceMemory() override { c10::SetCPUAllocator(&usual_); }
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes > most_) throw std::bad_alloc();
    for (size_t seen = largest_; bytes > seen && !largest_.compare_exchange_weak(seen, bytes);) {
    }
    return usual_.allocate(bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return usual_.raw_deleter(); }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    usual_.copy_data(to, from, bytes);
  }
  /// Bytes of the largest tensor so far.
  size_t largest() const { return largest_; }

 private:
  const size_t most_;
  c10::Allocator& usual_;
  std::atomic<size_t> largest_ = 0;
};

constexpr size_t plenty = size_t{1} << 40;

Sample sample_of(const Tensor& voxels) {
  Sample sample;
  auto subject = std::make_shared<Subject>();
  subject->id = "noise";
  sample.subject = subject;
  sample.image.voxels = voxels;
  const std::array<int64_t, 3> size{voxels.size(1), voxels.size(2), voxels.size(3)};
  sample.image.geometry.size = sample.placement.native.size = sample.placement.working.size = size;
  sample.placement.crop.high = size;
  sample.present = at::ones({1}, at::kBool);
  return sample;
}

/// The age that is answered, with what is said of it.
struct Answered {
  double age;
  std::string remark;
};
Answered answered(Model& network, const Tensor& voxels) {
  Answered found;
  SubjectView view;
  view.whole.multiple = {2, 2, 2};
  const auto answers =
      predict_case({&network}, sample_of(voxels), {.patch = {16, 16, 16}}, view, at::kCPU, &found.remark);
  found.age = std::get<Quantity>(answers.at(0).at(0)).value;
  return found;
}

constexpr int64_t starts[] = {0, 8, 16, 24, 32, 40, 48};

Tensor window_of(const Tensor& image, int64_t start) {
  return image.narrow(3, start, 16).contiguous();
}

/// Bytes of the largest tensor that answering a window of `image` needs, the image itself included.
size_t bytes_of_a_window(Model& network, const Tensor& image) {
  const ScarceMemory memory(plenty);
  answered(network, window_of(image, 0));
  return std::max(image.nbytes(), memory.largest());
}

DOCTEST_TEST_SUITE("infer/large_view") {
  DOCTEST_TEST_CASE(
      "a whole view that memory does not hold is answered by the mean over windows, and that is said") {
    const TinyModel tiny = tiny_model(recipe_of({age_task()}), 5);
    const Tensor image = noise({1, 16, 16, 64}, "image");
    double mean = 0;
    for (const int64_t start : starts) mean += answered(*tiny.network, window_of(image, start)).age / 7;
    const size_t window_bytes = bytes_of_a_window(*tiny.network, image);
    Answered whole;
    {
      const ScarceMemory memory(plenty);
      whole = answered(*tiny.network, image);
      DOCTEST_REQUIRE(memory.largest() > window_bytes);
    }
    DOCTEST_CHECK(whole.remark == "");
    const ScarceMemory memory(window_bytes);
    const Answered found = answered(*tiny.network, image);
    DOCTEST_CHECK(found.age == doctest::Approx(mean).epsilon(1e-6));
    DOCTEST_CHECK(std::abs(found.age - whole.age) > 1e-6);
    DOCTEST_CHECK(found.remark ==
                  "memory ran out on the whole view of 16x16x64 voxels; the answer is the mean of 7 windows "
                  "of 16x16x16");
  }

  DOCTEST_TEST_CASE("status.tsv says of which case, and that it is done") {
    const ScratchFolder folder;
    ModelRecipe recipe = recipe_of({age_task()});
    recipe.patch = {16, 16, 16};
    save_tiny(folder.path() / "run", recipe, 5);
    write_noise(folder.path() / "in" / "long_0000.nii.gz", {16, 16, 64});
    PredictOptions options;
    options.models = {folder.path() / "run"};
    options.inputs = {folder.path() / "in"};
    options.out = folder.path() / "plenty";
    size_t needed = 0;
    {
      const ScarceMemory memory(plenty);
      DOCTEST_REQUIRE(predict(options).done == 1);
      needed = memory.largest();
    }
    DOCTEST_CHECK(read_table(options.out / "status.tsv").text(0, "reason") == "n/a");
    options.out = folder.path() / "scarce";
    const ScarceMemory memory(needed - 1);
    DOCTEST_REQUIRE(predict(options).done == 1);
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK(status.text(0, "status") == "done");
    DOCTEST_CHECK(status.text(0, "reason").starts_with("memory ran out on the whole view"));
  }

  DOCTEST_TEST_CASE("where nobody would be told it is an error, though windows would fit") {
    const TinyModel tiny = tiny_model(recipe_of({age_task()}), 5);
    const Tensor large = noise({1, 16, 16, 64}, "image");
    SubjectView view;
    view.whole.multiple = {2, 2, 2};
    const Sample sample = sample_of(large);
    const ScarceMemory memory(bytes_of_a_window(*tiny.network, large));
    DOCTEST_CHECK(answered(*tiny.network, large).remark != "");
    DOCTEST_CHECK_THROWS_AS(
        predict_case({tiny.network.get()}, sample, {.patch = {16, 16, 16}}, view, at::kCPU), std::bad_alloc);
  }
}

}  // namespace
}  // namespace tazuna
