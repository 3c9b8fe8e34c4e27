// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids_name.hpp"
#include "data/cohorts/bids_tables.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<std::pair<BidsName, fs::path>>;

/// Names of the folders in `folder` that begin with `prefix`, sorted.
std::vector<std::string> folders_in(const fs::path& folder, const std::string& prefix) {
  std::vector<std::string> names;
  if (!fs::is_directory(folder)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.size() > prefix.size() && entry.is_directory())
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t shown = 5;
  const std::vector<std::string> first(names.begin(), names.begin() + std::min(names.size(), shown));
  return cat(join(first, ", "), names.size() > shown ? cat(" and ", names.size() - shown, " more") : "");
}

class Dataset {
 public:
  Dataset(const BidsOptions& options, const CohortRequest& request)
      : options_(options),
        request_(request),
        filter_(request.filter, filter_key()),
        maps_root_(options.root) {
    if (!fs::is_directory(options.root))
      throw refused(cat("data.cohort.root: there is no folder '", options.root.string(), "'"));
    if (!options.derivatives.empty()) {
      maps_root_ = options.root / "derivatives" / options.derivatives;
      if (!fs::is_directory(maps_root_))
        throw refused(cat("data.cohort.derivatives: there is no folder '", maps_root_.string(), "'",
                          offer(options.derivatives, derivatives())));
    }
    found_.maps_place = maps_root_.string();
    sequences_ = within(request.predicting ? "--sequence" : "input.sequences",
                        [&] { return selectors(request.sequences); });
    maps_ = within("target.map", [&] { return selectors(request.maps); });
  }

  FoundCohort find() {
    const std::vector<std::string> persons = folders_in(options_.root, "sub-");
    if (persons.empty())
      throw refused(
          cat(options_.root.string(), ": there is no folder sub-…; a BIDS dataset has one for each person"));
    if (!fs::exists(options_.root / "dataset_description.json"))
      found_.cohort.warnings.push_back(
          cat(options_.root.string(),
              ": there is no dataset_description.json, which a complete BIDS dataset has"));
    read_participants(persons);
    for (const std::string& person : persons) {
      std::vector<std::string> sessions = folders_in(options_.root / person, "ses-");
      const ValuesById of_sessions = sessions_table(person);
      if (sessions.empty()) {
        sessions.push_back("");
      } else {
        warn_of_images_beside(person);
      }
      for (const std::string& session : sessions) add(person, session, of_sessions);
    }
    exclude();
    std::sort(found_.cases.begin(), found_.cases.end(),
              [](const FoundCase& a, const FoundCase& b) { return a.subject.id < b.subject.id; });
    found_.cohort.name =
        (fs::absolute(options_.root) / "").lexically_normal().parent_path().filename().string();
    found_.cohort.sequences = request_.sequences;
    return std::move(found_);
  }

 private:
  using Named = std::pair<std::string, BidsSelector>;

  std::vector<Named> selectors(const std::vector<std::string>& names) const {
    std::vector<Named> named;
    for (const std::string& name : names) named.emplace_back(name, BidsSelector(request_.selector_of(name)));
    return named;
  }

  const char* filter_key() const { return request_.predicting ? "--filter" : "input.filter"; }

  std::set<std::string> derivatives() const {
    const auto names = folders_in(options_.root / "derivatives", "");
    return {names.begin(), names.end()};
  }

  void read_participants(const std::vector<std::string>& persons) {
    const bool given = !options_.participants.empty();
    const fs::path file = options_.root / (given ? options_.participants : fs::path("participants.tsv"));
    if (!request_.values || (!given && !fs::exists(file))) return;
    participants_file_ = file.string();
    participants_ = read_values(file, "participant_id", "sub-", request_.words);
    found_.cohort.columns = participants_.columns;
    std::vector<std::string> strangers, unnamed;
    for (const auto& [id, values] : participants_.values)
      if (!std::binary_search(persons.begin(), persons.end(), id)) strangers.push_back(id);
    for (const std::string& person : persons)
      if (!participants_.values.contains(person)) unnamed.push_back(person);
    if (unnamed.size() == persons.size() && !strangers.empty())
      throw refused(cat(participants_file_, ": none of its participant_id is a folder of ",
                        options_.root.string(), ", which has ", listed(persons)));
    if (!strangers.empty())
      found_.cohort.warnings.push_back(
          cat(participants_file_, " names people without a folder, who are left out: ", listed(strangers)));
    if (!unnamed.empty())
      found_.cohort.warnings.push_back(
          cat(participants_file_, " has no row for ", listed(unnamed), "; their values are unknown"));
  }

