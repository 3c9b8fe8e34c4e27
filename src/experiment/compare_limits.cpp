// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_limits.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

// Fewer held-out persons than this leave wide intervals.
constexpr size_t few_persons = 100;

std::string site_of(const Subject& subject) {
  if (!subject.site.empty()) return subject.site;
  return value_in(subject, "site").value_or("");
}

std::string percent(double share) {
  return cat(std::lround(100 * share), " %");
}

using Counts = std::vector<int64_t>;  // cases of each class

// A case whose site and answer are known.
struct SitedCase {
  std::string site, person;
  size_t answer;
};

// How many of the cases have the answer that is the most frequent one among the other persons of their site;
// of equals, and where nobody else is there, the one that is more frequent in all.
int64_t right_by_sites(const std::vector<SitedCase>& cases, const Counts& all) {
  std::map<std::string, Counts> sites;
  std::map<std::pair<std::string, std::string>, Counts> own;  // by site and person
  for (const SitedCase& one : cases)
    for (Counts* counts : {&sites[one.site], &own[{one.site, one.person}]}) {
      counts->resize(all.size());
      ++(*counts)[one.answer];
    }
  int64_t right = 0;
  for (const SitedCase& one : cases) {
    const Counts &site = sites[one.site], &person = own[{one.site, one.person}];
    size_t most = 0;
    for (size_t k = 1; k < all.size(); ++k)
      if (std::pair(site[k] - person[k], all[k]) > std::pair(site[most] - person[most], all[most])) most = k;
    right += most == one.answer;
  }
  return right;
}

std::set<std::string> held_out_persons(const ComparisonPlan& plan, size_t& cases) {
  std::set<std::string> persons;
  cases = 0;
  for (const size_t fold : plan.folds) {
    for (const auto& subject : plan.all.cases(plan.all.folds[fold].held_out)) {
      persons.insert(subject->person);
      ++cases;
    }
  }
  return persons;
}

void add_sample(const ComparisonPlan& plan, std::vector<std::string>& limits) {
  size_t cases = 0;
  const size_t persons = held_out_persons(plan, cases).size();
  if (persons < few_persons)
    limits.push_back(cat("Only ", persons,
                         " persons are held out over the folds compared: intervals are wide, and no "
                         "difference found is no proof of equality."));
  if (persons < cases)
    limits.push_back(
        "Some persons have several cases: they stay together in folds and bootstrap intervals, and in paired "
        "comparisons of answers those with the same truth are merged into one (column merged).");
  if (plan.folds.size() < plan.all.folds.size())
    limits.push_back(cat("Only ", plan.folds.size(), " of ", plan.all.folds.size(),
                         " folds are compared: not everybody was held out once."));
  if (plan.seeds.size() == 1)
    limits.push_back(
        "One seed: how much the figures change between two trainings of the same arm is unknown, and small "
        "differences may be chance of training.");
}

void add_infinite(const std::vector<PairedRows>& pairs, std::vector<std::string>& limits) {
  for (const PairedRows& one : pairs)
    if (one.left_out > 0)
      limits.push_back(
          cat(one.metric, " of ", one.task, " ", one.structure, ", ", one.pair.arm, " against ",
              one.pair.reference, ": ", one.left_out,
              " cases without a finite value in both arms (nothing drawn, or nothing there) are left out."));
}

}  // namespace

std::vector<std::string> site_limits(const Experiment& experiment) {
  std::vector<std::string> limits;
  for (const AskedTask& question : subject_questions(experiment.config.tasks)) {
    if (question.names.empty()) continue;
    std::vector<SitedCase> cases;
    std::set<std::string> sites;
    Counts all(question.names.size(), 0);
    for (const auto& subject : experiment.subjects) {
      const std::string site = site_of(*subject);
      const auto place = place_of(value_in(*subject, question.column).value_or(""), question.names);
      if (site.empty() || !place) continue;
      cases.push_back({site, subject->person, *place});
      sites.insert(site);
      ++all[*place];
    }
    if (sites.size() < 2) continue;
    const auto n = static_cast<double>(cases.size());
    const double by_sites = static_cast<double>(right_by_sites(cases, all)) / n,
                 overall = static_cast<double>(*std::max_element(all.begin(), all.end())) / n;
    if (by_sites - overall < 0.1) continue;
    limits.push_back(
        cat("The answer to ", question.task,
            " goes with the site: naming the most frequent answer of the other persons of a site "
            "is right in ",
            percent(by_sites), " against ", percent(overall),
            " for the most frequent of all; a network may have learnt the scanner."));
  }
  return limits;
}

