#!/usr/bin/env bash
# All benches, one after the other. Accuracy, hostile input and part of the speed need the development sets in ../shared/bench;
# without them these say so and are left out. Give names of benches to run only those: bench/run.sh language rpc
set -euo pipefail
cd "$(dirname "$0")/.."

wanted() { [[ $# -eq 1 || " ${*:2} " == *" $1 "* ]]; }

if [[ -d ../shared/bench ]]; then
  if wanted content "$@"; then (cd bench/content && go run .); fi
  if wanted hostile "$@"; then go run ./bench/hostile; fi
  if wanted language "$@"; then
    go run ./bench/language
    go run ./bench/language/times
  fi
else
  echo "no ../shared/bench: content, hostile and language are left out"
fi
if wanted rpc "$@"; then go run ./bench/rpc; fi
if wanted door "$@"; then go run ./bench/door; fi
if wanted bulk "$@"; then
  for scenario in crash drain poison cluster throughput overload; do go run ./bench/bulk $scenario; done
fi
