#!/usr/bin/env bash
# Installs what building Tazuna needs: Debian/Ubuntu packages, and a virtual environment .venv with LibTorch.
#   scripts/setup.sh         to build and run
#   scripts/setup.sh --dev   and the reference implementations that the golden tests compare with
# May be run again at no cost. Needs root (or sudo) only while packages are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

dev=no
for argument in "$@"; do
  case "$argument" in
    --dev) dev=yes ;;
    *) echo "setup.sh: unknown argument '$argument'; the only one is --dev" >&2; exit 2 ;;
  esac
done

packages=(build-essential cmake ninja-build ccache lld pkg-config git python3 python3-venv
          libinsighttoolkit5-dev libyaml-cpp-dev doctest-dev libcli11-dev nlohmann-json3-dev
          libspdlog-dev libdeflate-dev libboost-math-dev libbenchmark-dev)
[ "$dev" = yes ] && packages+=(clang-format)

if ! command -v dpkg-query >/dev/null; then
  cat >&2 <<'TEXT'
setup.sh: this system has no dpkg. Please install by its own package manager:
  a C++20 compiler (g++ 12 or later), CMake 3.25, Ninja, ccache (optional), lld (optional), pkg-config, Python 3.10+,
  ITK 5.2+, yaml-cpp, doctest, CLI11, nlohmann-json, spdlog (with external fmt), libdeflate, libjpeg, Boost.Math, Google Benchmark
and then run:  python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
TEXT
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup.sh: as root, please run: apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "setup.sh: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

python_is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }
python=${PYTHON:-python3}
if ! python_is_new "$python"; then
  echo "setup.sh: '$python' is older than Python 3.10; name a newer one with PYTHON=..." >&2
  exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv

requirements=requirements.txt
[ "$dev" = yes ] && requirements=requirements-dev.txt  # which names the other
# The stamp holds the text of what was installed, so that a second run asks no registry.
stamp=.venv/installed-$requirements
if ! cat requirements.txt "$requirements" | cmp -s - "$stamp"; then
  echo "setup.sh: installing $requirements into .venv"
  .venv/bin/python -m pip install -q --disable-pip-version-check -r "$requirements"
  cat requirements.txt "$requirements" >"$stamp"
fi
echo "setup.sh: ready; build with: cmake --preset release && cmake --build --preset release"
