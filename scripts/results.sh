#!/usr/bin/env bash
# Trains on real data and prints out-of-fold tables, the figures of docs/RESULTS.md.
#   scripts/results.sh [NAME...] [--out DIR]     NAME: lgg ixi ms hippocampus (default: all); DIR: default ./results
# Needs TAZUNA_DATA and the release build. May be interrupted; goes on when it is called again.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tazuna=${TAZUNA:-$root/build/release/bin/tazuna}
out=results names=()
while [ $# -gt 0 ]; do
  case "$1" in
    --out) [ $# -ge 2 ] || { echo "results.sh: --out needs a folder" >&2; exit 2; }; out=$2; shift 2 ;;
    lgg|ixi|ms|hippocampus) names+=("$1"); shift ;;
    *) echo "results.sh: unknown name '$1'; there are lgg, ixi, ms, hippocampus" >&2; exit 2 ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=(lgg ixi ms hippocampus)
[ -n "${TAZUNA_DATA:-}" ] || { echo "results.sh: TAZUNA_DATA must name the folder of the datasets" >&2; exit 2; }
[ -x "$tazuna" ] || { echo "results.sh: $tazuna is not there; build it: cmake --preset release && cmake --build --preset release" >&2; exit 2; }

# NAME CONFIG FOLD: trains or goes on, then prints the table.
train() {
  local run=$out/$1 resume=()
  [ -e "$run/.tazuna/train" ] && resume=(--resume)
  "$tazuna" train "$root/configs/$2" --out "$run" --fold "$3" "${resume[@]}"
  local means=$run/means.tsv
  [ -e "$means" ] || means=$run/validation/means.tsv
  printf '\n%s (configs/%s, fold %s)\n' "$1" "$2" "$3"
  awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; ++i) c[$i] = i; next }
    $c["metric"] ~ /^(dice|hd95_mm|nsd|lesion_f1)$/ {
      printf "%-28s %-10s %8.3f  [%.3f, %.3f]  n %d, undefined %d, infinite %d\n", $c["structure"], $c["metric"],
             $c["mean"], $c["low"], $c["high"], $c["n"], $c["undefined"], $c["infinite"] }' "$means"
}

mkdir -p "$out"
for name in "${names[@]}"; do
  case "$name" in
    lgg) train lgg bids_lgg_lesion.yaml all ;;
    ixi) train ixi bids_ixi_deepgrey.yaml 0 ;;
    ms) train ms bids_ms_lesion.yaml all ;;
    hippocampus) train hippocampus hippocampus_cpu.yaml all ;;
  esac
done
