#!/usr/bin/env python3
"""Train internal/zone/text.model, which labels the lines of scraped text.

    go build -o WORK/dump ./training/content
    train.py --bench ../shared/bench/content --work WORK
    lines.py --bench ../shared/bench/content --work WORK [--out internal/zone/text.model]

The pages, the labels and the four steps are those of train.py, whose run on markup gives the labels of trafilatura's pages.
Scrapers differ, and so does what callers send, so each page also trains in one other rendering, made here from its lines: the body alone,
a part of it under its title, the page without its menus, inline elements on lines of their own, all in one line. They are in the fold of their site.
Figures printed are of the pages as they are, from cross-validation by site.
"""
import argparse, gzip, json, multiprocessing, os, random, struct, sys, time
import lightgbm, numpy as np
import train as T

LINEAR = ('path', 'text')
FORESTS = dict(first=dict(n=80, learning_rate=.12, num_leaves=31), second=dict(n=150, learning_rate=.07, num_leaves=31))
WORKERS = 3
CUT, FLOOR = -6, .03
CLASS, PARAGRAPH = 32, 6  # column of the class of a line in its row, and the class that is never dropped early
L2, STEPS = 6, 20
OTHER, LOOSE = .5, .4  # weight of other renderings, and of pages that are no articles

def render(rng, kind, lines, y):
    """Lines and labels of another rendering; None if the page gives none."""
    inside = [i for i, v in enumerate(y) if v >= .5]
    if sum(len(lines[i]) for i in inside) < 300: return None
    first, last = inside[0], inside[-1]
    body = [(lines[i], 1.) for i in inside]
    if kind == 'body': return body
    if kind == 'part':
        k = rng.randrange(len(body)); part = body[k:k + rng.randint(1, 5)]
        return ([(lines[first - 1], y[first - 1])] if first and rng.random() < .5 else []) + part
    if kind == 'region':
        return [(lines[i], y[i]) for i in range(max(0, first - rng.randint(0, 8)), min(len(lines), last + 1 + rng.randint(0, 12)))]
    if kind == 'joined': return [(' '.join(b for b, _ in body), 1.)]
    if kind == 'inline':
        out = []
        for s, v in zip(lines, y):
            words, at = s.split(' '), 0
            if len(words) > 12 and rng.random() < .4:
                for _ in range(rng.randint(1, 3)):
                    k = rng.randint(at, len(words)); n = rng.randint(1, 5)
                    if k + n > len(words): break
                    out += [(' '.join(words[a:b]), v) for a, b in ((at, k), (k, k + n)) if b > a]; at = k + n
            if at < len(words): out.append((' '.join(words[at:]), v))
        return out

KINDS = ['body', 'part', 'part', 'region', 'region', 'inline', 'joined']

def renderings(o, sets):
    """A set of other renderings, one a page."""
    where = f'{o.work}/renderings'; os.makedirs(where + '/text', exist_ok=True)
    rng, manifest, labels, meta = random.Random(1), [], [], []
    for d in sets:
        for i, p in enumerate(d.pages):
            kind = rng.choice(KINDS); y = d.y[d.at[i]:d.at[i+1]]
            if d.meta[i].get('page_type', 'article') != 'article': continue
            if d.name == 'trafilatura' and (y < 0).mean() > .2: continue
            out = render(rng, kind, [b.replace('\n', ' ') for b in p['blocks']], y)
            if not out: continue
            name = f'{d.name}-{i}'
            with gzip.open(f'{where}/text/{name}.txt.gz', 'wt', compresslevel=1) as f: f.write('\n\n'.join(s for s, _ in out))
            manifest.append(dict(id=name, text=f'text/{name}.txt.gz', html='', site=d.meta[i]['site'], kind=kind, gold={}))
            labels.append(np.array([v for _, v in out], np.float32))
    open(where + '/manifest.jsonl', 'w').writelines(json.dumps(m) + '\n' for m in manifest)
    bench, o.bench = o.bench, o.work
    cache = f'{o.work}/renderings.text.labels'
    if os.path.exists(cache): os.remove(cache)
    d = T.load(o, 'renderings'); o.bench = bench
    y = []
    for i, l in enumerate(labels):
        n = d.at[i+1] - d.at[i]
        y.append(l if len(l) == n else np.full(n, l.mean() if l.min() == l.max() else -1, np.float32))  # lines were joined
    d.y = np.concatenate(y)
    return d

def chosen(p, words):
    """Which lines of a page the extractor takes: its cut lies half way between one half and the one that maximises the expected F1."""
    if not len(p): return np.zeros(0, bool)
    w = words + .5; order = np.argsort(-p, kind='stable'); inside, size = np.cumsum((p * w)[order]), np.cumsum(w[order])
    best = p[order[np.argmax(2 * inside / (size + (p * w).sum()))]]
    return (p >= (best + .5) / 2) & (p > 0)

def evaluate(o, sets, p):
    """Prints the scores of the pages as they are, and writes predictions if asked to."""
    at, text = 0, []
    for d in sets:
        q, preds = p[at:at + len(d.y)], []; at += len(d.y)
        for i, page in enumerate(d.pages):
            s = slice(d.at[i], d.at[i+1])
            preds.append(dict(id=page['id'], body='\n\n'.join(b for b, v in zip(page['blocks'], chosen(q[s], d.words[s])) if v)))
        if o.predictions: open(f'{o.predictions}.{d.name}.text.jsonl', 'w').writelines(json.dumps(x) + '\n' for x in preds)
        text.append(T.scored(o, d, preds))
    print('  ', '; '.join(text), flush=True)

