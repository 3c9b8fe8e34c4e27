// SPDX-License-Identifier: Apache-2.0
#include <c10/util/Exception.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/text.hpp"
#include "infer/failure.hpp"
#include "phantom/preset.hpp"
#include "train/memory.hpp"

namespace tazuna {

namespace {

void add_cleanup(CLI::App& command, PredictFlags& flags) {
  auto* largest = command
                      .add_option("--keep-largest", flags.keep_largest,
                                  "of these structures only the largest connected component (26 neighbours)")
                      ->type_name("STRUCTURE...|all");
  auto* mm3 = command
                  .add_option("--min-mm3", flags.min_mm3,
                              "remove connected components of every structure that are smaller, in mm3")
                  ->type_name("X")
                  ->check(CLI::PositiveNumber);
  auto* voxels =
      command.add_option("--min-voxels", flags.min_voxels, "remove connected components of fewer voxels")
          ->type_name("N")
          ->check(CLI::PositiveNumber);
  command
      .add_flag("--no-cleanup", flags.no_cleanup,
                "leave what cross-validation learnt to remove (cleanup.json of the run)")
      ->excludes(largest)
      ->excludes(mm3)
      ->excludes(voxels);
}

void add_bids(CLI::App& command, PredictFlags& flags) {
  command.add_flag("--bids", flags.bids, "write a BIDS derivatives dataset with standard names");
  command
      .add_option("--participant-label", flags.participants,
                  "only these participants of the input, with or without sub-")
      ->type_name("LABEL...");
  command
      .add_option("--session-label", flags.sessions, "only these sessions of the input, with or without ses-")
      ->type_name("LABEL...");
  command
      .add_option("--filter", flags.filter,
                  "of several matching files of a BIDS case those with these entities, as in run-1 or "
                  "space-none; goes before the model's own input.filter")
      ->type_name("ENTITY-VALUE...");
  command
      .add_option("--sequence", flags.sequences,
                  "the BIDS selector, or the column of a table, that one of the model's sequences goes by in "
                  "this input, as in T1w=acq-mprage_T1w; may be repeated")
      ->type_name("NAME=SELECTOR")
      ->allow_extra_args(false);
}

void add_predict(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PredictFlags>();
  CLI::App* command =
      app.add_subcommand("predict", "answer for new cases with one trained run or an ensemble");
  command
      ->add_option("RUN", flags->models,
                   "folders of finished runs; several, or a run of all folds, form an ensemble")
      ->type_name("DIR")
      ->required();
  command
      ->add_option(
          "--input", flags->inputs,
          "images, folders of images, a BIDS dataset, or a table (a row a case, a column a sequence)")
      ->type_name("PATH")
      ->required();
  command->add_option("--out", flags->out, "folder for label maps and tables; what is done there is kept")
      ->type_name("DIR")
      ->required();
  command->add_flag("--mirror", flags->mirror, "average over mirrored images (slower)");
  command->add_flag("--probabilities", flags->probabilities, "write class probabilities too");
  command->add_flag("--uncertainty", flags->uncertainty,
                    "write how unsure every voxel is too: the entropy of its class probabilities, 0 to 1");
  add_cleanup(*command, *flags);
  add_bids(*command, *flags);
  command->add_option("--batch", flags->part, "only the I-th of N parts of the cases, counted from 0")
      ->type_name("I/N");
  command->add_flag("--overwrite", flags->overwrite, "predict again what is already done");
  add_device(*command, flags->device);
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return predict_command(*flags, log); }; });
}

