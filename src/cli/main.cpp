// SPDX-License-Identifier: Apache-2.0
// The program proper is a library that is opened here, because OpenMP reads its waiting policy once, when it
// is loaded: threads that wait actively make everything up to 15 times slower as soon as another process
// runs, and cost a quiet machine only a few per cent to do without. A value of the user's own is kept.
// LibTorch's functions are bound when they are first called, and what its static objects would tidy up at
// the end is left to the system: a third of a short command's time.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

int main(int argc, char** argv) {
  setenv("OMP_WAIT_POLICY", "PASSIVE", /*overwrite=*/0);
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
