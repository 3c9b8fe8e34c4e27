// SPDX-License-Identifier: Apache-2.0
#include "kernels/device.hpp"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <cstdlib>
#include <string_view>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "kernels/cuda_kernels.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// In the module's file the version of its LibTorch stands behind these words (cuda/cuda_module.cpp).
constexpr std::string_view stamp = "libtazuna_cuda for LibTorch ";

template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

std::string reason_of(void* driver, int code) {
  const auto words = symbol<int (*)(int, const char**)>(driver, "cuGetErrorString");
  const char* text = nullptr;
  if (!words || words(code, &text) != 0 || !text) return cat("error ", code);
  return cat(text, " (error ", code, ")");
}

std::string seen_through() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible ? cat(" (CUDA_VISIBLE_DEVICES is '", visible, "')") : "";
}

Error no_such_gpu(const std::string& text, const GpuDriver& driver) {
  const auto because = [&] {
    if (!driver.found) return std::string("no NVIDIA driver (libcuda.so.1)");
    if (!driver.failure.empty()) return cat("an NVIDIA driver that does not start: ", driver.failure);
    if (driver.gpus == 0) return cat("no GPU that the NVIDIA driver reports", seen_through());
    if (driver.gpus == 1) return cat("one GPU, cuda:0", seen_through());
    return cat(driver.gpus, " GPUs, cuda:0 to cuda:", driver.gpus - 1, seen_through());
  };
  return Error(cat("--device ", text, ": this machine has ", because(), "; use --device cpu",
                   driver.gpus > 0 ? " or one that is there" : ""),
               Fault::usage);
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

// Behind the stamp; "" without one.
std::string stamped_version(const fs::path& file) {
  const MappedFile mapped(file);
  const std::string_view bytes(reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size());
  const size_t found = bytes.find(stamp);
  if (found == std::string_view::npos) return "";
  const std::string_view rest = bytes.substr(found + stamp.size());
  return std::string(rest.substr(0, std::min<size_t>(rest.find('\0'), 40)));
}

void open_cuda_module() {
  static bool open = false;
  if (open) return;
  const auto program = fs::read_symlink("/proc/self/exe");
  const auto file = program.parent_path().parent_path() / "lib" / "libtazuna_cuda.so";
  expect_cuda_module(file);
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!module) throw Error(cat("cannot open the CUDA module: ", dlerror()), Fault::usage);
  adopt_cuda_kernels(module);
  open = true;
}

std::string cuda_text(int64_t version) {
  return cat(version / 1000, ".", version % 1000 / 10);
}

void expect_usable(const GpuDriver& driver) {
  if (at::globalContext().hasCUDA()) return;
  const auto& hooks = at::detail::getCUDAHooks();
  const std::string built =
      hooks.hasCUDART() ? cat(", built for CUDA ", cuda_text(hooks.versionCUDART())) : "";
  throw Error(cat("LibTorch", built, ", cannot use the GPU under this NVIDIA driver, which runs CUDA up to ",
                  cuda_text(driver.version), "; update the driver, or use --device cpu"),
              Fault::usage);
}

}  // namespace

GpuDriver ask_gpu_driver() {
  GpuDriver answer;
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return answer;
  answer.found = true;
  const auto init = symbol<int (*)(unsigned)>(driver, "cuInit");
  const auto count = symbol<int (*)(int*)>(driver, "cuDeviceGetCount");
  const auto version = symbol<int (*)(int*)>(driver, "cuDriverGetVersion");
  if (!init || !count || !version) {
    answer.failure = "libcuda.so.1 lacks the functions of a driver";
    return answer;
  }
  constexpr int no_device = 100;  // CUDA_ERROR_NO_DEVICE
  int code = init(0);
  if (code == 0) code = count(&answer.gpus);
  if (code != 0 && code != no_device) answer.failure = reason_of(driver, code);
  if (code != 0) answer.gpus = 0;
  version(&answer.version);
  return answer;
}

at::Device chosen_device(const std::string& text, const GpuDriver& driver) {
  if (text == "cpu" || (text == "auto" && driver.gpus == 0)) return at::kCPU;
  const int64_t index = text == "auto" ? 0 : parsed_index(text);
  if (index >= driver.gpus) throw no_such_gpu(text, driver);
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

void expect_cuda_module(const fs::path& file) {
  if (!fs::exists(file)) {
    throw Error(cat(file.string(),
                    " is missing: this build has no CUDA module; use --device cpu, or build with "
                    "-DTAZUNA_CUDA=ON and a LibTorch that has CUDA"),
                Fault::usage);
  }
  const std::string version = stamped_version(file);
  if (version == TORCH_VERSION) return;
  throw Error(cat(file.string(),
                  version.empty() ? " does not say which LibTorch it was built for"
                                  : cat(" was built for LibTorch ", version),
                  ", this program for ", TORCH_VERSION, "; build both together, or use --device cpu"),
              Fault::usage);
}

std::string cudnn_warning(long version) {
  if (version < 90800 || version >= 91500) return "";
  return cat(
      "cuDNN ", version / 10000, ".", version / 100 % 100, ".", version % 100,
      " is one of 9.8 to 9.14, which have broken 3D kernels: results may be wrong; use a LibTorch with "
      "another cuDNN");
}

at::Device open_device(const std::string& text, Log& log) {
  if (text == "cpu") return at::kCPU;
  const GpuDriver driver = ask_gpu_driver();
  const at::Device device = chosen_device(text, driver);
  if (device.is_cpu()) {
    if (!driver.failure.empty())
      log.warn(cat("working on the CPU, since the NVIDIA driver does not start: ", driver.failure));
    return device;
  }
  open_cuda_module();
  expect_usable(driver);
  if (!cuda_kernels())
    log.info("libtazuna_cuda.so was built without nvcc: LibTorch's own kernels do the work, more slowly");
  const auto& hooks = at::detail::getCUDAHooks();
  const std::string warning = hooks.hasCuDNN() ? cudnn_warning(hooks.versionRuntimeCuDNN()) : "";
  if (!warning.empty()) log.warn(warning);
  return device;
}

}  // namespace tazuna
