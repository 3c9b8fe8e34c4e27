// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/nnunet.hpp"

#include <algorithm>
#include <cstdio>
#include <regex>
#include <set>

#include "core/problems.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "data/cohorts/bids_tables.hpp"
#include "data/cohorts/dataset_json.hpp"
#include "data/split_persons.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

constexpr const char* label_selector = "label";

/// "_0002" for channel 2.
std::string channel_suffix(size_t channel) {
  char text[24];
  std::snprintf(text, sizeof(text), "_%04zu", channel);
  return text;
}

/// Where `name` ("ID_0000") ends in a channel suffix, or npos.
size_t suffix_at(const std::string& name) {
  if (name.size() < 6 || name[name.size() - 5] != '_') return std::string::npos;
  return std::all_of(name.end() - 4, name.end(), [](char c) { return c >= '0' && c <= '9'; })
             ? name.size() - 5
             : std::string::npos;
}

/// False of a link in a circle too.
bool is_file(const fs::path& file) {
  std::error_code unread;
  return fs::is_regular_file(file, unread);
}

/// A link whose content is not there counts, so that it is told as what it is.
bool is_there(const fs::path& file) {
  std::error_code unread;
  return fs::exists(file, unread) || fs::is_symlink(file);
}

class Folder {
 public:
  Folder(const fs::path& root, const CohortRequest& request, Problems& problems)
      : root_(root),
        request_(request),
        description_(read_dataset_json(root / "dataset.json")),
        problems_(problems) {}

  Cohort read() {
    if (!is_image_name("x" + description_.file_ending))
      throw refused(cat((root_ / "dataset.json").string(), ": file_ending: '", description_.file_ending,
                        "' is no image format that is read here; use .nii.gz, .nii, .nrrd, .mha or .png"));
    if (description_.listed.empty()) {
      scanned();
    } else {
      for (const ListedCase& listed : description_.listed) add(listed);
    }
    return {.name = description_.name,
            .sequences = description_.channels,
            .subjects = std::move(subjects_),
            .labels = description_.labels,
            .warnings = warnings(),
            .unusable = std::move(unusable_)};
  }

 private:
  /// Where the one image of a list entry lies for each channel: nnU-Net v1 lists ID.nii.gz and stores
  /// ID_0000.nii.gz.
  std::vector<fs::path> channel_files(const ListedCase& listed) const {
    std::vector<fs::path> files;
    for (const fs::path& image : listed.images) files.push_back((root_ / image).lexically_normal());
    const std::string& ending = description_.file_ending;
    const std::string listed_name = files.front().string();
    if (files.size() > 1 || is_there(files.front()) || !listed_name.ends_with(ending)) return files;
    const std::string stem = listed_name.substr(0, listed_name.size() - ending.size());
    std::vector<fs::path> channels;
    for (size_t channel = 0; channel < description_.channels.size(); ++channel)
      channels.emplace_back(stem + channel_suffix(channel) + ending);
    return std::any_of(channels.begin(), channels.end(), is_there) ? channels : files;
  }

  /// Whether the files of a list entry lie in the dataset or are named absolutely; a problem if not.
  bool stays_inside(const ListedCase& listed) {
    std::vector<fs::path> files = listed.images;
    files.push_back(listed.label);
    for (const fs::path& file : files) {
      const fs::path normal = file.lexically_normal();
      if (normal.is_absolute() || (!normal.empty() && *normal.begin() != "..")) continue;
      problems_.add(listed.id,
                    cat("the path '", file.string(), "' in ", (root_ / "dataset.json").string(),
                        " leads out of the dataset; move the file into it or write its absolute path"));
      return false;
    }
    return true;
  }

  void add(const ListedCase& listed) {
    const size_t problems_before = problems_.list().size();
    Subject subject;
    subject.id = subject.person = listed.id;
    if (stays_inside(listed)) give_files(listed, subject);
    const bool usable = problems_.list().size() == problems_before;
    (usable ? subjects_ : unusable_).push_back(std::move(subject));
  }

