// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "infer/subject_table.hpp"

namespace tazuna {

/// A structure's size in one case.
struct VolumeRow {
  std::string task;
  int64_t label = 0;
  std::string structure;
  int64_t voxels = 0;
  double mm3 = 0;  ///< as volume_mm3() gives it
  /// Mean of LabelMap::uncertainty over its voxels; NaN without any, none unless asked.
  std::optional<double> uncertainty = {};
};

/// What a subject task says of one case.
struct SubjectAnswer {
  SubjectColumns columns;
  std::optional<Prediction> answer = {};  ///< ClassShares or Quantity; none: the case failed
};

/// What is known about one predicted case.
struct CaseRow {
  std::string case_id, person, session;
  bool done = false;
  std::string reason;  ///< why it failed; of a done case what is to be known of it
  std::string model_sha256, input_sha256;
  std::string options;                 ///< what else the outputs depend on, as text
  std::vector<std::string> outputs;    ///< files relative to the output folder
  std::vector<VolumeRow> volumes;      ///< of a failed case: the structures, without sizes
  std::vector<SubjectAnswer> answers;  ///< of every subject task, in order
};

/// The rows of an output folder, one file a case until they are merged into tables; safe for several
/// processes.
class CaseRows {
 public:
  explicit CaseRows(std::filesystem::path out);
  /// The row of a case, if there is a readable one.
  std::optional<CaseRow> find(const std::string& case_id) const;
  void write(const CaseRow& row) const;
  /// Forgets a case: first its row, then the files it names. Before its files are written anew, so that no
  /// row ever speaks of files that another model or input made.
  void remove(const std::string& case_id) const;
  /// Writes volumes.tsv (with a column `uncertainty` where a row knows it), subjects.tsv and status.tsv from
  /// all rows, under a lock.
  void merge() const;

 private:
  std::filesystem::path file_of(const std::string& case_id) const;
  std::filesystem::path out_, folder_;
};

}  // namespace tazuna
