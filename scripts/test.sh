#!/usr/bin/env bash
# Builds the tests and runs them all; arguments go to ctest (scripts/test.sh -R infer).
# TAZUNA_DATA=DIR adds the tests on real images; TAZUNA_REQUIRE_DATA=1 makes it a failure when they are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh --dev
cmake --preset dev >build-dev.log 2>&1 || { cat build-dev.log >&2; rm -f build-dev.log; exit 1; }
rm -f build-dev.log
cmake --build --preset dev

if [ -z "${TAZUNA_DATA:-}" ] && [ "${TAZUNA_REQUIRE_DATA:-0}" = 1 ]; then
  echo "test.sh: TAZUNA_REQUIRE_DATA=1 but TAZUNA_DATA is not set; it names the folder of test images" >&2
  exit 1
fi
# Each test program is single-minded about its threads; two at once fill a small machine.
ctest --test-dir build/dev --output-on-failure --timeout 900 -j "${TAZUNA_TEST_JOBS:-2}" "$@"

if [ -z "${TAZUNA_DATA:-}" ]; then
  skipped=$({ grep -rl '"tests/dataset.hpp"' tests --include='*_test.cpp' || true; } | wc -l)
  echo "test.sh: TAZUNA_DATA is not set: the real-data cases of $skipped test files were skipped"
fi
