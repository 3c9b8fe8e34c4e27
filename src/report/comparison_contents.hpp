// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/contents.hpp"
#include "report/saliency_section.hpp"

namespace tazuna {

/// A network or a control of a comparison.
struct ComparedArm {
  std::string name;
  bool control = false;
  std::vector<std::string> tasks;
  size_t colour = 0;  ///< of the palette, the same in every figure
};

/// A row of comparison.tsv: two arms on the same people. NaN where something is not defined.
struct ComparedPair {
  std::string task, structure, metric, unit;
  bool higher_is_better = true;
  std::string arm, reference;
  int64_t n = 0, persons = 0, merged = 0;  ///< merged: cases that share a row with others of their person
  double arm_mean = 0, reference_mean = 0;
  double difference = 0, low = 0, high = 0;  ///< arm minus reference, 95 % interval
  std::string test;
  double p = 0,
         p_holm = 0;  ///< the latter adjusted over the structures, classes or cuts of one task and two arms
};

/// The held-out cases of a network in the form of a run's cases.tsv, seeds averaged.
struct ArmCases {
  std::string arm;
  Table cases;
};

/// The figures of people who are in no fold.
struct AsideFigures {
  std::vector<MeanRow> scores;      ///< held_aside/scores.tsv, the rows of structures
  std::vector<ComparedPair> pairs;  ///< held_aside/comparison.tsv
  std::vector<AnsweredTask> answered;
};

/// Everything that stands on the page of a comparison. All texts are plain, the page escapes them.
struct Comparison {
  std::string title, lead;
  std::vector<Fact> facts;
  std::vector<ComparedArm> arms;
  Table arm_table, flow;            ///< arms.tsv, flow.tsv
  std::vector<MeanRow> scores;      ///< scores.tsv, the rows of structures
  std::vector<ComparedPair> pairs;  ///< comparison.tsv
  Table differences;                ///< differences.tsv
  std::vector<ArmCases> cases;      ///< of the networks
  std::vector<AnsweredTask> answered;
  AsideFigures aside;
  Table occlusion;                    ///< occlusion.tsv; empty without one
  std::vector<SaliencyMap> saliency;  ///< of the first network
  std::vector<CurvePanel> curves;
  std::vector<ShownCase> examples;  ///< of the first network
  std::vector<Fact> environment;
  std::vector<std::string> limits;

  /// Null for a name that no arm has.
  const ComparedArm* arm(const std::string& name) const;
  /// The network that the others are set against: the one that learns all tasks. "" without arms.
  std::string first() const { return arms.empty() ? "" : arms.front().name; }
};

/// What a ComparedPair is about.
enum class PairKind {
  together,  ///< the first network, of all tasks, against one that learned the task alone
  further,   ///< another network against the first one
  control,   ///< a network against a control
};
PairKind pair_kind(const Comparison& comparison, const ComparedPair& pair);

/// Whether its metric decides what is said first: Dice of structures, AUC of classes and cuts, mean absolute
/// errors. Others (surface distance, volume, accuracy) are told beside.
bool is_main(const ComparedPair& pair);

/// What its interval says about the first arm.
enum class Outcome { better, worse, open, undefined };
Outcome outcome_of(const ComparedPair& pair);
/// Whether the pair came out better or worse, but its p is below 0.05 only before Holm's correction.
bool falls_to_holm(const ComparedPair& pair);

}  // namespace tazuna
