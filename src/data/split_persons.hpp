// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// Names of columns, in small letters, that usually tell whose a case is; the first comes first.
inline constexpr std::string_view person_columns[] = {"person", "participant_id", "subject_id", "subject",
                                                      "patient_id"};
std::string in_small_letters(std::string text);
/// Whether a column by its name, one of these or "patient", tells whose a case is.
bool names_people(const std::string& column);

/// A sentence for each column that names_people(), though cases of one of its values are of several persons.
std::vector<std::string> torn_persons(const std::vector<Subject>& subjects);

/// Whose each case is, by case id: the cohort's own person or, unless `column` is empty, that column's value.
/// Refuses a column that no case has and cases without a value in it.
std::map<std::string, std::string> person_of_cases(const std::vector<Subject>& subjects,
                                                   const std::string& column);

/// A sentence for all values of the column that only case or blanks around them tell apart, which count as
/// several, and for those that only a written ".0" does, which count as one.
std::vector<std::string> values_alike(const std::vector<Subject>& subjects, const std::string& column);

/// A sentence for all persons that only case, blanks around them or a written ".0" tell apart: they count as
/// several, so that one may train and the other be held out. `column` is person_of_cases()'.
std::vector<std::string> persons_alike(const std::vector<Subject>& subjects, const std::string& column);

/// What is wrong with a column that no case has a value in, where others are `known`.
std::string no_such_column(const std::string& column, const std::set<std::string>& known);

/// Refuses a column in which no case has a value; `key` is the option that named it ("data.split.person").
void expect_column(const std::vector<Subject>& subjects, const std::string& column, const std::string& key);

/// Orders persons so that neighbours are alike in the columns: by their level in the first column, then in
/// the second, …, else as given. A person's value is that of their first case that has one; a
/// whole number with and without ".0" is one value, and numbers of more than ten values become quartiles.
std::vector<std::string> ordered_by_levels(const std::vector<std::string>& persons,
                                           const std::map<std::string, std::string>& person_of,
                                           const std::vector<Subject>& subjects,
                                           const std::vector<std::string>& columns);

}  // namespace tazuna
