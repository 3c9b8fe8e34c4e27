# Sums over several GPUs (src/kernels/cuda/nccl_sum.cpp): LibTorch has them, but its header wants those of nccl and
# of the CUDA runtime, which a wheel of torch brings along and a CUDA toolkit has. Where they are missing the module
# is built without, and several processes on GPUs are refused in a sentence.
function(tazuna_add_nccl target)
  file(GLOB beside ${torch_root}/../nvidia/*/include)
  find_path(TAZUNA_NCCL_INCLUDE nccl.h HINTS ${beside})
  find_path(TAZUNA_CUDA_INCLUDE cuda_runtime_api.h HINTS ${beside} PATHS /usr/local/cuda/include)
  mark_as_advanced(TAZUNA_NCCL_INCLUDE TAZUNA_CUDA_INCLUDE)
  if(NOT TAZUNA_NCCL_INCLUDE OR NOT EXISTS ${TAZUNA_CUDA_INCLUDE}/cusparse.h
     OR NOT EXISTS ${TAZUNA_CUDA_INCLUDE}/cublas_v2.h OR NOT EXISTS ${TAZUNA_CUDA_INCLUDE}/cusolverDn.h)
    message(STATUS "No headers of nccl and cuda found: several processes cannot train on GPUs")
    return()
  endif()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/kernels/cuda/nccl_sum.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_include_directories(${target} SYSTEM PRIVATE ${TAZUNA_NCCL_INCLUDE} ${TAZUNA_CUDA_INCLUDE})
  target_compile_definitions(${target} PRIVATE TAZUNA_WITH_NCCL USE_C10D_NCCL)
endfunction()
