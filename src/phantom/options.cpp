// SPDX-License-Identifier: Apache-2.0
#include "phantom/options.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "phantom/preset.hpp"

namespace tazuna {
namespace {

constexpr int64_t most_subjects = 9999;

Error wrong(const std::string& flag, const std::string& value, const std::string& demand) {
  return Error(cat(flag, " ", value, ": ", demand), Fault::usage);
}

// A NaN lies in no range.
void expect_number(const std::string& flag, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw wrong(flag, number_text(value), cat("expected a number from ", least, " to ", most));
}

struct WholeRange {
  int64_t least = 1, most = 1;
};

void expect_whole(const std::string& flag, int64_t value, WholeRange range) {
  if (value >= range.least && value <= range.most) return;
  throw wrong(flag, cat(value), cat("expected a whole number from ", range.least, " to ", range.most));
}

void expect_count(const std::string& flag, int64_t value, int64_t most, const std::string& what) {
  if (value >= 1 && value <= most) return;
  throw wrong(flag, cat(value), cat("expected ", what, " from 1 to ", most));
}

/// A flag that speaks of one kind, given with another.
[[noreturn]] void refuse_flag(const PhantomOptions& options, const std::string& flag,
                              const std::string& value, const std::string& kinds) {
  throw wrong(flag, value, cat("it belongs to --kind ", kinds, ", not to --kind ", options.kind));
}

void check_flags_of_kind(const PhantomOptions& options) {
  const bool heads = options.kind == "structural";
  if (!heads && options.like != PhantomOptions{}.like)
    refuse_flag(options, "--like", options.like, "structural");
  if (!heads && !options.shapes.empty())
    refuse_flag(options, "--shapes", options.shapes.string(), "structural");
  if (!heads && options.spacing)
    throw wrong("--spacing", number_text(*options.spacing),
                cat("--kind ", options.kind, " has its grid by --size"));
  if (heads && options.size) refuse_flag(options, "--size", cat(*options.size), "slice and --kind series");
  if (options.slices && options.kind != "slice")
    refuse_flag(options, "--slices", cat(*options.slices), "slice");
  if (options.frames && options.kind != "series")
    refuse_flag(options, "--frames", cat(*options.frames), "series");
  if (options.size && options.kind == "slice") expect_whole("--size", *options.size, {32, 1024});
  if (options.size && options.kind == "series") expect_whole("--size", *options.size, {8, 128});
  if (options.slices) expect_whole("--slices", *options.slices, {1, 100});
  if (options.frames) expect_whole("--frames", *options.frames, {10, 2000});
}

}  // namespace

const std::vector<std::string>& phantom_kinds() {
  static const std::vector<std::string> kinds{"structural", "slice", "series"};
  return kinds;
}

void check(const PhantomOptions& options) {
  const auto& kinds = phantom_kinds();
  if (std::find(kinds.begin(), kinds.end(), options.kind) == kinds.end())
    throw wrong("--kind", options.kind, cat("expected one of ", join(kinds, ", ")));
  const Preset preset = preset_of(options);
  check_flags_of_kind(options);
  expect_count("--subjects", options.subjects, most_subjects, "a number of people");
  expect_count("--sites", options.sites, options.subjects, "a number of sites (one needs a person)");
  expect_number("--effect", options.effect, 0, 20);
  if (options.spacing) expect_number("--spacing", *options.spacing, 0.3, 10);
  if (options.seed < 0) throw wrong("--seed", cat(options.seed), "expected a whole number from 0 on");
  expect_number("--missing", options.missing, 0, 1);
  const std::string cohort =
      options.kind == "structural" ? cat("--like ", options.like) : cat("--kind ", options.kind);
  if (options.missing > 0 && preset.sequences.size() < 2) {
    throw wrong(
        "--missing", number_text(options.missing),
        cat(cohort, " has the one sequence ", preset.sequences[0].name, ", which nobody can go without"));
  }
  if (!options.shapes.empty() && preset.pair_mm3 == 0) {
    throw wrong("--shapes", options.shapes.string(),
                cat(cohort, " has no small pair that could take these shapes"));
  }
}

std::string flags_of(const PhantomOptions& options) {
  const std::string like = options.kind == "structural" ? cat(" --like ", options.like) : "";
  std::string flags =
      cat("--kind ", options.kind, like, " --field ", options.field, " --subjects ", options.subjects,
          " --sites ", options.sites, " --effect ", number_text(options.effect), " --seed ", options.seed);
  if (options.spacing) flags += cat(" --spacing ", number_text(*options.spacing));
  if (options.missing > 0) flags += cat(" --missing ", number_text(options.missing));
  if (options.size) flags += cat(" --size ", *options.size);
  if (options.slices) flags += cat(" --slices ", *options.slices);
  if (options.frames) flags += cat(" --frames ", *options.frames);
  if (!options.shapes.empty()) {
    const std::filesystem::path whole = options.shapes / "";
    flags += cat(" --shapes ", whole.parent_path().filename().string());
  }
  return flags;
}

}  // namespace tazuna
