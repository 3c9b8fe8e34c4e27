// SPDX-License-Identifier: Apache-2.0
#include "infer/case_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "metrics/volume.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json to_json(const SubjectAnswer& answer) {
  const SubjectColumns& columns = answer.columns;
  Json json{{"task", columns.task}, {"names", columns.names}, {"unit", columns.unit}};
  if (!answer.answer) return json;
  if (const auto* shares = std::get_if<ClassShares>(&*answer.answer)) {
    json["chosen"] = shares->chosen;
    json["shares"] = shares->shares;
  } else if (const auto* quantity = std::get_if<Quantity>(&*answer.answer)) {
    json["value"] = quantity->value;
    json["sd"] = quantity->sd;  // NaN becomes null
  }
  return json;
}

/// NaN is written as null.
double number_or_nan(const Json& json, const char* key) {
  return json.at(key).is_null() ? std::numeric_limits<double>::quiet_NaN() : json.at(key).get<double>();
}

SubjectAnswer answer_from(const Json& json) {
  SubjectAnswer answer;
  answer.columns = {json.at("task").get<std::string>(), json.at("names").get<std::vector<std::string>>(),
                    json.at("unit").get<std::string>()};
  if (json.contains("shares")) {
    const ClassShares shares{answer.columns.names, json["shares"].get<std::vector<double>>(),
                             json.at("chosen").get<size_t>()};
    if (shares.shares.size() == shares.names.size() && shares.chosen < shares.names.size())
      answer.answer = shares;
  } else if (json.contains("value")) {
    answer.answer = Quantity{number_or_nan(json, "value"), number_or_nan(json, "sd"), answer.columns.unit};
  }
  return answer;
}

Json to_json(const VolumeRow& volume) {
  Json json{{"task", volume.task},
            {"label", volume.label},
            {"structure", volume.structure},
            {"voxels", volume.voxels},
            {"mm3", volume.mm3}};
  if (volume.uncertainty) json["uncertainty"] = *volume.uncertainty;  // NaN becomes null
  return json;
}

VolumeRow volume_from(const Json& json) {
  VolumeRow volume{json.at("task").get<std::string>(), json.at("label").get<int64_t>(),
                   json.at("structure").get<std::string>(), json.at("voxels").get<int64_t>(),
                   json.at("mm3").get<double>()};
  if (json.contains("uncertainty")) volume.uncertainty = number_or_nan(json, "uncertainty");
  return volume;
}

Json to_json(const CaseRow& row) {
  Json json{{"case", row.case_id},
            {"person", row.person},
            {"session", row.session},
            {"status", row.done ? "done" : "failed"},
            {"reason", row.reason},
            {"model_sha256", row.model_sha256},
            {"input_sha256", row.input_sha256},
            {"options", row.options},
            {"outputs", row.outputs},
            {"volumes", Json::array()},
            {"answers", Json::array()}};
  for (const VolumeRow& volume : row.volumes) json["volumes"].push_back(to_json(volume));
  for (const SubjectAnswer& answer : row.answers) json["answers"].push_back(to_json(answer));
  return json;
}

CaseRow kept_row(const Json& json) {
  CaseRow row;
  row.case_id = json.at("case").get<std::string>();
  row.person = json.at("person").get<std::string>();
  row.session = json.at("session").get<std::string>();
  row.done = json.at("status").get<std::string>() == "done";
  row.reason = json.at("reason").get<std::string>();
  row.model_sha256 = json.at("model_sha256").get<std::string>();
  row.input_sha256 = json.at("input_sha256").get<std::string>();
  row.options = json.at("options").get<std::string>();
  row.outputs = json.at("outputs").get<std::vector<std::string>>();
  for (const Json& volume : json.at("volumes")) row.volumes.push_back(volume_from(volume));
  for (const Json& answer : json.value("answers", Json::array())) row.answers.push_back(answer_from(answer));
  return row;
}

