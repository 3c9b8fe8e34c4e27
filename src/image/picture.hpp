// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// Red, green, blue of 0..255.
using Colour = std::array<uint8_t, 3>;

/// An 8-bit colour picture for people to look at.
struct Picture {
  int64_t width = 0, height = 0;  ///< pixels
  std::vector<uint8_t> rgb;       ///< [height, width, 3], rows from the top
};

/// The colour of label `label` (1, 2, ...), distinct for colour-blind readers (Okabe and Ito 2008, with white
/// for black), repeated after eight.
Colour label_colour(int64_t label);

/// A slice [H, W] in grey, `low` black and `high` white (all black where they are equal, as is NaN); each
/// voxel becomes zoom[0] x zoom[1] pixels (rows, columns), so that anisotropic voxels keep their shape.
Picture grey_picture(const Tensor& slice, double low, double high, std::array<int64_t, 2> zoom);

/// Draws the outline of each label of `labels` [H, W] (integers, 0 is background) on a picture made with the
/// same `zoom`: thin lines along voxel edges, dashed if asked. `colour` overrides label_colour for all.
void draw_outlines(Picture& picture, const Tensor& labels, std::array<int64_t, 2> zoom, bool dashed = false,
                   const Colour* colour = nullptr);

/// Pictures in rows of `columns`, each centred in a cell of the largest one, `gap` pixels of `background`
/// between.
Picture contact_sheet(std::span<const Picture> pictures, int64_t columns, int64_t gap, Colour background);

/// The picture as a PNG file's bytes; one value a pixel where every pixel is grey.
std::vector<std::byte> encode_png(const Picture& picture);

}  // namespace tazuna
