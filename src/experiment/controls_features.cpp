// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls_features.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/connectivity.hpp"
#include "data/series.hpp"
#include "infer/predictor.hpp"
#include "tables/table.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// The rows that an earlier call has kept; none where they have other columns.
FeatureRows kept_rows(const fs::path& file, const std::vector<std::string>& columns) {
  FeatureRows rows;
  if (!fs::exists(file)) return rows;
  const Table table = read_table(file);
  const auto& found = table.columns();
  if (!columns.empty() && std::vector<std::string>(found.begin() + 1, found.end()) != columns) return rows;
  for (size_t i = 0; i < table.rows(); ++i) {
    std::vector<double> row;
    for (size_t k = 1; k < found.size(); ++k) row.push_back(table.number(i, k));
    rows[table.text(i, "case")] = std::move(row);
  }
  return rows;
}

void keep_rows(const fs::path& file, std::vector<std::string> columns, const FeatureRows& rows) {
  if (rows.empty()) return;
  if (columns.empty())
    for (size_t k = 0; k < rows.begin()->second.size(); ++k) columns.push_back(cat("x", k));
  columns.insert(columns.begin(), "case");
  Table table(columns);
  for (const auto& [id, row] : rows) {
    std::vector<Table::Cell> cells{id};
    for (const double value : row) cells.emplace_back(value);
    table.add(std::move(cells));
  }
  write_atomically(file, table.tsv());
}

const NamedIntegers& structures_of(const TaskOptions& task) {
  static const NamedIntegers none;
  return std::visit(
      [](const auto& options) -> const NamedIntegers& {
        if constexpr (requires { options.target.labels; }) {
          return options.target.labels;
        } else {
          return none;
        }
      },
      task.task);
}

// Mean and maximum of every channel of every stage, [1, ...] each.
std::vector<double> pooled(const Features& features) {
  std::vector<double> row;
  for (const Tensor& stage : features.stages) {
    for (const Tensor& part : {stage.mean({2, 3, 4}), stage.amax({2, 3, 4})}) {
      const Tensor values = part.to(at::kCPU, at::kDouble).contiguous();
      row.insert(row.end(), values.const_data_ptr<double>(),
                 values.const_data_ptr<double>() + values.numel());
    }
  }
  return row;
}

std::vector<double> features_of(const LoadedModel& model, const Sample& sample, at::Device device) {
  const Sample view = whole_view(sample, model.recipe.whole);
  return pooled(model.network->encode(input_of(make_batch({&view, 1}, View::whole, model.tasks), device)));
}

}  // namespace

std::optional<FeatureRows> measured(const fs::path& file, const std::vector<std::string>& columns,
                                    const Subjects& cases, const std::function<Measure()>& make_measure,
                                    const std::string& what, Log& log, Interrupts& interrupts) {
  FeatureRows rows = kept_rows(file, columns);
  Subjects missing;
  for (const auto& subject : cases)
    if (!rows.contains(subject->id)) missing.push_back(subject);
  if (missing.empty()) return rows;
  const Measure measure = make_measure();
  Progress progress(log, what, "cases", static_cast<int64_t>(cases.size()),
                    static_cast<int64_t>(cases.size() - missing.size()));
  for (const auto& subject : missing) {
    if (interrupts.pending() == Request::stop) {
      keep_rows(file, columns, rows);
      return {};
    }
    try {
      std::vector<double> row = within(subject->id, [&] { return measure(subject); });
      rows[subject->id] = std::move(row);
    } catch (...) {
      keep_rows(file, columns, rows);
      throw;
    }
    progress.advance();
  }
  keep_rows(file, columns, rows);
  return rows;
}

WindowOptions window_options(const ModelRecipe& recipe) {
  WindowOptions options;
  options.patch = recipe.patch;
  options.bf16 = recipe.precision == "bf16";
  return options;
}

std::vector<std::string> volume_columns(const std::vector<TaskOptions>& tasks) {
  std::vector<std::string> columns;
  for (const TaskOptions& task : tasks)
    for (const auto& [name, label] : structures_of(task))
      columns.push_back(cat(name_of(task), "_", name, "_ml"));
  return columns;
}

std::vector<double> predicted_volumes(const LoadedModel& model, const Sample& sample, at::Device device) {
  std::vector<double> volumes;
  const auto answers = predict_case({model.network.get()}, sample, window_options(model.recipe),
                                    subject_view(model.recipe), device);
  for (const auto& predictions : answers) {
    for (const Prediction& prediction : predictions) {
      const auto* map = std::get_if<LabelMap>(&prediction);
      if (!map) continue;
      for (const auto& [name, label] : map->names)
        volumes.push_back(map->labels.eq(label).sum().item<double>() * voxel_volume(map->geometry) / 1000);
    }
  }
  return volumes;
}

std::vector<double> pooled_features(const LoadedModel& model, const Sample& sample, at::Device device) {
  const at::NoGradGuard no_gradient;
  model.network->eval();
  const SubjectView view = subject_view(model.recipe);
  if (view.frames == 0) return features_of(model, sample, device);
  const int64_t series = sample.image.voxels.size(0);
  const auto beginnings = window_beginnings(series, view.frames, view.stride);
  std::vector<double> mean;
  for (const int64_t first : beginnings) {
    const auto frames = window_frames(series, view.frames, view.stride, first);
    const auto row = features_of(model, with_frames(sample, frames), device);
    mean.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) mean[i] += row[i] / static_cast<double>(beginnings.size());
  }
  return mean;
}

std::vector<double> connectivity_of(const Subject& subject, const std::string& sequence, int64_t skip,
                                    const fs::path& atlas) {
  const auto image = subject.images.find(sequence);
  if (image == subject.images.end()) throw refused(cat("there is no ", sequence));
  Atlas regions;
  const Tensor signals = region_signals(image->second.file, atlas, regions);
  return connectivity(signals.slice(1, skip));
}

}  // namespace tazuna
