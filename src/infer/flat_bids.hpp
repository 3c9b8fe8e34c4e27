// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "data/cohorts/bids_name.hpp"
#include "infer/inputs.hpp"

namespace tazuna {

/// What BIDS names (sub-01_T1w.nii.gz) say of images that lie in no BIDS dataset. A suffix of digits alone
/// (sub-01_0000) is no BIDS name but a channel's number.
class FlatBids {
 public:
  explicit FlatBids(const InputRequest& request);

  /// Which of the model's sequences an image is, by the selectors of the request, else by their names; none
  /// where its name does not say, or says something else.
  std::optional<int64_t> channel(const std::filesystem::path& image) const;
  /// "sub-01_ses-2" of an image with a channel(): who and when it shows, without what it shows.
  static std::string case_of(const std::filesystem::path& image);
  static bool is_named(const std::filesystem::path& image);

  /// Those of a folder's images that are meant: where any is one of the sequences, those named otherwise are
  /// passed over with one warning. Refused: a folder of BIDS names none of which is the model's one sequence.
  std::vector<std::filesystem::path> meant(const std::filesystem::path& folder,
                                           std::vector<std::filesystem::path> images, Log& log) const;
  /// One warning about images that will be predicted as the model's one sequence although their names say
  /// another.
  void tell_others(const std::vector<std::filesystem::path>& images, Log& log) const;

 private:
  bool is_other(const std::filesystem::path& image) const { return is_named(image) && !channel(image); }

  std::vector<std::string> sequences_, taken_;  // `taken_` says by which selector too, for messages
  std::vector<std::pair<int64_t, BidsSelector>> selectors_;  // by channel, of names that select anything
};

}  // namespace tazuna
