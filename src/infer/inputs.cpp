// SPDX-License-Identifier: Apache-2.0
#include "infer/inputs.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids.hpp"
#include "data/cohorts/table.hpp"
#include "image/extent.hpp"
#include "image/volume.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

using Channels = std::map<int64_t, fs::path>;

// The channel of a file whose name does not tell which of several it is.
constexpr int64_t unnamed = -1;

/// "_0001"
std::string channel_suffix(size_t channel) {
  char suffix[24];
  std::snprintf(suffix, sizeof suffix, "_%04zu", channel);
  return suffix;
}

bool is_table_name(const fs::path& file) {
  return file.extension() == ".tsv" || file.extension() == ".csv";
}

bool is_utf8(const std::string& text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

/// A text that is no UTF-8 with %E9 for every byte beyond ASCII.
std::string escaped(const std::string& text) {
  std::string plain;
  for (const char letter : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(letter));
    plain += static_cast<unsigned char>(letter) < 0x80 ? std::string(1, letter) : std::string(code);
  }
  return plain;
}

/// Where the cases of one command are gathered.
class Gatherer {
 public:
  Gatherer(const InputRequest& request, Log& log)
      : sequences_(request.sequences), columns_(request.columns), missing_(request.missing), log_(log) {}

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
      const bool tells = sequences_.size() == 1 || !missing_;  // else nobody knows which sequence it is
      const int64_t number = channel ? std::stoll(parts[2].str()) : tells ? 0 : unnamed;
      const auto [place, added] = grouped[id].insert({number, file});
      if (!added) throw twice(id, place->second, file);
    }
    for (const auto& [id, channels] : grouped) add_case(id, channels);
  }

  /// The cases of a table or a BIDS dataset.
  void add_found(FoundCohort found, const fs::path& origin) {
    for (const std::string& warning : found.cohort.warnings) log_.warn(warning);
    for (FoundCase& one : found.cases) {
      const std::string problem = one.problem(missing_);
      const auto subject = std::make_shared<Subject>(std::move(one.subject));
      add(subject, problem.empty() ? "" : cat(subject->id, ": ", problem), origin);
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
    const auto wanted = static_cast<int64_t>(sequences_.size());
    const fs::path& first = channels.begin()->second;
    if (wanted > 1 && channels.size() == 1 && volumes_of(first) == wanted) {  // MSD's way
      for (int64_t k = 0; k < wanted; ++k)
        subject->images[sequences_[static_cast<size_t>(k)]] = {first, k, wanted};
      add(subject, "", first);
      return;
    }
    std::string problem;
    for (const auto& [number, file] : channels) {
      if (number == unnamed) {
        problem = cat(id, ": ", file.filename().string(), " does not say which of ", join(sequences_, ", "),
                      " it is; name it ", id, channel_suffix(0), " for ", sequences_.front(), " and so on");
        continue;
      }
      if (number < static_cast<int64_t>(sequences_.size())) {
        subject->images[sequences_[static_cast<size_t>(number)]].file = file;
      } else if (problem.empty()) {
        problem = cat(id, ": ", file.filename().string(), " is channel ", number, ", but the model takes ",
                      sequences_.size(), " (", join(sequences_, ", "), ")");
      }
    }
    for (size_t i = 0; i < sequences_.size() && problem.empty() && !missing_; ++i) {
      if (subject->images.contains(sequences_[i])) continue;
      problem = cat(id, ": channel ", channel_suffix(i), " (", sequences_[i], ") is missing beside ",
                    channels.begin()->second.string());
    }
    add(subject, problem, channels.begin()->second);
  }

  /// What tables and JSON could not hold is taken out of the case; a sentence about it, "" where all is well.
  std::string without_strange_bytes(Subject& subject) const {
    std::string problem;
    for (std::string* name : {&subject.id, &subject.person, &subject.session}) {
      if (is_utf8(*name)) continue;
      *name = escaped(*name);
      problem = "its name is no UTF-8 (the bytes behind % are foreign); rename its files";
    }
    for (const std::string& column : columns_) {
      const auto value = subject.values.find(column);
      if (value == subject.values.end() || is_utf8(value->second)) continue;
      subject.values.erase(value);
      problem = cat("its value in the column '", column, "' is no UTF-8; save the table as UTF-8");
    }
    return problem.empty() ? "" : cat(subject.id, ": ", problem);
  }

  void add(const std::shared_ptr<Subject>& subject, std::string problem, const fs::path& origin) {
    if (std::string strange = without_strange_bytes(*subject); !strange.empty()) problem = std::move(strange);
    const auto [place, added] = origins_.insert({subject->id, origin});
    if (!added) throw twice(subject->id, place->second, origin);
    cases_[subject->id] = {subject, std::move(problem)};
  }

  const std::vector<std::string>&sequences_, &columns_;
  bool missing_;
  Log& log_;
  std::map<std::string, InputCase> cases_;
  std::map<std::string, fs::path> origins_;
};

