// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids_files.hpp"
#include "data/cohorts/bids_tables.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

using Files = decltype(BidsFiles::own);

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
    for (const std::string& person : persons) add_person(person);
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
    const auto names = folders_in(options_.root / "derivatives");
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

  /// A person whose folder cannot be read is one case, which is wrong.
  void add_person(const std::string& person) {
    std::vector<std::string> sessions;
    ValuesById of_sessions;
    try {
      sessions = folders_in(options_.root / person, "ses-");
      of_sessions = sessions_table(person);
      if (!sessions.empty()) warn_of_images_beside(person);
    } catch (const fs::filesystem_error& error) {
      FoundCase& found = found_.cases.emplace_back();
      found.subject.id = found.subject.person = person;
      found.wrong.push_back(cannot_be_read(error.path1(), error.code()));
      return;
    }
    if (sessions.empty()) sessions.emplace_back();
    for (const std::string& session : sessions) add(person, session, of_sessions);
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
    if (!bids_files(folder, without_session).own.empty())
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
    try {
      find_files(found);
    } catch (const fs::filesystem_error& error) {
      found.wrong.push_back(cannot_be_read(error.path1(), error.code()));
    }
    found_.cases.push_back(std::move(found));
  }

  void find_files(FoundCase& found) {
    Subject& subject = found.subject;
    const fs::path folder = options_.root / subject.person / subject.session;
    const fs::path maps_folder = maps_root_ / subject.person / subject.session;
    const BidsFiles images = bids_files(folder, subject);
    const BidsFiles maps = maps_folder == folder ? images : bids_files(maps_folder, subject);
    found_.known_sequences.merge(images.selectors());
    found_.known_maps.merge(maps.selectors());
    std::vector<std::string> lacking;
    for (const auto& sequence : sequences_) {
      const bool there = choose(sequence, images, subject.images, found.wrong);
      if (!there) lacking.push_back(sequence.first);
    }
    if (!lacking.empty()) found.lacking = lacking_sentence(lacking, images, folder);
    for (const auto& map : maps_) choose(map, maps, subject.maps, found.wrong);
    found.unasked = !sequences_.empty() && found.wrong.empty() && subject.images.empty() &&
                    subject.maps.empty() && images.passed_over.empty() && !resembles_a_sequence(images);
    for (const auto& [name, file] : maps.own)
      if (resembles_a_map(name)) found.other_maps.insert(name.selector());
    found.passed_over = maps.passed_over;
  }

  bool is_asked(const BidsName& name) const {
    const auto matches = [&name](const Named& one) { return one.second.matches(name); };
    return std::any_of(sequences_.begin(), sequences_.end(), matches) ||
           std::any_of(maps_.begin(), maps_.end(), matches);
  }

  bool resembles_a_sequence(const BidsFiles& images) const {
    return std::any_of(images.own.begin(), images.own.end(), [this](const auto& file) {
      return std::any_of(sequences_.begin(), sequences_.end(),
                         [&file](const Named& one) { return one.second.shares_suffix(file.first); });
    });
  }

  /// Of a name that nobody asked for.
  bool resembles_a_map(const BidsName& name) const {
    if (is_asked(name)) return false;
    return name.suffix == "mask" || name.suffix == "dseg" ||
           std::any_of(maps_.begin(), maps_.end(),
                       [&name](const Named& one) { return one.second.shares_suffix(name); });
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

  /// Puts the one file that is meant into `into`; false if there is none. Several, and a link that leads
  /// nowhere, are wrong.
  bool choose(const Named& wanted, const BidsFiles& files, std::map<std::string, ImageRef>& into,
              std::vector<std::string>& wrong) const {
    const auto& [name, selector] = wanted;
    Files matches;
    std::vector<fs::path> chosen;
    for (size_t i = 0; i < selector.alternatives() && chosen.empty(); ++i) {
      matches.clear();
      for (const auto& one : files.own)
        if (selector.matches(one.first, i)) matches.push_back(one);
      chosen = filter_.chosen(matches);
    }
    if (chosen.empty()) return false;
    if (chosen.size() > 1) {
      wrong.push_back(ambiguous(name, matches, chosen));
    } else if (!fs::is_regular_file(chosen.front())) {
      wrong.push_back(leads_nowhere(chosen.front()));
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

  std::string lacking_sentence(const std::vector<std::string>& lacking, const BidsFiles& images,
                               const fs::path& folder) const {
    const std::set<std::string> has = images.selectors();
    const std::vector<std::string>& passed = images.passed_over;
    const std::string what = !has.empty()     ? cat(", but ", join(has, ", "))
                             : passed.empty() ? ", which holds no image"
                                              : "";
    return cat("it has no ", join(lacking, " and no "), " in ", folder.string(), what,
               passed.empty() ? "; restore the file"
                              : cat("; passed over: ", listed(passed), "; restore or rename the file"),
               " or leave the case out",
               request_.predicting ? flag_for(lacking, has) : name_for(lacking, images));
  }

  static std::string flag_for(const std::vector<std::string>& lacking, const std::set<std::string>& has) {
    if (has.empty()) return "";
    return cat(", or name what is its ", lacking.front(), " by --sequence ", lacking.front(), "=SELECTOR");
  }

  /// How an image that may be a lacking sequence under another name is taken for it; "" where there is none.
  std::string name_for(const std::vector<std::string>& lacking, const BidsFiles& images) const {
    for (const auto& [sequence, selector] : sequences_) {
      if (std::find(lacking.begin(), lacking.end(), sequence) == lacking.end()) continue;
      for (const auto& [name, file] : images.own)
        if (selector.shares_suffix(name) && !is_asked(name))
          return cat(", or, if ", name.selector(), " shows the same, write ", sequence, "|", name.selector(),
                     " for ", sequence, " in input.sequences");
    }
    return "";
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
  return refusing_what_is_shut([&] { return !folders_in(folder, "sub-").empty(); });
}

FoundCohort find_cases(const BidsOptions& options, const CohortRequest& request) {
  return refusing_what_is_shut([&] { return Dataset(options, request).find(); });
}

}  // namespace tazuna
