#!/usr/bin/env bash
# Fails if the contract breaks its users, compared with main's last commit, or with the commit before on main itself.
set -euo pipefail
cd "$(dirname "$0")/.."

base=$(git rev-parse --verify --quiet main || git rev-parse --verify --quiet origin/main || git rev-parse HEAD)
if git diff --quiet "$base" HEAD && git diff --quiet HEAD -- proto; then
  base=$(git rev-parse --verify --quiet "$base~1") || { echo "breaking: no commit to compare with"; exit 0; }
fi
if ! git cat-file -e "$base:buf.yaml" 2>/dev/null; then
  echo "breaking: $base has no contract yet"
  exit 0
fi
# Exit code 100 is a breaking change, any other a failure of the check itself: both fail.
go tool -modfile=tools/go.mod buf breaking --against ".git#ref=$base"
