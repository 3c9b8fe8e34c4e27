# nvcc for the kernels of libtazuna_cuda.so: TAZUNA_HAS_NVCC says whether they are compiled. Where it is OFF
# everything else builds all the same, and a GPU works with LibTorch's own kernels.
set(TAZUNA_HAS_NVCC OFF)
if(TAZUNA_CUDA STREQUAL "OFF" OR NOT TAZUNA_HAS_TORCH_CUDA)
  return()
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)  # machine code for Ampere, Ada and Hopper, PTX for what comes later
endif()
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "No CUDA compiler: libtazuna_cuda.so is built without kernels of its own (with nvcc: "
                 "-DCMAKE_CUDA_COMPILER=FILE)")
  return()
endif()
if(NOT CMAKE_CUDA_HOST_COMPILER)
  set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
endif()
enable_language(CUDA)
# The kernels run on the CUDA runtime that LibTorch brings, which knows nothing of a newer compiler's code.
foreach(file version.py build-version)
  if(EXISTS ${torch_root}/${file} AND NOT torch_cuda_version)
    file(STRINGS ${torch_root}/${file} torch_cuda_lines REGEX "\\+cu[0-9]+")
    string(REGEX MATCH "\\+cu([0-9]+)([0-9])" torch_cuda_version "${torch_cuda_lines}")
    if(torch_cuda_version)
      set(torch_cuda_version ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
      set(torch_cuda_major ${CMAKE_MATCH_1})
    endif()
  endif()
endforeach()
string(REGEX MATCH "^([0-9]+)\\.[0-9]+" nvcc_version ${CMAKE_CUDA_COMPILER_VERSION})
if(torch_cuda_version AND (NOT torch_cuda_major EQUAL CMAKE_MATCH_1
                           OR nvcc_version VERSION_GREATER torch_cuda_version))
  message(STATUS "nvcc ${nvcc_version} does not fit LibTorch's CUDA ${torch_cuda_version} (wanted: ${torch_cuda_major}.x, "
                 "no newer): libtazuna_cuda.so is built without kernels of its own")
  return()
endif()
set(CMAKE_CUDA_STANDARD 17)  # CMake 3.25 knows no later one for nvcc 13
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(TAZUNA_HAS_NVCC ON)
message(STATUS "CUDA kernels by nvcc ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
