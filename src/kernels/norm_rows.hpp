// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tazuna {

/// The loops of instance_norm() over one chunk of memory, in which channels change fastest and repeat:
/// element i has the statistics [i % length]. `length` is a multiple of the channels, long enough for wide
/// vectors. `T`: float or c10::BFloat16; sums and statistics are float.
struct NormChunk {
  int64_t count = 0, length = 0;
};

/// sums[j] += x of every element with i % length == j.
template <class T>
void add_values(NormChunk chunk, const T* x, float* sums);
/// sums[j] += (x - mean[j])².
template <class T>
void add_squares(NormChunk chunk, const T* x, const float* mean, float* sums);
/// out = f(x * scale[j] + shift[j] + residual), residual may be null.
template <class T>
void normalise(NormChunk chunk, const T* x, const T* residual, const float* scale, const float* shift,
               float slope, T* out);
/// The gradient g' of what f was applied to, from g, that of the output: summed into `slopes`, and times
/// (x - mean[j]) into `products`. Where f was steep `output` says, or, if null, x * scale[j] + shift[j].
/// Stored in `kept` unless null.
template <class T>
void add_slopes(NormChunk chunk, const T* g, const T* x, const T* output, const float* mean,
                const float* scale, const float* shift, float slope, float* slopes, float* products, T* kept);
/// out = g' * scale[j] + x * by_value[j] + constant[j], g' as in add_slopes(), which left it in `kept` unless
/// null.
template <class T>
void input_slopes(NormChunk chunk, const T* g, const T* x, const T* kept, const float* scale,
                  const float* shift, float slope, const float* by_value, const float* constant, T* out);

}  // namespace tazuna
