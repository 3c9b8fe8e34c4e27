// SPDX-License-Identifier: Apache-2.0
#include "phantom/people.hpp"

#include <cmath>
#include <cstdio>
#include <numbers>

#include "core/random.hpp"
#include "core/text.hpp"
#include "phantom/latent.hpp"

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

/// The modified Rankin scale, as far as the lesion load tells it: 0 to 2 in the first group, 3 to 6 in the
/// second; within a group it follows the load, the closer the stronger the effect, and not at all without
/// one.
int64_t rankin_of(const Latent& load, double effect, int64_t group, Random random) {
  const double follows = effect / std::hypot(effect, 2);
  const double z = follows * load.residual + std::sqrt(1 - follows * follows) * random.normal();
  // The normal distribution's thirds and quarters.
  if (group == 0) return z < -0.4307 ? 0 : z < 0.4307 ? 1 : 2;
  return z < -0.6745 ? 3 : z < 0 ? 4 : z < 0.6745 ? 5 : 6;
}

void draw_disease(Person& person, const PhantomOptions& options, const Preset& preset) {
  Random random({options.seed, person.number, "latent"});
  double log_odds = 0;
  if (preset.pair_mm3 > 0) {
    for (double& factor : person.pair_factor) {
      const Latent side = draw_latent(random, -options.effect / std::numbers::sqrt2, person.group);
      factor = std::exp(preset.pair_log_sd * side.value);
      log_odds += side.log_odds;
    }
  }
  if (preset.lesions) {
    const Latent load = draw_latent(random, options.effect, person.group);
    person.lesion_ml = preset.lesions->ml * std::exp(preset.lesions->log_sd * load.value);
    log_odds += load.log_odds;
    if (preset.rankin)
      person.rankin =
          rankin_of(load, options.effect, person.group, Random({options.seed, person.number, "rankin"}));
  }
  person.probability = probability_of(log_odds);
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
