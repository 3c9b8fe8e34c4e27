// SPDX-License-Identifier: Apache-2.0
#include "data/header_remarks.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr double unusual_seconds = 60;      // longer than any volume of fMRI takes
constexpr double most_apart = 1e-3 + 1e-9;  // s, of JSON file and header; the rest is rounding

bool has_two_times(const CasePrint& print) {
  return print.header_seconds > 0 && std::abs(print.header_seconds - print.frame_seconds) > most_apart;
}

std::string cases_text(std::ptrdiff_t count) {
  return cat(count, count == 1 ? " case" : " cases");
}

}  // namespace

std::vector<std::string> header_remarks(const std::vector<CasePrint>& cases) {
  std::vector<std::string> sentences;
  const auto furthest =
      std::max_element(cases.begin(), cases.end(),
                       [](const CasePrint& a, const CasePrint& b) { return a.grids_apart < b.grids_apart; });
  const auto apart =
      std::count_if(cases.begin(), cases.end(), [](const CasePrint& print) { return print.grids_apart > 0; });
  if (apart > 0)
    sentences.push_back(cat("the headers of images and label maps differ a little in ", cases_text(apart),
                            ", at most by ", number_text(std::round(furthest->grids_apart * 1000) / 1000),
                            " mm at a corner (", furthest->id,
                            "), less than a tenth of a voxel: they count as one grid"));
  const auto first = std::find_if(cases.begin(), cases.end(), has_two_times);
  if (first != cases.end())
    sentences.push_back(
        cat("the repetition time in the header is not that of the JSON file, which counts, in ",
            cases_text(std::count_if(first, cases.end(), has_two_times)), ": ", first->id, " has ",
            number_text(first->header_seconds), " s in its header (pixdim[4]) and ",
            number_text(first->frame_seconds), " s in its JSON file"));
  const auto slow = std::find_if(cases.begin(), cases.end(), [](const CasePrint& print) {
    return print.frame_seconds > unusual_seconds;
  });
  if (slow != cases.end())
    sentences.push_back(cat("the repetition time of ", slow->id, " is ", number_text(slow->frame_seconds),
                            " s; is it in milliseconds?"));
  return sentences;
}

}  // namespace tazuna
