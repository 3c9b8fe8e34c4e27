// SPDX-License-Identifier: Apache-2.0
#include "data/split_persons.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/problems.hpp"
#include "core/text.hpp"
#include "data/cohorts/found.hpp"
#include "data/percentile.hpp"
#include "data/value_words.hpp"

namespace tazuna {
namespace {

constexpr size_t most_levels = 10;  // of a column of numbers that is not cut at its quartiles

using Values = std::map<std::string, std::string>;  // by person

/// Each person's value: that of their first case that has one; 1 and 1.0 become one text.
Values values_of(const std::map<std::string, std::string>& person_of, const std::vector<Subject>& subjects,
                 const std::string& column) {
  std::map<std::string, const Subject*> by_id;
  for (const Subject& subject : subjects) by_id[subject.id] = &subject;
  Values values;
  std::map<std::string, std::string> names;  // the first text of a value
  for (const auto& [id, subject] : by_id) {
    const auto value = subject->values.find(column);
    if (value == subject->values.end()) continue;
    const auto name = names.emplace(without_point_zero(value->second), value->second).first;
    values.emplace(person_of.at(id), name->second);
  }
  return values;
}

/// Texts by what remains of them without case, blanks and a written ".0".
class Alike {
 public:
  void add(const std::string& text) {
    texts_[in_small_letters(without_point_zero(trimmed(text)))].insert(text);
  }
  /// Those that are several.
  std::vector<std::set<std::string>> groups() const {
    std::vector<std::set<std::string>> several;
    for (const auto& [same, alike] : texts_)
      if (alike.size() > 1) several.push_back(alike);
    return several;
  }

 private:
  std::map<std::string, std::set<std::string>> texts_;
};

/// Replaces numbers of many values by the quartile they lie in.
void cut_at_quartiles(Values& values) {
  std::vector<double> numbers;
  for (const auto& [person, text] : values) {
    const auto number = number_of(text);
    if (!number) return;
    numbers.push_back(*number);
  }
  if (std::set<double>(numbers.begin(), numbers.end()).size() <= most_levels) return;
  const std::vector<double> cuts{percentile(numbers, 25), percentile(numbers, 50), percentile(numbers, 75)};
  for (auto& [person, text] : values) {
    const double number = *number_of(text);
    text = cat("quarter ", std::count_if(cuts.begin(), cuts.end(), [&](double cut) { return number > cut; }));
  }
}

}  // namespace

bool names_people(const std::string& column) {
  const std::string small = in_small_letters(column);
  return small == "patient" ||
         std::find(std::begin(person_columns), std::end(person_columns), small) != std::end(person_columns);
}

std::string in_small_letters(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::vector<std::string> torn_persons(const std::vector<Subject>& subjects) {
  std::map<std::string, std::map<std::string, const Subject*>> first;  // by column and value
  std::map<std::string, std::string> sentences;                        // by column
  for (const Subject& subject : subjects) {
    for (const auto& [column, value] : subject.values) {
      if (!names_people(column)) continue;
      const Subject* other = first[column].emplace(value, &subject).first->second;
      if (other->person == subject.person) continue;
      sentences.emplace(
          column, cat("'", other->id, "' and '", subject.id, "' have '", value, "' in the column '", column,
                      "', but are of two persons, '", other->person, "' and '", subject.person,
                      "'; if the column names the people, say so by "
                      "data.split.person: ",
                      column, " (in a table by data.cohort.person, whatever the split)"));
    }
  }
  std::vector<std::string> list;
  for (const auto& [column, sentence] : sentences) list.push_back(sentence);
  return list;
}

std::vector<std::string> values_alike(const std::vector<Subject>& subjects, const std::string& column) {
  Alike texts;
  for (const Subject& subject : subjects)
    if (const auto value = subject.values.find(column); value != subject.values.end())
      texts.add(value->second);
  std::vector<std::string> sentences, of_one_number;
  for (const std::set<std::string>& alike : texts.groups()) {
    std::set<std::string> counted;
    for (const std::string& text : alike) counted.insert(without_point_zero(text));
    const std::string named = cat("'", join(alike, "' and '"), "'");
    if (counted.size() == 1) {
      of_one_number.push_back(named);
    } else {
      sentences.push_back(cat(named, " in the column '", column,
                              "' differ by case or blanks alone and count as ", counted.size(),
                              " values; write one of them everywhere if they are one"));
    }
  }
  if (!of_one_number.empty())
    sentences.push_back(
        cat(listed(of_one_number), " in the column '", column,
            "' are the same numbers and count as one value each; write them otherwise if they "
            "are codes of several"));
  return sentences;
}

std::vector<std::string> persons_alike(const std::vector<Subject>& subjects, const std::string& column) {
  Alike texts;
  for (const Subject& subject : subjects) {
    const auto value = subject.values.find(column);
    if (column.empty()) {
      texts.add(subject.person);
    } else if (value != subject.values.end()) {
      texts.add(value->second);
    }
  }
  std::vector<std::string> sentences;
  for (const std::set<std::string>& alike : texts.groups())
    sentences.push_back(cat("the persons '", join(alike, "' and '"), "'",
                            column.empty() ? "" : cat(" of the column '", column, "'"),
                            " differ by case, blanks or a written .0 alone and count as ", alike.size(),
                            " people, of whom one may train while another is held out; write one of them "
                            "everywhere if they are one"));
  return sentences;
}

std::string no_such_column(const std::string& column, const std::set<std::string>& known) {
  return cat("there is no value in the column '", column, "' in any case",
             known.empty() ? "; this cohort has no columns of values" : offer(column, known));
}

void expect_column(const std::vector<Subject>& subjects, const std::string& column, const std::string& key) {
  std::set<std::string> known;
  for (const Subject& subject : subjects)
    for (const auto& [name, value] : subject.values) known.insert(name);
  if (!known.contains(column)) throw refused(cat(key, ": ", no_such_column(column, known)));
}

std::map<std::string, std::string> person_of_cases(const std::vector<Subject>& subjects,
                                                   const std::string& column) {
  if (!column.empty()) expect_column(subjects, column, "data.split.person");
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

std::vector<std::string> ordered_by_levels(const std::vector<std::string>& persons,
                                           const std::map<std::string, std::string>& person_of,
                                           const std::vector<Subject>& subjects,
                                           const std::vector<std::string>& columns) {
  std::map<std::string, std::vector<std::string>> levels;  // by person, in the columns' order
  for (const std::string& column : columns) {
    expect_column(subjects, column, "data.split.stratify");
    Values values = values_of(person_of, subjects, column);
    cut_at_quartiles(values);
    for (const std::string& person : persons) levels[person].push_back(values[person]);
  }
  std::vector<std::string> ordered = persons;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [&](const std::string& a, const std::string& b) { return levels.at(a) < levels.at(b); });
  return ordered;
}

}  // namespace tazuna
