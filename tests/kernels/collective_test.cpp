// SPDX-License-Identifier: Apache-2.0
#include "kernels/collective.hpp"

#include <dlfcn.h>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("kernels/collective") {
  DOCTEST_TEST_CASE("without NCCL, several processes on GPUs are a wrong command line that says what to do") {
    if (dlsym(RTLD_DEFAULT, "tazuna_make_nccl_sum")) {
      DOCTEST_MESSAGE("skipped: a CUDA module with NCCL is open in this process");
      return;
    }
    std::string sentence;
    try {
      make_nccl_sum(c10::intrusive_ptr<c10d::Store>(), 0, 2, at::Device(at::kCUDA, 0));
    } catch (const Error& error) {
      sentence = error.what();
      DOCTEST_CHECK(error.fault() == Fault::usage);
    }
    for (const char* part : {"several processes on GPUs", "NCCL", "this build lacks", "--device cpu"}) {
      DOCTEST_CAPTURE(part);
      DOCTEST_CHECK(sentence.find(part) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tazuna
