// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "phantom/cohort_plan.hpp"
#include "phantom/cohort_tables.hpp"
#include "phantom/structural.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

void write_subject(const StructuralPhantom& phantom, const Preset& preset, const Person& person,
                   const fs::path& out) {
  const Geometry& grid = phantom.painted.geometry;
  const fs::path subject = out / person.id;
  for (size_t i = 0; i < preset.sequences.size(); ++i) {
    if (!person.has[i]) continue;
    const Sequence& sequence = preset.sequences[i];
    const std::string name = cat(person.id, "_", sequence.name);
    write_image(subject / sequence.folder / (name + ".nii.gz"), phantom.images[i], grid, {});
    if (sequence.name == "dwi") {
      write_atomically(subject / sequence.folder / (name + ".bval"), "1000\n");
      write_atomically(subject / sequence.folder / (name + ".bvec"), "0\n0\n0\n");  // mean of all directions
    }
  }
  const fs::path truth = out / "derivatives" / "truth" / person.id / "anat";
  write_labels(truth / cat(person.id, "_dseg.nii.gz"), label_map(phantom.painted), grid, {});
  if (preset.lesions) {
    write_labels(truth / cat(person.id, "_label-lesion_mask.nii.gz"), lesion_mask(phantom.painted), grid, {});
  }
}

}  // namespace

CohortPlan plan_structural(const PhantomOptions& options, const fs::path& out) {
  const Preset preset = preset_of(options);
  const auto shapes = std::make_shared<const std::vector<LabelPair>>(
      options.shapes.empty() ? std::vector<LabelPair>() : read_label_pairs(options.shapes));
  const auto people = draw_people(options, preset);
  return {people,
          [=](const Person& person) {
            write_subject(make_structural(options, preset, person, *shapes), preset, person, out);
          },
          [=] { write_structural_tables(options, preset, people, out); }};
}

}  // namespace tazuna
