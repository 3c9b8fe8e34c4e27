// SPDX-License-Identifier: Apache-2.0
#include "phantom/slice.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "phantom/head.hpp"
#include "phantom/latent.hpp"
#include "phantom/paint.hpp"
#include "phantom/scanner.hpp"

namespace tazuna {
namespace {

constexpr int64_t usual_pixels = 96;
constexpr double median_radius_mm = 11, log_radius_sd = 0.12;
constexpr double median_elongation = 1.5, log_elongation_sd = 0.2;
constexpr double depth_mm = 12;              // semi-axis of a lesion across the slice
constexpr double roughness = 0.03;           // of its outline
constexpr double signal_a_level = 8;         // of the image's 256
constexpr double lowest = 26, highest = 46;  // mm, of the slices: above the thalami

double radius_of(double latent) {
  return median_radius_mm * std::exp(log_radius_sd * latent);
}

double draw_elongation(Random& random) {
  return median_elongation * std::exp(log_elongation_sd * bounded_normal(random, 2));
}

/// Axial pixels as in a picture, turned by up to 8 degrees about the brain's middle.
Geometry slice_grid(int64_t pixels, const Preset& preset, double height, Random random) {
  const double angle = random.uniform(-8, 8) * std::numbers::pi / 180;
  const Point down{std::sin(angle), -std::cos(angle), 0}, right{-std::cos(angle), -std::sin(angle), 0};
  const double step = preset.view_size.x / static_cast<double>(pixels);
  const Point middle{brain_centre.x, brain_centre.y, height};
  const Point origin = middle - 0.5 * static_cast<double>(pixels - 1) * step * (down + right);
  Geometry geometry;
  geometry.size = {1, pixels, pixels};
  geometry.spacing = {preset.view_size.z, step, step};
  geometry.origin = {origin.x, origin.y, origin.z};
  geometry.direction = {0, down.x, right.x, 0, down.y, right.y, 1, down.z, right.z};
  return geometry;
}

/// A place at a share of the brain's radius in the plane, in the world.
Point place_in_plane(const Head& head, double share, double angle, double height) {
  const double up = (height - brain_centre.z) / brain_axes.z;
  const double ring = share * std::sqrt(1 - up * up);
  Point place = head.warp.world_of({brain_centre.x + ring * brain_axes.x * std::cos(angle),
                                    brain_centre.y + ring * brain_axes.y * std::sin(angle), height});
  place.z = height;
  return place;
}

void add_body(Head& head, const Point& centre, double radius_mm, double elongation,
              std::optional<Structure> structure, Random& random) {
  const double longer = std::sqrt(elongation);
  BlobForm form = random_blob({radius_mm * longer, radius_mm / longer, depth_mm}, roughness, random);
  form.turn = rotation({0, 0, random.uniform(0, std::numbers::pi)});
  head.bodies.push_back({make_blob(centre, form), false, Tissue::pair, structure});
}

}  // namespace

SliceLesion draw_slice_lesion(const PhantomOptions& options, const Person& person, int64_t slice) {
  Random random({options.seed, person.number, slice, "latent"});
  const Latent latent = draw_latent(random, options.effect, person.group);
  return {radius_of(latent.value), draw_elongation(random), probability_of(latent.log_odds)};
}

SlicePhantom make_slice(const PhantomOptions& options, const Preset& preset, const Person& person,
                        int64_t slice, const SliceLesion& lesion) {
  const auto stream = [&](const char* name) { return Random({options.seed, person.number, slice, name}); };
  Head head = make_head(preset, person, nullptr, options.seed);
  Random random = stream("places");
  const double height = random.uniform(lowest, highest);
  const double angle = random.uniform(0, 2 * std::numbers::pi);
  // Decoys first: where bodies touch, the lesion lies above.
  for (int decoy = 1; decoy <= 2; ++decoy) {
    const double away = angle + 2 * std::numbers::pi * decoy / 3 + random.uniform(-0.4, 0.4);
    const Point place = place_in_plane(head, random.uniform(0.84, 0.9), away, height);
    // As spread as both groups together.
    const double latent = std::hypot(1, options.effect / 2) * bounded_normal(random, 2);
    add_body(head, place, radius_of(latent), draw_elongation(random), {}, random);
  }
  Random own = stream("lesion");
  add_body(head, place_in_plane(head, own.uniform(0.2, 0.5), angle, height), lesion.radius_mm,
           lesion.elongation, Structure::lesion, own);
  const Geometry grid = slice_grid(options.size.value_or(usual_pixels), preset, height, stream("grid"));
  const Painted painted = paint(head, grid, preset.structures);
  const Scanner scanner = draw_scanner(Random({options.seed, person.site, "site"}));
  const Tensor image = scan(painted, preset.sequences[0], scanner, preset.pair_contrast, stream("scan"));
  return {(image[0][0] / signal_a_level).round().clamp(0, 255).to(at::kByte), label_map(painted)};
}

}  // namespace tazuna
