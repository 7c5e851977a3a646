#!/usr/bin/env python3
"""Writes the classes that spacy-lookups-data gives English words, to standard output as "word<TAB>path".

  pip install --no-deps spacy-lookups-data==1.0.5
  brown.py > paths.tsv

They are Brown clusters: the class is a path in a binary tree, the first step in the lowest bit. Sixteen steps are kept.
"""
import gzip, importlib.util, json, os

package = importlib.util.find_spec("spacy_lookups_data").submodule_search_locations[0]
with gzip.open(os.path.join(package, "data/en_lexeme_cluster.json.gz"), "rt", encoding="utf-8") as f:
    clusters = json.load(f)
for word, path in clusters.items():  # by frequency
    if path & 0xFFFF and not any(c.isspace() for c in word):
        print(word, path & 0xFFFF, sep="\t")
