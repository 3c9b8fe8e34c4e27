// SPDX-License-Identifier: Apache-2.0
#include "infer/bids_output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/problems.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "data/cohorts/bids_name.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// BIDS 1.11's entities of images in their order.
constexpr std::array<std::string_view, 30> entity_order{
    "sub",   "ses",       "sample", "task",  "acq", "ce",    "trc",  "stain", "rec",   "dir",
    "run",   "mod",       "echo",   "flip",  "inv", "mt",    "part", "proc",  "hemi",  "space",
    "split", "recording", "chunk",  "atlas", "seg", "scale", "res",  "den",   "label", "desc"};

size_t rank_of(std::string_view entity) {
  return static_cast<size_t>(std::find(entity_order.begin(), entity_order.end(), entity) -
                             entity_order.begin());
}

bool is_label_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+';
}

bool is_label(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_label_character);
}

std::string label_of(std::string_view text) {
  std::string label;
  std::copy_if(text.begin(), text.end(), std::back_inserter(label), is_label_character);
  return label;
}

/// "01" for "sub-01" and for "01".
std::string without_key(const std::string& text, const std::string& key) {
  return text.starts_with(key + "-") ? text.substr(key.size() + 1) : text;
}

std::string session_label(const Subject& subject) {
  return subject.session == "n/a" ? "" : label_of(without_key(subject.session, "ses"));
}

/// The entities of a case id that is a BIDS name, with or without a suffix, by their place in the order;
/// empty for others.
std::map<size_t, std::string> entities_of(const std::string& id) {
  auto name = bids_name(id);
  if (!name) name = bids_name(id + "_dseg");
  if (!name || !name->entities.contains("sub")) return {};
  std::map<size_t, std::string> entities;
  for (const auto& [entity, value] : name->entities) {
    const size_t rank = rank_of(entity);
    if (rank == entity_order.size() || !is_label(value)) return {};
    if (entity != "seg") entities[rank] = value;
  }
  return entities;
}

std::string joined(const std::vector<std::pair<std::string, std::string>>& entities) {
  std::vector<std::string> parts;
  for (const auto& [entity, value] : entities) parts.push_back(cat(entity, "-", value));
  return join(parts, "_");
}

std::string file_uri(const fs::path& path) {
  const std::string text = fs::weakly_canonical(fs::absolute(path)).string();
  std::string uri = "file://";
  for (const char c : text) {
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
    const bool plain = is_label_character(c) || std::string_view("/-_.~").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : std::string(escaped);
  }
  return uri;
}

constexpr const char* description_name = "dataset_description.json";

/// The description; sources that `before`, an earlier one, names stay named.
std::string description_text(const std::string& model_sha256, const std::vector<fs::path>& inputs,
                             const std::string& before) {
  std::set<std::string> sources;
  for (const fs::path& input : inputs)
    sources.insert(file_uri(fs::is_regular_file(input) ? fs::absolute(input).parent_path() : input));
  const Json old = Json::parse(before, nullptr, /*allow_exceptions=*/false);
  if (old.is_object() && old.contains("SourceDatasets"))
    for (const Json& source : old["SourceDatasets"]) sources.insert(source.value("URL", ""));
  Json json;
  json["Name"] = "Tazuna predictions";
  json["BIDSVersion"] = "1.11.0";
  json["DatasetType"] = "derivative";
  Json generator;
  generator["Name"] = "Tazuna";
  generator["Version"] = version();
  generator["Description"] = cat("research use only; model ", model_sha256);
  json["GeneratedBy"].push_back(generator);
  json["SourceDatasets"] = Json::array();
  for (const std::string& source : sources) json["SourceDatasets"].push_back({{"URL", source}});
  return json.dump(1) + "\n";
}

/// The words of `asked` without their key; refused if one is not among `there`.
std::set<std::string> expect_labels(const std::vector<std::string>& asked, const std::string& key,
                                    const char* flag, const std::set<std::string>& there) {
  std::set<std::string> labels;
  for (const std::string& word : asked) {
    const std::string label = without_key(word, key);
    if (!there.contains(label))
      throw refused(cat(flag, " ", word, ": no case of the input has it; there ",
                        there.empty() ? "is none" : cat("are ", join(there, ", "))));
    labels.insert(label);
  }
  return labels;
}

}  // namespace

