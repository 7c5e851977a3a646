#!/usr/bin/env python3
"""Makes classes of words that are used alike, from tokens a sentence a line, to standard output as "word<TAB>class".

  pip install numpy==2.4.6 scipy==1.17.1 scikit-learn
  clusters.py TOKENS CLASSES > clusters.tsv

Positional contexts of two words each side, positive pointwise mutual information, its singular vectors, k-means.
"""
import collections, sys, unicodedata

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import sklearn.cluster

WORDS, CONTEXTS, DIMENSIONS, LEAST = 40000, 3000, 120, 6


def fold(w):
    """As the extractor folds, as far as it matters here: a capital or not, no digits, no accents."""
    s = "".join(c for c in unicodedata.normalize("NFD", w.lower()) if not unicodedata.combining(c)).replace("’", "'")
    s = "".join("0" if c.isdigit() else c for c in s)
    return s[:1].upper() + s[1:] if w[:1].isupper() else s


sentences = [[fold(w) for w in l.split()] for l in open(sys.argv[1], encoding="utf-8")]
sentences = list({" ".join(s): s for s in sentences}.values())
count = collections.Counter(w for s in sentences for w in s)
words = {w: i for i, (w, n) in enumerate(sorted(count.items(), key=lambda x: (-x[1], x[0]))[:WORDS]) if n >= LEAST}
contexts = {w: i + 1 for w, i in words.items() if i < CONTEXTS}
rows, columns = [], []
width = len(contexts) + 2
for s in sentences:
    ids = [words.get(w, -1) for w in s]
    near = [width - 1, width - 1] + [contexts.get(w, 0) for w in s] + [width - 1, width - 1]
    for i, w in enumerate(ids):
        if w < 0:
            continue
        for k, at in enumerate((i, i + 1, i + 3, i + 4)):
            rows.append(w)
            columns.append(k * width + near[at])
m = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(words), 4 * width))
m.sum_duplicates()
r, c, total = np.asarray(m.sum(1)).ravel(), np.asarray(m.sum(0)).ravel(), m.sum()
m = m.tocoo()
pmi = np.log(m.data * (c ** 0.75).sum() / (r[m.row] * c[m.col] ** 0.75))
pmi = np.maximum(pmi, 0)
m = scipy.sparse.csr_matrix((pmi, (m.row, m.col)), shape=m.shape)
u, s, _ = scipy.sparse.linalg.svds(m, DIMENSIONS, random_state=1)
u = u * np.sqrt(s)
u /= np.linalg.norm(u, axis=1, keepdims=True) + 1e-9
k = sklearn.cluster.KMeans(int(sys.argv[2]), n_init=1, max_iter=40, random_state=1).fit(u)
for w, i in words.items():
    print(w, k.labels_[i] + 1, sep="\t")
