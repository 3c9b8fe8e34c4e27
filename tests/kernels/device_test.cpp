// SPDX-License-Identifier: Apache-2.0
#include "kernels/device.hpp"

#include <torch/version.h>

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// The sentence of a wrong command line, "" if there is none.
template <class Work>
std::string complaint_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    DOCTEST_CHECK(error.fault() == Fault::usage);
    return error.what();
  }
  return "";
}

GpuDriver driver_with(int gpus) {
  return {.found = true, .gpus = gpus, .version = 12080};
}

}  // namespace

DOCTEST_TEST_SUITE("kernels/device") {
  DOCTEST_TEST_CASE("a device that is there is chosen, and auto takes the first GPU before the CPU") {
    DOCTEST_CHECK(chosen_device("cpu", {}).is_cpu());
    DOCTEST_CHECK(chosen_device("cpu", driver_with(2)).is_cpu());
    DOCTEST_CHECK(chosen_device("auto", {}).is_cpu());
    DOCTEST_CHECK(chosen_device("auto", {.found = true, .failure = "mismatch"}).is_cpu());
    DOCTEST_CHECK(chosen_device("auto", driver_with(2)).str() == "cuda:0");
    DOCTEST_CHECK(chosen_device("cuda", driver_with(1)).str() == "cuda:0");
    DOCTEST_CHECK(chosen_device("cuda:1", driver_with(2)).str() == "cuda:1");
  }

  DOCTEST_TEST_CASE("a device that is not there is named with what there is instead") {
    struct Row {
      std::string text;
      GpuDriver driver;
      std::vector<std::string> parts;
    };
    const std::vector<Row> rows{
        {"cuda:3", driver_with(1), {"--device cuda:3", "one GPU, cuda:0"}},
        {"cuda:4", driver_with(4), {"--device cuda:4", "4 GPUs, cuda:0 to cuda:3"}},
        {"cuda:0", {}, {"--device cuda:0", "no NVIDIA driver", "libcuda.so.1"}},
        {"cuda:0", driver_with(0), {"no GPU that the NVIDIA driver reports"}},
        {"cuda:0", {.found = true, .failure = "version mismatch (error 803)"}, {"not start", "error 803"}},
        {"cuda:x", driver_with(1), {"--device cuda:x", "auto, cpu or cuda:N"}},
        {"cuda:", driver_with(1), {"auto, cpu or cuda:N"}},
        {"gpu", driver_with(1), {"--device gpu", "auto, cpu or cuda:N"}},
    };
    for (const Row& row : rows) {
      const std::string sentence = complaint_of([&] { chosen_device(row.text, row.driver); });
      DOCTEST_CAPTURE(sentence);
      for (const std::string& part : row.parts) DOCTEST_CHECK(says(sentence, part));
      DOCTEST_CHECK(sentence.find('\n') == std::string::npos);
    }
  }

  DOCTEST_TEST_CASE("a CUDA module is opened only if its stamp names this program's LibTorch") {
    const ScratchFolder folder;
    const auto file = folder.path() / "libtazuna_cuda.so";
    DOCTEST_CHECK(says(complaint_of([&] { expect_cuda_module(file); }), "has no CUDA module"));
    const auto with = [&](const std::string& words) {
      write_atomically(file, std::string("\x7f"
                                         "ELF\0\0",
                                         6) +
                                 words + std::string("\0more", 5));
      return complaint_of([&] { expect_cuda_module(file); });
    };
    DOCTEST_CHECK(with(cat("libtazuna_cuda for LibTorch ", TORCH_VERSION)) == "");
    const std::string other = with("libtazuna_cuda for LibTorch 1.13.1");
    for (const char* part : {"was built for LibTorch 1.13.1", TORCH_VERSION, "build both together"})
      DOCTEST_CHECK(says(other, part));
    DOCTEST_CHECK(says(with("another library"), "does not say which LibTorch"));
    DOCTEST_CHECK(says(with(""), "does not say which LibTorch"));
  }

  DOCTEST_TEST_CASE("cuDNN 9.8 to 9.14 is warned of, and no other") {
    for (const long good : {8902L, 90100L, 90701L, 91500L, 91900L, 100000L})
      DOCTEST_CHECK(cudnn_warning(good) == "");
    DOCTEST_CHECK(says(cudnn_warning(90800), "cuDNN 9.8.0 "));
    DOCTEST_CHECK(says(cudnn_warning(91002), "cuDNN 9.10.2 "));
    DOCTEST_CHECK(says(cudnn_warning(91499), "3D kernels"));
  }

  DOCTEST_TEST_CASE("without a usable GPU auto is the CPU and cuda:0 a sentence") {
    Log log(Verbosity::quiet);
    DOCTEST_CHECK(open_device("cpu", log).is_cpu());
    if (ask_gpu_driver().gpus > 0) {
      DOCTEST_MESSAGE("skipped: this machine has a GPU");
      return;
    }
    DOCTEST_CHECK(open_device("auto", log).is_cpu());
    DOCTEST_CHECK(says(complaint_of([&] { open_device("cuda:0", log); }), "--device cuda:0"));
  }
}
