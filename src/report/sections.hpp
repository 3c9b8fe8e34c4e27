// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/contents.hpp"

namespace tazuna {

/// Parts of the page, each with its heading and an id for links: box plots of Dice and HD95.
std::string distributions_section(const Report& report);
/// Bland-Altman plots of each structure's volume; "" where the table has no volumes.
std::string volumes_section(const Report& report);
/// Learning curves; `missing` stands where there are none.
std::string curves_section(const std::vector<CurvePanel>& panels, const std::string& missing);
/// The cases that are shown, their scores being those in `cases`; `heading` and `words` say which they are.
/// "" without any.
std::string pictures_section(const Table& cases, const std::vector<ShownCase>& shown,
                             const std::string& heading, const std::string& words);

/// A slice with its name below; `style` is a CSS class.
std::string picture_figure(const SlicePicture& slice, const char* style, bool hidden = false);

/// Visits each structure of each task in a cases.tsv: its name as structure_name() gives it, and its rows.
void for_each_structure(
    const Table& cases,
    const std::function<void(const std::string& name, const std::vector<size_t>& rows)>& visit);
/// A Bland-Altman plot of the volumes in these rows of a cases.tsv; `trace` says where they stand.
std::string agreement_figure(const Table& cases, const std::string& name, const std::vector<size_t>& rows,
                             const std::string& trace);
/// What a Bland-Altman plot shows, for the note above.
std::string agreement_words(size_t points);

/// A figure with its caption: a bold title, words behind it, and the file and columns it was drawn from.
std::string figure_of(const std::string& svg, const std::string& title, const std::string& words,
                      const std::string& trace);
/// A paragraph of plain text, and one in the smaller type of remarks.
std::string paragraph(const std::string& words);
std::string note(const std::string& words);

}  // namespace tazuna
