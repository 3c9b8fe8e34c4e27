// SPDX-License-Identifier: Apache-2.0
#include "phantom/cohort_tables.hpp"

#include <limits>

#include "core/files.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace tazuna {

namespace fs = std::filesystem;

void write_json(const fs::path& file, const OrderedJson& json) {
  write_atomically(file, json.dump(2) + "\n");
}

std::string site_name(const Person& person) {
  return cat("site", person.site + 1);
}

const std::string& group_name(const Preset& preset, const Person& person) {
  return preset.groups[static_cast<size_t>(person.group)];
}

Table participants_table(const Preset& preset, const std::vector<Person>& people) {
  std::vector<std::string> columns{"participant_id", "age", "sex", "site", "group"};
  if (!preset.group_column.empty()) columns.push_back(preset.group_column);
  if (preset.rankin) columns.emplace_back("mrs");
  Table table(columns);
  for (const Person& person : people) {
    std::vector<Table::Cell> row{person.id, person.age, person.sex, site_name(person),
                                 group_name(preset, person)};
    if (!preset.group_column.empty()) row.emplace_back(group_name(preset, person));
    if (preset.rankin) row.emplace_back(person.rankin.value());
    table.add(std::move(row));
  }
  return table;
}

OrderedJson participants_json(const Preset& preset, const std::string& effect) {
  OrderedJson json;
  json["age"] = {{"Description", "age; in heads the ventricles grow with it"}, {"Units", "year"}};
  json["sex"] = {{"Description", "F or M; without any effect"}};
  json["site"] = {{"Description", "scanner: intensity scale and noise"}};
  json["group"] = {{"Description", "halves; what tells them apart stands in truth.tsv"},
                   {"Levels", {{preset.groups[0], "reference"}, {preset.groups[1], effect}}}};
  if (!preset.group_column.empty()) json[preset.group_column] = {{"Description", "the group again"}};
  if (preset.rankin)
    json["mrs"] = {
        {"Description",
         "modified Rankin scale, 0 to 6; above 2 in the second group, within a group worse with the load"}};
  return json;
}

OrderedJson dataset_description(const std::string& name, const std::string& type,
                                const PhantomOptions& options) {
  OrderedJson json;
  json["Name"] = name;
  json["BIDSVersion"] = "1.9.0";
  json["DatasetType"] = type;
  json["GeneratedBy"] = OrderedJson::array({{{"Name", "Tazuna"},
                                             {"Version", version()},
                                             {"Description", cat("tazuna phantom ", flags_of(options))}}});
  return json;
}

namespace {

Table truth(const Preset& preset, const std::vector<Person>& people) {
  Table table({"participant_id", "group", "left_volume_factor", "right_volume_factor", "lesion_load_ml",
               "ventricle_volume_factor", cat("group_p_", preset.groups[1])});
  const double none = std::numeric_limits<double>::quiet_NaN();
  const bool pair = preset.pair_mm3 > 0;
  for (const Person& person : people) {
    table.add({person.id, group_name(preset, person), pair ? person.pair_factor[0] : none,
               pair ? person.pair_factor[1] : none, preset.lesions ? person.lesion_ml : none,
               person.ventricle_factor, person.probability});
  }
  return table;
}

Table label_names(const Preset& preset) {
  Table table({"index", "name"});
  for (size_t i = 0; i < preset.structures.size(); ++i) {
    table.add({static_cast<int64_t>(i + 1), std::string(name_of(preset.structures[i]))});
  }
  return table;
}

std::string readme(const Preset& preset) {
  return cat("Synthetic heads (like ", preset.name,
             "), made by the command in dataset_description.json; nobody was scanned.\n"
             "truth.tsv holds each subject's latent values and the probability with which an ideal observer "
             "of them\n"
             "names the second group; derivatives/truth holds the true label maps. The two groups differ in "
             "volumes\n"
             "alone, never in intensity, site, position or order.\n");
}

}  // namespace

void write_structural_tables(const PhantomOptions& options, const Preset& preset,
                             const std::vector<Person>& people, const fs::path& out) {
  const std::string name = cat("Phantom like ", preset.name, ", ", options.field);
  const fs::path derivatives = out / "derivatives" / "truth";
  write_atomically(derivatives / "dseg.tsv", label_names(preset).tsv());
  write_json(derivatives / "dataset_description.json",
             dataset_description(cat(name, ": true labels"), "derivative", options));
  write_atomically(out / "participants.tsv", participants_table(preset, people).tsv());
  write_json(out / "participants.json",
             participants_json(preset, preset.pair_mm3 > 0 ? "smaller small pair" : "more lesion"));
  write_atomically(out / "truth.tsv", truth(preset, people).tsv());
  write_atomically(out / ".bidsignore", "truth.tsv\n");
  write_atomically(out / "README", readme(preset));
  write_json(out / "dataset_description.json", dataset_description(name, "raw", options));
}

}  // namespace tazuna
