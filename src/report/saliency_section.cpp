// SPDX-License-Identifier: Apache-2.0
#include "report/saliency_section.hpp"

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"

namespace tazuna {
namespace {

std::string map_of(const SaliencyMap& map) {
  std::string text =
      cat("<article class=\"shown\"><h3>", escaped(map.task), ", ", escaped(map.role), ": ",
          escaped(map.case_id), "</h3>\n",
          note(cat("Truth ", map.truth, ", answer ", map.answer, ". ", map.boxes, " boxes were filled in.")));
  if (!map.missing.empty()) return text + note(cat("No pictures: ", map.missing)) + "</article>\n";
  text += "<div class=\"planes\">";
  for (const SlicePicture& plane : map.planes) text += picture_figure(plane, "plane");
  return cat(text, "</div>", "<figure class=\"scale\">", change_scale(map.greatest, map.measure),
             "<figcaption>", escaped(map.sequence),
             ". <span class=\"trace\">Source: saliency.tsv (change of ", escaped(map.task), ", ",
             escaped(map.case_id), ")</span></figcaption></figure></article>\n");
}

}  // namespace

std::string saliency_section(const std::vector<SaliencyMap>& maps, const std::string& arm) {
  if (maps.empty()) return "";
  std::string text =
      cat("<h2 id=\"saliency\">Which part of the image moves the answer</h2>\n",
          note(cat(
              "The network “", arm,
              "” (first seed) answered these held-out cases again with one box of the image after the other "
              "filled in with the mean of its surroundings. Blue: without the box the number falls, so the "
              "box spoke for it; orange: it grows. Each case has a scale of its own: where it is narrow, no "
              "single box matters. A map tells what this network rests on, not where a disease is; two boxes "
              "that say the same cover for each other. The patient's right is on the left.")));
  for (const SaliencyMap& map : maps) text += map_of(map);
  return text;
}

}  // namespace tazuna
