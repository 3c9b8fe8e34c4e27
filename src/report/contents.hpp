// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "report/case_pictures.hpp"
#include "report/plots.hpp"
#include "tables/bootstrap.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// A line of a list of facts.
struct Fact {
  std::string name, value;
};

/// A row of means.tsv: a metric (a column of cases.tsv) of a structure over all cases. A row of
/// task_scores.tsv, without a structure, is one too, and so is one of a comparison's scores.tsv.
struct MeanRow {
  std::string task, structure, metric;
  MeanInterval over_cases;
  std::string arm = {};                                       ///< of a comparison
  double seed_sd = std::numeric_limits<double>::quiet_NaN();  ///< of a comparison: of the seeds' own values
};

/// One case's answer to a subject task beside the truth: a quantity, or the place of a class or level among
/// the names.
struct GivenAnswer {
  std::string case_id, person;
  double truth = 0, answer = 0;
  std::vector<double> shares = {};  ///< of the classes or levels
};
/// A network or a control, and what it answered.
struct Answerer {
  std::string name;   ///< an arm's; empty: the run's only network
  size_t colour = 0;  ///< of the palette
  bool control = false;
  std::vector<GivenAnswer> answers = {};
};
/// A subject task with everybody's answers.
struct AnsweredTask {
  std::string name, unit;
  std::vector<std::string> names;  ///< classes, or levels in order; empty: a quantity
  bool ordered = false;            ///< the names are levels
  std::vector<Answerer> answerers;
  std::vector<MeanRow> scores;                            ///< of all of them
  std::string scores_file, answers_file;                  ///< where they stand, below the page's folder
  std::string truth_column, answer_column, share_prefix;  ///< of answers_file
};

/// Lines that share a plot: one quantity, a line a fold.
struct CurvePanel {
  std::string title, y_name;
  std::vector<Curve> curves;
  bool held_out = false;   ///< display only: such a curve chooses nothing
  std::string trace = {};  ///< file and column
};

/// A case that is shown in pictures.
struct ShownCase {
  std::string role;  ///< "worst of 40"
  std::string case_id, task;
  std::vector<std::string> structures;  ///< the i-th in label_colour(i + 1)
  std::string sequence;                 ///< the image's
  CasePictures pictures;
  std::string missing;     ///< why there are no pictures; "" if there are
  std::string trace = {};  ///< the label map's file
};

/// Everything that stands on a page. All texts are plain, the page escapes them.
struct Report {
  std::string title, lead;
  std::vector<Fact> facts;
  Table cases;                         ///< cases.tsv; empty without scores
  std::vector<MeanRow> means;          ///< means.tsv
  std::string cases_file, means_file;  ///< their paths below the run's folder; no means_file: computed anew
  std::string no_scores;               ///< why there are none; "" if there are
  Table aside_cases;                   ///< of people who were in no fold; empty without any
  std::vector<MeanRow> aside_means;
  std::string aside_file;                    ///< their means.tsv
  std::vector<AnsweredTask> aside_answered;  ///< their answers to subject tasks
  std::vector<AnsweredTask> answered;        ///< subject tasks
  std::vector<CurvePanel> curves;
  std::vector<ShownCase> examples;
  std::vector<Fact> environment;
  std::vector<std::string> limits;  ///< what the figures do not say, a sentence each
};

}  // namespace tazuna