def write(path, a, width2, linears, forests):
    """The file that internal/zone/trees.go reads."""
    b = b'NGZ1' + struct.pack('<IIff', a.x.shape[1] + 6, width2, CUT, FLOOR)
    for w, scale, bias in linears: b += struct.pack('<ff', scale, bias) + w.tobytes()
    b += b''.join(map(T.forest_bytes, forests))
    open(path, 'wb').write(b); print('wrote', path, len(b), 'bytes')

def recall(d, p, say):
    """Share of body words found in each kind of rendering, and of what was taken the share that is body."""
    for kind in sorted(set(KINDS)):
        hit = all_ = took = 0
        for i, m in enumerate(d.meta):
            if m['kind'] != kind: continue
            s = slice(d.at[i], d.at[i+1]); take = chosen(p[s], d.words[s]); w, y = d.words[s], d.y[s]
            hit += w[take & (y >= .5)].sum(); all_ += w[y >= .5].sum(); took += w[take & (y >= 0)].sum()
        say('   %-8s recall %.4f precision %.4f' % (kind, hit / max(1, all_), hit / max(1, took)))

def thinned(a, w, least=12, most=4, part=3):
    """Weights with two of three short lines far from any body left out: menus are long and easy."""
    at, far = np.arange(len(a.y)), np.zeros(len(a.y), bool)
    inside = np.flatnonzero(a.y >= .5)
    if len(inside):
        k = np.searchsorted(inside, at); lo, hi = inside[np.maximum(k - 1, 0)], inside[np.minimum(k, len(inside) - 1)]
        near = lambda j: (a.page[j] == a.page) & (abs(at - j) <= least)
        far = ~near(lo) & ~near(hi) & (a.words <= most)
    drop = far & (np.random.default_rng(1).random(len(far)) > 1 / part)
    return np.where(drop, 0, np.where(far, part * w, w)).astype(np.float32)

JOB = None
def run(job):
    """Trains without fold f; without any left out if f is the last."""
    kind, f = job; a, y, w, x, keep = JOB; tr, te = (w > 0) & (a.fold != f), a.fold == f
    if kind in LINEAR:
        m = getattr(a, kind); model = T.fit_linear(m[tr], y[tr], w[tr], L2, STEPS)
        return job, model, T.apply_linear(model, m[te])
    tr, te = tr & keep, te & keep
    model = T.fit_forest(x[tr], y[tr], w[tr], **FORESTS[kind])
    return job, model.model_to_string(), model.predict(x[te], num_threads=1) if te.any() else []

def cross(kinds, *job):
    """For each kind of model the scores of all lines by models that have not seen the site, and the model of all pages."""
    global JOB
    JOB, (a, y, w, x, keep) = job, job
    scores, models = {k: np.zeros(len(y), np.float32) for k in kinds}, {}
    with multiprocessing.get_context('fork').Pool(WORKERS) as pool:
        for (k, f), model, v in pool.imap_unordered(run, [(k, f) for f in range(T.FOLDS + 1) for k in kinds]):
            if f == T.FOLDS: models[k] = model
            else: scores[k][(a.fold == f) & (keep if keep is not None else True)] = v
    return [(scores[k], models[k]) for k in kinds]

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--bench', required=True); ap.add_argument('--work', required=True); ap.add_argument('--out')
    ap.add_argument('--predictions', help='prefix of cross-validated predictions for score.py')
    o = ap.parse_args(); o.kind = 'text'; sys.path.insert(0, o.bench); import score; o.score = score
    start = time.time(); say = lambda *s: print('%5.0f s' % (time.time() - start), *s, flush=True)
    real = [T.load(o, s) for s in ('fundus', 'wcxb', 'trafilatura')]
    other = renderings(o, real)
    a = T.merge(real + [other]); n = len(a.y) - len(other.y)
    y, w, body = (a.y >= .5).astype(int), T.weights(a), (a.y >= .5) * a.words
    w[n:] *= OTHER; w[~a.news] *= LOOSE
    lost = lambda keep: 'keeps %.3f of lines, loses %.4f of body words' % (keep.mean(), body[~keep].sum() / body.sum())
    say(len(y), 'lines')
    w = thinned(a, w); say('thinned to', int((w > 0).sum()))
    linears = cross(LINEAR, a, y, w, None, None); lp, lt = (v for v, _ in linears)
    keep = (lp + lt > CUT) | (a.x[:, CLASS] == PARAGRAPH); say('linear;', lost(keep))
    x = T.with_linear(a, lp, lt)
    (p1, first), = cross(['first'], a, y, w, x, keep); say('first stage')
    x = np.column_stack([x, T.second_features(o, a, p1, lp, lt)]); keep2 = p1 > FLOOR; say('second stage', lost(keep2))
    # Gold that models which have not seen the site are sure is wrong counts little from here on.
    w = np.where((a.y >= 0) & (y == 0) & (p1 > .9), .1, np.where((y == 1) & (p1 < .03), .3, 1)).astype(np.float32) * w
    (p2, second), = cross(['second'], a, y, w, x, keep2); say('second stage')
    if o.out:
        write(o.out, a, x.shape[1] - a.x.shape[1] - 6, [m for _, m in linears], [lightgbm.Booster(model_str=m) for m in (first, second)])
    evaluate(o, real, p2[:n])
    T.calibration(real, p2[:n], chosen)
    recall(other, p2[n:], say)

if __name__ == '__main__': main()
