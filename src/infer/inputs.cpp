// SPDX-License-Identifier: Apache-2.0
#include "infer/inputs.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "data/cohorts/bids.hpp"
#include "data/cohorts/table.hpp"
#include "image/extent.hpp"
#include "image/volume.hpp"
#include "infer/flat_bids.hpp"
#include "infer/folders.hpp"
#include "infer/label_maps.hpp"

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
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return ending == ".tsv" || ending == ".csv";
}

/// Where the cases of one command are gathered.
class Gatherer {
 public:
  Gatherer(const InputRequest& request, Log& log)
      : sequences_(request.sequences),
        person_(request.person),
        missing_(request.missing),
        bids_names_(request),
        log_(log) {}

  void add_files(const std::vector<fs::path>& files) {
    static const std::regex suffixed("(.+)_([0-9]{4})");
    std::set<std::string> stems;
    for (const fs::path& file : files) stems.insert((file.parent_path() / image_stem(file)).string());
    std::map<std::string, Channels> grouped;
    for (const fs::path& file : files) {
      const std::string stem = image_stem(file);
      if (const auto number = bids_names_.channel(file); number && sequences_.size() > 1) {
        put(grouped, FlatBids::case_of(file), *number, file);
        continue;
      }
      std::smatch parts;
      const bool channel = std::regex_match(stem, parts, suffixed) &&
                           (sequences_.size() > 1 ||
                            stems.contains((file.parent_path() / cat(parts[1].str(), "_0000")).string()));
      const std::string id = channel ? parts[1].str() : stem;
      const bool tells = sequences_.size() == 1 || !missing_;  // else nobody knows which sequence it is
      const int64_t number = channel ? std::stoll(parts[2].str()) : tells ? 0 : unnamed;
      put(grouped, id, number, file);
    }
    for (const auto& [id, channels] : grouped) add_case(id, channels);
  }

  /// The cases of a table or a BIDS dataset.
  void add_found(FoundCohort found, const fs::path& origin) {
    for (const std::string& warning : found.cohort.warnings) log_.warn(warning);
    for (FoundCase& one : found.cases) {
      const std::string problem = one.problem(missing_);
      const auto subject = std::make_shared<Subject>(std::move(one.subject));
      if (const auto named = subject->values.find(person_); named != subject->values.end())
        subject->person = named->second;
      add(subject, problem.empty() ? "" : cat(subject->id, ": ", problem), origin);
    }
  }

  std::vector<InputCase> finish() {
    std::vector<InputCase> cases;
    for (auto& [id, found] : cases_) cases.push_back(std::move(found));
    return cases;
  }

 private:
  static void put(std::map<std::string, Channels>& grouped, const std::string& id, int64_t number,
                  const fs::path& file) {
    const auto [place, added] = grouped[id].insert({number, file});
    if (!added) throw twice(id, place->second, file);
  }

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

  /// What tables and JSON could not hold is taken out of the case's name; a sentence about it, "" where all
  /// is well.
  std::string without_strange_bytes(Subject& subject) const {
    std::string problem;
    for (std::string* name : {&subject.id, &subject.person, &subject.session}) {
      if (is_utf8(*name)) continue;
      *name = with_bytes_written_out(*name);
      problem = "its name is no UTF-8 (the bytes behind % are foreign); rename its files";
    }
    return problem.empty() ? "" : cat(subject.id, ": ", problem);
  }

  void add(const std::shared_ptr<Subject>& subject, std::string problem, const fs::path& origin) {
    if (std::string strange = without_strange_bytes(*subject); !strange.empty()) problem = std::move(strange);
    const auto [place, added] = origins_.insert({subject->id, origin});
    if (!added) throw twice(subject->id, place->second, origin);
    cases_[subject->id] = {subject, std::move(problem)};
  }

  const std::vector<std::string>& sequences_;
  const std::string& person_;
  bool missing_;
  const FlatBids bids_names_;
  Log& log_;
  std::map<std::string, InputCase> cases_;
  std::map<std::string, fs::path> origins_;
};

