// SPDX-License-Identifier: Apache-2.0
// Tazuna's side of compare_peers.py and scaling.py, and the plain program's: one kind of work, again and
// again.
#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <memory>

#include "benchmarks/peers/work.hpp"

namespace tazuna::benchmarks {
namespace {

template <class Number>
CLI::Option* add_triple(CLI::App* command, const std::string& flag, std::array<Number, 3>& value,
                        const std::string& meaning) {
  const auto store = [&value](const std::vector<Number>& given) {
    std::copy_n(given.begin(), 3, value.begin());
  };
  return command->add_option_function<std::vector<Number>>(flag, store, meaning)->delimiter(',')->expected(3);
}

void add_network(CLI::App& app, Work& work) {
  auto flags = std::make_shared<NetworkFlags>();
  CLI::App* command = app.add_subcommand("network", "a U-Net's update or inference on random patches");
  command->add_option("--side", flags->side, "who computes it")
      ->check(CLI::IsMember(std::vector<std::string>{"tazuna", "plain", "convolutions", "convolutions_last"}))
      ->capture_default_str();
  command->add_flag("--inference", flags->inference, "logits instead of an update");
  command->add_flag("--bf16", flags->bf16, "bfloat16 instead of float32");
  command->add_option("--rows", flags->rows, "patches a step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_triple(command, "--size", flags->size, "voxels of a patch, z,y,x");
  command->add_option("--classes", flags->shape.classes, "background included")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->add_option("--widths", flags->shape.widths, "channels a stage")->delimiter(',');
  command->callback([&work, flags] { work = network_work(*flags); });
}

void add_data(CLI::App& app, Work& work) {
  auto file = std::make_shared<std::filesystem::path>();
  const auto add_file = [&file](CLI::App* command, const char* meaning) {
    command->add_option("FILE", *file, meaning)->required()->check(CLI::ExistingFile);
  };

  auto target = std::make_shared<std::array<int64_t, 3>>();
  CLI::App* command = app.add_subcommand("export", "labels on another grid from logits");
  add_file(command, "safetensors with 'logits' [K, D, H, W]");
  add_triple(command, "--target", *target, "voxels of the labels, z,y,x")->required();
  command->callback([&work, file, target] { work = export_work(*file, *target); });

  auto files = std::make_shared<std::vector<std::filesystem::path>>();
  command = app.add_subcommand("read", "images as float32");
  command->add_option("FILE", *files, "images")->required()->check(CLI::ExistingFile);
  command->callback([&work, files] { work = read_work(*files); });

  auto augment = std::make_shared<AugmentFlags>();
  command = app.add_subcommand("augment", "patches with nnU-Net's augmentations");
  command->add_option("FILE", augment->file, "safetensors with 'image' [C, D, H, W] and 'label' [1, D, H, W]")
      ->required()
      ->check(CLI::ExistingFile);
  add_triple(command, "--patch", augment->patch, "voxels, z,y,x");
  command->add_flag("--everything", augment->everything, "every augmentation on every patch");
  command->add_option("--patches", augment->patches, "a run")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->callback([&work, augment] { work = augment_work(*augment); });

  auto spacing = std::make_shared<std::array<double, 3>>(std::array<double, 3>{1, 1, 1});
  auto tolerance = std::make_shared<double>(1);
  command = app.add_subcommand("surface", "HD95, ASSD and NSD of one structure");
  add_file(command, "safetensors with 'predicted' and 'reference' [D, H, W]");
  add_triple(command, "--spacing", *spacing, "mm, z,y,x");
  command->add_option("--tolerance", *tolerance, "of NSD, mm")->capture_default_str();
  command->callback([&work, file, spacing, tolerance] { work = surface_work(*file, *spacing, *tolerance); });
}

int run(int argc, char** argv) {
  CLI::App app(
      "one side of a benchmark: prepares its work, says \"ready\", does it once for each line of stdin");
  app.require_subcommand(1);
  Work work;
  app.add_option_function<int>(
         "--threads", [](int threads) { at::set_num_threads(threads); },
         "of computation (default: all cores)")
      ->check(CLI::PositiveNumber);
  add_network(app, work);
  add_data(app, work);
  CLI11_PARSE(app, argc, argv);
  serve(work);
  return 0;
}

}  // namespace
}  // namespace tazuna::benchmarks

int main(int argc, char** argv) {
  try {
    return tazuna::benchmarks::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
  }
}
