// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

// Elementary functions without branches or library calls, so that loops over them become vector instructions
// and give the same bits on every processor. Relative error about 1e-6.
namespace tazuna::vector_math {

/// log2(x) for x > 0; -127 for 0.
inline float log2(float x) {
  constexpr int32_t root_half = 0x3f3504f3;  // the bits of sqrt(1/2)
  const auto bits = std::bit_cast<int32_t>(x);
  const int32_t exponent = (bits - root_half) >> 23;
  const auto mantissa = std::bit_cast<float>(bits - exponent * (1 << 23));  // in [sqrt(1/2), sqrt(2))
  const float s = (mantissa - 1) / (mantissa + 1), t = s * s;               // log m = 2 artanh s
  return static_cast<float>(exponent) +
         s * (2.88539008f + t * (0.961796694f + t * (0.577078016f + t * 0.412198583f)));
}

/// 2^y for y in [-126, 127].
inline float exp2(float y) {
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = y + round;
  const float f = y - (shifted - round);
  const int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(round);
  const float fraction =
      1 + f * (0.693147181f +
               f * (0.240226507f +
                    f * (0.0555041087f + f * (0.00961812911f + f * (0.00133335581f + f * 0.000154035304f)))));
  return std::bit_cast<float>(std::bit_cast<int32_t>(fraction) + exponent * (1 << 23));
}

/// Keeps the logarithm of 0 in exp2's range; a comparison would be a branch.
inline constexpr float above_zero = 0x1p-40f;

/// x^power for x in [0, 1] and power in (0, 3]; of 0 it is that of above_zero.
inline float power(float x, float power) {
  return exp2(power * log2(x + above_zero));
}

/// sin(pi w) for |w| <= 1/2.
inline float sine_of_half_turns(float w) {
  const float t = w * w;
  return w * (3.14159265f +
              t * (-5.16771278f +
                   t * (2.55016404f + t * (-0.599264529f + t * (0.0821458866f + t * -0.00737043095f)))));
}

}  // namespace tazuna::vector_math