  void give_files(const ListedCase& listed, Subject& subject) {
    const std::vector<fs::path> files = channel_files(listed);
    const size_t channels = description_.channels.size();
    const bool together = files.size() == 1 && channels > 1;  // MSD's way: the volumes of one file
    if (!together && files.size() != channels) {
      problems_.add(listed.id, cat("dataset.json lists ", files.size(), " images of this case for ", channels,
                                   " channels; list one a channel, or one file that holds them all"));
      return;
    }
    const fs::path label = (root_ / listed.label).lexically_normal();
    std::vector<std::string> lacking;
    for (size_t channel = 0; channel < channels; ++channel) {
      const std::string& name = description_.channels[channel];
      const fs::path& file = files[together ? 0 : channel];
      if (is_file(file)) {
        subject.images[name] = {file, together ? static_cast<int64_t>(channel) : 0,
                                together ? static_cast<int64_t>(channels) : 1};
      } else if (channel > 0 && together) {
        continue;  // told already
      } else if (fs::is_symlink(file)) {
        problems_.add(listed.id, leads_nowhere(file));
      } else {
        lacking.push_back(cat("the image ", file.string(), together ? "" : cat(" (channel '", name, "')"),
                              " is missing; restore it or take the case out"));
      }
    }
    const bool has_one = has_a_sequence(subject);
    if (!(request_.missing_allowed && has_one)) {
      for (const std::string& sentence : lacking)
        problems_.add(listed.id, cat(sentence, has_one ? or_allow_missing : ""));
    }
    if (is_file(label)) {
      subject.maps[label_selector].file = label;
    } else if (fs::is_symlink(label) && labels_asked()) {
      problems_.add(listed.id, leads_nowhere(label));
    } else if (!description_.listed.empty() && labels_asked()) {
      problems_.add(listed.id, cat("the label map ", label.string(),
                                   " that dataset.json lists is missing; "
                                   "restore it or take the case out"));
    } else if (unlabelled_++ == 0) {
      first_unlabelled_ = label;
    }
  }

  bool labels_asked() const {
    const auto& maps = request_.maps;
    return std::find(maps.begin(), maps.end(), label_selector) != maps.end();
  }

  std::vector<std::string> warnings() const {
    std::vector<std::string> sentences = left_out_;
    if (request_.scoring) return sentences;
    if (unlabelled_ > 0 && labels_asked())
      sentences.push_back(cat("there is no label map of ", unlabelled_, unlabelled_ == 1 ? " case" : " cases",
                              ", the first is ", first_unlabelled_.string(),
                              "; tasks that ask for it do not learn from them"));
    // nnU-Net normalises by the name of a channel.
    const auto& asked = request_.sequences;
    for (const std::string& channel : description_.channels) {
      const bool used = asked.empty() || std::find(asked.begin(), asked.end(), channel) != asked.end();
      const std::string name = in_small_letters(channel);
      if (used && (name == "ct" || name == "nonorm" || name == "rescale_to_0_1" || name == "rgb_to_0_1"))
        sentences.push_back(cat("nnU-Net would normalise the channel '", channel,
                                "' in a way of its own; here every image is normalised as input.normalise "
                                "says, by its own mean and standard deviation unless it is none"));
    }
    return sentences;
  }

  /// Of those that are asked for; all of the dataset's where none is named.
  bool has_a_sequence(const Subject& subject) const {
    if (request_.sequences.empty()) return !subject.images.empty();
    return std::any_of(request_.sequences.begin(), request_.sequences.end(),
                       [&](const std::string& sequence) { return subject.images.contains(sequence); });
  }

  /// File names in a folder that end in the images' ending, without it; sorted. Hidden files (macOS leaves
  /// ._ID.nii.gz) are passed over; a name that is not UTF-8, which no table could hold, is a problem,
  /// or, for scores, left out.
  std::set<std::string> names_in(const fs::path& folder) {
    const std::string& ending = description_.file_ending;
    std::set<std::string> names;
    if (!fs::is_directory(folder)) return names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(".") || !name.ends_with(ending) || name.size() == ending.size()) continue;
      if (is_utf8(name)) {
        names.insert(name.substr(0, name.size() - ending.size()));
      } else if (const std::string shown = with_bytes_written_out(name); request_.scoring) {
        left_out_.push_back(cat((folder / shown).string(), " is left out: the name is not UTF-8 (the bytes ",
                                "behind % are foreign); rename the file"));
      } else {
        problems_.add(shown, cat("this name in ", folder.string(),
                                 " is not UTF-8 (the bytes behind % are foreign); rename the file"));
      }
    }
    return names;
  }

  /// nnU-Net v2 without a list: the cases are what the folders hold.
  void scanned() {
    const fs::path images = root_ / "imagesTr", labels = root_ / "labelsTr";
    const std::string& ending = description_.file_ending;
    std::set<std::string> ids;
    for (const std::string& name : names_in(images)) {
      const size_t at = suffix_at(name);
      if (at == std::string::npos) {
        problems_.add(name, cat((images / (name + ending)).string(),
                                " has no channel in its name; rename it to ", name, "_0000", ending));
      } else {
        ids.insert(name.substr(0, at));
        if (std::stoul(name.substr(at + 1)) >= description_.channels.size())
          problems_.add(name.substr(0, at),
                        cat((images / (name + ending)).string(), " is channel ",
                            std::stoul(name.substr(at + 1)), ", but dataset.json names ",
                            description_.channels.size(), "; name it there or remove the file"));
      }
    }
    for (const std::string& id : names_in(labels)) {
      if (ids.contains(id)) continue;
      problems_.add(id, cat("the label map ", (labels / (id + ending)).string(), " has no image ",
                            (images / (id + channel_suffix(0) + ending)).string(),
                            "; restore the image or remove the label map"));
      Subject& known = unusable_.emplace_back();
      known.id = known.person = id;
    }
    if (ids.empty() && problems_.empty())
      throw refused(cat(images.string(), ": there is no image ID_0000", ending,
                        "; put the training images there, or correct file_ending in dataset.json"));
    for (const std::string& id : ids) {
      ListedCase listed{id, {}, fs::path("labelsTr") / (id + ending)};
      for (size_t channel = 0; channel < description_.channels.size(); ++channel)
        listed.images.push_back(fs::path("imagesTr") / (id + channel_suffix(channel) + ending));
      add(listed);
    }
    const auto expected = description_.training_cases;
    if (expected && left_out_.empty() && *expected != static_cast<int64_t>(ids.size()))
      problems_.add(root_.string(), cat("dataset.json says numTraining ", *expected, ", but imagesTr holds ",
                                        ids.size(), " cases; complete the folder or correct the number"));
  }

  fs::path root_;
  const CohortRequest& request_;
  DatasetJson description_;
  std::vector<Subject> subjects_, unusable_;
  size_t unlabelled_ = 0;  // cases without a label map
  fs::path first_unlabelled_;
  std::vector<std::string> left_out_;  // sentences
  Problems& problems_;
};

