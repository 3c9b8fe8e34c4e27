// SPDX-License-Identifier: Apache-2.0
#include "train/setting.hpp"

#include <algorithm>

#include "kernels/machine.hpp"
#include "kernels/precision.hpp"
#include "tests/train/tiny_run.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/setting") {
  DOCTEST_TEST_CASE("a run says which precision, layout and threads it has, and why") {
    bool channels_last = true;
    const auto says = [&channels_last](const TrainOptions& options, const std::string& part) {
      const std::string text = setting_text(options, at::kCPU, channels_last);
      DOCTEST_CAPTURE(text);
      DOCTEST_CHECK(text.find(part) != std::string::npos);
    };
    at::set_num_threads(1);
    TrainOptions options = tiny_options(10);
    options.threads = 1;
    says(options, "cpu: fp32");
    says(options, "1 thread computes (as configured)");
    says(options, "the same prepare each step");
    options.workers = 3;
    says(options, "3 prepare up to 5 steps ahead");
    options.precision = std::string("bf16");
    says(options, bf16_pays(at::kCPU) ? "bf16, native" : "bf16 as configured");
    options.threads = 0;
    says(options, "channels-last");
    channels_last = false;
    says(options, "contiguous as configured");
  }

  DOCTEST_TEST_CASE(
      "loader threads are the cores that computation leaves free, one at least and at most four") {
    for (const int64_t threads : {1, 2, 3, 64, 0}) {
      TrainOptions options{.threads = threads};
      fill_autos(options);
      const int64_t spare = threads == 0 ? 0 : usable_cores() - threads;
      DOCTEST_CHECK(options.workers.get() >= std::clamp<int64_t>(spare, 1, 4));
      DOCTEST_CHECK(options.workers.get() <= 4);
    }
  }
}
