// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_summary.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/metrics_shown.hpp"

namespace tazuna {
namespace {

constexpr size_t most_sentences = 4;  // structures with a sentence of their own

/// Pairs of one task, metric and two arms, over structures.
using Group = std::vector<const ComparedPair*>;

std::vector<Group> groups_of(const Comparison& comparison, PairKind kind, bool main) {
  std::vector<Group> groups;
  const auto same = [](const ComparedPair& a, const ComparedPair& b) {
    return a.task == b.task && a.metric == b.metric && a.arm == b.arm && a.reference == b.reference;
  };
  for (const ComparedPair& pair : comparison.pairs) {
    if (pair_kind(comparison, pair) != kind || is_main(pair) != main) continue;
    const auto place = std::find_if(groups.begin(), groups.end(),
                                    [&](const Group& one) { return same(*one.front(), pair); });
    if (place == groups.end()) {
      groups.push_back({&pair});
    } else {
      place->push_back(&pair);
    }
  }
  return groups;
}

ShownMetric metric_of(const ComparedPair& pair) {
  ShownMetric metric = metric_named(pair.metric, pair.unit);
  if (metric.unit.empty()) metric.unit = pair.unit;
  return metric;
}

/// How the two arms are called in sentences.
std::string first_name(const ComparedPair& pair, PairKind kind) {
  return kind == PairKind::together ? "together" : pair.arm;
}
std::string second_name(const ComparedPair& pair, PairKind kind) {
  return kind == PairKind::together ? "alone" : pair.reference;
}

std::string outcome_words(const ComparedPair& pair, PairKind kind) {
  const bool together = kind == PairKind::together;
  switch (outcome_of(pair)) {
    case Outcome::better:
      return together ? "better together" : cat(pair.arm, " was better");
    case Outcome::worse:
      return together ? "worse together" : cat(pair.arm, " was worse");
    case Outcome::open:
      return "no difference could be shown";
    case Outcome::undefined:
      break;
  }
  return "the interval is not defined, so nothing can be said";
}

/// An interval that leaves out 0 for one of several structures may do so by chance.
std::string holm_words(const ComparedPair& pair) {
  if (!falls_to_holm(pair)) return "";
  return cat(", which does not stand up to Holm's correction (", p_text(pair.p_holm), ")");
}

/// "Dice of core (lesion)"; "AUC of grade".
std::string subject_of(const ComparedPair& pair) {
  return pair.structure == "-" ? cat(metric_words(pair), " of ", pair.task)
                               : cat(metric_words(pair), " of ", pair.structure, " (", pair.task, ")");
}

std::string sentence(const ComparedPair& pair, PairKind kind) {
  const int digits = digits_of(pair);
  std::string text = cat(subject_of(pair), ": ", figure(pair.arm_mean, digits), " ", first_name(pair, kind),
                         ", ", figure(pair.reference_mean, digits), " ", second_name(pair, kind),
                         "; difference ", signed_figure(pair.difference, digits));
  if (std::isfinite(pair.low) && std::isfinite(pair.high))
    text += cat(" (95 % interval ", signed_figure(pair.low, digits), " to ", signed_figure(pair.high, digits),
                ", ", pair.persons, pair.persons == 1 ? " person" : " persons",
                std::isnan(pair.p) ? "" : cat(", ", p_text(pair.p)), ")");
  if (!pair.higher_is_better) text += ", lower is better";
  return cat(text, ": ", outcome_words(pair, kind), holm_words(pair), ".");
}

/// "better together in 2 (caudate, putamen)"; "" where there is none.
std::string part(const Group& group, PairKind kind, Outcome outcome) {
  std::vector<std::string> names;
  std::string words;
  for (const ComparedPair* pair : group) {
    if (outcome_of(*pair) != outcome) continue;
    names.push_back(cat(pair->structure, falls_to_holm(*pair) ? "*" : ""));
    words = outcome_words(*pair, kind);
  }
  if (names.empty()) return "";
  const std::string count = cat(words, " in ", names.size());
  return outcome == Outcome::open ? count : cat(count, " (", join(names, ", "), ")");
}

std::string common_sentence(const Group& group, PairKind kind) {
  const ComparedPair& first = *group.front();
  double least = HUGE_VAL, most = -HUGE_VAL;
  bool corrected = false;
  for (const ComparedPair* pair : group) {
    if (std::isfinite(pair->difference)) {
      least = std::min(least, pair->difference);
      most = std::max(most, pair->difference);
    }
    corrected = corrected || falls_to_holm(*pair);
  }
  std::vector<std::string> parts;
  for (const Outcome outcome : {Outcome::better, Outcome::worse, Outcome::open, Outcome::undefined}) {
    const std::string one = part(group, kind, outcome);
    if (!one.empty()) parts.push_back(one);
  }
  std::string text = cat(metric_words(first), " of the ", group.size(), " structures of ", first.task);
  if (kind != PairKind::together) text += cat(", ", first.arm, " against ", first.reference);
  text += cat(": ", join(parts, ", "));
  if (least <= most)
    text += cat("; differences from ", signed_figure(least, digits_of(first)), " to ",
                signed_figure(most, digits_of(first)));
  return cat(text, corrected ? ". *: does not stand up to Holm's correction over the structures." : ".");
}

}  // namespace

OutcomeCounts count_outcomes(const Comparison& comparison, PairKind kind) {
  OutcomeCounts counts;
  for (const ComparedPair& pair : comparison.pairs) {
    if (pair_kind(comparison, pair) != kind || !is_main(pair)) continue;
    const Outcome outcome = outcome_of(pair);
    ++(outcome == Outcome::better  ? counts.better
       : outcome == Outcome::worse ? counts.worse
       : outcome == Outcome::open  ? counts.open
                                   : counts.undefined);
    if (falls_to_holm(pair))
      ++(outcome == Outcome::better ? counts.better_before_holm : counts.worse_before_holm);
  }
  return counts;
}

std::string holm_count(int64_t count) {
  return count == 0 ? "" : cat(" (", count, " of them not after Holm's correction)");
}

std::string verdict_of(const Comparison& comparison) {
  const OutcomeCounts counts = count_outcomes(comparison, PairKind::together);
  const std::string question = "Did learning the tasks together help? ",
                    others = " with networks that learned one task alone";
  if (counts.all() == 0)
    return question + "That cannot be said here: there is no network that learned one of the tasks alone.";
  if (counts.open == counts.all())
    return cat(question,
               counts.all() == 1
                   ? "No difference could be shown in the one paired comparison"
                   : cat("No difference could be shown in any of the ", counts.all(), " paired comparisons"),
               others, " (Dice, AUC, mean absolute error).");
  std::vector<std::string> parts{
      cat("better together in ", counts.better, holm_count(counts.better_before_holm)),
      cat("worse in ", counts.worse, holm_count(counts.worse_before_holm)),
      cat("no difference could be shown in ", counts.open)};
  if (counts.undefined > 0) parts.push_back(cat("not to be compared in ", counts.undefined));
  return cat(question, "Of ", counts.all(), counts.all() == 1 ? " paired comparison" : " paired comparisons",
             others, " (Dice, AUC, mean absolute error): ", join(parts, ", "), ".");
}

std::vector<std::string> findings_of(const Comparison& comparison, PairKind kind, bool main) {
  std::vector<std::string> sentences;
  for (const Group& group : groups_of(comparison, kind, main)) {
    if (group.size() > most_sentences) {
      sentences.push_back(common_sentence(group, kind));
      continue;
    }
    for (const ComparedPair* pair : group) sentences.push_back(sentence(*pair, kind));
  }
  return sentences;
}

int digits_of(const ComparedPair& pair) {
  const ShownMetric metric = metric_of(pair);
  if (metric.unit.empty()) return metric.digits;
  double largest = 0;
  for (const double value : {pair.arm_mean, pair.reference_mean})
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  return digits_for(largest);
}

std::string metric_words(const ComparedPair& pair) {
  return heading(metric_of(pair));
}

std::string difference_words(const ComparedPair& pair) {
  const int digits = digits_of(pair);
  std::string text = signed_figure(pair.difference, digits);
  if (std::isfinite(pair.low) && std::isfinite(pair.high))
    text += cat(" [", signed_figure(pair.low, digits), ", ", signed_figure(pair.high, digits), "]");
  return text;
}

}  // namespace tazuna
