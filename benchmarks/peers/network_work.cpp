// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "benchmarks/micro/bare_convolutions.hpp"
#include "benchmarks/micro/plain_unet.hpp"
#include "benchmarks/micro/tazuna_unet.hpp"
#include "benchmarks/peers/work.hpp"
#include "train/memory.hpp"

namespace tazuna::benchmarks {

namespace {

template <class Training>
std::function<nlohmann::json()> parameters_of(const std::shared_ptr<Training>& training) {
  return [training] { return nlohmann::json{{"parameters", training->parameters()}}; };
}

Work tazuna_work(const NetworkFlags& flags, const Scene& scene) {
  if (flags.inference) {
    const auto inference = std::make_shared<TazunaInference>(flags.shape, at::kCPU, flags.bf16);
    return {.once = [inference, scene] { inference->infer(scene.image); }};
  }
  const auto training = std::make_shared<TazunaTraining>(flags.shape, at::kCPU, flags.bf16);
  const Batch batch = batch_of(scene);
  return {.once = [training, batch] { training->step(batch); }, .values = parameters_of(training)};
}

Work plain_work(const NetworkFlags& flags, const Scene& scene) {
  const auto training = std::make_shared<PlainTraining>(flags.shape, at::kCPU, flags.bf16);
  if (flags.inference) return {.once = [training, scene] { training->infer(scene.image); }};
  return {.once = [training, scene] { training->step(scene); }, .values = parameters_of(training)};
}

Work convolution_work(const NetworkFlags& flags, bool channels_last) {
  const auto convolutions =
      std::make_shared<BareConvolutions>(flags.shape, flags.rows, flags.size, flags.bf16, channels_last);
  return {.once = [convolutions] { convolutions->step(); },
          .values =
              [convolutions] {
                return nlohmann::json{{"operations", convolutions->step_operations()}};
              }};
}

}  // namespace

Work network_work(const NetworkFlags& flags) {
  // The plain program runs as LibTorch comes.
  if (flags.side == "plain") return plain_work(flags, random_scene(flags.shape, flags.rows, flags.size));
  Log log;
  tune_allocator(log);
  if (flags.side == "tazuna") return tazuna_work(flags, random_scene(flags.shape, flags.rows, flags.size));
  return convolution_work(flags, flags.side == "convolutions_last");
}

}  // namespace tazuna::benchmarks