  ValuesById sessions_table(const std::string& person) {
    const fs::path file = options_.root / person / (person + "_sessions.tsv");
    if (!request_.values || !fs::exists(file)) return {};
    ValuesById table = read_values(file, "session_id", "ses-", request_.words);
    for (const std::string& column : table.columns)
      if (std::find(found_.cohort.columns.begin(), found_.cohort.columns.end(), column) ==
          found_.cohort.columns.end())
        found_.cohort.columns.push_back(column);
    return table;
  }

  void warn_of_images_beside(const std::string& person) {
    Subject without_session;
    without_session.person = person;
    const fs::path folder = options_.root / person;
    if (!files_of(folder, without_session).empty())
      found_.cohort.warnings.push_back(
          cat(folder.string(), " has sessions; the images beside them are left out"));
  }

  void add(const std::string& person, const std::string& session, const ValuesById& of_sessions) {
    FoundCase found;
    Subject& subject = found.subject;
    subject.person = person;
    subject.session = session;
    subject.id = session.empty() ? person : cat(person, "_", session);
    give_values(found, of_sessions);
    const fs::path folder = options_.root / person / session;
    const Files images = files_of(folder, subject);
    for (const auto& [name, file] : images) found_.known_sequences.insert(name.selector());
    std::vector<std::string> lacking;
    for (const auto& sequence : sequences_) {
      const bool there = choose(sequence, images, subject.images, found.wrong);
      if (!there) lacking.push_back(sequence.first);
    }
    if (!lacking.empty()) found.lacking = lacking_sentence(lacking, images, folder);
    const fs::path maps_folder = maps_root_ / person / session;
    const Files maps = maps_folder == folder ? images : files_of(maps_folder, subject);
    for (const auto& [name, file] : maps) found_.known_maps.insert(name.selector());
    for (const auto& map : maps_) choose(map, maps, subject.maps, found.wrong);
    found_.cases.push_back(std::move(found));
  }

  void give_values(FoundCase& found, const ValuesById& of_sessions) const {
    Subject& subject = found.subject;
    if (participants_.repeated.contains(subject.person))
      found.wrong.push_back(cat(participants_file_, " has two rows for ", subject.person, "; remove one"));
    if (of_sessions.repeated.contains(subject.session))
      found.wrong.push_back(
          cat(subject.person, "_sessions.tsv has two rows for ", subject.session, "; remove one"));
    const auto own = of_sessions.values.find(subject.session);
    if (own != of_sessions.values.end()) subject.values = own->second;
    const auto of_person = participants_.values.find(subject.person);
    if (of_person != participants_.values.end())
      subject.values.insert(of_person->second.begin(), of_person->second.end());
    const auto site = subject.values.find("site");
    if (site != subject.values.end()) subject.site = site->second;
  }

