// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <span>

#include "core/files.hpp"
#include "core/text.hpp"
#include "image/png.hpp"
#include "image/volume.hpp"
#include "phantom/cohort_plan.hpp"
#include "phantom/cohort_tables.hpp"
#include "phantom/slice.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

constexpr int64_t usual_slices = 4;

std::string id_of(const Person& person, int64_t slice) {
  return cat(person.id, "_slice-", slice + 1);
}

void write_grey(const fs::path& file, const Tensor& pixels /* uint8 [H, W] */) {
  const auto* first = reinterpret_cast<const std::byte*>(pixels.const_data_ptr<uint8_t>());
  write_atomically(file,
                   encode_png(static_cast<uint32_t>(pixels.size(1)), static_cast<uint32_t>(pixels.size(0)), 8,
                              std::span(first, pixels.nbytes())));
}

std::string readme(const Preset& preset, const PhantomOptions& options) {
  return cat(
      "Synthetic slices of heads, made by: tazuna phantom ", flags_of(options),
      "\nNobody was scanned. A row of samples.tsv is a slice, `block` its person: split by block. The "
      "lesions of "
      "the\nclass ",
      preset.groups[1], " have more area than those of ", preset.groups[0],
      "; their form, brightness and place, and the bright\nbodies in the cortex, which are no lesions, tell "
      "nothing. truth.tsv holds the radius of the disc of equal\narea and the probability with which an "
      "ideal "
      "observer of it names the second class.\n");
}

void write_tables(const PhantomOptions& options, const Preset& preset, const std::vector<Person>& people,
                  int64_t slices, const fs::path& out) {
  Table samples({"id", "image", "mask", "class", "block", "site", "age", "sex"});
  Table truth({"id", "block", "class", "radius_mm", "elongation", cat("class_p_", preset.groups[1])});
  for (const Person& person : people) {
    for (int64_t slice = 0; slice < slices; ++slice) {
      const std::string id = id_of(person, slice);
      const SliceLesion lesion = draw_slice_lesion(options, person, slice);
      samples.add({id, cat("images/", id, ".png"), cat("masks/", id, ".png"), group_name(preset, person),
                   person.id, site_name(person), person.age, person.sex});
      truth.add({id, person.id, group_name(preset, person), lesion.radius_mm, lesion.elongation,
                 lesion.probability});
    }
  }
  write_atomically(out / "truth.tsv", truth.tsv());
  write_atomically(out / "README", readme(preset, options));
  write_atomically(out / "samples.tsv", samples.tsv());
}

}  // namespace

CohortPlan plan_slices(const PhantomOptions& options, const fs::path& out) {
  const Preset preset = preset_of(options);
  const auto people = draw_people(options, preset);
  const int64_t slices = options.slices.value_or(usual_slices);
  return {people,
          [=](const Person& person) {
            for (int64_t slice = 0; slice < slices; ++slice) {
              const SlicePhantom phantom =
                  make_slice(options, preset, person, slice, draw_slice_lesion(options, person, slice));
              const std::string name = id_of(person, slice) + ".png";
              write_grey(out / "images" / name, phantom.image);
              write_labels(out / "masks" / name, phantom.mask,
                           {.size = {1, phantom.mask.size(1), phantom.mask.size(2)}}, {});
            }
          },
          [=] { write_tables(options, preset, people, slices, out); }};
}

}  // namespace tazuna
