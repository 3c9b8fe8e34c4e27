// SPDX-License-Identifier: Apache-2.0
#include "phantom/people.hpp"

#include <cmath>
#include <cstdio>

#include "core/random.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

std::string id_of(int64_t number, int64_t people) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%0*d",
                people > 999  ? 4
                : people > 99 ? 3
                              : 2,
                static_cast<int>(number + 1));
  return cat("sub-", digits);
}

/// The standardised latent values; `toward` is +1 where they grow with disease and -1 where they shrink.
std::vector<double> draw_latents(Random& random, size_t count, double effect, double toward, int64_t group,
                                 double& log_odds) {
  const double distance = effect / std::sqrt(static_cast<double>(count));
  std::vector<double> latents;
  for (size_t i = 0; i < count; ++i) {
    const double latent = toward * distance * (group == 1 ? 0.5 : -0.5) + random.normal();
    latents.push_back(latent);
    // Two normal densities of sd 1 whose means lie `distance` apart about 0.
    log_odds += toward * distance * latent;
  }
  return latents;
}

void draw_disease(Person& person, const PhantomOptions& options, const Preset& preset) {
  Random random({options.seed, person.number, "latent"});
  double log_odds = 0;
  if (preset.pair_mm3 > 0) {
    const auto sides = draw_latents(random, 2, options.effect, -1, person.group, log_odds);
    for (size_t side = 0; side < 2; ++side) {
      person.pair_factor[side] = std::exp(preset.pair_log_sd * sides[side]);
    }
  }
  if (preset.lesions) {
    const auto load = draw_latents(random, 1, options.effect, 1, person.group, log_odds);
    person.lesion_ml = preset.lesions->ml * std::exp(preset.lesions->log_sd * load[0]);
  }
  person.probability = 1 / (1 + std::exp(-log_odds));
}

void draw_missing(std::vector<Person>& people, const PhantomOptions& options, size_t sequences) {
  const auto order = Random({options.seed, "missing"}).permutation(static_cast<int64_t>(people.size()));
  const auto affected = std::llround(options.missing * static_cast<double>(people.size()));
  for (int64_t i = 0; i < affected; ++i) {
    Person& person = people[static_cast<size_t>(order[static_cast<size_t>(i)])];
    Random random({options.seed, person.number, "missing"});
    const auto which = random.permutation(static_cast<int64_t>(sequences));
    const int64_t lost = 1 + random.below(static_cast<int64_t>(sequences) - 1);
    for (int64_t k = 0; k < lost; ++k) person.has[static_cast<size_t>(which[static_cast<size_t>(k)])] = false;
  }
}

}  // namespace

std::vector<Person> draw_people(const PhantomOptions& options, const Preset& preset) {
  std::vector<Person> people(static_cast<size_t>(options.subjects));
  const auto order = Random({options.seed, "order"}).permutation(options.subjects);
  for (int64_t i = 0; i < options.subjects; ++i) {
    Person& person = people[static_cast<size_t>(order[static_cast<size_t>(i)])];
    person.group = i % 2;
    person.site = i / 2 % options.sites;
  }
  for (int64_t number = 0; number < options.subjects; ++number) {
    Person& person = people[static_cast<size_t>(number)];
    person.number = number;
    person.id = id_of(number, options.subjects);
    Random random({options.seed, number, "person"});
    person.age = 20 + random.below(61);
    person.sex.assign(1, random.chance(0.5) ? 'F' : 'M');
    person.ventricle_factor =
        std::exp(0.012 * static_cast<double>(person.age - 50) + 0.12 * bounded_normal(random, 2));
    person.has.assign(preset.sequences.size(), true);
    draw_disease(person, options, preset);
  }
  if (options.missing > 0) draw_missing(people, options, preset.sequences.size());
  return people;
}

}  // namespace tazuna
