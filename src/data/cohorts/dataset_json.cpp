// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/dataset_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/problems.hpp"
#include "core/text.hpp"
#include "data/json_file.hpp"
#include "data/label_range.hpp"

namespace tazuna {
namespace {

using Json = nlohmann::ordered_json;

/// A whole number from 0 on, written as a number or as a text of digits (the keys of MSD's objects).
std::optional<int64_t> whole_number(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  const bool digits = !text.empty() && text.size() < 10 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::optional<int64_t>(std::stoll(text)) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::filesystem::path file) : file_(std::move(file)), json_(read_json(file_)) {}

  DatasetJson read() {
    if (!json_.is_object())
      throw refused(cat(file_.string(), ": it must hold an object {...}, but holds ", kind_of_json(json_)));
    text("name", description_.name);
    if (description_.name.empty()) description_.name = file_.parent_path().filename().string();
    text("file_ending", description_.file_ending);
    if (json_.contains("numTraining")) description_.training_cases = whole_number(json_["numTraining"]);
    channels();
    labels();
    if (json_.contains("dataset")) {
      dataset();
    } else if (json_.contains("training")) {
      training();
    }
    std::sort(description_.listed.begin(), description_.listed.end(),
              [](const ListedCase& a, const ListedCase& b) { return a.id < b.id; });
    refuse_repeated_ids();
    problems_.throw_if_any();
    return description_;
  }

 private:
  void wrong(const std::string& key, const std::string& sentence) {
    problems_.add(cat(file_.string(), ": ", key), sentence);
  }

  void text(const char* key, std::string& into) {
    if (!json_.contains(key)) return;
    if (json_[key].is_string()) {
      into = json_[key].get<std::string>();
    } else {
      wrong(key, cat("it must be a text, but is ", kind_of_json(json_[key])));
    }
  }

  void channels() {
    const char* key = json_.contains("channel_names") ? "channel_names" : "modality";
    if (!json_.contains(key))
      return wrong("channel_names",
                   "the key is missing; add \"channel_names\": {\"0\": \"T1w\"}, one entry a channel");
    const Json& names = json_[key];
    if (!names.is_object() || names.empty())
      return wrong(key,
                   "it must be an object like {\"0\": \"T1w\", \"1\": \"FLAIR\"} with at least one channel");
    for (size_t channel = 0; channel < names.size(); ++channel) {
      const auto entry = names.find(std::to_string(channel));
      if (entry == names.end())
        return wrong(key, cat("there are ", names.size(), " channels but no key \"", channel,
                              "\"; number them from \"0\" without a gap"));
      if (!entry->is_string() || entry->get<std::string>().empty())
        return wrong(key,
                     cat("channel \"", channel, "\" must have a name, but holds ", kind_of_json(*entry)));
      description_.channels.push_back(unused(entry->get<std::string>()));
    }
  }

  /// The name, or where another channel has it MRI_2, MRI_3, …: names tell sequences apart here, while
  /// nnU-Net counts channels.
  std::string unused(const std::string& name) const {
    const auto& taken = description_.channels;
    std::string free = name;
    for (int number = 2; std::find(taken.begin(), taken.end(), free) != taken.end(); ++number)
      free = cat(name, "_", number);
    return free;
  }

  void labels() {
    if (!json_.contains("labels"))
      return wrong("labels", "the key is missing; add \"labels\": {\"background\": 0, \"lesion\": 1}");
    const Json& labels = json_["labels"];
    if (!labels.is_object())
      return wrong("labels", cat("it must be an object, but is ", kind_of_json(labels)));
    std::set<int64_t> values;
    std::set<std::string> names;
    for (const auto& [key, held] : labels.items()) {
      // MSD writes {"1": "lesion"}, nnU-Net v2 {"lesion": 1}.
      const bool by_value = held.is_string() && whole_number(Json(key));
      const std::string name = by_value ? held.get<std::string>() : key;
      const std::optional<int64_t> value = whole_number(by_value ? Json(key) : held);
      if (held.is_array()) {
        wrong("labels", cat("'", name,
                            "' is a list of values (a region of nnU-Net); regions are not supported, "
                            "give each structure a value of its own"));
      } else if (!value || *value < 0 || *value > largest_label) {
        wrong("labels", cat("'", name, "' must have a whole number from 0 to ", largest_label, ", but has ",
                            held.dump()));
      } else if (!values.insert(*value).second) {
        wrong("labels", cat("the value ", *value, " has two names; the second is '", name, "'"));
      } else if (!names.insert(name).second) {
        wrong("labels", cat("the name '", name, "' stands for two values; the second is ", *value));
      } else if (*value > 0) {
        description_.labels.emplace_back(name, *value);
      }
    }
    std::sort(description_.labels.begin(), description_.labels.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
  }

  /// "hippocampus_004" for "./imagesTr/hippocampus_004.nii.gz".
  std::string stem(const std::filesystem::path& image) const {
    const std::string name = image.filename().string();
    const std::string& ending = description_.file_ending;
    if (name.size() > ending.size() && name.ends_with(ending))
      return name.substr(0, name.size() - ending.size());
    return name.substr(0, name.find('.'));
  }

  void training() {
    const Json& list = json_["training"];
    if (!list.is_array() || list.empty())
      return wrong("training",
                   "it must be a list of {\"image\": ..., \"label\": ...} with at least one case");
    for (size_t index = 0; index < list.size(); ++index) {
      const Json& entry = list[index];
      if (!entry.is_object() || !entry.contains("image") || !entry["image"].is_string() ||
          !entry.contains("label") || !entry["label"].is_string()) {
        wrong(cat("training[", index, "]"), "it must be {\"image\": FILE, \"label\": FILE}");
        continue;
      }
      const std::filesystem::path image = entry["image"].get<std::string>();
      description_.listed.push_back({stem(image), {image}, entry["label"].get<std::string>()});
    }
  }

  void dataset() {
    const Json& cases = json_["dataset"];
    if (!cases.is_object() || cases.empty())
      return wrong("dataset",
                   "it must be an object {ID: {\"images\": [...], \"label\": FILE}} with at least one case");
    for (const auto& [id, entry] : cases.items()) {
      const bool whole = entry.is_object() && entry.contains("images") && entry["images"].is_array() &&
                         std::all_of(entry["images"].begin(), entry["images"].end(),
                                     [](const Json& image) { return image.is_string(); }) &&
                         entry.contains("label") && entry["label"].is_string();
      if (!whole) {
        wrong(cat("dataset.", id), "it must be {\"images\": [FILE, ...], \"label\": FILE}");
        continue;
      }
      ListedCase listed{id, {}, entry["label"].get<std::string>()};
      for (const Json& image : entry["images"]) listed.images.emplace_back(image.get<std::string>());
      if (listed.images.size() == description_.channels.size()) {
        description_.listed.push_back(std::move(listed));
      } else {
        wrong(cat("dataset.", id), cat("it lists ", listed.images.size(), " images, but channel_names has ",
                                       description_.channels.size(), "; list one file a channel"));
      }
    }
  }

  void refuse_repeated_ids() {
    for (size_t index = 1; index < description_.listed.size(); ++index)
      if (description_.listed[index].id == description_.listed[index - 1].id)
        wrong("training",
              cat("the case '", description_.listed[index].id, "' is listed twice; remove one entry"));
  }

  std::filesystem::path file_;
  Json json_;
  DatasetJson description_;
  Problems problems_;
};

}  // namespace

DatasetJson read_dataset_json(const std::filesystem::path& file) {
  return Reader(file).read();
}

}  // namespace tazuna
