# Sums over several GPUs (src/kernels/cuda/nccl_sum.cpp): LibTorch has them, but its header wants those of nccl and
# of the CUDA runtime, which a wheel of torch brings along but for two parts (requirements.txt names their wheels) and a
# CUDA toolkit has. Where they do not compile the module is built without, and several processes on GPUs are
# refused in a sentence.
include(CheckCXXSourceCompiles)

function(tazuna_add_nccl target)
  file(GLOB beside ${torch_root}/../nvidia/*/include)
  find_path(TAZUNA_NCCL_INCLUDE nccl.h HINTS ${beside})
  find_path(TAZUNA_CUDA_INCLUDE cuda_runtime_api.h HINTS ${beside} PATHS /usr/local/cuda/include)
  find_path(TAZUNA_CRT_INCLUDE crt/host_config.h HINTS ${beside} PATHS /usr/local/cuda/include)
  find_path(TAZUNA_CCCL_INCLUDE nv/target HINTS ${beside} PATHS /usr/local/cuda/include PATH_SUFFIXES cccl)
  set(places TAZUNA_NCCL_INCLUDE TAZUNA_CUDA_INCLUDE TAZUNA_CRT_INCLUDE TAZUNA_CCCL_INCLUDE)
  mark_as_advanced(${places})
  foreach(place IN LISTS places)
    list(APPEND includes ${${place}})
  endforeach()
  list(FILTER includes EXCLUDE REGEX "NOTFOUND$")
  list(REMOVE_DUPLICATES includes)
  set(CMAKE_REQUIRED_INCLUDES ${includes})
  set(CMAKE_REQUIRED_QUIET ON)
  if(NOT TAZUNA_NCCL_COMPILES)
    unset(TAZUNA_NCCL_COMPILES CACHE)  # asked again: what was missing may have been installed
  endif()
  check_cxx_source_compiles("#include <cuda_runtime.h>
    #include <cublas_v2.h>
    #include <cusolverDn.h>
    #include <cusparse.h>
    #include <nccl.h>
    int main() { return 0; }" TAZUNA_NCCL_COMPILES)
  if(NOT TAZUNA_NCCL_COMPILES)
    message(STATUS "The headers of nccl and cuda are not complete: several processes cannot train on GPUs "
                   "(requirements.txt or a CUDA toolkit has them)")
    return()
  endif()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/kernels/cuda/nccl_sum.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_include_directories(${target} SYSTEM PRIVATE ${includes})
  target_compile_definitions(${target} PRIVATE TAZUNA_WITH_NCCL USE_C10D_NCCL)
endfunction()
