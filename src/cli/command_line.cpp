// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

void add_device(CLI::App& command, std::string& device) {
  command.add_option("--device", device, "auto (a GPU if there is one), cpu or cuda:N")
      ->type_name("NAME")
      ->capture_default_str();
}

void add_config(CLI::App& command, CommonFlags& flags) {
  command.add_option("CONFIG", flags.config, "experiment file (YAML); `tazuna manual` lists its options")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--set", flags.assignments,
                  "changes the file before it is read, as in train.steps=50; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

namespace {

void add_division(CLI::App& command, const std::string& what, DivisionFlags& flags) {
  auto* part =
      command
          .add_option("--batch", flags.part,
                      cat("only the I-th of N parts of ", what,
                          ", counted from 0; processes with all N share --out, and the last puts the "
                          "results together"))
          ->type_name("I/N");
  command
      .add_option(
          "--jobs", flags.jobs,
          cat("so many of ", what, " at a time, each in a process of its own (default: one a GPU, else 1)"))
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->excludes(part);
}

void add_any_memory(CLI::App& command, bool& any_memory) {
  command.add_flag("--any-memory", any_memory,
                   "begin even where the free memory is estimated to be too little");
}

}  // namespace

void add_train(CLI::App& app, const Line& line, Action& action) {
  auto flags = std::make_shared<TrainFlags>();
  flags->command = line.text;
  flags->division.words = line.words;
  CLI::App* command = app.add_subcommand("train", "train an experiment");
  add_config(*command, *flags);
  add_device(*command, flags->device);
  command->add_option("--out", flags->out, "run folder, new or empty")->type_name("RUN")->required();
  command
      ->add_option("--fold", flags->fold,
                   "the fold to hold out, counted from 0; all: each in turn; none: everybody trains")
      ->type_name("K|all|none")
      ->capture_default_str();
  command->add_flag("--resume", flags->resume, "go on with the run in --out");
  add_division(*command, "the folds of --fold all", flags->division);
  command
      ->add_option("--join-timeout", flags->join_timeout,
                   "seconds for which processes that torchrun, srun or mpirun started wait for each other")
      ->type_name("S")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--profile", flags->profile,
                   "tell where the time of N steps goes: profile.tsv and trace.json in the run folder")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  add_any_memory(*command, flags->any_memory);
  command->callback([&action, flags] { action = [flags](Log& log) { return train_command(*flags, log); }; });
}

std::map<std::string, std::string> parsed_pairs(const std::string& flag,
                                                const std::vector<std::string>& words,
                                                const std::string& form) {
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    const size_t sign = word.find('=');
    if (sign == 0 || sign == std::string::npos || sign + 1 == word.size())
      throw Error(cat(flag, " ", word, ": expected ", form), Fault::usage);
    pairs[word.substr(0, sign)] = word.substr(sign + 1);
  }
  return pairs;
}

void add_compare(CLI::App& app, const Line& line, Action& action) {
  auto flags = std::make_shared<CompareFlags>();
  flags->command = line.text;
  flags->division.words = line.words;
  CLI::App* command = app.add_subcommand(
      "compare", "train joint and single-task networks on the same folds and compare them case by case");
  add_config(*command, *flags);
  add_device(*command, flags->device);
  command
      ->add_option("--out", flags->out, "folder of the comparison; what is there already is not done again")
      ->type_name("DIR")
      ->required();
  command->add_option("--seeds", flags->seeds, "repetitions: train.seed, train.seed + 1, ...")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--arms", flags->arms,
                   "further experiment files on the same people, each one more network, named after its file")
      ->type_name("FILE...");
  command->add_option("--fold", flags->folds, "only these folds, counted from 0, or all (default: all)")
      ->type_name("K...");
  add_division(*command, "the trainings", flags->division);
  command
      ->add_option(
          "--join-timeout", flags->join_timeout,
          "seconds for which parts wait until part 0 has measured the steps of train.budget (default: "
          "as many as the budget has, and half an hour)")
      ->type_name("S")
      ->check(CLI::Range(0.1, 604800.0));
  add_any_memory(*command, flags->any_memory);
  command->add_flag("--occlude-region", flags->occlude_region,
                    "answer whole-case tasks again with the drawn region filled in from its surround");
  command->add_flag("--no-controls", flags->no_controls, "no linear models beside the networks");
  command
      ->add_option("--atlas", flags->atlas, "label map of regions, for the connectivity control of a series")
      ->type_name("FILE");
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return compare_command(*flags, log); }; });
}

}  // namespace tazuna
