#!/usr/bin/env bash
# Writes docs/OPTIONS.md anew from the program's own manual:  scripts/options.sh [TAZUNA]
set -euo pipefail
cd "$(dirname "$0")/.."
tazuna=${1:-build/release/bin/tazuna}
manual=$("$tazuna" manual)
{
  echo "# Options: every key of an experiment file"
  echo
  echo "As \`tazuna manual\` prints it; \`tazuna manual KEY\` shows one. \`N\` stands for a place in a list. Any key can be set on the"
  echo "command line: \`--set train.steps=2000\`."
  echo
  echo '```'
  echo "$manual"
  echo '```'
} >docs/OPTIONS.md
