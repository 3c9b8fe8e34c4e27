// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/saliency_pictures.hpp"

namespace tazuna {

/// Which parts of a case's image move its answer to a subject task.
struct SaliencyMap {
  std::string task, role, case_id;  ///< role: "worst of 40"
  std::string truth, answer;        ///< as people read them, with their unit
  std::string measure;              ///< what changes: "log-odds of III"
  std::string sequence;             ///< of the image behind
  size_t boxes = 0;                 ///< that were filled in
  double greatest = 0;              ///< change, whatever its sign
  std::vector<SlicePicture> planes = {};
  std::string missing = {};  ///< why there are none; "" if there are
};

/// The maps, case below case; "" without any.
std::string saliency_section(const std::vector<SaliencyMap>& maps, const std::string& arm);

}  // namespace tazuna
