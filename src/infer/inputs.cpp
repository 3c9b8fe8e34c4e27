// SPDX-License-Identifier: Apache-2.0
#include "infer/inputs.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/problems.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

using Channels = std::map<int64_t, fs::path>;

bool is_table_name(const fs::path& file) {
  return file.extension() == ".tsv" || file.extension() == ".csv";
}

/// Where the cases of one command are gathered.
class Gatherer {
 public:
  explicit Gatherer(const std::vector<std::string>& sequences) : sequences_(sequences) {}

  void add_files(const std::vector<fs::path>& files) {
    static const std::regex suffixed("(.+)_([0-9]{4})");
    std::set<std::string> stems;
    for (const fs::path& file : files) stems.insert((file.parent_path() / image_stem(file)).string());
    std::map<std::string, Channels> grouped;
    for (const fs::path& file : files) {
      const std::string stem = image_stem(file);
      std::smatch parts;
      const bool channel = std::regex_match(stem, parts, suffixed) &&
                           (sequences_.size() > 1 ||
                            stems.contains((file.parent_path() / cat(parts[1].str(), "_0000")).string()));
      const std::string id = channel ? parts[1].str() : stem;
      const int64_t number = channel ? std::stoll(parts[2].str()) : 0;
      const auto [place, added] = grouped[id].insert({number, file});
      if (!added) throw twice(id, place->second, file);
    }
    for (const auto& [id, channels] : grouped) add_case(id, channels);
  }

  void add_table(const fs::path& file) {
    const Table table = read_table(file);
    Problems problems;
    if (!table.has("case")) problems.add(file.string(), "the table has no column 'case'");
    for (const std::string& sequence : sequences_)
      if (!table.has(sequence)) problems.add(file.string(), cat("the table has no column '", sequence, "'"));
    problems.throw_if_any();
    for (size_t row = 0; row < table.rows(); ++row) {
      auto subject = std::make_shared<Subject>();
      subject->id = table.text(row, "case");
      if (subject->id.empty() || subject->id.find_first_of("/\\\n") != std::string::npos ||
          subject->id[0] == '.')
        throw refused(cat(file.string(), ": row ", row + 1, ": '", subject->id, "' cannot name a case"));
      subject->person = table.has("person") ? table.text(row, "person") : subject->id;
      if (table.has("session")) subject->session = table.text(row, "session");
      for (const std::string& sequence : sequences_) {
        const std::string& cell = table.text(row, sequence);
        if (!cell.empty() && cell != "n/a") subject->images[sequence] = {file.parent_path() / cell, {}};
      }
      add(subject, "", cat(file.string(), " row ", row + 1));
    }
  }

  std::vector<InputCase> finish() {
    std::vector<InputCase> cases;
    for (auto& [id, found] : cases_) cases.push_back(std::move(found));
    return cases;
  }

 private:
  static Error twice(const std::string& id, const fs::path& first, const fs::path& second) {
    return refused(cat("the case '", id, "' is given twice: ", first.string(), " and ", second.string(),
                       "; predict them into separate folders"));
  }

  void add_case(const std::string& id, const Channels& channels) {
    auto subject = std::make_shared<Subject>();
    subject->id = subject->person = id;
    std::string problem;
    for (const auto& [number, file] : channels) {
      if (number < static_cast<int64_t>(sequences_.size())) {
        subject->images[sequences_[static_cast<size_t>(number)]] = {file, {}};
      } else if (problem.empty()) {
        problem = cat(id, ": ", file.filename().string(), " is channel ", number, ", but the model takes ",
                      sequences_.size(), " (", join(sequences_, ", "), ")");
      }
    }
    add(subject, problem, channels.begin()->second);
  }

  void add(const std::shared_ptr<Subject>& subject, std::string problem, const fs::path& origin) {
    for (size_t i = 0; i < sequences_.size() && problem.empty(); ++i) {
      if (subject->images.contains(sequences_[i])) continue;
      char suffix[8];
      std::snprintf(suffix, sizeof suffix, "_%04d", static_cast<int>(i));
      problem = cat(subject->id, ": channel ", suffix, " (", sequences_[i], ") is missing beside ",
                    origin.string());
    }
    const auto [place, added] = origins_.insert({subject->id, origin});
    if (!added) throw twice(subject->id, place->second, origin);
    cases_[subject->id] = {subject, std::move(problem)};
  }

  const std::vector<std::string>& sequences_;
  std::map<std::string, InputCase> cases_;
  std::map<std::string, fs::path> origins_;
};

std::vector<fs::path> images_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string()[0] == '.';
    if (!hidden && entry.is_regular_file() && is_image_name(entry.path())) files.push_back(entry.path());
  }
  if (files.empty())
    throw refused(cat(folder.string(),
                      ": no image in this folder (.nii, .nii.gz, .nrrd, .mha, .mhd or .png); "
                      "subfolders are not searched"));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<InputCase> find_inputs(const std::vector<fs::path>& inputs,
                                   const std::vector<std::string>& sequences) {
  if (inputs.empty()) throw refused("no input was given");
  Gatherer gatherer(sequences);
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (fs::is_directory(input)) {
      const std::vector<fs::path> found = images_in(input);
      files.insert(files.end(), found.begin(), found.end());
    } else if (!fs::exists(input)) {
      throw refused(cat(input.string(), ": there is no such file or folder"));
    } else if (is_table_name(input)) {
      gatherer.add_table(input);
    } else if (is_image_name(input)) {
      files.push_back(input);
    } else {
      throw refused(cat(input.string(), ": neither an image nor a .tsv or .csv table"));
    }
  }
  gatherer.add_files(files);
  std::vector<InputCase> cases = gatherer.finish();
  if (cases.empty()) throw refused("the input holds no case");
  return cases;
}

}  // namespace tazuna
