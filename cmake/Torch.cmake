# LibTorch as imported targets of our own. find_package(Torch) of the wheels probes GPUs and demands a CUDA
# toolkit; the libraries themselves do not.
#   tazuna::torch       libtorch_cpu + libc10, headers
#   tazuna::torch_cuda  libtorch_cuda + libc10_cuda, where the LibTorch has them
set(TAZUNA_TORCH_ROOT "" CACHE PATH "folder of a LibTorch (holds include/ and lib/); empty: .venv's torch")
set(torch_root ${TAZUNA_TORCH_ROOT})
if(NOT torch_root)
  file(GLOB torch_found ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  list(POP_FRONT torch_found torch_root)
endif()
if(NOT EXISTS ${torch_root}/include/ATen/ATen.h)
  message(FATAL_ERROR "LibTorch not found at '${torch_root}'. Run scripts/setup.sh, or name one with "
                      "-DTAZUNA_TORCH_ROOT=DIR (the folder that holds include/ and lib/).")
endif()
# Newer releases keep the numbers in headeronly/, where the older header only points.
set(torch_version_header ${torch_root}/include/torch/headeronly/version.h)
if(NOT EXISTS ${torch_version_header})
  set(torch_version_header ${torch_root}/include/torch/csrc/api/include/torch/version.h)
endif()
file(STRINGS ${torch_version_header} torch_version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" torch_version "${torch_version_lines}")
message(STATUS "LibTorch ${torch_version} at ${torch_root}")

add_library(tazuna_torch INTERFACE)
add_library(tazuna::torch ALIAS tazuna_torch)
# ATen's parallel loops are templates: without OpenMP in our own files they run on one thread.
target_compile_options(tazuna_torch INTERFACE -fopenmp)
target_link_options(tazuna_torch INTERFACE -fopenmp)
target_include_directories(tazuna_torch SYSTEM INTERFACE ${torch_root}/include
                           ${torch_root}/include/torch/csrc/api/include)
target_link_directories(tazuna_torch INTERFACE ${torch_root}/lib)
target_link_options(tazuna_torch INTERFACE -Wl,-rpath,${torch_root}/lib)
target_link_libraries(tazuna_torch INTERFACE torch_cpu c10)

set(TAZUNA_HAS_TORCH_CUDA OFF)
if(EXISTS ${torch_root}/lib/libtorch_cuda.so)
  set(TAZUNA_HAS_TORCH_CUDA ON)
  add_library(tazuna_torch_cuda INTERFACE)
  add_library(tazuna::torch_cuda ALIAS tazuna_torch_cuda)
  target_link_libraries(tazuna_torch_cuda INTERFACE tazuna::torch -Wl,--no-as-needed torch_cuda c10_cuda
                        -Wl,--as-needed)
endif()
