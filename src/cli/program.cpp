// SPDX-License-Identifier: Apache-2.0
#include <c10/util/Exception.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "train/memory.hpp"

namespace tazuna {

namespace {

using Action = std::function<int(Log&)>;

void add_device(CLI::App& command, std::string& device) {
  command.add_option("--device", device, "auto, cpu or cuda:N")->capture_default_str();
}

void add_config(CLI::App& command, CommonFlags& flags) {
  command.add_option("CONFIG", flags.config, "experiment file (YAML)")->required();
  command
      .add_option("--set", flags.assignments,
                  "KEY=VALUE, changes the file before it is read; may be repeated")
      ->allow_extra_args(false);
}

void add_train(CLI::App& app, Action& action) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = app.add_subcommand("train", "train an experiment");
  add_config(*command, *flags);
  add_device(*command, flags->device);
  command->add_option("--out", flags->out, "run folder, new or empty")->required();
  command->add_option("--fold", flags->fold, "K (counted from 0), all, or none (everybody trains)")
      ->capture_default_str();
  command->add_flag("--resume", flags->resume, "go on with the run in --out");
  command->callback([&action, flags] { action = [flags](Log& log) { return train_command(*flags, log); }; });
}

void add_predict(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PredictFlags>();
  CLI::App* command =
      app.add_subcommand("predict", "answer for new cases with one trained run or an ensemble");
  command->add_option("RUN", flags->models, "run folders; several, or a run with folds, form an ensemble")
      ->required();
  command->add_option("--input", flags->inputs, "images, folders of images, or a TSV table of them")
      ->required();
  command->add_option("--out", flags->out, "folder for label maps and tables")->required();
  command->add_flag("--mirror", flags->mirror, "average over mirrored images (slower)");
  command->add_flag("--probabilities", flags->probabilities, "write class probabilities too");
  command->add_option("--batch", flags->part, "I/N: only the I-th of N parts of the cases, counted from 0");
  command->add_flag("--overwrite", flags->overwrite, "predict again what is already done");
  add_device(*command, flags->device);
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return predict_command(*flags, log); }; });
}

void add_evaluate(CLI::App& app, Action& action) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command = app.add_subcommand("evaluate", "score label maps against a reference");
  command->add_option("--predictions", flags->predictions, "folder of predicted label maps")->required();
  command
      ->add_option("--reference", flags->reference, "folder of true label maps, or an MSD / nnU-Net dataset")
      ->required();
  command->add_option("--out", flags->out, "folder for cases.tsv and summary.json")->required();
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return evaluate_command(*flags, log); }; });
}

void add_plan_and_check(CLI::App& app, Action& action) {
  auto plan = std::make_shared<CommonFlags>();
  CLI::App* command = app.add_subcommand("plan", "the dataset's fingerprint and what each `auto` becomes");
  add_config(*command, *plan);
  command->callback([&action, plan] { action = [plan](Log& log) { return plan_command(*plan, log); }; });
  auto check = std::make_shared<CommonFlags>();
  command =
      app.add_subcommand("check", "read everything, build the network, run one batch; report all problems");
  add_config(*command, *check);
  add_device(*command, check->device);
  command->callback([&action, check] { action = [check](Log& log) { return check_command(*check, log); }; });
}

void add_manual_and_inspect(CLI::App& app, Action& action) {
  auto key = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("manual", "every option of an experiment file: default, range, meaning");
  command->add_option("KEY", *key, "only this option and those below it, e.g. train.optimiser");
  command->callback([&action, key] { action = [key](Log&) { return manual_command(*key); }; });
  auto flags = std::make_shared<InspectFlags>();
  command = app.add_subcommand("inspect", "what an image, a model or a run folder holds");
  command->add_option("FILE", flags->file, "image, .safetensors, model.json or run folder")->required();
  command->add_flag("--json", flags->json, "machine-readable");
  command->callback([&action, flags] { action = [flags](Log&) { return inspect_command(*flags); }; });
}

int run_action(const Action& action, Verbosity verbosity) {
  Log log(verbosity);
  try {
    tune_allocator(log);
    return action(log);
  } catch (const Error& error) {
    log.error(error.what());
    return static_cast<int>(error.fault());
  } catch (const c10::Error& error) {
    log.error(cat("a tensor operation failed: ", error.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    log.error("out of memory; make train.patch or train.batch smaller, or lower train.memory_gb");
  } catch (const std::exception& error) {
    log.error(cat("unexpected failure: ", error.what()));
  }
  return static_cast<int>(Fault::failed);
}

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app("Tazuna learns segmentation and classification together from brain MRI. Research use only.",
               "tazuna");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.fallthrough();
  bool quiet = false, verbose = false;
  auto* quiet_flag = app.add_flag("--quiet", quiet, "warnings and errors only");
  app.add_flag("--verbose", verbose, "more messages")->excludes(quiet_flag);
  Action action;
  add_train(app, action);
  add_predict(app, action);
  add_evaluate(app, action);
  add_plan_and_check(app, action);
  add_manual_and_inspect(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : static_cast<int>(Fault::usage);
  }
  return run_action(action, quiet ? Verbosity::quiet : verbose ? Verbosity::verbose : Verbosity::normal);
}

}  // namespace tazuna
