// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "core/fields.hpp"

namespace tazuna {

/// Label maps of a folder, one a case.
struct LabelMaps {
  std::map<std::string, std::filesystem::path> files;  ///< by case
  NamedIntegers labels;  ///< structures as the folder itself names them; may be empty
  std::string selector =
      {};  ///< of all these files, as in BidsSelector; empty where they differ or have none
};

/// Which map of a case is meant where it may have several.
struct MapWish {
  std::string selector = {};  ///< as in BidsSelector: "seg-deepgrey_dseg"; empty: there is but one map
  /// Other maps, and cases without this one, are left out. Else only cases with several maps are asked for
  /// it.
  bool demanded = true;
  std::string task = {};  ///< unless demanded: whose map is meant before that, NAME_TASK or seg-TASK
};

/// "sub-01" or "sub-01_ses-2" of a BIDS file name's stem such as "sub-01_ses-2_space-orig_dseg"; "" of
/// others.
std::string bids_case(const std::string& stem);
/// "sub-01" of a case named so or "sub-01_ses-2"; of others the case itself.
std::string person_of_case(const std::string& case_id);

/// Whether a file name's stem is that of what `predict` writes beside a label map: probabilities or
/// uncertainty.
bool is_other_map_name(const std::string& stem);

/// True for a folder with a folder `sub-…` in it: a BIDS dataset or one of its derivatives.
bool is_bids_folder(const std::filesystem::path& folder);

/// Selectors of all label maps in a folder; below a BIDS folder and, of a raw dataset, below its derivatives.
std::set<std::string> map_selectors(const std::filesystem::path& folder);

/// The label maps of a folder, `what` they are for messages. A flat folder has one file a case, named as the
/// case; with `by_bids_case` as it begins, sub-XX[_ses-YY], where probabilities and uncertainty beside the
/// maps are left out and a file of exactly that name goes before longer ones. Below a BIDS folder they are
/// the files sub-*/…_dseg and …_mask, by sub-XX[_ses-YY]; of a raw dataset those of its one derivative that
/// has any. Names come from the label entity that all masks share, else from the derivative's SELECTOR.tsv or
/// dseg.tsv (index, name). Refused: no such map where they are `required`, two of one case that the wish does
/// not tell apart (the sentence lists the selectors that would), two derivatives that hold maps.
LabelMaps find_label_maps(const std::filesystem::path& folder, const std::string& what, bool by_bids_case,
                          bool required = true, const MapWish& wish = {});

}  // namespace tazuna