/// A damaged row counts as none: its case is simply predicted again.
std::optional<CaseRow> read_row(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  try {
    return kept_row(Json::parse(read_text(file)));
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string or_na(const std::string& text) {
  return text.empty() ? "n/a" : text;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

/// One row a structure; those of a failed case have no numbers.
Table volume_table(const std::vector<CaseRow>& rows) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const bool unsure = std::ranges::any_of(rows, [](const CaseRow& row) {
    return std::ranges::any_of(row.volumes, [](const VolumeRow& one) { return one.uncertainty.has_value(); });
  });
  std::vector<std::string> columns{"case", "task", "label", "structure", "voxels", "mm3", "ml"};
  if (unsure) columns.push_back("uncertainty");
  Table table(columns);
  for (const CaseRow& row : rows) {
    for (const VolumeRow& volume : row.volumes) {
      std::vector<Table::Cell> cells{row.case_id, volume.task, volume.label, volume.structure, nan, nan, nan};
      if (row.done) {
        cells[4] = volume.voxels;
        cells[5] = volume.mm3;
        cells[6] = significant(volume.mm3 / 1000, 12);
      }
      if (unsure) cells.emplace_back(volume.uncertainty.value_or(nan));
      table.add(std::move(cells));
    }
  }
  return table;
}

/// One row a case; the columns are those of all subject tasks in the rows, as they come.
Table answer_table(const std::vector<CaseRow>& rows) {
  std::vector<SubjectColumns> columns;
  std::vector<SubjectRow> answers;
  for (const CaseRow& row : rows) {
    SubjectRow& own = answers.emplace_back();
    own.case_id = row.case_id;
    own.person = row.person;
    own.session = row.session;
    for (const SubjectAnswer& one : row.answers) {
      const std::string& task = one.columns.task;
      if (std::ranges::find(columns, task, &SubjectColumns::task) == columns.end())
        columns.push_back(one.columns);
      if (one.answer) own.answers.emplace(task, *one.answer);
    }
  }
  return subject_table(std::move(answers), columns, /*with_truth=*/false);
}

/// Whether a name in a row is a file below the output folder, and not elsewhere.
bool stays_below(const fs::path& output) {
  return output.is_relative() && std::find(output.begin(), output.end(), "..") == output.end();
}

}  // namespace

CaseRows::CaseRows(fs::path out) : out_(std::move(out)), folder_(out_ / ".tazuna" / "rows") {
  fs::create_directories(folder_);
}

fs::path CaseRows::file_of(const std::string& case_id) const {
  return folder_ / (case_id + ".json");
}

std::optional<CaseRow> CaseRows::find(const std::string& case_id) const {
  std::optional<CaseRow> row = read_row(file_of(case_id));
  if (row && row->case_id != case_id) row.reset();
  return row;
}

void CaseRows::write(const CaseRow& row) const {
  // A reason may repeat a path whose bytes are no UTF-8.
  const std::string text = to_json(row).dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  write_atomically(file_of(row.case_id), text + "\n");
}

void CaseRows::remove(const std::string& case_id) const {
  const std::optional<CaseRow> row = find(case_id);
  fs::remove(file_of(case_id));
  if (!row) return;
  for (const std::string& output : row->outputs)
    if (stays_below(output)) fs::remove(out_ / output);
}

void CaseRows::merge() const {
  const FileLock lock(out_ / ".tazuna" / "lock");
  std::vector<CaseRow> rows;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".json") continue;
    if (std::optional<CaseRow> row = read_row(entry.path())) rows.push_back(std::move(*row));
  }
  std::sort(rows.begin(), rows.end(),
            [](const CaseRow& a, const CaseRow& b) { return a.case_id < b.case_id; });
  Table status({"case", "status", "reason", "model_sha256", "input_sha256"});
  for (const CaseRow& row : rows) {
    status.add({row.case_id, row.done ? "done" : "failed", or_na(one_line(row.reason)), row.model_sha256,
                or_na(row.input_sha256)});
  }
  write_atomically(out_ / "volumes.tsv", volume_table(rows).tsv());
  write_atomically(out_ / "subjects.tsv", answer_table(rows).tsv());
  write_atomically(out_ / "status.tsv", status.tsv());
}

}  // namespace tazuna