void add_evaluate(CLI::App& app, Action& action) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command =
      app.add_subcommand("evaluate", "score label maps and answers to subject tasks against a reference");
  command
      ->add_option("--predictions", flags->predictions,
                   "folder of predicted label maps, with subjects.tsv where subject tasks were answered, or "
                   "such a table alone")
      ->type_name("PATH")
      ->required();
  command
      ->add_option(
          "--reference", flags->reference,
          "folder of true label maps of the same names, an MSD / nnU-Net dataset, a BIDS dataset or a "
          "derivatives folder of one, or a table (a row a case, a column a task)")
      ->type_name("PATH")
      ->required();
  command
      ->add_option("--out", flags->out,
                   "folder for cases.tsv, means.tsv, task_scores.tsv, subjects.tsv and summary.json")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--map", flags->map,
                   "which of the reference's label maps, where a case has several: [entity-value_]suffix, as "
                   "in label-lesion_mask (default: that of the predictions' model)")
      ->type_name("SELECTOR");
  command
      ->add_option(
          "--task", flags->task,
          "whose label maps are scored, where predict wrote several of a case (default: the task that "
          "was taught with the reference's map)")
      ->type_name("TASK");
  command
      ->add_option(
          "--column", flags->columns,
          "column of the reference that holds the truth of a subject task, where it is not the task's "
          "name; may be repeated")
      ->type_name("TASK=COLUMN")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--persons", flags->persons,
          "table with columns case and person: sessions of one person stay together in the intervals; "
          "without it a BIDS name tells (sub-01_ses-2), and else each case is a person")
      ->type_name("TSV");
  command->add_option("--tolerance", flags->tolerance_mm, "of the normalised surface Dice, in mm")
      ->type_name("MM")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--lesions", flags->lesions,
                    "score single lesions too: precision, recall and F1 over connected components");
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return evaluate_command(*flags, log); }; });
}

void add_plan_and_check(CLI::App& app, Action& action) {
  auto plan = std::make_shared<CommonFlags>();
  CLI::App* command = app.add_subcommand("plan", "the dataset's fingerprint and what each `auto` becomes");
  add_config(*command, *plan);
  command->callback([&action, plan] { action = [plan](Log& log) { return plan_command(*plan, log); }; });
  auto check = std::make_shared<CheckFlags>();
  command =
      app.add_subcommand("check", "read everything, build the network, run one batch; report all problems");
  add_config(*command, *check);
  add_device(*command, check->device);
  command
      ->add_option("--pictures", check->pictures,
                   "folder for pictures of patches as training sees them, with their labels")
      ->type_name("DIR");
  command->callback([&action, check] { action = [check](Log& log) { return check_command(*check, log); }; });
}

void add_manual_and_inspect(CLI::App& app, Action& action) {
  auto key = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("manual", "every option of an experiment file: default, range, meaning");
  command->add_option("KEY", *key, "only this option and those below it, as in train.optimiser")
      ->type_name("KEY");
  command->callback([&action, key] { action = [key](Log&) { return manual_command(*key); }; });
  auto flags = std::make_shared<InspectFlags>();
  command = app.add_subcommand("inspect", "what an image, a model or a run folder holds");
  command->add_option("FILE", flags->file, "image, .safetensors file, model.json or run folder")
      ->type_name("PATH")
      ->required();
  command->add_flag("--json", flags->json, "machine-readable");
  command->callback([&action, flags] { action = [flags](Log&) { return inspect_command(*flags); }; });
}

void add_phantom(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PhantomFlags>();
  PhantomOptions& cohort = flags->cohort;
  CLI::App* command =
      app.add_subcommand("phantom", "make a synthetic cohort with known truth (BIDS; slices: a table)");
  const auto add = [&](const char* flag, auto& value, const char* meaning, const std::string& type) {
    return command->add_option(flag, value, meaning)->type_name(type);
  };
  add("--out", flags->out, "folder of the cohort, new or empty", "DIR")->required();
  add("--kind", cohort.kind,
      "heads with a volume that tells the group, slices with a lesion that does, series with a response",
      join(phantom_kinds(), "|"))
      ->capture_default_str();
  add("--like", cohort.like, "structures, lesions and sequences of heads", join(preset_names(), "|"))
      ->capture_default_str();
  add("--field", cohort.field, "spacing, noise, and contrast of the small pair (1.5 or 3 noise sd)", "3T|7T")
      ->capture_default_str();
  add("--shapes", cohort.shapes, "folder of real label maps that lend the small pair its forms", "DIR");
  add("--subjects", cohort.subjects, "people", "N")->capture_default_str();
  add("--sites", cohort.sites, "scanners of differing gain and noise", "N")->capture_default_str();
  add("--effect", cohort.effect,
      "how far the two groups' latent values lie apart, in sd; 0: not at all, 3.3: an ideal accuracy of 0.95",
      "D")
      ->capture_default_str();
  add("--spacing", cohort.spacing, "around which spacings vary, in mm (default: by --like and --field)",
      "MM");
  add("--size", cohort.size,
      "pixels of a slice's edge (default: 96), voxels of a series from left to right (16)", "N");
  add("--slices", cohort.slices, "slices of a person (default: 4)", "N");
  add("--frames", cohort.frames, "frames of a series, 2 s each (default: 60)", "N");
  add("--seed", cohort.seed, "equal seeds give equal bytes", "S")->capture_default_str();
  add("--missing", cohort.missing, "share of the people who lack one or more sequences", "P")
      ->capture_default_str();
  command->callback(
      [&action, flags] { action = [flags](Log& log) { return phantom_command(*flags, log); }; });
}

