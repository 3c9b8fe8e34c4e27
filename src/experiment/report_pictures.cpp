// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_pictures.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/slice_cut.hpp"
#include "infer/case_outputs.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr int64_t picture_pixels =
    3'000'000;  // of all slices that can be flipped through: a page of a few MB

// Where the label map of a held-out case lies.
fs::path prediction_of(const RunOnDisk& run, const std::string& case_id, const std::string& task) {
  const std::string name = label_file(case_id, task, run.tasks().size());
  for (const RunPart& part : run.parts) {
    const fs::path file = part.folder / "validation" / name;
    if (fs::exists(file)) return file;
  }
  throw refused(cat("its label map ", name, " is in no validation folder of the run"));
}

// Structures of a task that were scored in a case.
NamedIntegers scored_structures(const ReportedTask& task, const Table& cases, const std::string& case_id) {
  NamedIntegers structures;
  for (const auto& [name, label] : task.structures) {
    for (size_t row = 0; row < cases.rows(); ++row) {
      if (cases.text(row, "case") != case_id || cases.text(row, "task") != task.name) continue;
      if (cases.text(row, "structure") == name) structures.emplace_back(name, label);
    }
  }
  return structures;
}

// Of volumes of which the network sees one slice, that slice.
void cut_to_slice(const RunOnDisk& run, const Subject& subject, std::initializer_list<Volume*> volumes) {
  const auto* slices = run.config ? std::get_if<SliceOptions>(&run.config->input) : nullptr;
  if (!slices) return;
  for (Volume* volume : volumes) {
    const SlicePlane plane =
        slice_plane(subject, volume->geometry, slices->axis, slices->which == "column" ? slices->column : "");
    *volume = slice_of(*volume, plane.axis, plane.index);
  }
}

void draw_example(const RunOnDisk& run, const Table& cases, int64_t pixels, ShownCase& shown) {
  const auto tasks = run.tasks();
  const auto task = std::find_if(tasks.begin(), tasks.end(),
                                 [&](const ReportedTask& one) { return one.name == shown.task; });
  if (!run.cohort) throw refused(run.no_cohort);
  const Subject* subject = run.subject(shown.case_id);
  if (task == tasks.end() || !subject)
    throw refused("the dataset no longer has this case with all its files");
  shown.sequence = shown_sequence(run, *subject);
  const fs::path file = prediction_of(run, shown.case_id, shown.task);
  Volume predicted = read_labels(file).volume, image = shown_image(*subject, shown.sequence);
  expect_one_grid("the image", image.geometry, "its label map", predicted.geometry);
  Volume reference = read_map(*subject, task->map).volume;
  expect_one_grid("the image", image.geometry, "its reference", reference.geometry);
  cut_to_slice(run, *subject, {&image, &predicted, &reference});
  CaseVolumes volumes;
  volumes.image = image;
  volumes.predicted = predicted.voxels.squeeze(0);
  volumes.reference = reference.voxels.squeeze(0);
  volumes.structures = scored_structures(*task, cases, shown.case_id);
  for (const auto& [name, label] : volumes.structures) shown.structures.push_back(name);
  shown.trace = fs::relative(file, run.folder).string();
  shown.pictures = draw_case(volumes, pixels);
}

}  // namespace

Volume shown_image(const Subject& subject, const std::string& sequence) {
  const auto image = subject.images.find(sequence);
  if (image == subject.images.end()) throw refused("it has none of the sequences of the run");
  if (image->second.channels > 1) return read_sequence(subject, sequence, /*zero_nonfinite=*/true).volume;
  Volume volume = read_image(image->second.file).volume;
  at::nan_to_num_(volume.voxels, 0, 0, 0);
  if (volume.voxels.size(0) > 1) volume.voxels = volume.voxels.to(at::kFloat).mean(0, /*keepdim=*/true);
  return volume;
}

std::string shown_sequence(const RunOnDisk& run, const Subject& subject) {
  for (const std::string& sequence : run.sequences())
    if (subject.images.contains(sequence)) return sequence;
  return "";
}

std::string why_not_drawn(const std::function<void()>& draw) {
  try {
    draw();
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    return reason.substr(0, reason.find('\n'));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::vector<ShownCase> drawn_examples(const RunOnDisk& run, const Table& cases,
                                      const std::vector<ChosenCase>& chosen, Log& log) {
  std::vector<ShownCase> examples;
  for (const ChosenCase& one : chosen) {
    ShownCase shown{one.role, one.case_id, one.task, {}, "", {}, ""};
    shown.missing = why_not_drawn(
        [&] { draw_example(run, cases, picture_pixels / static_cast<int64_t>(chosen.size()), shown); });
    if (!shown.missing.empty())
      log.warn(cat("the report has no picture of ", one.case_id, ": ", shown.missing));
    examples.push_back(std::move(shown));
  }
  return examples;
}

}  // namespace tazuna
