// SPDX-License-Identifier: Apache-2.0
// The program proper is a library that is opened here, because OpenMP reads once, when it is loaded, how its
// threads wait for each other. Left alone they turn for milliseconds, which makes everything up to 15 times
// slower as soon as another process runs; put to sleep at once they are woken some thousand times a step. A
// quarter of a millisecond lies between the two (docs/BENCHMARKS.md). Values of the user's own are kept.
// LibTorch's functions are bound when they are first called, and what its static objects would tidy up at
// the end is left to the system: a third of a short command's time.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

int main(int argc, char** argv) {
  if (!std::getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "5000", /*overwrite=*/0);
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  const auto file = folder / "lib" / "libtazuna_program.so";
  void* program = dlopen(file.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  using Run = int (*)(int, char**);
  const auto run = program ? reinterpret_cast<Run>(dlsym(program, "tazuna_run_program")) : nullptr;
  if (!run) {
    std::fprintf(stderr, "error: cannot open the program: %s\n", dlerror());
    return 1;
  }
  const int code = run(argc, argv);
  std::fflush(nullptr);
  std::_Exit(code);
}