void add_report(CLI::App& app, Action& action) {
  auto run = std::make_shared<std::filesystem::path>();
  CLI::App* command = app.add_subcommand("report", "draw report.html anew, one file for any browser");
  command->add_option("RUN", *run, "folder of a run, finished or not, or of a comparison")
      ->type_name("DIR")
      ->required();
  command->callback([&action, run] { action = [run](Log& log) { return report_command(*run, log); }; });
}

// A flag where a value belongs: CLI11 would take it for the value and miss the flag later.
void expect_values(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({}))
    for (CLI::Option* option : command->get_options())
      if (option->get_items_expected_min() > 0) {
        option->check([option](const std::string& word) {
          return word.starts_with("--")
                     ? cat("expected a value (", option->get_type_name(), "), but got '", word, "'")
                     : std::string();
        });
      }
}

// What was meant by a command or a flag that does not exist.
std::string meant_by(CLI::App& app) {
  const auto strange = app.remaining(/*recurse=*/true);
  if (strange.empty()) return "";
  std::vector<std::string> known;
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  } else {
    for (const CLI::App* owner : {const_cast<const CLI::App*>(&app), const_cast<const CLI::App*>(chosen[0])})
      for (const CLI::Option* option : owner->get_options())
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string word = strange.front().substr(0, strange.front().find('='));
  const std::string meant = nearest(word, known);
  return cat(chosen.empty() ? "there is no command '" : "there is no argument '", word, "'",
             meant.empty() ? "" : cat("; did you mean '", meant, "'?"));
}

// One sentence for a command line that cannot be used; help and version go to stdout.
int end_parsing(CLI::App& app, const CLI::ParseError& error, Log& log) {
  if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
  const auto chosen = app.get_subcommands();
  const std::string meant = meant_by(app);
  log.error(cat(meant.empty() ? error.what() : meant, " ('tazuna ",
                chosen.empty() ? "" : chosen[0]->get_name() + " ", "--help' shows what can be given)"));
  return static_cast<int>(Fault::usage);
}

// What helps where a command ran out of memory.
std::string_view memory_remedy(const std::string& command) {
  if (command == "predict") return memory_for_predicting;
  if (command == "evaluate") return memory_for_scoring;
  if (command == "report" || command == "inspect" || command == "phantom" || command == "manual")
    return "try again where more is free";
  return memory_for_training;
}

int run_action(const Action& action, const std::string& command, Log& log) {
  try {
    tune_allocator(log);
    const int code = action(log);
    if (!std::cout.flush()) throw Error("the result could not be written to stdout");
    return code;
  } catch (const Interrupted& stopped) {
    log.info(stopped.what());
    return stopped.exit_code();
  } catch (const Error& error) {
    log.error(error.what());
    return static_cast<int>(error.fault());
  } catch (const std::exception& error) {
    const bool of_tensors = dynamic_cast<const c10::Error*>(&error) != nullptr;
    const char* kind = of_tensors ? "a tensor operation failed: " : "unexpected failure: ";
    log.error(cat(is_out_of_memory(error) ? "" : kind, sentence_of(error, memory_remedy(command))));
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
  app.add_flag("--quiet", quiet, "on stderr warnings and errors only");
  app.add_flag("--verbose", verbose, "more messages on stderr");
  Action action;
  const std::vector<std::string> words(argv, argv + argc);
  const Line line{words, cat(version_text(), ": ", join(words, " "))};
  add_train(app, line, action);
  add_compare(app, line, action);
  add_predict(app, action);
  add_evaluate(app, action);
  add_plan_and_check(app, action);
  add_manual_and_inspect(app, action);
  add_report(app, action);
  add_phantom(app, action);
  expect_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    Log log;
    return end_parsing(app, error, log);
  }
  if (quiet && verbose) {
    Log().error("--quiet and --verbose exclude each other; give one of them");
    return static_cast<int>(Fault::usage);
  }
  Log log(quiet ? Verbosity::quiet : verbose ? Verbosity::verbose : Verbosity::normal);
  return run_action(action, app.get_subcommands().front()->get_name(), log);
}

}  // namespace tazuna
