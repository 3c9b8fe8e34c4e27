// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "core/undefined.hpp"
#include "experiment/compare_pairs.hpp"
#include "tables/bootstrap.hpp"
#include "tables/paired.hpp"
#include "tables/roc.hpp"

namespace tazuna {

namespace {

using Test = PairedRows::Test;

// A row of comparison.tsv but for the names.
struct Compared {
  double arm = undefined, reference = undefined, difference = undefined, low = undefined, high = undefined;
  double statistic = undefined, p = undefined;
};

// The columns of the rows, as the tests want them.
struct Columns {
  explicit Columns(const PairedRows& paired) {
    for (const auto& row : paired.rows) {
      arm.push_back(row.arm);
      reference.push_back(row.reference);
      difference.push_back(row.arm - row.reference);
      person.push_back(row.person);
      positive.push_back(row.positive);
    }
    persons.insert(person.begin(), person.end());
  }
  bool rows_are_persons() const { return persons.size() == person.size(); }
  std::vector<double> arm, reference, difference;
  std::vector<std::string> person;
  std::vector<uint8_t> positive;
  std::set<std::string> persons;
};

// Each person's mean difference, by their names.
std::vector<double> by_person(const Columns& columns) {
  std::map<std::string, std::pair<double, double>> sums;
  for (size_t i = 0; i < columns.person.size(); ++i) {
    auto& [sum, n] = sums[columns.person[i]];
    sum += columns.difference[i];
    ++n;
  }
  std::vector<double> means;
  for (const auto& [person, sum] : sums) means.push_back(sum.first / sum.second);
  return means;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Compared compare_means(const Columns& columns) {
  const MeanInterval interval = bootstrap_mean(columns.difference, columns.person);
  return {.arm = mean_of(columns.arm),
          .reference = mean_of(columns.reference),
          .difference = interval.mean,
          .low = interval.low,
          .high = interval.high};
}

Compared compare_by_wilcoxon(const Columns& columns) {
  Compared compared = compare_means(columns);
  const SignedRank test = signed_rank(by_person(columns));
  compared.statistic = test.statistic;
  compared.p = test.p;
  return compared;
}

Compared compare_by_mcnemar(const Columns& columns) {
  Compared compared = compare_means(columns);
  const auto only_arm = std::count(columns.difference.begin(), columns.difference.end(), 1.0),
             only_reference = std::count(columns.difference.begin(), columns.difference.end(), -1.0);
  if (!columns.rows_are_persons()) return compared;
  compared.statistic = static_cast<double>(only_arm);
  compared.p = mcnemar(only_arm, only_reference);
  return compared;
}

// The areas of a choice of rows, and whether both classes are among them.
double area_of(const std::vector<double>& scores, const std::vector<uint8_t>& positive,
               std::span<const size_t> rows) {
  std::vector<double> chosen;
  std::vector<uint8_t> truth;
  for (const size_t row : rows) {
    chosen.push_back(scores[row]);
    truth.push_back(positive[row]);
  }
  return area_under_curve(chosen, truth).auc;
}

Compared compare_areas_of(const Columns& columns) {
  const PairedAreas areas = compare_areas(columns.arm, columns.reference, columns.positive);
  Compared compared{.arm = area_under_curve(columns.arm, columns.positive).auc,
                    .reference = area_under_curve(columns.reference, columns.positive).auc,
                    .difference = areas.difference,
                    .low = areas.low,
                    .high = areas.high,
                    .p = areas.p};
  if (columns.rows_are_persons()) return compared;
  const StatisticInterval drawn = bootstrap_statistic(columns.person, [&](std::span<const size_t> rows) {
    return area_of(columns.arm, columns.positive, rows) - area_of(columns.reference, columns.positive, rows);
  });
  compared.low = drawn.low;
  compared.high = drawn.high;
  compared.p = undefined;
  return compared;
}

Compared compare(const Columns& columns, Test test) {
  switch (test) {
    case Test::delong:
      return compare_areas_of(columns);
    case Test::mcnemar:
      return compare_by_mcnemar(columns);
    default:
      return compare_by_wilcoxon(columns);
  }
}

const char* name_of(Test test) {
  return test == Test::delong ? "delong" : test == Test::mcnemar ? "mcnemar" : "wilcoxon";
}

// Cases that share a row with others of their person.
int64_t merged_cases(const PairedRows& paired) {
  int64_t merged = 0;
  for (const auto& row : paired.rows) merged += row.cases > 1 ? row.cases : 0;
  return merged;
}

// p-values adjusted within each family of one task and pair.
std::vector<double> adjusted(const std::vector<PairedRows>& all, const std::vector<Compared>& compared) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::vector<size_t>> families;
  for (size_t i = 0; i < all.size(); ++i)
    families[{all[i].task, all[i].family, all[i].pair.arm, all[i].pair.reference}].push_back(i);
  std::vector<double> result(all.size());
  for (const auto& [family, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(compared[i].p);
    const auto holms = holm(p);
    for (size_t k = 0; k < members.size(); ++k) result[members[k]] = holms[k];
  }
  return result;
}

}  // namespace

Table comparison_table(const std::vector<PairedRows>& all) {
  std::vector<Compared> compared;
  std::vector<int64_t> persons;
  for (const PairedRows& one : all) {
    const Columns columns(one);
    compared.push_back(compare(columns, one.test));
    persons.push_back(static_cast<int64_t>(columns.persons.size()));
  }
  const auto p_holm = adjusted(all, compared);
  Table table({"task", "structure", "metric", "unit", "better", "arm", "reference", "n", "persons", "merged",
               "arm_mean", "reference_mean", "difference", "low", "high", "test", "statistic", "p",
               "p_holm"});
  for (size_t i = 0; i < all.size(); ++i) {
    const PairedRows& one = all[i];
    const Compared& found = compared[i];
    table.add({one.task, one.structure, one.metric, one.unit, one.higher_is_better ? "higher" : "lower",
               one.pair.arm, one.pair.reference, static_cast<int64_t>(one.rows.size()), persons[i],
               merged_cases(one), found.arm, found.reference, found.difference, found.low, found.high,
               name_of(one.test), found.statistic, found.p, p_holm[i]});
  }
  return table;
}

}  // namespace tazuna
