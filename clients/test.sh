#!/usr/bin/env bash
# All tests of all clients, each against a server that fails as it is told and one that is killed, then together
# against the real one.
# Needs Go, Python 3.10+, Node 20+ and Chromium; CHROMIUM names it if it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh
CHROMIUM=$(command -v "${CHROMIUM:-chromium}") || { echo "Chromium is needed: install it or set CHROMIUM" >&2; exit 1; }
export CHROMIUM
go build -o ../bin/ ../cmd/nutgraf ./conformance/faultserver
FAULTSERVER=$(cd .. && pwd)/bin/faultserver
NUTGRAF=$(cd .. && pwd)/bin/nutgraf
export FAULTSERVER NUTGRAF

echo "== python: types, package, tests"
(
  cd python
  .venv/bin/mypy
  rm -rf dist
  .venv/bin/hatchling build 2>/dev/null
  # The tests run on what a user installs: the wheel, made of the source distribution.
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall dist/*.tar.gz
  .venv/bin/python -m unittest tests.test_client tests.test_jobs tests.test_frames
)

echo "== typescript: types, package, tests"
(cd typescript && npm run --silent build && node --test --test-force-exit --test-reporter=spec test/*.test.js)

echo "== go"
go test ./go/

echo "== conformance: every client and grpcurl against one server"
NUTGRAF_CLIENTS=all go test -count=1 -timeout 15m -v ./conformance/ | grep -v '^=== '
