// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "core/text.hpp"
#include "image/picture.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/selection.hpp"
#include "report/tables_shown.hpp"

namespace tazuna {
namespace {

std::string stack(const CasePictures& pictures, const std::string& case_id) {
  std::string text = "<div class=\"stack\">";
  for (size_t i = 0; i < pictures.stack.size(); ++i)
    text += picture_figure(pictures.stack[i], "slice", i != pictures.middle);
  return text +
         cat("<label class=\"slider\" hidden>flip through the slices<input type=\"range\" min=\"0\" max=\"",
             pictures.stack.size() - 1, "\" value=\"", pictures.middle, "\" aria-label=\"slice of ",
             escaped(case_id), "\"></label></div>");
}

std::string legend(const ShownCase& shown) {
  std::string text = "<ul class=\"legend\">";
  for (size_t i = 0; i < shown.structures.size(); ++i) {
    const Colour colour = label_colour(static_cast<int64_t>(i) + 1);
    text += cat("<li><i style=\"background: rgb(", int{colour[0]}, " ", int{colour[1]}, " ", int{colour[2]},
                ")\"></i>", escaped(shown.structures[i]), "</li>");
  }
  return text + "<li>solid: prediction</li><li>dashed white: reference</li></ul>";
}

std::string shown_case(const Table& cases, const ShownCase& shown, bool several) {
  std::string role = shown.role;
  role[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(role[0])));
  std::string text = cat("<article class=\"shown\"><h3>", escaped(role), ": ", escaped(shown.case_id),
                         several ? cat(" (", escaped(shown.task), ")") : "", "</h3>\n",
                         case_scores(cases, shown.case_id, shown.task));
  if (!shown.missing.empty()) return text + note(cat("No pictures: ", shown.missing)) + "</article>\n";
  text += "<div class=\"planes\">";
  const CasePictures& pictures = shown.pictures;
  for (size_t i = 0; i < pictures.planes.size(); ++i) {
    const bool flips = i == pictures.stacked && pictures.stack.size() > 1;
    text += flips ? stack(pictures, shown.case_id) : picture_figure(pictures.planes[i], "plane");
  }
  return text + "</div>" + legend(shown) +
         note(cat(shown.sequence, ", ", shown.pictures.window,
                  shown.trace.empty() ? "" : ". Source: ", shown.trace)) +
         "</article>\n";
}

}  // namespace

std::string picture_figure(const SlicePicture& slice, const char* style, bool hidden) {
  return cat("<figure class=\"picture ", style, "\"", hidden ? " hidden" : "", ">", slice.svg, "<figcaption>",
             escaped(slice.name), "</figcaption></figure>\n");
}

std::string pictures_section(const Table& cases, const std::vector<ShownCase>& shown,
                             const std::string& heading, const std::string& words) {
  if (shown.empty()) return "";
  const bool several = distinct(cases, "task").size() > 1;
  std::string text = cat("<h2 id=\"pictures\">", escaped(heading), "</h2>\n", note(words));
  for (const ShownCase& one : shown) text += shown_case(cases, one, several);
  return text;
}

}  // namespace tazuna