std::string DerivativeName::value(const std::string& entity) const {
  for (const auto& [key, value] : entities)
    if (key == entity) return value;
  return "";
}

std::string DerivativeName::folder() const {
  const std::string session = value("ses");
  return cat("sub-", value("sub"), session.empty() ? "" : cat("/ses-", session), "/anat");
}

std::string DerivativeName::stem() const {
  return joined(entities);
}

std::string DerivativeName::file(const std::string& task, const std::string& suffix) const {
  auto parts = entities;
  const auto place = std::find_if(parts.begin(), parts.end(),
                                  [](const auto& one) { return rank_of(one.first) > rank_of("seg"); });
  parts.emplace(place, "seg", label_of(task));
  return cat(folder(), "/", joined(parts), "_", suffix);
}

DerivativeName derivative_name(const Subject& subject) {
  std::map<size_t, std::string> entities = entities_of(subject.id);
  const std::string session = session_label(subject);
  DerivativeName name;
  name.made = entities.empty();
  if (name.made) {
    const std::string person = label_of(without_key(subject.person, "sub"));
    const bool by_person = !session.empty() && !person.empty() && subject.person != subject.id;
    entities[rank_of("sub")] = by_person ? person : label_of(subject.id);
    if (entities[rank_of("sub")].empty())
      throw refused(cat(subject.id, ": its name holds no plain letter or digit to make a BIDS name of"));
  }
  if (!session.empty()) entities.insert({rank_of("ses"), session});
  for (const auto& [rank, value] : entities)
    name.entities.push_back({std::string(entity_order[rank]), value});
  return name;
}

void expect_distinct_names(const std::vector<InputCase>& cases) {
  std::map<std::string, std::string> owners;
  Problems problems;
  for (const InputCase& one : cases) {
    const std::string stem = derivative_name(*one.subject).stem();
    const auto [owner, added] = owners.insert({stem, one.subject->id});
    if (!added)
      problems.add(one.subject->id, cat("its BIDS name would be ", stem, ", as that of ", owner->second,
                                        "; rename one, or predict without --bids"));
  }
  problems.throw_if_any();
}

std::vector<InputCase> of_labels(const std::vector<InputCase>& cases,
                                 const std::vector<std::string>& participants,
                                 const std::vector<std::string>& sessions) {
  if (participants.empty() && sessions.empty()) return cases;
  std::set<std::string> people, visits;
  for (const InputCase& one : cases) {
    const DerivativeName name = derivative_name(*one.subject);
    people.insert(name.value("sub"));
    if (!name.value("ses").empty()) visits.insert(name.value("ses"));
  }
  const auto wanted_people = expect_labels(participants, "sub", "--participant-label", people);
  const auto wanted_visits = expect_labels(sessions, "ses", "--session-label", visits);
  std::vector<InputCase> chosen;
  for (const InputCase& one : cases) {
    const DerivativeName name = derivative_name(*one.subject);
    const bool person = wanted_people.empty() || wanted_people.contains(name.value("sub"));
    const bool session = wanted_visits.empty() || wanted_visits.contains(name.value("ses"));
    if (person && session) chosen.push_back(one);
  }
  if (chosen.empty())
    throw refused(
        "--participant-label and --session-label leave no case: no such participant has such a session");
  return chosen;
}

void begin_bids_dataset(const fs::path& out, const std::string& model_sha256,
                        const std::vector<fs::path>& inputs) {
  const FileLock lock(out / ".tazuna" / "lock");
  const fs::path description = out / description_name;
  const bool begun = fs::exists(description);
  if (!begun && !absent_or_empty(out / ".tazuna" / "rows"))
    throw refused(cat(out.string(),
                      " holds predictions that are no BIDS dataset; leave --bids out, or choose "
                      "another folder"));
  const std::string before = begun ? read_text(description) : "";
  const std::string text = description_text(model_sha256, inputs, before);
  if (text == before) return;
  write_atomically(out / ".bidsignore",
                   std::string_view(".tazuna/\nstatus.tsv\nsubjects.tsv\nvolumes.tsv\n*_uncertainty.*\n"));
  write_atomically(description, text);
}

void expect_no_bids_dataset(const fs::path& out) {
  if (fs::exists(out / description_name))
    throw refused(cat(out.string(), " holds a BIDS dataset; go on with --bids, or choose another folder"));
}

}  // namespace tazuna
