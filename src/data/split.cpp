// SPDX-License-Identifier: Apache-2.0
#include "data/split.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>

#include "core/problems.hpp"
#include "core/text.hpp"
#include "data/json_file.hpp"

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

std::map<std::string, std::string> person_of_cases(const std::vector<Subject>& subjects,
                                                   const std::string& column) {
  std::map<std::string, std::string> person;
  Problems problems;
  for (const Subject& subject : subjects) {
    if (column.empty()) {
      person[subject.id] = subject.person;
      continue;
    }
    const auto value = subject.values.find(column);
    if (value == subject.values.end() || value->second.empty()) {
      problems.add(subject.id, cat("data.split.person: the case has no value in the column '", column, "'"));
    } else {
      person[subject.id] = value->second;
    }
  }
  problems.throw_if_any();
  return person;
}

std::vector<Fold> folds_of(const std::vector<Subject>& subjects, const KFoldOptions& options) {
  const auto person = person_of_cases(subjects, options.person);
  std::set<std::string> distinct;
  for (const auto& [id, name] : person) distinct.insert(name);
  const std::vector<std::string> persons(distinct.begin(), distinct.end());
  const auto folds = static_cast<size_t>(options.folds);
  if (options.folds < 2 || persons.size() < folds)
    throw refused(cat("data.split.folds: ", options.folds, " folds of ", persons.size(),
                      " persons; there must be at least 2 folds and a person for each"));
  const std::vector<size_t> order = numpy_shuffled(persons.size(), options.seed);
  std::vector<Fold> result;
  size_t begin = 0;
  for (size_t fold = 0; fold < folds; ++fold) {
    const size_t end = begin + persons.size() / folds + (fold < persons.size() % folds ? 1 : 0);
    std::set<std::string> held_out;
    for (size_t at = begin; at < end; ++at) held_out.insert(persons[order[at]]);
    Fold one;
    for (const auto& [id, name] : person) (held_out.contains(name) ? one.held_out : one.train).push_back(id);
    result.push_back(std::move(one));
    begin = end;
  }
  return result;
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
        problems.add(place, cat("there is no case '", id, "' in the cohort",
                                near.empty() ? "" : cat("; did you mean '", near, "'?")));
      } else if (training) {
        trained.emplace(found->second, id);
      } else if (const auto same = trained.find(found->second); same != trained.end()) {
        problems.add(place,
                     cat("the person '", found->second, "' is held out with '", id, "' and trains with '",
                         same->second, "'; keep all of a person's cases in one part"));
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

void describe(Fields& fields, KFoldOptions& options) {
  fields.integer("folds", options.folds, {2, 1000}, "number of folds");
  fields.integer("seed", options.seed, {0, 4294967295.0}, "seed of the shuffle; 12345 gives nnU-Net's folds");
  fields.text("person", options.person, "column that names the person; empty: the cohort's own person");
}

void describe(Fields& fields, FileSplitOptions& options) {
  fields.path("file", options.file, "a splits_final.json: a list of {train, val} lists of case ids", true);
}

void describe(Fields&, NoSplitOptions&) {}

std::vector<Fold> split(const std::vector<Subject>& subjects, const SplitOptions& options) {
  if (subjects.empty()) throw refused("data.split: the cohort has no case to split");
  return std::visit([&](const auto& one) { return folds_of(subjects, one); }, options);
}

std::string splits_json(const std::vector<Fold>& folds) {
  Json list = Json::array();
  for (const Fold& fold : folds) list.push_back({{"train", fold.train}, {"val", fold.held_out}});
  return list.dump(4) + "\n";
}

void refuse_shared_images(const std::vector<Fold>& folds, const std::map<std::string, std::string>& digests) {
  Problems problems;
  for (size_t index = 0; index < folds.size(); ++index) {
    std::map<std::string, std::string> trained;  // digest -> case
    for (const std::string& id : folds[index].train)
      if (const auto digest = digests.find(id); digest != digests.end()) trained.emplace(digest->second, id);
    for (const std::string& id : folds[index].held_out) {
      const auto digest = digests.find(id);
      if (digest == digests.end()) continue;
      if (const auto same = trained.find(digest->second); same != trained.end())
        problems.add(cat("fold ", index),
                     cat("'", same->second, "' (train) and '", id,
                         "' (held out) are the identical image; remove one of the two cases "
                         "or name them as one person"));
    }
  }
  problems.throw_if_any();
}

}  // namespace tazuna
