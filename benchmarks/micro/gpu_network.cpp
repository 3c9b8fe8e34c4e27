// SPDX-License-Identifier: Apache-2.0
// The targets G1 to G4 on a GPU: a U-Net of nnU-Net's size on patches of 128 voxels, Tazuna's beside the same
// network written plainly. Started by benchmarks/gpu.sh.
#include <ATen/ATen.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>

#include "benchmarks/micro/plain_unet.hpp"
#include "benchmarks/micro/tazuna_unet.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "data/loader.hpp"
#include "data/sampler.hpp"
#include "infer/sliding_window.hpp"
#include "kernels/device.hpp"
#include "train/device_steps.hpp"

namespace tazuna::benchmarks {
namespace {

struct Plan {
  int64_t patch = 128, rows = 2, tiles = 4;
  int64_t warm_up = 10, steps = 20, repeats = 5;
  int workers = 12;
  bool bf16 = true;
  std::array<int64_t, 3> size() const { return {patch, patch, patch}; }
};

const UnetShape& nnunet_size() {
  static const UnetShape shape{.channels = 1, .classes = 3, .widths = {32, 64, 128, 256, 320, 320}};
  return shape;
}

/// Items a second over the repeats, and the most memory that LibTorch held.
struct Measured {
  std::vector<double> rates;  // sorted
  double gigabytes = 0;

