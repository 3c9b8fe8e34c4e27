// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "phantom/options.hpp"

namespace tazuna {

/// What the commands that read an experiment share.
struct CommonFlags {
  std::filesystem::path config;
  std::vector<std::string> assignments;  ///< --set KEY=VALUE
  std::string device = "auto";
};

struct CheckFlags : CommonFlags {
  std::filesystem::path pictures;  ///< folder for samples.png; empty: none
};
/// How the trainings of one folder are divided among processes.
struct DivisionFlags {
  std::vector<std::string> words;  ///< the command line
  std::string part;                ///< "I/N": only these; empty: all
  int64_t jobs = 0;                ///< at a time; 0: one, or one a GPU
};

struct TrainFlags : CommonFlags {
  std::filesystem::path out;
  DivisionFlags division;
  double join_timeout = 300;  ///< s, for which processes that train together wait for each other
  std::string fold = "0";
  std::string command;  ///< the command line as it was given
  bool resume = false;
  int64_t profile = 0;      ///< steps to record; 0: none
  bool any_memory = false;  ///< train even where the memory is estimated to be too little
};
struct CompareFlags : CommonFlags {
  std::filesystem::path out, atlas;
  DivisionFlags division;
  int64_t seeds = 1;
  std::vector<std::filesystem::path> arms;
  std::vector<std::string> folds;  ///< numbers; empty: all
  bool occlude_region = false, no_controls = false;
  double join_timeout = 0;  ///< s, for which parts wait for the steps of a budget; 0: it, and half an hour
  bool any_memory = false;  ///< train even where the memory is estimated to be too little
  std::string command;      ///< the command line as it was given
};
struct PredictFlags {
  std::vector<std::filesystem::path> models, inputs;
  std::filesystem::path out;
  std::string device = "auto";
  std::string part;  ///< "I/N"; empty: all
  bool mirror = false, probabilities = false, uncertainty = false, overwrite = false;
  std::vector<std::string> keep_largest;  ///< structures, or "all"
  double min_mm3 = 0;
  int64_t min_voxels = 0;
  bool no_cleanup = false;
  bool bids = false;
  std::vector<std::string> participants, sessions;  ///< BIDS labels; empty: all
  std::vector<std::string> filter;                  ///< ENTITY-VALUE
  std::vector<std::string> sequences;               ///< NAME=SELECTOR
};
struct EvaluateFlags {
  std::filesystem::path predictions, reference, out;
  std::filesystem::path persons;  ///< TSV with columns case, person; empty: by the cases' names
  double tolerance_mm = 1;
  bool lesions = false;
  std::vector<std::string> columns;  ///< TASK=COLUMN
  std::string map;                   ///< selector of the reference's label map; empty: the only one
  std::string task;                  ///< whose predicted maps are scored; empty: as the reference's map says
};
struct PhantomFlags {
  PhantomOptions cohort;
  std::filesystem::path out;
};
struct InspectFlags {
  std::filesystem::path file;
  bool json = false;
};

// Each command writes its result to stdout, messages to the log, and returns the exit code; errors are
// thrown.
int train_command(const TrainFlags& flags, Log& log);
int compare_command(const CompareFlags& flags, Log& log);
int predict_command(const PredictFlags& flags, Log& log);
int evaluate_command(const EvaluateFlags& flags, Log& log);
int plan_command(const CommonFlags& flags, Log& log);
int check_command(const CheckFlags& flags, Log& log);
int manual_command(const std::string& key);
int inspect_command(const InspectFlags& flags);
int report_command(const std::filesystem::path& run, Log& log);
int phantom_command(const PhantomFlags& flags, Log& log);

/// NAME=VALUE words of a flag as pairs; `form` is what a refusal says was expected.
std::map<std::string, std::string> parsed_pairs(const std::string& flag,
                                                const std::vector<std::string>& words,
                                                const std::string& form);

/// As many threads of computation as are asked for, or with 0 at most those that the process may keep busy;
/// to be called before the first tensor operation.
void use_threads(int64_t threads);

/// Parses the command line, runs the command, turns every error into one sentence on stderr and an exit code.
int run_program(int argc, char** argv);

}  // namespace tazuna
