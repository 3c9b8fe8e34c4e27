// SPDX-License-Identifier: Apache-2.0
#include "infer/task_maps.hpp"

#include "core/files.hpp"
#include "infer/model_file.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

fs::path table_file(const fs::path& folder) {
  return folder / ".tazuna" / "maps.tsv";
}

std::vector<TaskMap> maps_of(const std::vector<TaskOptions>& tasks) {
  std::vector<TaskMap> maps;
  for (const TaskOptions& task : tasks) {
    std::visit(
        [&maps](const auto& options) {
          if constexpr (requires { options.target.map; })
            maps.push_back({options.name, options.target.map, options.target.labels});
        },
        task.task);
  }
  return maps;
}

/// The folder of the model.json that speaks of these predictions; "" for none.
fs::path model_folder(const fs::path& predictions) {
  const fs::path folder = (fs::absolute(predictions) / "").lexically_normal().parent_path();
  if (fs::exists(folder / "model.json")) return folder;
  const bool of_a_run = folder.filename() == "validation" || folder.filename() == "held_aside";
  return of_a_run && fs::exists(folder.parent_path() / "model.json") ? folder.parent_path() : fs::path();
}

}  // namespace

void write_task_maps(const fs::path& out, const std::vector<TaskOptions>& tasks) {
  Table table({"task", "map", "label", "structure"});
  for (const TaskMap& one : maps_of(tasks)) {
    for (const auto& [name, label] : one.labels) table.add({one.task, one.map, label, name});
    if (one.labels.empty()) table.add({one.task, one.map, "n/a", "n/a"});
  }
  write_atomically(table_file(out), table.tsv());
}

std::vector<TaskMap> read_task_maps(const fs::path& predictions) {
  if (fs::exists(table_file(predictions))) {
    const Table table = read_table(table_file(predictions));
    std::vector<TaskMap> maps;
    for (size_t row = 0; row < table.rows(); ++row) {
      const std::string& task = table.text(row, "task");
      if (maps.empty() || maps.back().task != task) maps.push_back({task, table.text(row, "map")});
      if (!table.has("label") || is_missing(table.text(row, "label"))) continue;
      maps.back().labels.emplace_back(table.text(row, "structure"),
                                      static_cast<int64_t>(table.number(row, "label")));
    }
    return maps;
  }
  const fs::path folder = model_folder(predictions);
  return folder.empty() ? std::vector<TaskMap>{} : maps_of(read_recipe(folder).tasks);
}

}  // namespace tazuna
