#!/usr/bin/env bash
# Writes gen/ anew from proto/. With --check it fails when that changes anything.
set -euo pipefail
cd "$(dirname "$0")/.."

clients/setup.sh
go tool -modfile=tools/go.mod buf generate
# Error details are in no import of ours; Go and Python have them from a library.
go tool -modfile=tools/go.mod buf generate third_party/googleapis \
  --path third_party/googleapis/google/rpc/error_details.proto --template '{"version": "v2", "plugins": [{
    "local": "clients/typescript/node_modules/.bin/protoc-gen-es",
    "out": "gen/ts", "opt": ["target=ts", "import_extension=js"]}]}'
# buf has no name for the gRPC generator of Python, which grpc_tools brings inside its own protoc.
clients/python/.venv/bin/python -m grpc_tools.protoc --proto_path=proto --proto_path=third_party/googleapis \
  --plugin=protoc-gen-mypy_grpc=clients/python/.venv/bin/protoc-gen-mypy_grpc \
  --grpc_python_out=gen/python --mypy_grpc_out=quiet:gen/python $(find proto -name '*_service.proto' | sort)

if [[ "${1:-}" == --check && -n "$(git status --porcelain gen)" ]]; then
  echo "gen/ is stale: run tools/generate.sh and commit what it writes" >&2
  git status --short gen >&2
  exit 1
fi
