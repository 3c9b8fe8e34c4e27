// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm_rows.hpp"

#include <c10/util/BFloat16.h>

#include <algorithm>
#include <bit>

#include "kernels/wide.hpp"

namespace tazuna {

namespace {

inline float read(float x) {
  return x;
}
inline float read(c10::BFloat16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.x) << 16);
}
inline void write(float value, float& out) {
  out = value;
}
// To the nearest, ties to even, as c10 rounds, without its branch, which would keep loops from wide vectors.
inline void write(float value, c10::BFloat16& out) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  out.x = static_cast<uint16_t>(value != value ? 0x7fc0U : rounded);
}
inline float steep(float z, float g, float slope) {
  return z > 0 ? g : slope * g;
}

// Runs `body` for every i with j = i % length. Within a run of `length` no two elements share a sum.
#define TAZUNA_EACH(chunk, body)                                            \
  for (int64_t begin = 0; begin < (chunk).count; begin += (chunk).length) { \
    const int64_t width = std::min((chunk).length, (chunk).count - begin);  \
    _Pragma("GCC ivdep") for (int64_t j = 0; j < width; ++j) {              \
      const int64_t i = begin + j;                                          \
      body;                                                                 \
    }                                                                       \
  }

}  // namespace

template <class T>
TAZUNA_WIDEST void add_values(NormChunk chunk, const T* x, float* sums) {
  TAZUNA_EACH(chunk, sums[j] += read(x[i]))
}

template <class T>
TAZUNA_WIDEST void add_squares(NormChunk chunk, const T* x, const float* mean, float* sums) {
  TAZUNA_EACH(chunk, const float d = read(x[i]) - mean[j]; sums[j] += d * d)
}

template <class T>
TAZUNA_WIDEST void normalise(NormChunk chunk, const T* x, const T* residual, const float* scale,
                             const float* shift, float slope, T* out) {
  if (residual == nullptr) {
    TAZUNA_EACH(chunk, const float z = read(x[i]) * scale[j] + shift[j]; write(z > 0 ? z : slope * z, out[i]))
  } else {
    TAZUNA_EACH(chunk, const float z = read(x[i]) * scale[j] + shift[j] + read(residual[i]);
                write(z > 0 ? z : slope * z, out[i]))
  }
}

template <class T>
TAZUNA_WIDEST void add_slopes(NormChunk chunk, const T* g, const T* x, const T* output, const float* mean,
                              const float* scale, const float* shift, float slope, float* slopes,
                              float* products, T* kept) {
  if (output == nullptr) {
    TAZUNA_EACH(chunk, const float value = read(x[i]);
                const float d = steep(value * scale[j] + shift[j], read(g[i]), slope); slopes[j] += d;
                products[j] += d * (value - mean[j]))
  } else {
    TAZUNA_EACH(chunk, const float d = steep(read(output[i]), read(g[i]), slope); slopes[j] += d;
                products[j] += d * (read(x[i]) - mean[j]); write(d, kept[i]))
  }
}

template <class T>
TAZUNA_WIDEST void input_slopes(NormChunk chunk, const T* g, const T* x, const T* kept, const float* scale,
                                const float* shift, float slope, const float* by_value, const float* constant,
                                T* out) {
  if (kept == nullptr) {
    TAZUNA_EACH(chunk, const float value = read(x[i]);
                const float d = steep(value * scale[j] + shift[j], read(g[i]), slope);
                write(d * scale[j] + value * by_value[j] + constant[j], out[i]))
  } else {
    TAZUNA_EACH(chunk, write(read(kept[i]) * scale[j] + read(x[i]) * by_value[j] + constant[j], out[i]))
  }
}

#define TAZUNA_FOR(T)                                                                                       \
  template void add_values<T>(NormChunk, const T*, float*);                                                 \
  template void add_squares<T>(NormChunk, const T*, const float*, float*);                                  \
  template void normalise<T>(NormChunk, const T*, const T*, const float*, const float*, float, T*);         \
  template void add_slopes<T>(NormChunk, const T*, const T*, const T*, const float*, const float*,          \
                              const float*, float, float*, float*, T*);                                     \
  template void input_slopes<T>(NormChunk, const T*, const T*, const T*, const float*, const float*, float, \
                                const float*, const float*, T*);
TAZUNA_FOR(float)
TAZUNA_FOR(c10::BFloat16)

}  // namespace tazuna
