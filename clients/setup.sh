#!/usr/bin/env bash
# Installs the pinned generators and libraries of the Python and TypeScript clients into clients/python/.venv and
# clients/typescript/node_modules, and grpcurl into bin. Does nothing when they are there and current.
set -euo pipefail
cd "$(dirname "$0")"

for tool in go python3 node npm; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed: Go 1.26, Python 3.10 and Node 20, or newer, are needed" >&2; exit 1; }
done
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node 20 or newer is needed, not $(node --version)" >&2; exit 1; }

pinned=python/requirements-dev.txt
if ! cmp -s "$pinned" python/.venv/installed.txt; then
  python3 -c 'import sys; sys.exit(f"Python 3.10 or newer is needed, not {sys.version.split()[0]}") if sys.version_info < (3, 10) else None'
  rm -rf python/.venv
  python3 -m venv python/.venv
  python/.venv/bin/pip install --quiet --disable-pip-version-check --requirement "$pinned"
  cp "$pinned" python/.venv/installed.txt
fi

lock=typescript/package-lock.json
if ! cmp -s "$lock" typescript/node_modules/installed.json; then
  (cd typescript && npm ci --silent --no-audit --no-fund)
  cp "$lock" typescript/node_modules/installed.json
fi

grpcurl=github.com/fullstorydev/grpcurl
if ! go version -m ../bin/grpcurl 2>/dev/null | grep -q "$grpcurl.v1.9.4"; then
  GOBIN="$(cd .. && pwd)/bin" go install "$grpcurl/cmd/grpcurl@v1.9.4"
fi
