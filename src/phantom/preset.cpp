// SPDX-License-Identifier: Apache-2.0
#include "phantom/preset.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

const Point whole_centre{0, -14, 8}, whole_size{176, 208, 184};

// Signals: air, scalp, skull, fluid, grey, white, deep grey, brainstem, pair, lesion, core.
const Sequence t1{"T1w", "anat", {0, 780, 150, 250, 620, 850, 700, 830, 0, 520, 430}, 35};
// Small voxels: more noise, beside which the pair is at 7T a little brighter than white matter.
const Sequence t1_thin{"T1w", "anat", {0, 780, 150, 250, 620, 850, 730, 830, 0, 0, 0}, 75};
const Sequence t1_gadolinium{
    "ce-gadolinium_T1w", "anat", {0, 820, 150, 260, 630, 860, 710, 840, 0, 620, 1150}, 35};
const Sequence t2{"T2w", "anat", {0, 620, 120, 1050, 620, 430, 540, 450, 0, 820, 900}, 35};
const Sequence flair{"FLAIR", "anat", {0, 560, 130, 170, 590, 470, 540, 480, 0, 830, 690}, 35};
const Sequence diffusion{"dwi", "dwi", {0, 180, 60, 120, 430, 390, 420, 400, 0, 720, 720}, 30};
// In 1e-6 mm2/s.
const Sequence adc{"ADC", "dwi", {0, 900, 300, 3000, 850, 760, 800, 780, 0, 460, 460}, 60};

const std::vector<Structure> large{Structure::left_thalamus, Structure::right_thalamus, Structure::ventricles,
                                   Structure::brainstem};

Preset habenula() {
  Preset preset;
  preset.sequences = {t1_thin};
  preset.structures = {Structure::left_pair, Structure::right_pair, Structure::left_thalamus,
                       Structure::right_thalamus, Structure::ventricles};
  preset.view_centre = {0, -10, 10};
  preset.view_size = {44, 48, 40};
  preset.pair_mm3 = 30;
  preset.groups = {"control", "patient"};
  return preset;
}

Preset stroke() {
  Preset preset;
  preset.sequences = {diffusion, adc};
  preset.lesions = LesionRule{1, 3, 12, 0.4, 0, 0.35, 0.55};
  preset.groups = {"good_outcome", "poor_outcome"};
  preset.rankin = true;
  return preset;
}

Preset tbi() {
  Preset preset;
  preset.sequences = {t1, t2, flair};
  preset.lesions = LesionRule{3, 8, 5, 0.45, 0, 0.45, 0.7};
  preset.groups = {"mild", "severe"};
  return preset;
}

Preset schwannoma() {
  Preset preset;
  preset.sequences = {t1, t2, t1_gadolinium};
  preset.structures = {Structure::ventricles, Structure::brainstem};
  preset.view_centre = {0, -36, -30};
  preset.view_size = {92, 66, 60};
  preset.lesions = LesionRule{1, 1, 1.2, 0.5, 0.8, 0, 0};
  preset.groups = {"stable", "growing"};
  return preset;
}

Preset glioma() {
  Preset preset;
  preset.sequences = {t1, t1_gadolinium, flair};
  preset.lesions = LesionRule{1, 1, 25, 0.4, 0.6, 0.15, 0.4};
  preset.groups = {"II", "III"};
  preset.group_column = "grade";
  return preset;
}

/// One axial slice. White matter and deep grey matter look alike, so that the contrast of a lesion is one to
/// white matter.
Preset one_slice() {
  Preset preset;
  preset.sequences = {{"image", "images", {0, 780, 150, 250, 560, 700, 700, 690, 0, 0, 0}, 60}};
  preset.structures = {Structure::lesion};
  preset.view_size = {208, 208, 4};
  preset.groups = {"small", "large"};
  return preset;
}

/// The brain's whole extent; tissues play no part.
Preset resting_series() {
  Preset preset;
  preset.sequences = {{"task-rest_bold", "func", {}, 0}};
  preset.view_centre = {0, -17, 8};
  preset.view_size = {144, 180, 144};
  preset.groups = {"control", "patient"};
  return preset;
}

struct Named {
  const char* name;
  Preset (*make)();
};
constexpr Named presets[] = {
    {"habenula", habenula}, {"stroke", stroke}, {"tbi", tbi}, {"schwannoma", schwannoma}, {"glioma", glioma}};

}  // namespace

std::string_view name_of(Structure structure) {
  constexpr std::string_view names[] = {"Left-Habenula", "Right-Habenula", "Left-Thalamus", "Right-Thalamus",
                                        "Ventricles",    "Brainstem",      "Lesion"};
  return names[static_cast<size_t>(structure)];
}

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Named& preset : presets) all.emplace_back(preset.name);
    return all;
  }();
  return names;
}

namespace {

/// True for 7T.
bool is_high(const std::string& field) {
  if (field != "3T" && field != "7T") {
    throw Error(cat("--field ", field, ": expected 3T or 7T"), Fault::usage);
  }
  return field == "7T";
}

/// Of small structures to their surround, in noise sd.
double contrast_of(bool high) {
  return high ? 3 : 1.5;
}

}  // namespace

Preset preset_of(const std::string& like, const std::string& field) {
  const auto found = std::find(preset_names().begin(), preset_names().end(), like);
  if (found == preset_names().end()) {
    throw Error(cat("--like ", like, ": expected one of ", join(preset_names(), ", ")), Fault::usage);
  }
  const bool high = is_high(field);
  Preset preset = presets[found - preset_names().begin()].make();
  preset.name = like;
  const bool whole = preset.view_size.x == 0;
  if (whole) {
    preset.view_centre = whole_centre;
    preset.view_size = whole_size;
    preset.structures = large;
  }
  preset.spacing = whole ? (high ? 2.0 : 2.5) : (high ? 0.7 : 1.0);
  preset.pair_contrast = contrast_of(high);
  if (high) {
    for (Sequence& sequence : preset.sequences) sequence.noise *= 0.7;
  }
  return preset;
}

Preset preset_of(const PhantomOptions& options) {
  if (options.kind == "structural") return preset_of(options.like, options.field);
  Preset preset = options.kind == "slice" ? one_slice() : resting_series();
  preset.name = options.kind;
  preset.pair_contrast = contrast_of(is_high(options.field));
  return preset;
}

}  // namespace tazuna
