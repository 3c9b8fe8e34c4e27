// SPDX-License-Identifier: Apache-2.0
#include "kernels/device.hpp"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <filesystem>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

// The driver's own count of GPUs; LibTorch must not be asked before the module is open.
int driver_gpus() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return 0;
  using Init = int (*)(unsigned);
  using Count = int (*)(int*);
  const auto init = reinterpret_cast<Init>(dlsym(driver, "cuInit"));
  const auto count = reinterpret_cast<Count>(dlsym(driver, "cuDeviceGetCount"));
  int gpus = 0;
  if (!init || !count || init(0) != 0 || count(&gpus) != 0) return 0;
  return gpus;
}

void open_cuda_module() {
  static bool open = false;
  if (open) return;
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto file = program.parent_path().parent_path() / "lib" / "libtazuna_cuda.so";
  if (!std::filesystem::exists(file)) {
    throw Error(cat(file.string(),
                    " is missing: this build has no CUDA module; use --device cpu, or build with "
                    "-DTAZUNA_CUDA=ON and a LibTorch that has CUDA"),
                Fault::usage);
  }
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!module) throw Error(cat("cannot open the CUDA module: ", dlerror()), Fault::usage);
  const auto built_for = reinterpret_cast<const char* (*)()>(dlsym(module, "tazuna_cuda_built_for"));
  if (!built_for || std::string_view(built_for()) != TORCH_VERSION) {
    throw Error(cat(file.string(), " was built for LibTorch ", built_for ? built_for() : "?",
                    ", this program for ", TORCH_VERSION, "; build both together"),
                Fault::usage);
  }
  open = true;
}

int64_t parsed_index(const std::string& text) {
  const std::string digits = text == "cuda" ? "0" : text.substr(text.find(':') + 1);
  const bool number =
      !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos;
  if ((text != "cuda" && text.rfind("cuda:", 0) != 0) || !number) {
    throw Error(cat("--device ", text, ": expected auto, cpu or cuda:N"), Fault::usage);
  }
  return std::stol(digits);
}

}  // namespace

at::Device open_device(const std::string& text) {
  if (text == "cpu") return at::kCPU;
  const int gpus = driver_gpus();
  if (text == "auto" && gpus == 0) return at::kCPU;
  const int64_t index = text == "auto" ? 0 : parsed_index(text);
  if (index >= gpus) {
    throw Error(cat("--device ", text, ": this machine has ",
                    gpus == 0 ? std::string("no usable GPU")
                              : cat(gpus, " GPU", gpus == 1 ? "" : "s", " (cuda:0 to cuda:", gpus - 1, ")"),
                    "; use --device cpu or one that is there"),
                Fault::usage);
  }
  open_cuda_module();
  if (!at::globalContext().hasCUDA())
    throw Error("LibTorch reports no usable CUDA device although the driver does", Fault::usage);
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

}  // namespace tazuna