std::vector<Subject*> everybody_in(Cohort& cohort) {
  std::vector<Subject*> all;
  for (std::vector<Subject>* part : {&cohort.subjects, &cohort.unusable})
    for (Subject& subject : *part) all.push_back(&subject);
  return all;
}

void name_persons(Cohort& cohort, const std::string& pattern, Problems& problems) {
  if (pattern.empty()) return;
  std::regex expression;
  try {
    expression = std::regex(pattern);
  } catch (const std::regex_error&) {
    throw refused(cat("data.cohort.person_pattern: '", pattern,
                      "' is no regular expression; write one like '^(sub-[^_]+)'"));
  }
  if (expression.mark_count() < 1)
    throw refused(
        cat("data.cohort.person_pattern: '", pattern,
            "' has no group; put the part that names the person in brackets, as in '^(sub-[^_]+)'"));
  for (Subject* subject : everybody_in(cohort)) {
    std::smatch match;
    if (std::regex_search(subject->id, match, expression) && match[1].length() > 0) {
      subject->person = match[1].str();
    } else {
      problems.add(subject->id, cat("data.cohort.person_pattern '", pattern, "' finds no person in this id"));
    }
  }
}

/// The columns of a table as the cases' values.
void give_values(Cohort& cohort, const fs::path& file, const DeclaredWords& declared, Problems& problems) {
  const ValuesById table = read_values(file, "", "", declared);
  cohort.columns = table.columns;
  const std::vector<Subject*> everybody = everybody_in(cohort);
  std::vector<std::string> unnamed;
  for (Subject* subject : everybody) {
    if (table.repeated.contains(subject->id))
      problems.add(subject->id, cat(file.string(), " has two rows for this case; remove one"));
    const auto values = table.values.find(subject->id);
    if (values == table.values.end()) {
      unnamed.push_back(subject->id);
      continue;
    }
    subject->values = values->second;
    if (const auto site = subject->values.find("site"); site != subject->values.end())
      subject->site = site->second;
  }
  if (unnamed.size() == everybody.size() && !unnamed.empty())
    throw refused(
        cat(file.string(), ": none of its ids is a case of the dataset, as ", unnamed.front(), " is"));
  if (!unnamed.empty())
    cohort.warnings.push_back(cat(file.string(), " has no row for ", unnamed.size(), " cases, the first is ",
                                  unnamed.front(), "; their values are unknown"));
}

}  // namespace

void describe(Fields& fields, NnunetOptions& options) {
  fields.path("root", options.root, "folder that holds dataset.json, imagesTr and labelsTr", true);
  fields.text(
      "person_pattern", options.person_pattern,
      "regular expression whose first group is the person in a case's id; empty: the id is the person");
  fields.path(
      "values", options.values,
      "table of the cases' values (class, age, …) with a column of ids, relative to ROOT; empty: none");
}

Cohort read_cohort(const NnunetOptions& options, const CohortRequest& request, Problems& problems) {
  return refusing_what_is_shut([&] {
    if (!fs::is_directory(options.root))
      throw refused(cat("data.cohort.root: there is no folder '", options.root.string(), "'"));
    if (!fs::is_regular_file(options.root / "dataset.json"))
      throw refused(cat(options.root.string(),
                        ": there is no dataset.json; an MSD or nnU-Net folder has one beside "
                        "imagesTr and labelsTr that names channels and labels"));
    Cohort cohort = Folder(options.root, request, problems).read();
    name_persons(cohort, options.person_pattern, problems);
    if (!options.values.empty()) give_values(cohort, options.root / options.values, request.words, problems);
    return cohort;
  });
}

Cohort read_cohort(const NnunetOptions& options) {
  Problems problems;
  Cohort cohort = read_cohort(options, {.scoring = true}, problems);
  problems.throw_if_any();
  return cohort;
}

}  // namespace tazuna
