// SPDX-License-Identifier: Apache-2.0
#include "experiment/check.hpp"

#include <ATen/ATen.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <iomanip>
#include <optional>

#include "core/text.hpp"
#include "experiment/fold_check.hpp"
#include "experiment/pictures.hpp"
#include "experiment/request.hpp"
#include "experiment/resolve.hpp"
#include "experiment/steps.hpp"
#include "infer/mirroring.hpp"
#include "infer/transfer.hpp"
#include "kernels/precision.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

// A cache in a folder of its own that goes with the object: `check` leaves nothing behind.
class PassingFolder {
 public:
  PassingFolder() : path_(std::filesystem::temp_directory_path() / cat("tazuna-check-", getpid())) {}
  ~PassingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

double peak_gigabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

// The cases one batch needs; the whole cohort has been read by resolve() already.
std::vector<std::shared_ptr<const Subject>> first_cases(const Experiment& experiment) {
  const size_t wanted = static_cast<size_t>(experiment.config.train.batch.get());
  const size_t count = std::min(wanted, experiment.subjects.size());
  return {experiment.subjects.begin(), experiment.subjects.begin() + static_cast<std::ptrdiff_t>(count)};
}

// Reads the experiment, the weights that it begins with named; what is wrong with either comes in one error.
Experiment resolved(ExperimentConfig config, at::Device device, Log& log) {
  Problems problems;
  std::optional<Experiment> experiment;
  collect(problems, [&] { name_weights(config.train); });
  collect(problems, [&] {
    experiment =
        resolve(config, device, log, {.check_words = [](const Experiment& words) { check_folds(words); }});
  });
  collect(problems, [&] { expect_augment_device(config.augment, device); });
  problems.throw_if_any();
  return std::move(*experiment);
}

// What becomes of the weights that the training is to begin with; refuses those of another network.
void begin_with(const TrainOptions& train, Model& model, std::ostream& out) {
  if (train.from.empty()) return;
  const std::string name = train.from.string();
  out << "  train.from   "
      << transfer_text(transfer_weights(model, read_source(train.from).weights, name), name) << "\n";
}

Tensor first_price(const Task& task, const TaskOutput& output, const Target& target, at::Device device) {
  const Tensor price = task.loss(output, {target.value.to(device), target.present.to(device)}).mean();
  if (!std::isfinite(price.item<double>()))
    throw refused(cat(task.name(), ": the loss of the first batch is not finite"));
  return price;
}

}  // namespace

std::string check_experiment(const ExperimentConfig& config, at::Device device, Log& log,
                             const std::filesystem::path& pictures) {
  if (!pictures.empty()) make_picture_folder(pictures);
  const Experiment experiment = resolved(config, device, log);
  std::ostringstream out;
  out << std::setprecision(4) << plan_text(experiment) << "\none batch\n";
  const auto tasks = experiment.make_tasks();
  const PassingFolder folder;
  Cache cache(folder.path(), experiment.preparation, experiment.maps());
  if (!pictures.empty()) {
    for (const auto& file : write_pictures(experiment, cache, pictures))
      out << "  picture      " << file.string() << "\n";
  }
  fit_tasks(tasks, experiment.subjects);
  const StepSource source(experiment, first_cases(experiment), cache, tasks, {}, device);
  Model model(experiment.config.network, network_input(experiment.recipe()), tasks,
              experiment.config.train.seed);
  begin_with(experiment.config.train, model, out);
  model.to(device);
  make_weighting(experiment.config.train.weighting, tasks, device);  // refuses weights that would cancel
  int64_t parameters = 0;
  for (const Tensor& weight : model.parameters()) parameters += weight.numel();
  out << "  --mirror     " << mirroring_of(experiment.recipe(), tasks).text << "\n"
      << "  parameters   " << parameters << "\n";
  const auto start = std::chrono::steady_clock::now();
  Tensor total;
  for (const Batch& batch : source.step(0, /*subjects=*/true)) {
    out << (batch.view == View::whole ? "  whole view   " : "  patches      ")
        << shape_text(batch.image.sizes())
        << (batch.image.dim() == 6 ? " (N, T, C, D, H, W), from " : " (N, C, D, H, W), from ")
        << join(batch.cases, ", ") << "\n";
    const Autocast autocast(device, experiment.config.train.precision.get() == "bf16");
    const auto outputs = model.forward(input_of(batch, device), batch.view, /*all_levels=*/true);
    for (size_t i = 0; i < tasks.size(); ++i) {
      if (outputs[i].logits.empty()) continue;
      const Tensor price = first_price(*tasks[i], outputs[i], batch.targets[i], device);
      out << "  " << tasks[i]->name() << "  logits " << shape_text(outputs[i].logits.front().sizes())
          << ", loss " << price.item<double>() << "\n";
      total = total.defined() ? total + price : price;
    }
  }
  if (total.defined()) total.backward();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  out << "  first step   " << seconds.count() << " s forward and backward, peak memory " << peak_gigabytes()
      << " GB\n"
      << "no problem found\n";
  return std::move(out).str();
}

}  // namespace tazuna
