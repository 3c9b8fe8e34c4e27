// SPDX-License-Identifier: Apache-2.0
#include "phantom/series.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "phantom/head.hpp"
#include "phantom/latent.hpp"
#include "phantom/paint.hpp"
#include "phantom/scanner.hpp"

namespace tazuna {
namespace {

constexpr int64_t usual_voxels = 16, usual_frames = 60;
constexpr double baseline = 800, unit = 20;  // signal of the brain, and what amplitudes count in
constexpr double texture = 1;                // sd of the anatomy's contrast, in units
constexpr double shared_response = 0.3, own_fluctuation = 0.3;  // of a parcel, in units
constexpr double median_amplitude = 3, log_amplitude_step = 0.3;
constexpr double mean_delay_s = 3, delay_step_s = 0.8;
constexpr Point region_centre{32, -30, 20}, region_axes{22, 24, 20};  // mm, on the right
constexpr double peak_s = 5;                                          // of a haemodynamic response

using Course = std::vector<double>;

/// Without a mean, with an sd of 1.
Course standardised(Course course) {
  double mean = 0, square = 0;
  const auto count = static_cast<double>(course.size());
  for (const double value : course) mean += value / count;
  for (double& value : course) {
    value -= mean;
    square += value * value / count;
  }
  for (double& value : course) value /= std::max(std::sqrt(square), 1e-9);
  return course;
}

/// A gamma function of exponent 5 with height 1 at its peak.
double haemodynamic(double seconds) {
  if (seconds <= 0) return 0;
  const double u = seconds / peak_s;
  return std::pow(u * std::exp(1 - u), 5);
}

/// When something happens: every 8 to 18 s, from well before the first frame.
Course draw_events(int64_t frames, Random random) {
  Course events;
  for (double t = -40 + random.uniform(0, 10); t < static_cast<double>(frames) * series_seconds;
       t += random.uniform(8, 18))
    events.push_back(t);
  return events;
}

Course response_to(const Course& events, int64_t frames, double delay_s) {
  Course course(static_cast<size_t>(frames), 0.0);
  for (size_t t = 0; t < course.size(); ++t)
    for (const double event : events)
      course[t] += haemodynamic(static_cast<double>(t) * series_seconds - delay_s - event);
  return standardised(std::move(course));
}

/// Slow noise: each frame keeps 0.7 of the one before.
Course fluctuation(int64_t frames, Random random) {
  Course course(static_cast<size_t>(frames));
  double value = random.normal();
  for (double& one : course) one = value = 0.7 * value + std::sqrt(1 - 0.49) * random.normal();
  return standardised(std::move(course));
}

Point world_of(const Geometry& geometry, int64_t z, int64_t y, int64_t x) {
  const auto at = [&](int64_t index, size_t axis, size_t row) {
    return geometry.origin[row] + static_cast<double>(index) * geometry.spacing[axis];
  };
  return {at(x, 2, 0), at(y, 1, 1), at(z, 0, 2)};  // the grid lies straight
}

bool in_brain(const Point& p) {
  const Point u = p - brain_centre;
  return length({u.x / brain_axes.x, u.y / brain_axes.y, u.z / brain_axes.z}) < 1;
}

/// Parts of 64 of each voxel that the marked region fills, uint8 [D, H, W].
Tensor region_parts(const Geometry& geometry, bool right, Random random) {
  Head head;
  const Point centre = scaled(region_centre, {right ? 1.0 : -1.0, 1, 1}) + random_step(random, 4);
  head.bodies.push_back(
      {make_blob(centre, random_blob(region_axes, 0.05, random)), false, Tissue::lesion, Structure::lesion});
  constexpr std::array<Structure, 1> only{Structure::lesion};
  return paint(head, geometry, only).structures[0];
}

/// What the scanner shows of the brain without any activity: long waves of contrast about the baseline.
class Anatomy {
 public:
  explicit Anatomy(Random random) {
    for (Wave& wave : waves_) {
      const double number = 2 * std::numbers::pi / random.uniform(50, 120);
      wave.vector = number * random_direction(random);
      wave.phase = random.uniform(0, 2 * std::numbers::pi);
    }
  }
  double at(const Point& p) const {
    double sum = 0;
    for (const Wave& wave : waves_) sum += std::sin(dot(wave.vector, p) + wave.phase);
    return baseline + unit * texture * std::sqrt(2.0 / static_cast<double>(waves_.size())) * sum;
  }

