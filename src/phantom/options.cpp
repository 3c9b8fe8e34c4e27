// SPDX-License-Identifier: Apache-2.0
#include "phantom/options.hpp"

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

void expect_count(const std::string& flag, int64_t value, int64_t most, const std::string& what) {
  if (value >= 1 && value <= most) return;
  throw wrong(flag, cat(value), cat("expected ", what, " from 1 to ", most));
}

}  // namespace

void check(const PhantomOptions& options) {
  if (options.kind != "structural") {
    throw wrong("--kind", options.kind, "expected structural, the one kind there is");
  }
  const Preset preset = preset_of(options.like, options.field);
  expect_count("--subjects", options.subjects, most_subjects, "a number of people");
  expect_count("--sites", options.sites, options.subjects, "a number of sites (one needs a person)");
  expect_number("--effect", options.effect, 0, 20);
  if (options.spacing) expect_number("--spacing", *options.spacing, 0.3, 10);
  if (options.seed < 0) throw wrong("--seed", cat(options.seed), "expected a whole number from 0 on");
  expect_number("--missing", options.missing, 0, 1);
  if (options.missing > 0 && preset.sequences.size() < 2) {
    throw wrong("--missing", number_text(options.missing),
                cat("--like ", preset.name, " has the one sequence ", preset.sequences[0].name,
                    ", which nobody can go without"));
  }
  if (!options.shapes.empty() && preset.pair_mm3 == 0) {
    throw wrong("--shapes", options.shapes.string(),
                cat("--like ", preset.name, " has no small pair that could take these shapes"));
  }
}

std::string flags_of(const PhantomOptions& options) {
  std::string flags = cat("--kind ", options.kind, " --like ", options.like, " --field ", options.field,
                          " --subjects ", options.subjects, " --sites ", options.sites, " --effect ",
                          number_text(options.effect), " --seed ", options.seed);
  if (options.spacing) flags += cat(" --spacing ", number_text(*options.spacing));
  if (options.missing > 0) flags += cat(" --missing ", number_text(options.missing));
  if (!options.shapes.empty()) {
    const std::filesystem::path whole = options.shapes / "";
    flags += cat(" --shapes ", whole.parent_path().filename().string());
  }
  return flags;
}

}  // namespace tazuna
