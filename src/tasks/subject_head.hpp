// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

class HeadImpl;
struct HeadWidths;

/// What a head of a subject task reads and how it decides.
struct SubjectHeadOptions {
  std::vector<int64_t> taps;     ///< encoder stages, 0 the finest; empty: all
  bool mean = true, max = true;  ///< pooled vectors of each tapped stage
  bool mask = true;              ///< the decoder's finest features pooled under the (detached) voxel shares
  bool attention = false;        ///< attention pooling of each tapped stage
  int64_t hidden = 64;           ///< width of the hidden layer; 0: linear
  double dropout = 0.2;
};
void describe(Fields& fields, SubjectHeadOptions& options);

/// The last layer of a subject head.
struct AnswerLayer {
  int64_t outputs = 1;
  bool shared_slope = false;   ///< one score for all outputs, each with a bias of its own (CORAL)
  std::vector<double> bias{};  ///< with which training begins, one an output; empty: 0
};

/// A small fp32 network: features pooled over space -> [N, outputs]. It reads
/// - of each tapped encoder stage the mean, the maximum and the mean under learnt attention (softmax of
///   query . features over space), each [N, C];
/// - of each voxel task on the shared decoder the decoder's finest features under the share of every
///   structure and, where there are several, of all together: the mean [N, C], and the log of 1 + the sum
///   of the share in voxels;
/// - the covariates.
///
/// Pooled features pass a layer norm, log sums are standardised by their moments over the last hundred or so
/// training views (buffers `mass_scale.*`, part of the weights); then all inputs go through a hidden layer
/// with LeakyReLU(0.01), dropout and the last layer, which begins at a tenth of its drawn weights, so that
/// the first answers are little more than its bias. Refuses a stage that the encoder does not have and a head
/// that reads nothing. Parameters: `attention.<stage>.query` [C], `pool_norm.*`, `hidden.*`, `out.weight`,
/// `bias` [outputs].
std::shared_ptr<HeadImpl> make_subject_head(const SubjectHeadOptions& options, const HeadWidths& widths,
                                            int64_t covariates, const AnswerLayer& answer);

}  // namespace tazuna
