// SPDX-License-Identifier: Apache-2.0
#include "infer/cleanup_file.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t format_version = 1;
constexpr const char* file_name = "cleanup.json";

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

double number_of(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Json to_json(const LearntCleanup& one) {
  return {{"task", one.task},
          {"structure", one.structure},
          {"label", one.label},
          {"keep_largest", one.keep_largest},
          {"cases", one.cases},
          {"persons", one.persons},
          {"improved", one.improved},
          {"worsened", one.worsened},
          {"dice_before", number(one.dice_before)},
          {"dice_after", number(one.dice_after)},
          {"dice_nested", number(one.dice_nested)},
          {"folds", one.folds}};
}

LearntCleanup learnt_of(const Json& json) {
  LearntCleanup one;
  one.task = json.at("task").get<std::string>();
  one.structure = json.at("structure").get<std::string>();
  one.label = json.at("label").get<int64_t>();
  one.keep_largest = json.at("keep_largest").get<bool>();
  one.cases = json.at("cases").get<int64_t>();
  one.persons = json.at("persons").get<int64_t>();
  one.improved = json.at("improved").get<int64_t>();
  one.worsened = json.at("worsened").get<int64_t>();
  one.dice_before = number_of(json.at("dice_before"));
  one.dice_after = number_of(json.at("dice_after"));
  one.dice_nested = number_of(json.at("dice_nested"));
  one.folds = json.at("folds").get<std::vector<bool>>();
  return one;
}

}  // namespace

void write_cleanup(const std::filesystem::path& run, const std::vector<LearntCleanup>& structures) {
  Json json;
  json["format"] = format_version;
  json["rule"] =
      "keep only the largest of the components (26 neighbours) where that raises the mean Dice of the "
      "held-out cases and more persons improve than worsen";
  json["structures"] = Json::array();
  for (const LearntCleanup& one : structures) json["structures"].push_back(to_json(one));
  write_atomically(run / file_name, json.dump(1) + "\n");
}

std::vector<LearntCleanup> read_cleanup(const std::filesystem::path& run) {
  const std::filesystem::path file = run / file_name;
  if (!std::filesystem::exists(file)) return {};
  try {
    const Json json = Json::parse(read_text(file));
    if (json.at("format").get<int64_t>() != format_version)
      throw refused(cat(file.string(), ": this program reads format ", format_version));
    std::vector<LearntCleanup> structures;
    for (const Json& one : json.at("structures")) structures.push_back(learnt_of(one));
    return structures;
  } catch (const Json::exception& error) {
    throw refused(cat(file.string(), ": cannot be read (", error.what(),
                      "); `tazuna train --resume` writes it anew, --no-cleanup does without it"));
  }
}

}  // namespace tazuna