  /// The images of a case in its folder and the folders in it, sorted. Files of another case, hidden ones and
  /// those without a BIDS name are passed over.
  static Files files_of(const fs::path& folder, const Subject& subject) {
    std::vector<fs::path> folders{folder};
    for (const std::string& name : folders_in(folder, ""))
      if (!name.starts_with("ses-")) folders.push_back(folder / name);
    Files files;
    for (const fs::path& one : folders) {
      if (!fs::is_directory(one)) continue;
      for (const auto& entry : fs::directory_iterator(one)) {
        if (!is_image_name(entry.path()) || fs::is_directory(entry.path())) continue;
        const auto name = bids_name(image_stem(entry.path()));
        if (!name || !belongs(*name, "sub", subject.person) || !belongs(*name, "ses", subject.session))
          continue;
        files.emplace_back(*name, entry.path());
      }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return files;
  }

  /// Whether the name has the value of `folder` ("sub-01"), or neither has one.
  static bool belongs(const BidsName& name, const std::string& entity, const std::string& folder) {
    const auto found = name.entities.find(entity);
    return found == name.entities.end() ? folder.empty() : cat(entity, "-", found->second) == folder;
  }

  /// Puts the one file that is meant into `into`; false if there is none. Several, and a link that leads
  /// nowhere, are wrong.
  bool choose(const Named& wanted, const Files& files, std::map<std::string, ImageRef>& into,
              std::vector<std::string>& wrong) const {
    const auto& [name, selector] = wanted;
    Files matches;
    for (const auto& one : files)
      if (selector.matches(one.first)) matches.push_back(one);
    const std::vector<fs::path> chosen = filter_.chosen(matches);
    if (chosen.empty()) return false;
    if (chosen.size() > 1) {
      wrong.push_back(ambiguous(name, matches, chosen));
    } else if (!fs::is_regular_file(chosen.front())) {
      wrong.push_back(
          cat(chosen.front().string(), " is a link to a file that is not there; fetch its content"));
    } else {
      into[name].file = chosen.front();
    }
    return true;
  }

  std::string ambiguous(const std::string& selector, const Files& matches,
                        const std::vector<fs::path>& chosen) const {
    const auto name_of = [&](const fs::path& file) -> const BidsName& {
      return std::find_if(matches.begin(), matches.end(), [&](const auto& one) { return one.second == file; })
          ->first;
    };
    const std::string pair = telling_pair(name_of(chosen[0]), name_of(chosen[1]));
    const std::string example =
        request_.predicting ? cat("--filter ", pair) : cat("input.filter: [", pair, "]");
    return cat("several files are '", selector, "': ", join(texts_of(chosen), " and "),
               pair.empty() ? "; remove one of them"
                            : cat("; choose one by ", filter_key(), ", for example ", example));
  }

  static std::vector<std::string> texts_of(const std::vector<fs::path>& files) {
    std::vector<std::string> texts;
    for (const fs::path& file : files) texts.push_back(file.string());
    return texts;
  }

  std::string lacking_sentence(const std::vector<std::string>& lacking, const Files& images,
                               const fs::path& folder) const {
    std::set<std::string> has;
    for (const auto& [name, file] : images) has.insert(name.selector());
    return cat("it has no ", join(lacking, " and no "), " in ", folder.string(), ", but ",
               has.empty() ? "no image at all" : join(has, ", "), "; restore the file or leave the case out",
               request_.predicting && !has.empty() ? cat(", or name what is its ", lacking.front(),
                                                         " by --sequence ", lacking.front(), "=SELECTOR")
                                                   : "");
  }

  void exclude() {
    for (const std::string& name : options_.exclude) {
      const size_t count = std::erase_if(found_.cases, [&](const FoundCase& one) {
        return one.subject.id == name || one.subject.person == name;
      });
      if (count == 0)
        throw refused(
            cat("data.cohort.exclude: '", name, "' is no case and no person of ", options_.root.string()));
    }
    if (found_.cases.empty()) throw refused("data.cohort.exclude: nobody is left");
  }

  const BidsOptions& options_;
  const CohortRequest& request_;
  const BidsFilter filter_;
  std::vector<Named> sequences_, maps_;
  fs::path maps_root_;
  std::string participants_file_;
  ValuesById participants_;
  FoundCohort found_;
};

/// The file that names the labels of a map, if there is one.
fs::path names_file(const BidsOptions& options, const std::string& map, const FoundCohort& found) {
  const fs::path derivative = found.maps_place;
  for (const fs::path& file : {derivative / (map + ".tsv"), derivative / "dseg.tsv",
                               options.root / (map + ".tsv"), options.root / "dseg.tsv"})
    if (fs::exists(file)) return file;
  for (const FoundCase& one : found.cases) {
    const auto there = one.subject.maps.find(map);
    if (there == one.subject.maps.end()) continue;
    const fs::path beside = there->second.file.parent_path() / (image_stem(there->second.file) + ".tsv");
    if (fs::exists(beside)) return beside;
  }
  return {};
}

}  // namespace

void describe(Fields& fields, BidsOptions& options) {
  fields.path("root", options.root, "folder that holds sub-*", true);
  fields.text(
      "derivatives", options.derivatives,
      "name of the folder below ROOT/derivatives that holds the label maps; empty: beside the images");
  fields.path("participants", options.participants,
              "table of the persons' values, relative to ROOT; empty: participants.tsv, if there is one");
  fields.values("exclude", options.exclude, {}, "cases (sub-01_ses-02) or persons (sub-01) to leave out");
}

bool is_bids(const fs::path& folder) {
  return !folders_in(folder, "sub-").empty();
}

FoundCohort find_cases(const BidsOptions& options, const CohortRequest& request) {
  try {
    return Dataset(options, request).find();
  } catch (const fs::filesystem_error& error) {
    throw refused(cat(error.path1().string(), ": the folder cannot be read: ", error.code().message()));
  }
}

Cohort read_cohort(const BidsOptions& options, const CohortRequest& request, Problems& problems) {
  FoundCohort found = find_cases(options, request);
  for (const std::string& map : request.maps) {
    if (BidsSelector(map).suffix() != "dseg") continue;
    const fs::path file = names_file(options, map, found);
    if (!file.empty()) found.cohort.labels_of_map[map] = read_label_names(file);
  }
  return usable_cohort(std::move(found), request, problems);
}

}  // namespace tazuna
