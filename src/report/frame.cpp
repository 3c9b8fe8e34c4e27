// SPDX-License-Identifier: Apache-2.0
#include "report/frame.hpp"

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/style.hpp"

namespace tazuna {
namespace {

std::string contents_list(const PageFrame& frame) {
  std::string list = "<nav aria-label=\"Contents\"><ul>";
  for (const auto& [id, name] : frame.contents)
    if (frame.body.find(cat("<h2 id=\"", id, "\">")) != std::string::npos)
      list += cat("<li><a href=\"#", id, "\">", escaped(name), "</a></li>");
  return list + "</ul></nav>\n";
}

}  // namespace

std::string framed(const PageFrame& frame) {
  return cat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>",
      escaped(frame.title), " – Tazuna report</title>\n<style>", page_style(),
      "</style></head>\n<body><main>\n", "<header><p class=\"use\">Research use only</p><h1>",
      escaped(frame.title), "</h1>\n<p class=\"lead\">", escaped(frame.lead), "</p>\n", frame.opening,
      contents_list(frame), "</header>\n", frame.body, "</main>\n<script>", page_script(),
      "</script>\n</body></html>\n");
}

std::string facts_list(const std::vector<Fact>& facts, const std::string& style) {
  std::string list = cat("<dl class=\"", style, "\">");
  for (const Fact& fact : facts)
    list += cat("<dt>", escaped(fact.name), "</dt><dd>", escaped(fact.value), "</dd>");
  return list + "</dl>\n";
}

std::string tile(const std::string& name, const std::string& value, const std::vector<std::string>& lines) {
  std::string text =
      cat("<div class=\"tile\"><h3>", escaped(name), "</h3><div class=\"value\">", escaped(value), "</div>");
  for (const std::string& line : lines)
    if (!line.empty()) text += cat("<p>", escaped(line), "</p>");
  return text + "</div>";
}

std::string limits_section(const std::vector<std::string>& limits, const std::vector<Fact>& environment) {
  std::string text = "<h2 id=\"limits\">What these figures do not say</h2>\n<ul>";
  for (const std::string& sentence : limits) text += cat("<li>", escaped(sentence), "</li>");
  text += "</ul>\n<h2 id=\"environment\">How it was made</h2>\n";
  return text + facts_list(environment, "environment");
}

}  // namespace tazuna
