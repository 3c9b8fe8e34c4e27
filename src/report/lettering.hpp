// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/svg.hpp"

namespace tazuna {

/// Width of a text at the plots' 12 px, by the mean letter.
double text_width(const std::string& text);
/// The text as far as there is room, with an ellipsis where it was cut; never within a character.
std::string cut_text(const std::string& text, double room);

/// CSS classes of the i-th colour of the palette, from 0: "c1" for lines, "f1" for areas; "d1" for the dashes
/// that tell lines apart without colours.
std::string colour_class(size_t index);
std::string fill_class(size_t index);
std::string dash_class(size_t index);

/// What the lines of a plot mean: a sample and a name each.
class Legend {
 public:
  struct Entry {
    std::string name, style;  ///< CSS classes of the line
  };
  /// From `top` downwards, wrapped between `left` and `right`.
  Legend(std::vector<Entry> entries, double left, double top, double right);
  double height() const { return 16.0 * rows_; }
  void draw(Drawing& drawing) const;

 private:
  struct Place {
    double x, y;
  };
  std::vector<Entry> entries_;
  std::vector<Place> places_;
  int rows_ = 0;
};

}  // namespace tazuna
