#!/usr/bin/env bash
# Trains on real data and on habenula phantoms and prints out-of-fold tables, the figures of docs/RESULTS.md.
#   scripts/results.sh [NAME...] [--out DIR] [--set KEY=VALUE...]
#     default: all but the names in brackets; DIR: default ./results; KEY=VALUE goes to every `train` and `compare`
#     comparisons of one network for all questions with one for each:   lgg tumour2d ixi abide abide_sites
#     networks for structures alone:                                    hippocampus ms [lgg_lesion ixi_deepgrey]
#     habenulae, trained and tested at 3T and 7T:                       habenula
# Needs TAZUNA_DATA and the release build (TAZUNA names another program); habenula also nibabel in .venv (requirements-dev.txt). May be interrupted; goes on when it is called again.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tazuna=${TAZUNA:-$root/build/release/bin/tazuna}
configs=$root/configs
usual=(lgg tumour2d ixi abide abide_sites hippocampus ms habenula)
out=results names=() set=()
while [ $# -gt 0 ]; do
  case "$1" in
    --out) [ $# -ge 2 ] || { echo "results.sh: --out needs a folder" >&2; exit 2; }; out=$2; shift 2 ;;
    --set) [ $# -ge 2 ] || { echo "results.sh: --set needs KEY=VALUE" >&2; exit 2; }; set+=(--set "$2"); shift 2 ;;
    lgg|tumour2d|ixi|abide|abide_sites|hippocampus|ms|lgg_lesion|ixi_deepgrey|habenula) names+=("$1"); shift ;;
    *) echo "results.sh: unknown name '$1'; there are ${usual[*]} lgg_lesion ixi_deepgrey" >&2; exit 2 ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=("${usual[@]}")
[ -n "${TAZUNA_DATA:-}" ] || { echo "results.sh: TAZUNA_DATA must name the folder of the datasets" >&2; exit 2; }
[ -x "$tazuna" ] || { echo "results.sh: $tazuna is not there; build it: cmake --preset release && cmake --build --preset release" >&2; exit 2; }

# MEANS TITLE: prints means.tsv.
print_means() {
  printf '\n%s\n' "$2"
  awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; ++i) c[$i] = i; next }
    $c["metric"] ~ /^(dice|hd95_mm|nsd|assd_mm|volume_error_percent|lesion_f1)$/ {
      printf "%-28s %-20s %8.3f  [%.3f, %.3f]  n %d, undefined %d, infinite %d\n", $c["structure"], $c["metric"],
             $c["mean"], $c["low"], $c["high"], $c["n"], $c["undefined"], $c["infinite"] }' "$1"
}

# NAME CONFIG FOLD [SETTING...]: trains or goes on, then prints the table.
train() {
  local name=$1 config=$2 fold=$3 run=$out/$1 resume=() settings=() setting
  shift 3
  for setting in "$@"; do settings+=(--set "$setting"); done
  [ -e "$run/.tazuna/train" ] && resume=(--resume)
  "$tazuna" train "$configs/$config" --out "$run" --fold "$fold" "${resume[@]}" "${settings[@]}" "${set[@]}"
  local means=$run/means.tsv
  [ -e "$means" ] || means=$run/validation/means.tsv
  [ -e "$means" ] && print_means "$means" "$name (configs/$config, fold $fold)"
  return 0
}

# NAME CONFIG FLAG...: compares or goes on, then prints every score of every arm and the differences.
compare() {
  local name=$1 config=$2 folder=$out/$1
  shift 2
  "$tazuna" compare "$configs/$config" --out "$folder" "$@" "${set[@]}"
  local short='function short(x) { return x ~ /^-?[0-9.]+(e-?[0-9]+)?$/ ? sprintf("%.3f", x) : x }
    NR == 1 { for (i = 1; i <= NF; ++i) c[$i] = i; next }'
  printf '\n%s (configs/%s)\n' "$name" "$config"
  awk -F'\t' "$short"' $c["metric"] ~ /^(dice|auc|accuracy|balanced_accuracy|mae|r2|lesion_f1)/ {
      printf "%-26s %-10s %-22s %-18s %8s  [%s, %s]  n %s, persons %s\n", $c["arm"], $c["task"], $c["structure"], $c["metric"],
             short($c["value"]), short($c["low"]), short($c["high"]), $c["n"], $c["persons"] }' "$folder/scores.tsv"
  echo "differences:"
  awk -F'\t' "$short"' { printf "%-26s against %-26s %-10s %-22s %-12s %8s  [%s, %s]  p %s, Holm %s\n", $c["arm"],
             $c["reference"], $c["task"], $c["structure"], $c["metric"], short($c["difference"]), short($c["low"]),
             short($c["high"]), short($c["p"]), short($c["p_holm"]) }' "$folder/comparison.tsv"
  echo "$folder/report.html"
}

# FOLDER FLAG...: a phantom cohort of the shapes of real habenulae, unless it stands there whole.
phantom() {
  local folder=$1
  shift
  [ -e "$folder.whole" ] && return
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  "$tazuna" phantom --out "$folder" --like habenula --shapes "$TAZUNA_DATA/habenula/hcp_labels" "$@"
  touch "$folder.whole"
}

# Each field trains on one cohort and is tested on further people of both.
habenula() {
  local cohorts=$out/habenula/cohorts field other scores
  for field in 7T 3T; do
    phantom "$cohorts/habenula_$field" --field $field --subjects 60 --seed 1
    phantom "$cohorts/unseen_$field" --field $field --subjects 30 --seed 2
  done
  export TAZUNA_PHANTOM=$cohorts
  for field in 7T 3T; do
    train "habenula/$field" habenula_depression.yaml none "data.cohort.root=$cohorts/habenula_$field"
    for other in 7T 3T; do
      scores=$out/habenula/${field}_to_$other
      "$tazuna" predict "$out/habenula/$field" --input "$cohorts/unseen_$other" --out "$scores/labels"
      "$tazuna" evaluate --predictions "$scores/labels" --reference "$cohorts/unseen_$other/derivatives/truth" --out "$scores/scores"
      print_means "$scores/scores/means.tsv" "habenula $field -> $other, 30 further people"
      "$root/.venv/bin/python" "$root/benchmarks/swapped_sides.py" --predictions "$scores/labels" \
        --reference "$cohorts/unseen_$other/derivatives/truth"
    done
  done
}

mkdir -p "$out"
out=$(cd "$out" && pwd)
for name in "${names[@]}"; do
  case "$name" in
    lgg) compare lgg lgg_grade.yaml --arms "$configs"/arms/lgg_{T1w,gadolinium,FLAIR}.yaml ;;
    tumour2d) compare tumour2d tumour2d.yaml ;;
    ixi) compare ixi ixi_age_sex.yaml --fold 0 ;;
    abide|abide_sites)
      compare $name $name.yaml \
        --atlas "$TAZUNA_DATA/bids_abide/derivatives/cc200/space-MNI_atlas-CC200_res-6_dseg.nii.gz" ;;
    hippocampus) train hippocampus hippocampus_cpu.yaml all ;;
    ms) train ms bids_ms_lesion.yaml all ;;
    lgg_lesion) train lgg_lesion bids_lgg_lesion.yaml all ;;
    ixi_deepgrey) train ixi_deepgrey bids_ixi_deepgrey.yaml 0 ;;
    habenula) habenula ;;
  esac
done
