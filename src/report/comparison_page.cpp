// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_page.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "report/answer_sections.hpp"
#include "report/comparison_figures.hpp"
#include "report/comparison_tables.hpp"
#include "report/frame.hpp"
#include "report/sections.hpp"

namespace tazuna {
namespace {

std::string shown_cases(const Comparison& comparison) {
  const auto& all = comparison.cases;
  const auto first = std::find_if(all.begin(), all.end(),
                                  [&](const ArmCases& one) { return one.arm == comparison.first(); });
  if (first == all.end()) return "";
  return pictures_section(
      first->cases, comparison.examples, "Worst cases first",
      cat("Cases of the network “", first->arm,
          "” by the mean Dice of their structures: the worst, then median and best. Scores are "
          "means over seeds (cases.tsv), outlines those of the first seed. The patient's right is "
          "on the left."));
}

}  // namespace

std::string comparison_page(const Comparison& comparison) {
  PageFrame frame{comparison.title, comparison.lead, "", {}, ""};
  frame.opening = outcome_tiles(comparison) + facts_list(comparison.facts, "facts");
  frame.contents = {{"summary", "What was found"},
                    {"people", "People"},
                    {"arms", "Arms"},
                    {"structures", "Structures"},
                    {"answers", "Answers"},
                    {"differences", "Differences"},
                    {"pairs", "Case by case"},
                    {"answered", "ROC and truth"},
                    {"volumes", "Volumes"},
                    {"curves", "Learning curves"},
                    {"pictures", "Worst cases"},
                    {"occlusion", "Occlusion"},
                    {"saliency", "What moves the answer"},
                    {"aside", "Held aside"},
                    {"limits", "Limits"},
                    {"environment", "How it was made"}};
  frame.body = summary_section(comparison) + people_section(comparison) + arms_section(comparison) +
               structures_section(comparison) + answers_tables_section(comparison.answered) +
               differences_section(comparison) + cases_section(comparison) +
               answers_figures_section(comparison.answered) + arm_volumes_section(comparison) +
               curves_section(comparison.curves, "No run of this comparison has left a journal.") +
               shown_cases(comparison) + occlusion_section(comparison) +
               saliency_section(comparison.saliency, comparison.first()) + aside_section(comparison) +
               limits_section(comparison.limits, comparison.environment);
  return framed(frame);
}

}  // namespace tazuna