 private:
  struct Wave {
    Point vector;
    double phase = 0;
  };
  std::array<Wave, 4> waves_;
};

/// The courses that voxels are mixed of, in units.
struct Courses {
  std::vector<Course> parcels;  ///< by label; none for 0
  Course marked;                ///< of the region, on top of its parcels'
};

Courses draw_courses(const PhantomOptions& options, const Person& person, const Response& response,
                     int64_t frames) {
  const Course events = draw_events(frames, Random({options.seed, person.number, "events"}));
  const Course shared = response_to(events, frames, 0);
  Courses courses;
  courses.parcels.emplace_back(shared.size(), 0.0);
  for (int64_t parcel = 1; parcel <= series_parcels; ++parcel) {
    Course own = fluctuation(frames, Random({options.seed, person.number, "parcel", parcel}));
    for (size_t t = 0; t < own.size(); ++t) own[t] = shared_response * shared[t] + own_fluctuation * own[t];
    courses.parcels.push_back(std::move(own));
  }
  courses.marked = response_to(events, frames, response.delay_s);
  for (double& value : courses.marked) value *= response.amplitude;
  return courses;
}

}  // namespace

Response draw_response(const PhantomOptions& options, const Person& person) {
  Random random({options.seed, person.number, "latent"});
  const Latent latent = draw_latent(random, options.effect, person.group);
  Response response;
  response.severity = latent.value;
  response.probability = probability_of(latent.log_odds);
  response.delay_s = std::max(0.0, mean_delay_s + delay_step_s * latent.value);
  response.amplitude = median_amplitude * std::exp(-log_amplitude_step * latent.value);
  response.right = random.chance(0.5);
  return response;
}

Geometry series_grid(const PhantomOptions& options) {
  const Preset preset = preset_of(options);
  const double spacing = preset.view_size.x / static_cast<double>(options.size.value_or(usual_voxels));
  const std::array<double, 3> extent{preset.view_size.z, preset.view_size.y, preset.view_size.x};
  const std::array<double, 3> centre{preset.view_centre.z, preset.view_centre.y, preset.view_centre.x};
  Geometry geometry;
  for (size_t axis = 0; axis < 3; ++axis) {
    geometry.size[axis] = std::llround(extent[axis] / spacing);
    geometry.spacing[axis] = spacing;
    geometry.origin[2 - axis] = centre[axis] - 0.5 * static_cast<double>(geometry.size[axis] - 1) * spacing;
  }
  return geometry;
}

Tensor series_atlas(const Geometry& geometry) {
  Random random({0, "atlas"});
  std::vector<Point> seeds;
  while (static_cast<int64_t>(seeds.size()) < series_parcels) {
    const double share = std::cbrt(random.uniform(0.05, 0.8));
    seeds.push_back(brain_centre + share * scaled(random_direction(random), brain_axes));
  }
  const auto& size = geometry.size;
  Tensor atlas = at::zeros({size[0], size[1], size[2]}, at::kByte);
  auto label = atlas.accessor<uint8_t, 3>();
  for (int64_t z = 0; z < size[0]; ++z)
    for (int64_t y = 0; y < size[1]; ++y)
      for (int64_t x = 0; x < size[2]; ++x) {
        const Point here = world_of(geometry, z, y, x);
        if (!in_brain(here)) continue;
        double nearest = std::numeric_limits<double>::max();
        for (size_t s = 0; s < seeds.size(); ++s) {
          const double distance = length(here - seeds[s]);
          if (distance >= nearest) continue;
          nearest = distance;
          label[z][y][x] = static_cast<uint8_t>(s + 1);
        }
      }
  return atlas;
}

SeriesPhantom make_series(const PhantomOptions& options, const Person& person, const Response& response) {
  const auto stream = [&](const char* name) { return Random({options.seed, person.number, name}); };
  const int64_t frames = options.frames.value_or(usual_frames);
  const Geometry grid = series_grid(options);
  const Tensor atlas = series_atlas(grid), parts = region_parts(grid, response.right, stream("region"));
  const Courses courses = draw_courses(options, person, response, frames);
  const Anatomy anatomy(stream("anatomy"));
  const Scanner scanner = draw_scanner(Random({options.seed, person.site, "site"}));
  const double noise = unit * scanner.noise * (options.field == "7T" ? 1 : 1.6);
  Random random = stream("scan");
  const auto& size = grid.size;
  Tensor image = at::zeros({frames, size[0], size[1], size[2]}, at::kFloat);
  auto out = image.accessor<float, 4>();
  const auto label = atlas.accessor<uint8_t, 3>();
  const auto part = parts.accessor<uint8_t, 3>();
  for (int64_t z = 0; z < size[0]; ++z)
    for (int64_t y = 0; y < size[1]; ++y)
      for (int64_t x = 0; x < size[2]; ++x) {
        if (label[z][y][x] == 0) continue;
        const double rest = anatomy.at(world_of(grid, z, y, x));
        const double share = static_cast<double>(part[z][y][x]) / parts_per_voxel;
        const Course& parcel = courses.parcels[label[z][y][x]];
        for (int64_t t = 0; t < frames; ++t) {
          const auto now = static_cast<size_t>(t);
          const double active = unit * (parcel[now] + share * courses.marked[now]);
          out[t][z][y][x] =
              static_cast<float>(std::round(scanner.gain * (rest + active + noise * random.normal())));
        }
      }
  const Tensor in_region = at::logical_and(parts >= parts_per_voxel / 2, atlas > 0);
  return {image, in_region.to(at::kByte)};
}

}  // namespace tazuna