std::vector<fs::path> images_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string()[0] == '.';
    const bool image = entry.is_directory() ? is_dicom_folder(entry.path()) : is_image_name(entry.path());
    if (!hidden && image) files.push_back(entry.path());
  }
  if (files.empty())
    throw refused(
        cat(folder.string(),
            ": no image in this folder (.nii, .nii.gz, .nrrd, .mha, .mhd, .png, .jpg or a folder of "
            "DICOM files), no table and no sub-… of a BIDS dataset; other subfolders are not "
            "searched"));
  std::sort(files.begin(), files.end());
  return files;
}

CohortRequest request_of(const InputRequest& wanted) {
  CohortRequest request{.sequences = wanted.sequences, .filter = wanted.filter};
  request.values = !wanted.columns.empty();
  request.missing_allowed = wanted.missing;
  request.selectors = wanted.selectors;
  request.predicting = true;
  return request;
}

}  // namespace

std::vector<InputCase> find_inputs(const std::vector<fs::path>& inputs, const InputRequest& wanted,
                                   Log& log) {
  if (inputs.empty()) throw refused("no input was given");
  const CohortRequest request = request_of(wanted);
  Gatherer gatherer(wanted, log);
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (!fs::exists(input)) throw refused(cat(input.string(), ": there is no such file or folder"));
    if (fs::is_directory(input) && is_bids(input)) {
      gatherer.add_found(find_cases(BidsOptions{.root = input}, request), input);
    } else if (fs::is_directory(input) && !is_dicom_folder(input)) {
      const std::vector<fs::path> found = images_in(input);
      files.insert(files.end(), found.begin(), found.end());
    } else if (is_table_name(input)) {
      gatherer.add_found(find_cases(TableOptions{.file = input}, request), input);
    } else if (is_image_name(input) || fs::is_directory(input)) {
      files.push_back(input);
    } else {
      throw refused(cat(input.string(), ": neither an image nor a .tsv or .csv table"));
    }
  }
  const bool named = std::any_of(inputs.begin(), inputs.end(), [](const fs::path& input) {
    return is_table_name(input) || (fs::is_directory(input) && is_bids(input));
  });
  if (!named && !wanted.selectors.empty())
    throw refused(
        cat("--sequence ", wanted.selectors.begin()->first, "=", wanted.selectors.begin()->second,
            ": the input is neither a BIDS dataset nor a table; in a folder of files the suffix of ",
            "a name (_0000, _0001) says which sequence it is"));
  const bool bids = std::any_of(inputs.begin(), inputs.end(), [](const fs::path& input) {
    return fs::is_directory(input) && is_bids(input);
  });
  if (wanted.filter_asked && !bids)
    throw refused(cat("--filter ", join(wanted.filter, " "),
                      ": no input is a BIDS dataset, whose names hold entities; leave it out"));
  gatherer.add_files(files);
  std::vector<InputCase> cases = gatherer.finish();
  if (cases.empty()) throw refused("the input holds no case");
  return cases;
}

}  // namespace tazuna
