#!/usr/bin/env bash
# Makes dist/ for a release: tools/release.sh VERSION. The binary is built twice, from two folders, and must come out equal;
# beside it lie its SBOM (CycloneDX), its checksum and the notes of the version from CHANGELOG.md.
set -euo pipefail
version=${1:?version}
cd "$(dirname "$0")/.."
rm -rf dist
mkdir dist
awk -v v="$version" '$1 == "##" { on = ($2 == v || $2 == "[" v "]") } on' CHANGELOG.md >dist/NOTES.md
[[ -s dist/NOTES.md ]] || { echo "CHANGELOG.md has no section $version" >&2; exit 1; }
tools/build.sh "$version" dist/nutgraf

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
git ls-files -z | xargs -0 cp -P --parents -t "$elsewhere"
GOCACHE=$elsewhere/cache "$elsewhere/tools/build.sh" "$version" "$elsewhere/nutgraf"
cmp dist/nutgraf "$elsewhere/nutgraf" || { echo "two builds differ" >&2; exit 1; }

go tool -modfile=tools/go.mod cyclonedx-gomod bin -json -version "v$version" -output dist/nutgraf.cdx.json dist/nutgraf
(cd dist && sha256sum nutgraf nutgraf.cdx.json >SHA256SUMS)
