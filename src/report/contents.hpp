// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// A row of means.tsv: a metric (a column of cases.tsv) of a structure over all cases.
struct MeanRow {
  std::string task, structure, metric;
  MeanInterval over_cases;
};

/// Lines that share a plot: one quantity, a line a fold.
struct CurvePanel {
  std::string title, y_name;
  std::vector<Curve> curves;
  bool held_out = false;  ///< display only: such a curve chooses nothing
};

/// A case that is shown in pictures.
struct ShownCase {
  std::string role;  ///< "worst of 40"
  std::string case_id, task;
  std::vector<std::string> structures;  ///< the i-th in label_colour(i + 1)
  std::string sequence;                 ///< the image's
  CasePictures pictures;
  std::string missing;  ///< why there are no pictures; "" if there are
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
  std::string aside_file;  ///< their means.tsv
  std::vector<CurvePanel> curves;
  std::vector<ShownCase> examples;
  std::vector<Fact> environment;
  std::vector<std::string> limits;  ///< what the figures do not say, a sentence each
};

}  // namespace tazuna
