#!/usr/bin/env bash
# Starts the server on a free port, extracts an invented article through gRPC, and shows some of what comes back.
set -euo pipefail
cd "$(dirname "$0")/../.."

log=$(mktemp)
bin/nutgraf serve --listen 127.0.0.1:0 --http-listen 127.0.0.1:0 --admin-listen "" --jobs-dir off 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -f "$log"' EXIT

for _ in $(seq 100); do
  addr=$(sed -n 's/.*"msg":"serving".*"grpc":"\([^"]*\)".*/\1/p' "$log")
  [[ -n $addr ]] && break
  sleep 0.1
done
[[ -n ${addr:-} ]] || { echo "the server did not start:" >&2; cat "$log" >&2; exit 1; }

echo "$ nutgraf extract --addr $addr --url https://courier.example/lighthouse docs/demo/article.html"
bin/nutgraf extract --addr "$addr" --url https://courier.example/lighthouse \
  --mask metadata.title.value,metadata.authors.name.value,metadata.published.value,content.text,entities.name,entities.roles.title,quotes.text,quotes.speaker.name,times.timex_value,keywords.text \
  docs/demo/article.html
