// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/table.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/split_persons.hpp"
#include "tables/table.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

class CaseTable {
 public:
  CaseTable(const TableOptions& options, const CohortRequest& request)
      : options_(options), request_(request), table_(read_table(options.file)), name_(options.file.string()) {
    for (const std::string& sequence : request.sequences)
      sequence_columns_.push_back(request.selector_of(sequence));
    root_ = options.root.empty() ? options.file.parent_path() : options.root;
    choose_columns();
    if (table_.rows() == 0) throw refused(cat(name_, ": the table has no row; write one for each case"));
  }

  FoundCohort find() {
    found_.maps_place = cat("the columns of ", name_);
    found_.cohort.name = options_.file.stem().string();
    found_.cohort.sequences = request_.sequences;
    for (const std::string& column : table_.columns())  // for a sequence whose column is not there
      if (!holds_paths(column)) found_.known_sequences.insert(column);
    for (const std::string& column : table_.columns())
      if (!holds_paths(column)) found_.cohort.columns.push_back(column);
    name_sessions_ = !session_.empty() && repeats(id_);
    for (size_t row = 0; row < table_.rows(); ++row) add(row);
    problems_.throw_if_any();
    tell_guessed_persons();
    std::sort(found_.cases.begin(), found_.cases.end(),
              [](const FoundCase& a, const FoundCase& b) { return a.subject.id < b.subject.id; });
    return std::move(found_);
  }

