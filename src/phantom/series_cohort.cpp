// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/text.hpp"
#include "image/nifti_header.hpp"
#include "image/nifti_layout.hpp"
#include "image/volume.hpp"
#include "phantom/cohort_plan.hpp"
#include "phantom/cohort_tables.hpp"
#include "phantom/series.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// A header of this grid that says how long a frame takes.
NativeHeader header_with_seconds(const Geometry& geometry) {
  const NiftiLayout& layout = nifti_layout(1);
  Bytes bytes = output_nifti_header(made_nifti_header(geometry), {geometry.size, 1, Scalar::float32, 0});
  bytes.resize(layout.bytes);
  put_nifti_number(bytes, false, layout.pixdim, series_seconds, 4);
  put_nifti_number(bytes, false, layout.units, 2 | 8 /* mm, s */);
  return {"nifti1", bytes, {}};
}

void write_subject(const PhantomOptions& options, const Person& person, const fs::path& out) {
  const Geometry grid = series_grid(options);
  const SeriesPhantom phantom = make_series(options, person, draw_response(options, person));
  const std::string name = cat(person.id, "_task-rest_bold");
  write_image(out / person.id / "func" / (name + ".nii.gz"), phantom.frames, grid, header_with_seconds(grid));
  write_json(out / person.id / "func" / (name + ".json"),
             {{"TaskName", "rest"}, {"RepetitionTime", series_seconds}});
  write_labels(
      out / "derivatives" / "truth" / person.id / "func" / cat(person.id, "_label-region_mask.nii.gz"),
      phantom.region, grid, {});
}

void write_atlas(const PhantomOptions& options, const fs::path& folder) {
  const Geometry grid = series_grid(options);
  write_labels(folder / "atlas-parcels_dseg.nii.gz", series_atlas(grid), grid, {});
  Table names({"index", "name"});
  for (int64_t parcel = 1; parcel <= series_parcels; ++parcel) names.add({parcel, cat("Parcel-", parcel)});
  write_atomically(folder / "atlas-parcels_dseg.tsv", names.tsv());
  write_json(folder / "dataset_description.json",
             dataset_description("Phantom series: atlas", "derivative", options));
}

Table truth_table(const PhantomOptions& options, const Preset& preset, const std::vector<Person>& people) {
  Table table({"participant_id", "group", "severity", "delay_s", "amplitude", "side",
               cat("group_p_", preset.groups[1])});
  for (const Person& person : people) {
    const Response response = draw_response(options, person);
    table.add({person.id, group_name(preset, person), response.severity, response.delay_s, response.amplitude,
               std::string(response.right ? "right" : "left"), response.probability});
  }
  return table;
}

void write_tables(const PhantomOptions& options, const Preset& preset, const std::vector<Person>& people,
                  const fs::path& out) {
  const std::string name = cat("Phantom series, ", options.field);
  write_json(out / "derivatives" / "truth" / "dataset_description.json",
             dataset_description(name + ": true regions", "derivative", options));
  write_atlas(options, out / "derivatives" / "atlas");
  write_atomically(out / "participants.tsv", participants_table(preset, people).tsv());
  write_json(out / "participants.json",
             participants_json(preset, "the marked region's response is later and smaller"));
  write_atomically(out / "truth.tsv", truth_table(options, preset, people).tsv());
  write_atomically(out / ".bidsignore", "truth.tsv\n");
  write_atomically(
      out / "README",
      "Synthetic resting states, made by the command in dataset_description.json; nobody was scanned.\n"
      "derivatives/truth holds each person's marked region: it answers the events that all of the brain\n"
      "answers, more strongly and later. In the second group it does so later still and less strongly; the\n"
      "temporal mean shows nothing of it. truth.tsv holds the latent values and the probability with which\n"
      "an ideal observer of the severity names the second group; derivatives/atlas holds parcels.\n");
  write_json(out / "dataset_description.json", dataset_description(name, "raw", options));
}

}  // namespace

CohortPlan plan_series(const PhantomOptions& options, const fs::path& out) {
  const Preset preset = preset_of(options);
  const auto people = draw_people(options, preset);
  return {people, [=](const Person& person) { write_subject(options, person, out); },
          [=] { write_tables(options, preset, people, out); }};
}

}  // namespace tazuna