  double median() const { return rates[rates.size() / 2]; }
};

/// Runs `step` again and again; it works on `items` patches or tiles.
Measured measure(const Plan& plan, at::Device device, double items, const std::function<void()>& step) {
  using Clock = std::chrono::steady_clock;
  const auto settle = [&] { c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index()); };
  c10::DeviceAllocator& memory = *c10::getDeviceAllocator(device.type());
  memory.emptyCache();
  memory.resetPeakStats(device.index());
  for (int64_t i = 0; i < plan.warm_up; ++i) step();
  Measured measured;
  for (int64_t repeat = 0; repeat < plan.repeats; ++repeat) {
    settle();
    const auto begin = Clock::now();
    for (int64_t i = 0; i < plan.steps; ++i) step();
    settle();
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    measured.rates.push_back(items * static_cast<double>(plan.steps) / seconds.count());
  }
  std::ranges::sort(measured.rates);
  constexpr auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  measured.gigabytes =
      static_cast<double>(memory.getDeviceStats(device.index()).reserved_bytes[all].peak) / 1e9;
  return measured;
}

Scene scene_on(at::Device device, const Plan& plan, int64_t rows) {
  const Scene scene = random_scene(nnunet_size(), rows, plan.size());
  return {scene.image.to(device), scene.labels.to(device)};
}

Measured plain_training(const Plan& plan, at::Device device) {
  PlainTraining training(nnunet_size(), device, plan.bf16);
  const Scene scene = scene_on(device, plan, plan.rows);
  return measure(plan, device, static_cast<double>(plan.rows), [&] { training.step(scene); });
}

/// A step whose values lie on the device, where rows are counted on the CPU.
Step resident_step(const Plan& plan, at::Device device) {
  Step step = {batch_of(random_scene(nnunet_size(), plan.rows, plan.size()))};
  lock_pages(step);
  return StepCopies(device)(std::move(step));
}

Measured tazuna_training(const Plan& plan, at::Device device) {
  TazunaTraining training(nnunet_size(), device, plan.bf16);
  const Step step = resident_step(plan, device);
  return measure(plan, device, static_cast<double>(plan.rows), [&] { training.step(step.front()); });
}

/// A case in memory with structures to be cut out of it.
Sample prepared_case(int64_t number) {
  Random random{"gpu benchmark", number};
  Sample sample;
  sample.subject = std::make_shared<Subject>(Subject{.id = cat("case", number)});
  const std::array<int64_t, 3> size = {160, 192, 160};
  const Scene scene = random_scene(nnunet_size(), 1, size);
  sample.image.voxels = scene.image[0];
  sample.image.geometry.size = size;
  sample.present = at::ones({1}, at::kBool);
  sample.maps["label"] = {scene.labels.to(at::kShort), sample.image.geometry};
  return sample;
}

/// Patches of `cases` with nnU-Net's augmentation as a step, a pure function of k.
Step drawn_step(const std::vector<Sample>& cases, const std::vector<ForegroundIndex>& foreground,
                const Plan& plan, int64_t k) {
  std::vector<Tensor> images, labels;
  for (int64_t row = 0; row < plan.rows; ++row) {
    Random random{"patch", k, row};
    const auto which = static_cast<size_t>(random.below(std::ssize(cases)));
    const Sample patch =
        draw_patch(cases[which], foreground[which], plan.size(), row + 1 == plan.rows, {}, random);
    images.push_back(patch.image.voxels);
    labels.push_back(patch.maps.at("label").voxels.squeeze(0).to(at::kLong));
  }
  return {batch_of({at::stack(images), at::stack(labels)})};
}

Measured fed_training(const Plan& plan, at::Device device) {
  std::vector<Sample> cases;
  std::vector<ForegroundIndex> foreground;
  for (int64_t i = 0; i < 8; ++i) {
    cases.push_back(prepared_case(i));
    foreground.push_back(index_foreground(cases.back(), "label"));
  }
  TazunaTraining training(nnunet_size(), device, plan.bf16);
  const int64_t end = plan.warm_up + plan.steps * plan.repeats;
  Loader drawn(
      [&](int64_t k) -> std::any {
        Step step = drawn_step(cases, foreground, plan, k);
        lock_pages(step);
        return step;
      },
      0, end, plan.workers, plan.workers + 2);
  const StepCopies copies(device);
  Loader fed([&](int64_t) -> std::any { return copies(std::any_cast<Step>(drawn.next())); }, 0, end, 1, 2);
  return measure(plan, device, static_cast<double>(plan.rows),
                 [&] { training.step(std::any_cast<Step>(fed.next()).front()); });
}

Measured plain_inference(const Plan& plan, at::Device device) {
  PlainTraining network(nnunet_size(), device, plan.bf16);
  const Tensor image = scene_on(device, plan, plan.tiles).image;
  return measure(plan, device, static_cast<double>(plan.tiles), [&] { network.infer(image); });
}

Measured tazuna_inference(const Plan& plan, at::Device device) {
  TazunaInference network(nnunet_size(), device, plan.bf16);
  const Tensor image = scene_on(device, plan, plan.tiles).image;
  return measure(plan, device, static_cast<double>(plan.tiles), [&] { network.infer(image); });
}

/// A volume of twice the patch along each axis: 27 tiles, their weighted sums and the way back to the CPU.
Measured sliding_window(Plan plan, at::Device device) {
  TazunaInference network(nnunet_size(), device, plan.bf16);
  const Tensor image = at::randn({1, 2 * plan.patch, 2 * plan.patch, 2 * plan.patch}).to(device);
  const WindowOptions options{.patch = {plan.patch, plan.patch, plan.patch}};
  const TileLogits logits = [&](const Tensor& tiles) { return std::vector{network.infer(tiles)}; };
  const std::vector<PlaneSink> sinks = {[](const Tensor&) {}};
  plan.warm_up = 2;
  plan.steps = 3;
  const at::NoGradGuard no_grad;
  return measure(plan, device, 27, [&] { slide_window(image, {logits}, sinks, options); });
}

void print_row(const char* id, const char* work, const Measured& measured) {
  std::printf("| %s | %s | %.1f | %.1f to %.1f | %.2f |\n", id, work, measured.median(),
              measured.rates.front(), measured.rates.back(), measured.gigabytes);
  std::fflush(stdout);
}

void print_ratio(const char* id, const char* what, double found, const char* target) {
  std::printf("| %s | %s | %.2f | %s |\n", id, what, found, target);
}

void run(const Plan& plan, at::Device device) {
  at::globalContext().setBenchmarkCuDNN(true);  // one shape at a time
  std::printf("| | patches or tiles a second | median | range of %ld | peak GB |\n|---|---|---|---|---|\n",
              static_cast<long>(plan.repeats));
  const Measured plain = plain_training(plan, device);
  print_row("G1", "training, plain LibTorch", plain);
  const Measured own = tazuna_training(plan, device);
  print_row("G1", "training, Tazuna, one step on the device", own);
  const Measured fed = fed_training(plan, device);
  print_row("G3", "training, Tazuna, patches drawn and augmented", fed);
  const Measured plain_tiles = plain_inference(plan, device);
  print_row("G2", "inference, plain LibTorch", plain_tiles);
  const Measured tiles = tazuna_inference(plan, device);
  print_row("G2", "inference, Tazuna", tiles);
  print_row("G2", "sliding window, Tazuna, sums included", sliding_window(plan, device));
  std::printf("\n| | | found | target |\n|---|---|---|---|\n");
  print_ratio("G1", "training, Tazuna over plain", own.median() / plain.median(), "1.5, and 80 patches/s");
  print_ratio("G2", "inference, tiles/s", tiles.median(), "150");
  print_ratio("G2", "inference, Tazuna over plain", tiles.median() / plain_tiles.median(), "-");
  print_ratio("G3", "drawn patches over a step on the device", fed.median() / own.median(), "0.90");
  print_ratio("G4", "GB at the peak of training", fed.gigabytes, "below 7.7");
}

}  // namespace
}  // namespace tazuna::benchmarks

int main(int argc, char** argv) {
  using namespace tazuna;
  benchmarks::Plan plan;
  bool fp32 = false;
  CLI::App app("Targets G1 to G4 on a GPU");
  app.add_option("--patch", plan.patch, "voxels along an edge, a multiple of 32")->capture_default_str();
  app.add_option("--rows", plan.rows, "patches a training step")->capture_default_str();
  app.add_option("--tiles", plan.tiles, "tiles a batch of inference")->capture_default_str();
  app.add_option("--steps", plan.steps, "steps a repeat")->capture_default_str();
  app.add_option("--repeats", plan.repeats, "their median counts")->capture_default_str();
  app.add_option("--workers", plan.workers, "threads that draw patches")->capture_default_str();
  app.add_flag("--fp32", fp32, "float32 instead of bfloat16");
  CLI11_PARSE(app, argc, argv);
  plan.bf16 = !fp32;
  Log log;
  try {
    benchmarks::run(plan, open_device("cuda:0", log));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