 private:
  bool holds_paths(const std::string& column) const {
    const auto in = [&column](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), column) != names.end();
    };
    return in(sequence_columns_) || in(request_.maps);
  }

  void expect_column(const std::string& column, const std::string& what) {
    const auto& columns = table_.columns();
    if (!table_.has(column))
      problems_.add(name_, cat("the table has no column '", column, "' (", what, ")",
                               offer(column, {columns.begin(), columns.end()})));
  }

  /// The column the user named, else the first of `usual` that is there, else "".
  std::string column_of(const std::string& given, const char* key, std::initializer_list<const char*> usual) {
    if (!given.empty()) {
      expect_column(given, key);
      return given;
    }
    for (const char* name : usual)
      if (table_.has(name)) return name;
    return "";
  }

  /// The column of that name in capitals or not, unless it is the id's; "" where there is none.
  std::string named(std::string_view name) const {
    for (const std::string& column : table_.columns())
      if (column != id_ && !holds_paths(column) && in_small_letters(column) == name) return column;
    return "";
  }

  void choose_columns() {
    id_ = column_of(options_.id, "data.cohort.id", {});
    if (id_.empty()) id_ = case_column(table_.columns());
    if (holds_paths(id_))
      problems_.add(name_, cat("the table has no column for the case's id; its first, '", id_,
                               "', holds paths; add a column 'id' or name one by data.cohort.id"));
    person_ = column_of(options_.person, "data.cohort.person", {});
    if (person_.empty()) person_ = named("person");
    for (const std::string_view name : person_columns)
      if (person_.empty()) person_ = guessed_person_ = named(name);
    session_ = column_of(options_.session, "data.cohort.session", {"session", "session_id"});
    expect_sequences();
    for (const std::string& map : request_.maps) expect_column(map, "target.map");
    problems_.throw_if_any();
  }

  /// All columns of sequences, or one of them where cases may lack the others.
  void expect_sequences() {
    const auto is_there = [this](const std::string& column) { return table_.has(column); };
    const std::vector<std::string>& columns = sequence_columns_;
    if (request_.missing_allowed && std::any_of(columns.begin(), columns.end(), is_there)) return;
    for (size_t i = 0; i < columns.size(); ++i)
      expect_column(columns[i], request_.predicting ? cat("a sequence of the model; --sequence ",
                                                          request_.sequences[i], "=COLUMN names another")
                                                    : "input.sequences");
  }

  /// Which of several columns names the people matters wherever persons are kept together or counted.
  void tell_guessed_persons() {
    if (guessed_person_.empty() || request_.predicting) return;
    std::set<std::string> persons;
    for (const FoundCase& one : found_.cases) persons.insert(one.subject.person);
    if (persons.size() == found_.cases.size()) return;
    found_.cohort.warnings.push_back(
        cat(name_, ": the column '", guessed_person_, "' is taken to name the person: ", found_.cases.size(),
            " cases of ", persons.size(), persons.size() == 1 ? " person" : " persons",
            "; if its numbers begin anew at each site, or it means something else, name the right column by ",
            "data.cohort.person ('", id_, "': each case is a person)"));
  }

  /// The cell's text; "" where it says that there is nothing.
  std::string cell(size_t row, const std::string& column) const {
    return cell_value(table_.text(row, column), column, request_.words);
  }

  bool repeats(const std::string& column) const {
    std::set<std::string> values;
    for (size_t row = 0; row < table_.rows(); ++row)
      if (const std::string value = cell(row, column); !value.empty() && !values.insert(value).second)
        return true;
    return false;
  }

  void add(size_t row) {
    FoundCase found;
    Subject& subject = found.subject;
    const std::string place = cat(name_, ":", table_.line(row));
    const std::string id = cell(row, id_);
    subject.session = session_.empty() ? "" : cell(row, session_);
    subject.id = name_sessions_ && !subject.session.empty() ? cat(id, "_", subject.session) : id;
    subject.person = person_.empty() ? id : cell(row, person_);
    // A guess demands nothing of a row, and whose a case is does not matter where it is predicted.
    if (subject.person.empty() && (!guessed_person_.empty() || request_.predicting)) subject.person = id;
    if (!names_a_case(subject.id))
      problems_.add(place, cat("'", subject.id, "' cannot name a case; an id becomes part of file names"));
    const auto [earlier, is_new] = rows_.emplace(subject.id, row);
    if (!is_new)
      problems_.add(place, cat("the case '", subject.id, "' stands in line ", table_.line(earlier->second),
                               " already; give each its own id", session_.empty() ? " or a session" : ""));
    if (subject.person.empty())
      found.wrong.push_back(cat(place, " names no person in the column '", person_,
                                "' (data.cohort.person); write whose the case is"));
    std::vector<std::string> lacking;
    for (size_t i = 0; i < sequence_columns_.size(); ++i) {
      const std::string &sequence = request_.sequences[i], &column = sequence_columns_[i];
      const std::string file = table_.has(column) ? cell(row, column) : "";
      if (!give_file(file, sequence, subject.images, found)) lacking.push_back(sequence);
    }
    if (!lacking.empty())
      found.lacking =
          cat(place, " has no ", join(lacking, " and no "), "; write the path or take the row out");
    for (const std::string& map : request_.maps) give_file(cell(row, map), map, subject.maps, found);
    for (const std::string& column : found_.cohort.columns)
      if (const std::string value = cell(row, column); !value.empty()) subject.values[column] = value;
    if (const auto site = subject.values.find("site"); site != subject.values.end())
      subject.site = site->second;
    found_.cases.push_back(std::move(found));
  }

  /// False for an empty cell.
  bool give_file(const std::string& cell, const std::string& name, std::map<std::string, ImageRef>& into,
                 FoundCase& found) const {
    if (cell.empty()) return false;
    const fs::path file = root_ / cell;
    std::error_code unread;
    const fs::file_type type = fs::status(file, unread).type();
    if (type == fs::file_type::none) {
      found.wrong.push_back(cat(name, ": ", cannot_be_read(file, unread)));
    } else if (type != fs::file_type::not_found) {
      into[name].file = file;
    } else if (fs::is_symlink(file)) {
      found.wrong.push_back(cat(name, ": ", leads_nowhere(file)));
    } else {
      found.wrong.push_back(
          cat(name, ": there is no file ", file.string(), "; correct the path or take the row out"));
    }
    return true;
  }

  const TableOptions& options_;
  const CohortRequest& request_;
  const Table table_;
  const std::string name_;
  fs::path root_;
  std::vector<std::string> sequence_columns_;  // in the order of the request's sequences
  std::string id_, person_, session_;          // columns; "" for none
  std::string guessed_person_;                 // `person_` where its name only suggests it
  bool name_sessions_ = false;
  std::map<std::string, size_t> rows_;  // by case id
  FoundCohort found_;
  Problems problems_;
};

}  // namespace

void describe(Fields& fields, TableOptions& options) {
  fields.path("file", options.file, "TSV or CSV file with a row a case", true);
  fields.text("id", options.id, "column of the case's id; empty: id, participant_id, case, else the first");
  fields.text(
      "person", options.person,
      "column of the person; empty: person, participant_id, subject_id, subject or patient_id, the first "
      "that is there and not the id, else the id");
  fields.text("session", options.session, "column of the session; empty: session or session_id, if there");
  fields.path("root", options.root, "folder that relative paths begin in; empty: the table's own");
}

FoundCohort find_cases(const TableOptions& options, const CohortRequest& request) {
  return CaseTable(options, request).find();
}

Cohort read_cohort(const TableOptions& options, const CohortRequest& request, Problems& problems) {
  return usable_cohort(find_cases(options, request), request, problems);
}

}  // namespace tazuna
