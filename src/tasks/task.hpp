// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "core/problems.hpp"
#include "core/tensor.hpp"
#include "data/sample.hpp"
#include "networks/features.hpp"
#include "tasks/batch.hpp"

namespace tazuna {

class HeadImpl;     // a torch module, tasks/head.hpp
struct HeadWidths;  // tasks/head.hpp

enum class Scope { voxel, subject };

/// Whether tasks of this scope are asked about such a view.
constexpr bool answers(Scope scope, View view) {
  return view == View::both || (scope == Scope::voxel) == (view == View::patch);
}

/// What a task asks of the trunk.
struct Needs {
  bool decoder = false;      ///< features of a decoder
  bool own_decoder = false;  ///< of one that no other task reads
  bool voxel_shares =
      false;  ///< class shares of the voxel tasks on the shared decoder; none without such tasks
};

/// A head's answer: one tensor, or one per decoder level, finest first. Voxel tasks: [N, K, D, H, W]; subject
/// tasks: one [N, outputs] float32.
struct TaskOutput {
  std::vector<Tensor> logits;
};

/// What a voxel task is asked besides its labels.
struct VoxelWish {
  bool shares = false, uncertainty = false;  ///< as in LabelMap
};
/// A label map on the native grid with the names of its labels.
struct LabelMap {
  Tensor labels;  ///< int16 [D, H, W]
  Geometry geometry;
  NativeHeader header;
  NamedIntegers names;  ///< foreground structures
  Tensor shares = {};   ///< class probabilities, float32 [K, D, H, W]; undefined unless wished
  /// Predictive entropy of the shares p, normalised: -sum p log p / log K, float32 [D, H, W], from 0 (sure)
  /// to 1 (all classes alike); undefined unless wished. (Y. Gal, Uncertainty in
  /// Deep Learning, thesis, Cambridge 2016, chapter 3.)
  Tensor uncertainty = {};
};
/// Probabilities of classes or ordered levels, and the one that is the answer (of levels the median).
struct ClassShares {
  std::vector<std::string> names;
  std::vector<double> shares;  ///< sum 1
  size_t chosen = 0;
};
struct Quantity {
  double value = 0;
  double sd = std::numeric_limits<double>::quiet_NaN();  ///< over an ensemble's members; NaN for one
  std::string unit;
};
using Prediction = std::variant<LabelMap, ClassShares, Quantity>;

/// A case's answer to a subject task beside the truth.
struct AnsweredCase {
  std::string case_id, person;
  std::string truth;  ///< in the words of the table; empty: unknown
  Prediction answer;  ///< ClassShares or Quantity
};

/// A score over cases with a 95 % interval (NaN where there is none).
struct TaskScore {
  std::string metric;  ///< named with its unit: auc, balanced_accuracy, mae_years
  double value = 0, low = 0, high = 0;
  int64_t n = 0, persons = 0;
};

/// Takes a case's logits as they become final and turns them into the answer on the native grid, so that
/// never all logits of a volume are held at once.
class Readout {
 public:
  virtual ~Readout() = default;
  /// The next planes [K, n, H, W] fp32 of the working grid along axis 0.
  virtual void add(const Tensor& planes) = 0;
  virtual Prediction finish() = 0;
};

/// One row of cases.tsv: the scores of one structure (or of the answer) of one case.
struct CaseScore {
  std::string case_id, task, structure;
  std::vector<std::pair<std::string, double>> metrics;  ///< named with units: dice, iou, hd95_mm
};

/// Collects scores over cases.
class Score {
 public:
  virtual ~Score() = default;
  /// `reference`: the case's maps on the native grid by selector.
  virtual void add(const Subject& subject, const Prediction& prediction,
                   const std::map<std::string, Volume>& reference) = 0;
  /// Of voxel tasks; none of subject tasks.
  virtual const std::vector<CaseScore>& rows() const = 0;
  /// Of subject tasks; none of voxel tasks.
  virtual const std::vector<AnsweredCase>& answered() const = 0;
  /// The one number a curve shows (mean Dice over structures, then cases; AUC, balanced accuracy, MAE); NaN
  /// without cases.
  virtual double value() const = 0;
  virtual std::string value_name() const = 0;
};

/// One question asked of every case: it knows how to read its target, grow its head, price the head's output,
/// decode it and score it.
class Task {
 public:
  virtual ~Task() = default;
  virtual const std::string& name() const = 0;
  virtual double weight() const = 0;  ///< of its loss under fixed weighting
  /// Share of the steps after which the task takes part (segmentation first, then joint); 0: from the first.
  virtual double start() const { return 0; }
  virtual Scope scope() const = 0;
  virtual Wants wants() const = 0;
  virtual Needs needs() const = 0;
  virtual int64_t outputs() const = 0;  ///< channels of its logits (classes K)
  /// Labels its map may hold (0 included); empty if it has no map.
  virtual std::vector<int64_t> allowed_labels() const = 0;
  /// Labels of its map around which patches are drawn more often: its structures; empty if it has no map.
  virtual std::vector<int64_t> foreground_labels() const { return {}; }
  /// Working axes (0 = D) along which an image may be mirrored without changing the answer's meaning.
  virtual bool sided() const = 0;
  virtual void fit(std::span<const Subject> training, Problems& problems) = 0;
  virtual std::shared_ptr<HeadImpl> make_head(const HeadWidths& widths) const = 0;
  virtual Target target_of(std::span<const Sample> samples) const = 0;
  /// [N] fp32, >= 0, one price a row, 0 where the target is absent; never reduced.
  virtual Tensor loss(const TaskOutput& output, const Target& target) const = 0;
  /// [N, F] float32, standardised by what fit() found, 0 where unknown; undefined if the task reads no
  /// columns.
  virtual Tensor covariates_of(std::span<const Sample>) const { return {}; }
  /// What fit() found; written to and read from model.json.
  virtual void constants(Fields& fields) = 0;
  /// Voxel tasks: class shares of the finest level, [N, K, D, H, W] float32, channel 0 the background.
  virtual Tensor shares(const TaskOutput&) const { return {}; }
  /// Voxel tasks only.
  virtual std::unique_ptr<Readout> readout(const Placement& placement, const VoxelWish& wish) const = 0;
  /// Subject tasks: what members of an ensemble average, from logits [N, outputs]: class or level
  /// probabilities [N, K], or the quantity in its unit [N, 1].
  virtual Tensor averaged(const Tensor& /*logits*/) const { return {}; }
  /// Subject tasks: the answer from the members' rows of averaged(), [M, K] or [M, 1].
  virtual Prediction decide(const Tensor& /*members*/) const {
    throw Error(name() + " answers no case as a whole");
  }
  /// Subject tasks: scores of cases whose truth is known, in a fixed order; empty for voxel tasks.
  virtual std::vector<TaskScore> scores(std::span<const AnsweredCase>) const { return {}; }
  virtual std::unique_ptr<Score> make_score() const = 0;
};

}  // namespace tazuna
