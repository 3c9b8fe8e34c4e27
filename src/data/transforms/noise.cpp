// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/AcceleratorHooksInterface.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "data/transforms/intensity.hpp"
#include "data/transforms/vector_math.hpp"
#include "kernels/wide.hpp"

namespace tazuna {
namespace {

constexpr int64_t lanes = 16;

/// Standard normal numbers in blocks: Box-Muller over independent xoshiro128+ generators side by side.
class NormalBlocks {
 public:
  static constexpr int64_t size = 2 * lanes;

  explicit NormalBlocks(uint64_t seed) {
    Random random{"noise", seed};
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const uint64_t one = random.bits(), two = random.bits();
      a_[lane] = static_cast<uint32_t>(one);
      b_[lane] = static_cast<uint32_t>(one >> 32);
      c_[lane] = static_cast<uint32_t>(two);
      d_[lane] = static_cast<uint32_t>(two >> 32) | 1;  // a state of zeros would stay zero
    }
  }

  [[gnu::always_inline]] void next(float* normal /* [size] */) {
    uint32_t first[lanes], second[lanes];
    bits(first);
    bits(second);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const float uniform = (static_cast<float>(static_cast<int32_t>(first[lane] >> 9)) + 0.5f) * 0x1p-23f;
      const float squared = -1.38629436f * vector_math::log2(uniform);            // -2 ln u
      const float radius = vector_math::exp2(0.5f * vector_math::log2(squared));  // sqrt sets errno
      const float turn = static_cast<float>(static_cast<int32_t>(second[lane]) >> 8) * 0x1p-23f;  // [-1, 1)
      const float magnitude = std::fabs(turn);
      const float sine = vector_math::sine_of_half_turns(std::min(magnitude, 1 - magnitude));
      normal[lane] = radius * vector_math::sine_of_half_turns(0.5f - magnitude);
      normal[lane + lanes] = radius * std::copysign(sine, turn);
    }
  }

 private:
  [[gnu::always_inline]] void bits(uint32_t* out) {  // xoshiro128+ 1.0 (Blackman and Vigna 2018)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      out[lane] = a_[lane] + d_[lane];
      const uint32_t shifted = b_[lane] << 9;
      c_[lane] ^= a_[lane];
      d_[lane] ^= b_[lane];
      b_[lane] ^= c_[lane];
      a_[lane] ^= d_[lane];
      c_[lane] ^= shifted;
      d_[lane] = std::rotl(d_[lane], 11);
    }
  }

  uint32_t a_[lanes], b_[lanes], c_[lanes], d_[lanes];
};

TAZUNA_WIDE void add_noise(float* values, int64_t count, float sd, uint64_t seed) {
  NormalBlocks normals(seed);
  float block[NormalBlocks::size];
  for (int64_t begin = 0; begin < count; begin += NormalBlocks::size) {
    normals.next(block);
    const int64_t length = std::min(NormalBlocks::size, count - begin);
    for (int64_t i = 0; i < length; ++i) values[begin + i] += sd * block[i];
  }
}

at::Generator generator_on(at::Device device, uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  const auto& hooks = at::globalContext().getAcceleratorHooksInterface(device.type());
  at::Generator generator = hooks.getNewGenerator(device.index());
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace

void describe(Fields& fields, NoiseOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often noise is added");
  fields.number("sd", options.sd, {0, 100},
                "greatest standard deviation of the noise, in those of the normalised image; uniform from 0");
}

NoiseDraw draw(const NoiseOptions& options, Random& random, const Sample& sample) {
  NoiseDraw drawn;
  if (!random.chance(options.probability)) return drawn;
  drawn.sd = random.uniform(0, options.sd);
  for (int64_t c = 0; c < sample.image.voxels.size(0); ++c) drawn.seed.push_back(random.bits());
  return drawn;
}

void apply(const NoiseOptions&, const NoiseDraw& drawn, Sample& sample) {
  if (drawn.sd == 0) return;
  Tensor& image = sample.image.voxels;
  const int64_t voxels = image[0].numel();
  for (size_t c = 0; c < drawn.seed.size(); ++c)
    add_noise(image.mutable_data_ptr<float>() + c * voxels, voxels, static_cast<float>(drawn.sd),
              drawn.seed[c]);
}

void apply_on_device(const NoiseOptions&, const NoiseDraw& drawn, Sample& sample) {
  for (int64_t c = 0; c < std::ssize(drawn.seed); ++c) {
    Tensor values = sample.image.voxels[c];
    const at::Generator generator = generator_on(values.device(), drawn.seed[c]);
    values.add_(at::randn(values.sizes(), generator, values.options()), drawn.sd);
  }
}

}  // namespace tazuna
