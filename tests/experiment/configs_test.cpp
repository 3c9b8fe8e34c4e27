// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <set>

#include "config/yaml.hpp"
#include "core/files.hpp"
#include "experiment/config.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> configurations() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(TAZUNA_SOURCE_DIR "/configs"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  return files;
}

ExperimentConfig read(const fs::path& file) {
  for (const char* folder : {"TAZUNA_DATA", "TAZUNA_PHANTOM"}) ::setenv(folder, "/nowhere", /*replace=*/0);
  return read_config<ExperimentConfig>(file);
}

DOCTEST_TEST_SUITE("experiment/configs") {
  DOCTEST_TEST_CASE("every example file is what the strict reader takes") {
    const auto files = configurations();
    DOCTEST_CHECK(files.size() > 15);
    for (const fs::path& file : files) {
      const std::string name = file.filename().string();
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(refusal_of([&] { read(file); }) == "");
    }
  }

  DOCTEST_TEST_CASE("every example file begins by saying what it asks, and how its phantoms are made") {
    for (const fs::path& file : configurations()) {
      const std::string name = file.filename().string(), text = read_text(file);
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(text.starts_with("# "));
      const std::string folder = "${TAZUNA_PHANTOM}/";
      const size_t root = text.find("root: \"" + folder), table = text.find("file: \"" + folder);
      if (root == std::string::npos && table == std::string::npos) continue;
      const size_t begin = std::min(root, table) + 7 + folder.size();
      const std::string cohort = text.substr(begin, text.find_first_of("/\"", begin) - begin);
      DOCTEST_CHECK(says(text, "tazuna phantom --out $TAZUNA_PHANTOM/" + cohort + " "));
    }
  }

  DOCTEST_TEST_CASE("there is an example for every kind of input and of task and of cohort") {
    std::set<std::string_view> seen;
    for (const fs::path& file : configurations()) {
      const ExperimentConfig config = read(file);
      seen.insert(kind_of(config.input));
      seen.insert(kind_of(config.data.cohort));
      for (const TaskOptions& task : config.tasks) seen.insert(kind_of(task.task));
    }
    for (const char* kind : {"structural", "slice", "series", "classification", "regression", "ordinal",
                             "nnunet", "bids", "table"})
      DOCTEST_CHECK_MESSAGE(seen.contains(kind), kind);
  }
}

}  // namespace
}  // namespace tazuna
