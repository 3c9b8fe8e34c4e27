#!/usr/bin/env bash
# From nothing to a report: sets up, builds, makes a synthetic cohort, trains one network for both of its questions and one for each
# alone, compares the three on people none of them has seen, segments further people, and draws the report. No data, no GPU, no
# question. The last line is the path of the report.
#   scripts/demo.sh [DIR]     DIR: where everything goes (default: ./tazuna-demo)
# A second run goes on where the first stopped, and starts clean when the program or the experiment has changed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -le 1 ] || { echo "demo.sh: takes one folder, got $#: $*" >&2; exit 2; }
demo=${1:-tazuna-demo}
case "$demo" in -*) echo "demo.sh: unknown flag '$demo'; the only argument is a folder" >&2; exit 2 ;; esac

say() { printf '\n== %s\n' "$*"; }

if [ -e "$demo" ] && [ ! -d "$demo" ]; then
  echo "demo.sh: $demo is a file; name a folder" >&2; exit 2
fi
if [ -d "$demo" ] && [ ! -e "$demo/.tazuna-demo" ] && [ -n "$(ls -A "$demo")" ]; then
  echo "demo.sh: $demo is not empty and was not made by this script; name another folder" >&2; exit 2
fi

say "setting up and building (minutes the first time, seconds later)"
"$root/scripts/setup.sh"
(cd "$root" && cmake --preset release >/dev/null && cmake --build --preset release)
tazuna=$root/build/release/bin/tazuna
config=$root/configs/phantom_demo.yaml

mkdir -p "$demo"
demo=$(cd "$demo" && pwd)
# What was made by another program or another experiment is not gone on with.
stamp=$(cat "$root"/build/release/lib/libtazuna_program.so "$config" "$root/scripts/demo.sh" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$demo/.tazuna-demo" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$demo"/{cohorts,comparison,labels,scores}
  echo "$stamp" >"$demo/.tazuna-demo"
fi

# NAME SUBJECTS SEED: a cohort, unless it stands there whole.
phantom() {
  local folder=$demo/cohorts/$1
  [ -e "$folder.whole" ] && return
  rm -rf "$folder"
  mkdir -p "$demo/cohorts"
  "$tazuna" phantom --out "$folder" --like habenula --field 7T --spacing 0.7 --subjects "$2" --seed "$3"
  touch "$folder.whole"
}
say "making synthetic people: small paired structures tell two groups apart"
phantom demo 40 1
phantom unseen 4 2

say "training three networks: both questions together, the structures alone, the groups alone (some four minutes on two cores)"
export TAZUNA_PHANTOM=$demo/cohorts
"$tazuna" compare "$config" --out "$demo/comparison" --fold 0

say "segmenting and scoring further people with the network of both questions"
joint=$(echo "$demo"/comparison/arms/joint-*/seed_*/fold_0)
"$tazuna" predict "$joint" --input "$demo/cohorts/unseen" --out "$demo/labels"
"$tazuna" evaluate --predictions "$demo/labels" --reference "$demo/cohorts/unseen/derivatives/truth" --out "$demo/scores"

# Floors below which something is wrong with the program, not with the data: those of people that the comparison held out.
awk -F'\t' '
  NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
  $column["arm"] == "joint" && $column["dice"] != "n/a" {
    small = $column["structure"] ~ /Habenula/
    sum[small] += $column["dice"]; n[small] += 1
  }
  END {
    if (!n[0] || !n[1]) { print "demo.sh: no scores were found" > "/dev/stderr"; exit 1 }
    printf "mean Dice of people held out: small structures %.3f, large ones %.3f\n", sum[1] / n[1], sum[0] / n[0]
    if (sum[1] / n[1] < 0.85 || sum[0] / n[0] < 0.95) {
      print "demo.sh: below what this demo must reach (0.85 and 0.95)" > "/dev/stderr"; exit 1
    }
  }' "$demo/comparison/cases.tsv"
echo "$demo/comparison/report.html"