std::vector<std::string> weight_limits(const std::vector<TaskOptions>& tasks) {
  std::vector<std::string> limits;
  for (const AskedTask& question : subject_questions(tasks))
    if (question.class_weights != "none")
      limits.push_back(cat(
          "The probabilities of ", question.task, " come from a training in which ",
          question.class_weights == "balanced" ? "all classes count alike" : "classes count by given weights",
          " (class_weights: ", question.class_weights,
          "): where classes are not equally frequent, Brier score, calibration error and the reliability "
          "figure measure that too."));
  return limits;
}

std::vector<std::string> intensity_limits(const Table& scores) {
  const std::map<std::string, double> chance{{"auc", 0.5}, {"quadratic_kappa", 0}, {"r2", 0}};
  const auto shown = [](double value) { return number_text(std::round(value * 100) / 100); };
  std::vector<std::string> limits;
  for (size_t row = 0; row < scores.rows(); ++row) {
    const auto found = chance.find(scores.text(row, "metric"));
    if (scores.text(row, "arm") != "intensity" || found == chance.end()) continue;
    const double low = scores.number(row, "low");
    if (!(low > found->second)) continue;
    limits.push_back(cat("The answer to ", scores.text(row, "task"),
                         " can partly be told from the mean and spread of raw intensities alone (control "
                         "'intensity': ",
                         found->first, " ", shown(scores.number(row, "value")), ", 95 % interval ",
                         shown(low), " to ", shown(scores.number(row, "high")),
                         "): scanner or protocol may go with it, and a network may have read no more."));
  }
  return limits;
}

std::vector<std::string> comparison_limits(const ComparisonPlan& plan, const std::vector<PairedRows>& pairs,
                                           bool reads_networks) {
  std::vector<std::string> limits{"Research use only: nothing here is a medical device or a basis for care."};
  add_sample(plan, limits);
  const bool stops =
      std::ranges::any_of(plan.arms, [](const Arm& arm) { return arm.experiment.config.train.patience > 0; });
  limits.push_back(stops ? "Trainings may stop early (train.patience), so that arms differ in their steps, "
                           "which stand in arms.tsv with minutes and GFLOP."
                         : "All arms are trained for equally many steps, not equally long: minutes and GFLOP "
                           "stand in arms.tsv.");
  limits.push_back(
      "p values are adjusted (Holm) over the structures of one task, metric and pair only, not over tasks, "
      "metrics and pairs.");
  if (!subject_questions(plan.all.config.tasks).empty()) {
    const auto sites = site_limits(plan.all);
    limits.insert(limits.end(), sites.begin(), sites.end());
    const auto weights = weight_limits(plan.all.config.tasks);
    limits.insert(limits.end(), weights.begin(), weights.end());
    if (!plan.request.occlude_region && !voxel_tasks(plan.all.config.tasks).empty())
      limits.push_back(
          "Whether an answer for the whole case came from the drawn region was not looked at "
          "(--occlude-region does).");
  }
  if (!plan.all.held_aside.empty())
    limits.push_back(cat("People held aside (", plan.all.held_aside.size(),
                         plan.all.held_aside.size() == 1 ? " case" : " cases",
                         ") are in none of these figures: they were answered by every fold's network, "
                         "averaged case by case, and stand apart (held_aside)."));
  if (reads_networks)
    limits.push_back(
        "The controls 'volumes' and 'features' read networks that were trained on the same training persons, "
        "whose measures are therefore better than those of held-out persons.");
  add_infinite(pairs, limits);
  return limits;
}

}  // namespace tazuna
