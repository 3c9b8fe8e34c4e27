#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests and benchmarks on a machine with a GPU that has LibTorch but nothing else of ours: no ITK, no network,
# no compiler.
#
#   gpu.sh pack BUILD DIR   here: gathers the programs of a build folder and the libraries they need in DIR
#   DIR/gpu.sh run [...]    there: runs the tests of the CUDA kernels, then G1 to G4 (options of bench_gpu)
#
# The other machine needs the same LibTorch release with CUDA, as Python's torch or at TORCH_ROOT, and a C
# library no older than this machine's. BUILD is made with -DTAZUNA_BENCHMARKS=ON where nvcc is.
set -euo pipefail

programs=(bench_gpu test_kernels test_train)
suites=(kernels/cuda_kernels kernels/cuda_norm kernels/cuda_slabs)
most_bytes=$((64 * 1024 * 1024))

fail() {
  echo "gpu.sh: $*" >&2
  exit 1
}

# Libraries of a file that another machine does not have: neither LibTorch's nor the C and C++ libraries.
own_libraries() {
  ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
    grep -vE '/(torch|nvidia)/|/(libc|libm|libdl|librt|libpthread|libutil|libstdc\+\+|libgcc_s)\.so' || true
}

pack() {
  local build=$1 target=$2
  [[ -e $build/lib/libtazuna_cuda.so ]] || fail "$build/lib/libtazuna_cuda.so is missing: the build has no CUDA module"
  [[ $(nm -D --defined-only "$build/lib/libtazuna_cuda.so") == *tazuna_cuda_kernels* ]] ||
    fail "$build/lib/libtazuna_cuda.so holds no kernels: configure where nvcc is on the PATH"
  mkdir -p "$target/bin" "$target/lib"
  for program in "${programs[@]}"; do
    [[ -x $build/bin/$program ]] || fail "$build/bin/$program is missing: build it first"
    strip -o "$target/bin/$program" "$build/bin/$program"
  done
  cp "$build/lib/libtazuna_cuda.so" "$target/lib/"
  local library
  for library in $(own_libraries "${programs[@]/#/$build/bin/}"); do
    cp -L "$library" "$target/lib/"
  done
  cp "${BASH_SOURCE[0]}" "$target/gpu.sh"
  local bytes
  bytes=$(du -sb "$target" | cut -f1)
  ((bytes <= most_bytes)) || fail "$target holds $bytes bytes; at most $most_bytes are to travel"
  echo "$target: $((bytes / 1024 / 1024)) MiB"
}

torch_root() {
  [[ -n ${TORCH_ROOT:-} ]] && echo "$TORCH_ROOT" && return
  python3 -c 'import importlib.util as u; print(list(u.find_spec("torch").submodule_search_locations)[0])' ||
    fail "no torch in python3; name its folder (with lib/) as TORCH_ROOT"
}

run() {
  local here torch failed=0 suite
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  torch=$(torch_root)
  export LD_LIBRARY_PATH=$here/lib:$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export TAZUNA_REQUIRE_GPU=1 OMP_WAIT_POLICY=PASSIVE
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || fail "nvidia-smi does not answer: there is no GPU here"
  for suite in "${suites[@]}"; do
    "$here/bin/test_kernels" --test-suite="$suite" --no-skipped-summary || failed=1
  done
  "$here/bin/test_train" --test-suite=train/device_steps --no-skipped-summary || failed=1
  "$here/bin/bench_gpu" "$@" || failed=1
  return $failed
}

case ${1:-} in
  pack) [[ $# -eq 3 ]] || fail "usage: gpu.sh pack BUILD DIR"; pack "$2" "$3" ;;
  run) shift; run "$@" ;;
  *) sed -n '3,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