/// A folder in it that cannot be read is passed over with a warning; whatever else is named as an image
/// counts as one, and fails alone if it cannot be read.
std::vector<fs::path> images_in(const fs::path& folder, Log& log) {
  std::vector<fs::path> files;
  for (const fs::path& entry : entries_of(folder)) {
    if (!is_folder(entry)) {
      if (is_image_name(entry)) files.push_back(entry);
    } else if (const std::string reason = unreadable(entry); !reason.empty()) {
      log.warn(cat(entry.string(), ": this folder is passed over, since it cannot be read (", reason, ")"));
    } else if (is_dicom_folder(entry)) {
      files.push_back(entry);
    }
  }
  if (files.empty())
    throw refused(
        cat(folder.string(),
            ": no image in this folder (.nii, .nii.gz, .nrrd, .mha, .mhd, .png, .jpg or a folder of "
            "DICOM files), no table and no sub-… of a BIDS dataset; other subfolders are not "
            "searched"));
  return files;
}

CohortRequest request_of(const InputRequest& wanted) {
  CohortRequest request{.sequences = wanted.sequences, .filter = wanted.filter};
  request.values = !wanted.columns.empty() || !wanted.person.empty();
  request.missing_allowed = wanted.missing;
  request.selectors = wanted.selectors;
  request.predicting = true;
  return request;
}

/// The images among the inputs, and what the inputs are.
struct FoundImages {
  std::vector<fs::path> files;
  bool tables = false, datasets = false;  ///< some input is one
};

/// Refuses flags that speak of names which no input has.
void expect_flags_fit(const InputRequest& wanted, const FoundImages& images) {
  const bool named =
      images.tables || images.datasets || std::ranges::any_of(images.files, FlatBids::is_named);
  if (!named && !wanted.selectors.empty())
    throw refused(cat(
        "--sequence ", wanted.selectors.begin()->first, "=", wanted.selectors.begin()->second,
        ": the input is neither a BIDS dataset nor a table, and no file has a BIDS name (sub-01_T1w); in ",
        "a folder of other files the suffix of a name (_0000, _0001) says which sequence it is"));
  if (wanted.filter_asked && !images.datasets)
    throw refused(cat("--filter ", join(wanted.filter, " "),
                      ": no input is a BIDS dataset, whose names hold entities; leave it out"));
}

}  // namespace

std::vector<InputCase> find_inputs(const std::vector<fs::path>& inputs, const InputRequest& wanted,
                                   Log& log) {
  if (inputs.empty()) throw refused("no input was given");
  const CohortRequest request = request_of(wanted);
  const FlatBids bids_names(wanted);
  Gatherer gatherer(wanted, log);
  FoundImages images;
  std::vector<fs::path> chosen;  // by the user, one by one
  for (const fs::path& input : inputs) {
    expect_readable(input);
    if (!fs::exists(input)) throw refused(cat(input.string(), ": there is no such file or folder"));
    if (is_bids_folder(input)) {
      images.datasets = true;
      gatherer.add_found(find_cases(BidsOptions{.root = input}, request), input);
    } else if (is_folder(input) && !is_dicom_folder(input)) {
      for (const fs::path& file : bids_names.meant(input, images_in(input, log), log))
        images.files.push_back(file);
    } else if (is_table_name(input)) {
      images.tables = true;
      gatherer.add_found(find_cases(TableOptions{.file = input}, request), input);
    } else if (is_image_name(input) || is_folder(input)) {
      images.files.push_back(input);
      chosen.push_back(input);
    } else {
      throw refused(cat(input.string(), ": neither an image nor a .tsv or .csv table"));
    }
  }
  expect_flags_fit(wanted, images);
  bids_names.tell_others(chosen, log);
  gatherer.add_files(images.files);
  std::vector<InputCase> cases = gatherer.finish();
  if (cases.empty()) throw refused("the input holds no case");
  return cases;
}

}  // namespace tazuna
