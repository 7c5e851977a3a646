#!/usr/bin/env bash
# Builds the static binary of a release: tools/build.sh VERSION OUTPUT. Equal sources, version and Go give equal bytes.
set -euo pipefail
version=${1:?version}
output=$(realpath -m "${2:?output}")
cd "$(dirname "$0")/.."
CGO_ENABLED=0 go build -tags timetzdata -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$version" -o "$output" ./cmd/nutgraf
