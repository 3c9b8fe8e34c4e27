// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/cohort.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/scratch_folder.hpp"

namespace tazuna {

/// A folder with a model, four cases and a place for outputs.
class Cohort4 : public ScratchFolder {
 public:
  explicit Cohort4(const std::vector<std::string>& tasks = {"parts"}) {
    save_tiny(path() / "run", tiny_recipe({"T1w"}, tasks), 5);
    for (const int64_t i : {1, 2, 3, 4})
      write_noise(path() / "in" / cat("c", i, "_0000.nii.gz"), {9 + i, 12, 10});
  }
  PredictOptions options(const char* out) const {
    PredictOptions options;
    options.models = {path() / "run"};
    options.inputs = {path() / "in"};
    options.out = path() / out;
    return options;
  }
};

inline PredictCounts predict(const PredictOptions& options) {
  Log log(Verbosity::quiet);
  Interrupts interrupts;
  return predict_cohort(options, log, interrupts);
}

/// All files of a folder (not its hidden ones) with their digests.
inline std::map<std::string, std::string> digests(const std::filesystem::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) found[entry.path().filename().string()] = sha256_of_file(entry.path());
  return found;
}

}  // namespace tazuna
