// SPDX-License-Identifier: Apache-2.0
#include "data/split.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>

#include "core/text.hpp"
#include "data/cohorts/found.hpp"
#include "data/json_file.hpp"
#include "data/split_persons.hpp"
#include "data/value_words.hpp"

namespace tazuna {
namespace {

using Json = nlohmann::ordered_json;

/// NumPy's legacy RandomState(seed).shuffle(arange(count)): Fisher-Yates from the end, each index by masked
/// rejection of 32-bit Mersenne Twister output.
std::vector<size_t> numpy_shuffled(size_t count, int64_t seed) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937 generator(static_cast<uint32_t>(seed));
  for (size_t last = count; last-- > 1;) {
    uint32_t mask = static_cast<uint32_t>(last);
    for (int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    uint32_t other = 0;
    do other = static_cast<uint32_t>(generator()) & mask;
    while (other > last);
    std::swap(order[last], order[other]);
  }
  return order;
}

/// The fold in which these persons are held out.
Fold fold_without(const std::set<std::string>& held_out, const std::map<std::string, std::string>& person) {
  Fold fold;
  for (const auto& [id, name] : person) (held_out.contains(name) ? fold.held_out : fold.train).push_back(id);
  return fold;
}

std::vector<Fold> folds_of(const std::vector<Subject>& subjects, const KFoldOptions& options) {
  const auto person = person_of_cases(subjects, options.person);
  std::set<std::string> distinct;
  for (const auto& [id, name] : person) distinct.insert(name);
  const std::vector<std::string> persons(distinct.begin(), distinct.end());
  const auto folds = static_cast<size_t>(options.folds);
  if (options.folds < 2 || persons.size() < folds)
    throw refused(cat("data.split.folds: ", options.folds, " folds of ", persons.size(),
                      persons.size() == 1 ? " person" : " persons",
                      "; there must be at least 2 folds and a person for each; set fewer folds, or, where "
                      "everybody is to train, data.split: {kind: none}"));
  std::vector<std::string> shuffled;
  for (const size_t place : numpy_shuffled(persons.size(), options.seed)) shuffled.push_back(persons[place]);
  std::vector<std::set<std::string>> held_out(folds);
  if (options.stratify.empty()) {
    size_t at = 0;
    for (size_t fold = 0; fold < folds; ++fold) {
      const size_t size = persons.size() / folds + (fold < persons.size() % folds ? 1 : 0);
      for (const size_t end = at + size; at < end; ++at) held_out[fold].insert(shuffled[at]);
    }
  } else {
    const auto ordered = ordered_by_levels(shuffled, person, subjects, options.stratify);
    for (size_t at = 0; at < ordered.size(); ++at) held_out[at % folds].insert(ordered[at]);
  }
  std::vector<Fold> result;
  for (const auto& one : held_out) result.push_back(fold_without(one, person));
  return result;
}

std::vector<Fold> folds_of(const std::vector<Subject>& subjects, const LeaveValueOutOptions& options) {
  expect_column(subjects, options.column, "data.split.column");
  const auto person = person_of_cases(subjects, options.person);
  std::map<std::string, std::set<std::string>> persons;  // by value
  std::map<std::string, std::string> value_of;           // by person
  std::map<std::string, std::string> names;              // the first text of a value
  Problems problems;
  for (const Subject& subject : subjects) {
    const auto value = subject.values.find(options.column);
    if (value == subject.values.end() || value->second.empty()) {
      problems.add(subject.id, cat("data.split.column: the case has no value in the column '", options.column,
                                   "'; fill it in or leave the case out"));
      continue;
    }
    const std::string& who = person.at(subject.id);
    const std::string& name = names.emplace(without_point_zero(value->second), value->second).first->second;
    const auto [first, is_new] = value_of.emplace(who, name);
    if (!is_new && first->second != name)
      problems.add(subject.id,
                   cat("data.split.column: the person '", who, "' has '", first->second, "' and '", name,
                       "' in the column '", options.column,
                       "' and would train and be held out; give a person one value, or, if these ",
                       "are several people, name the column of persons (data.cohort.person of a ",
                       "table, data.split.person)"));
    persons[name].insert(who);
  }
  problems.throw_if_any();
  if (persons.size() < 2)
    throw refused(cat("data.split.column: all cases have '", persons.begin()->first, "' in the column '",
                      options.column, "'; leaving it out leaves nobody to train on"));
  std::vector<Fold> folds;
  for (const auto& [value, held_out] : persons) folds.push_back(fold_without(held_out, person));
  return folds;
}

std::vector<std::string> ids_at(const Json& fold, const char* key, const std::string& where,
                                Problems& problems) {
  std::set<std::string> ids;
  if (!fold.is_object() || !fold.contains(key) || !fold[key].is_array()) {
    problems.add(where, cat("it must be {\"train\": [...], \"val\": [...]}; there is no list '", key, "'"));
    return {};
  }
  for (const Json& id : fold[key]) {
    if (!id.is_string()) {
      problems.add(cat(where, ".", key), cat("a case's id must be a text, but there is ", kind_of_json(id)));
    } else if (!ids.insert(id.get<std::string>()).second) {
      problems.add(cat(where, ".", key), cat("'", id.get<std::string>(), "' stands there twice"));
    }
  }
  return {ids.begin(), ids.end()};
}

/// Unknown ids and persons in both parts of one fold.
void check_fold(const Fold& fold, const std::string& where, const std::map<std::string, std::string>& person,
                Problems& problems) {
  std::map<std::string, std::string> trained;  // person -> one of their cases
  std::vector<std::string> known;
  for (const auto& [id, name] : person) known.push_back(id);
  for (const auto* part : {&fold.train, &fold.held_out}) {
    const bool training = part == &fold.train;
    const std::string place = cat(where, training ? ".train" : ".val");
    if (part->empty()) problems.add(place, "the part is empty; it needs at least one case");
    for (const std::string& id : *part) {
      const auto found = person.find(id);
      if (found == person.end()) {
        const std::string near = nearest(id, known);
        problems.add(place, cat("there is no case '", id, "' to divide",
                                near.empty() ? "" : cat("; did you mean '", near, "'?")));
      } else if (training) {
        trained.emplace(found->second, id);
      } else if (const auto same = trained.find(found->second); same != trained.end()) {
        problems.add(place,
                     cat("the person '", found->second, "' is held out with '", id, "' and trains with '",
                         same->second,
                         "'; keep all of a person's cases in one part, or, if these are several people, ",
                         "name the column of persons by data.cohort.person"));
      }
    }
  }
}

std::vector<Fold> folds_of(const std::vector<Subject>& subjects, const FileSplitOptions& options) {
  const auto person = person_of_cases(subjects, "");
  const Json list = read_json(options.file);
  if (!list.is_array() || list.empty())
    throw refused(
        cat(options.file.string(), ": it must be a list of folds like [{\"train\": [...], \"val\": [...]}]"));
  Problems problems;
  std::vector<Fold> folds;
  for (size_t index = 0; index < list.size(); ++index) {
    const std::string where = cat(options.file.string(), ": fold ", index);
    const size_t before = problems.list().size();
    Fold fold{ids_at(list[index], "train", where, problems), ids_at(list[index], "val", where, problems)};
    if (problems.list().size() == before) check_fold(fold, where, person, problems);
    folds.push_back(std::move(fold));
  }
  problems.throw_if_any();
  return folds;
}

std::vector<Fold> folds_of(const std::vector<Subject>& subjects, const NoSplitOptions&) {
  Fold everybody;
  for (const Subject& subject : subjects) everybody.train.push_back(subject.id);
  std::sort(everybody.train.begin(), everybody.train.end());
  return {everybody};
}

}  // namespace

void describe(Fields& fields, HoldOutOptions& options) {
  fields.text("column", options.column, "column that tells who is held out; empty: nobody");
  fields.text("value", options.value, "the value of those people");
}

namespace {

// Every kind of split has these two.
template <class Options>
void describe_hold_out(Fields& fields, Options& options) {
  fields.group("hold_out", options.hold_out,
               "people in no fold, scored once beside: {column: site, value: A}");
}
template <class Options>
void describe_person(Fields& fields, Options& options) {
  fields.text("person", options.person, "column that names the person; empty: the cohort's own person");
}

const HoldOutOptions& hold_out_of(const SplitOptions& options) {
  return std::visit([](const auto& one) -> const HoldOutOptions& { return one.hold_out; }, options);
}

std::string person_column(const SplitOptions& options) {
  return std::visit(
      [](const auto& one) -> std::string {
        if constexpr (requires { one.person; }) return one.person;
        return "";
      },
      options);
}

}  // namespace

void describe(Fields& fields, KFoldOptions& options) {
  fields.integer("folds", options.folds, {2, 1000}, "number of folds");
  fields.integer("seed", options.seed, {0, 4294967295.0}, "seed of the shuffle; 12345 gives nnU-Net's folds");
  describe_person(fields, options);
  fields.values(
      "stratify", options.stratify, {},
      "columns whose values every fold gets its share of, the most important first; numbers of more "
      "than ten values by their quartiles; empty: nnU-Net's folds");
  describe_hold_out(fields, options);
}

void describe(Fields& fields, LeaveValueOutOptions& options) {
  fields.text("column", options.column, "each of its values is held out once, as in leave-one-site-out",
              true);
  describe_person(fields, options);
  describe_hold_out(fields, options);
}

void describe(Fields& fields, FileSplitOptions& options) {
  fields.path("file", options.file, "a splits_final.json: a list of {train, val} lists of case ids", true);
  describe_hold_out(fields, options);
}

void describe(Fields& fields, NoSplitOptions& options) {
  describe_hold_out(fields, options);
}

void validate(const SplitOptions& options, Problems& problems) {
  const HoldOutOptions& aside = hold_out_of(options);
  if (aside.column.empty() != aside.value.empty())
    problems.add("hold_out", "it needs both, a column and a value: {column: site, value: A}");
}

std::vector<SplitColumn> split_columns(const SplitOptions& options) {
  std::vector<SplitColumn> columns;
  std::visit(
      [&columns](const auto& one) {
        if constexpr (requires { one.column; }) columns.push_back({"column", one.column});
        if constexpr (requires { one.stratify; })
          for (const std::string& column : one.stratify) columns.push_back({"stratify", column});
      },
      options);
  columns.push_back({"person", person_column(options)});
  columns.push_back({"hold_out", hold_out_of(options).column});
  std::erase_if(columns, [](const SplitColumn& one) { return one.column.empty(); });
  return columns;
}

void check_columns(const SplitOptions& options, const std::vector<std::string>& columns, Problems& problems) {
  const std::set<std::string> known(columns.begin(), columns.end());
  for (const auto& [key, column] : split_columns(options))
    if (!known.contains(column)) problems.add(cat("data.split.", key), no_such_column(column, known));
}

std::vector<std::string> values_alike(const std::vector<Subject>& subjects, const SplitOptions& options) {
  std::set<std::string> columns;
  for (const auto& [key, column] : split_columns(options))
    if (key != "person") columns.insert(column);
  std::vector<std::string> sentences = persons_alike(subjects, person_column(options));
  for (const std::string& column : columns)
    for (std::string& sentence : values_alike(subjects, column)) sentences.push_back(std::move(sentence));
  return sentences;
}

void name_persons(std::vector<Subject>& subjects, const SplitOptions& options) {
  const auto person = person_of_cases(subjects, person_column(options));
  for (Subject& subject : subjects) subject.person = person.at(subject.id);
}

std::vector<std::string> held_aside(const std::vector<Subject>& subjects, const SplitOptions& options) {
  const HoldOutOptions& aside = hold_out_of(options);
  if (aside.column.empty()) return {};
  expect_column(subjects, aside.column, "data.split.hold_out");
  const auto person = person_of_cases(subjects, person_column(options));
  const std::string wanted = without_point_zero(aside.value);
  std::set<std::string> values, persons;
  for (const Subject& subject : subjects) {
    const auto value = subject.values.find(aside.column);
    if (value == subject.values.end()) continue;
    values.insert(value->second);
    if (without_point_zero(value->second) == wanted) persons.insert(person.at(subject.id));
  }
  if (persons.empty())
    throw refused(cat("data.split.hold_out: no case has '", aside.value, "' in the column '", aside.column,
                      "'", offer(aside.value, values)));
  return fold_without(persons, person).held_out;
}

std::vector<Fold> split(const std::vector<Subject>& subjects, const SplitOptions& options) {
  if (subjects.empty()) throw refused("data.split: the cohort has no case to split");
  const std::vector<std::string> aside = held_aside(subjects, options);
  std::vector<Subject> rest;
  for (const Subject& subject : subjects)
    if (!std::binary_search(aside.begin(), aside.end(), subject.id)) rest.push_back(subject);
  if (rest.empty()) throw refused("data.split.hold_out: everybody is held out; nobody is left to train on");
  return std::visit([&](const auto& one) { return folds_of(rest, one); }, options);
}

std::string splits_json(const std::vector<Fold>& folds) {
  Json list = Json::array();
  for (const Fold& fold : folds) list.push_back({{"train", fold.train}, {"val", fold.held_out}});
  return list.dump(4) + "\n";
}

void refuse_shared_images(const std::vector<Fold>& folds,
                          const std::map<std::string, std::vector<std::string>>& digests) {
  Problems problems;
  const auto digests_of = [&digests](const std::string& id) {
    const auto found = digests.find(id);
    return found == digests.end() ? std::vector<std::string>{} : found->second;
  };
  for (size_t index = 0; index < folds.size(); ++index) {
    std::map<std::string, std::string> trained;  // digest -> case
    for (const std::string& id : folds[index].train)
      for (const std::string& digest : digests_of(id)) trained.emplace(digest, id);
    for (const std::string& id : folds[index].held_out) {
      for (const std::string& digest : digests_of(id)) {
        const auto same = trained.find(digest);
        if (same == trained.end()) continue;
        problems.add(cat("fold ", index),
                     cat("'", same->second, "' (train) and '", id,
                         "' (held out) are the identical image; remove one of the two cases "
                         "or name them as one person"));
        break;
      }
    }
  }
  problems.throw_if_any();
}

}  // namespace tazuna
