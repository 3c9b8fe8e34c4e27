// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phantom/options.hpp"
#include "phantom/people.hpp"
#include "tables/table.hpp"

namespace tazuna {

using OrderedJson = nlohmann::ordered_json;

/// Writes what describes a cohort of structural heads beside its images; the root's dataset_description.json
/// last.
void write_structural_tables(const PhantomOptions& options, const Preset& preset,
                             const std::vector<Person>& people, const std::filesystem::path& out);

// What the tables of all kinds share.

void write_json(const std::filesystem::path& file, const OrderedJson& json);
std::string site_name(const Person& person);
const std::string& group_name(const Preset& preset, const Person& person);
/// participants.tsv: participant_id, age, sex, site, group, and what else the preset gives them.
Table participants_table(const Preset& preset, const std::vector<Person>& people);
/// participants.json; `effect`: what the second group has.
OrderedJson participants_json(const Preset& preset, const std::string& effect);
/// dataset_description.json; `type`: raw | derivative.
OrderedJson dataset_description(const std::string& name, const std::string& type,
                                const PhantomOptions& options);

}  // namespace tazuna
