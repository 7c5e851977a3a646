#!/usr/bin/env python3
"""Train the models of internal/zone.

    go build -o WORK/dump ./training/content
    train.py --bench ../shared/bench/content --work WORK [--out internal/zone/html.model]

Reads the development pages of wcxb, fundus and trafilatura, labels each block by aligning it with the gold body or snippets, and trains two linear models over hashed words and two boosted forests, the second of which sees the scores of the first around
a block. All figures printed are from cross-validation: pages of one site are never on both sides. The model written is then
trained on all pages. lines.py, for scraped text, takes the labels of trafilatura's pages from here. Needs numpy, scipy, lightgbm.
"""
import argparse, bisect, collections, hashlib, json, multiprocessing, os, pickle, struct, subprocess, sys, time
import lightgbm, numpy as np, scipy.sparse
from scipy.optimize import minimize

FOLDS = 5
# What the cascade trains on, and what it drops in service: less is scored on markup, at no loss in cross-validation.
CUT, FLOOR = -12, .06
IN_SERVICE = {'html': (-9, .1)}
REST = 1.6  # weight of pages of markup that are no articles: they are fewer and harder

# ---- labels

def longest_chain(candidates):
    """Indices of the heaviest subsequence of (place, weight) with rising places."""
    best, prev = [], []
    for i, (place, weight) in enumerate(candidates):
        b, p = 0, -1
        for j in range(i):
            if candidates[j][0] <= place and best[j] > b: b, p = best[j], j
        best.append(b + weight); prev.append(p)
    if not best: return set()
    i, out = max(range(len(best)), key=best.__getitem__), set()
    while i >= 0: out.add(i); i = prev[i]
    return out

def align(blocks, gold, tokens):
    """Share of each block that belongs to the gold body. Long blocks are placed by their shingles, in order; repeated text counts once;
    short blocks count if they stand in the gap between their neighbours."""
    K = 3
    g = tokens(gold)
    where = collections.defaultdict(list)
    for i in range(len(g) - K + 1): where[tuple(g[i:i+K])].append(i)
    words = [tokens(b) for b in blocks]
    y = np.zeros(len(blocks), np.float32)
    flat = []
    for bi, t in enumerate(words):
        if len(t) < 5: continue
        n, hit, starts = len(t) - K + 1, 0, collections.Counter()
        for i in range(n):
            p = where.get(tuple(t[i:i+K]))
            if not p: continue
            hit += 1
            if len(p) <= 20:
                for q in p: starts[q - i] += 1
        if hit < .3 * n or not starts: continue
        top = max(starts.values())
        places = sorted((a for a, k in starts.items() if k >= .8 * top), reverse=True)[:8]
        flat += [(a, hit / n * len(t), bi, len(t), hit / n) for a in places]
    flat = flat[:3000]
    claimed, placed = np.zeros(len(g) + 1, bool), {}
    def claim(bi, a, n, share):
        y[bi] = share; placed[bi] = (a, a + n); claimed[max(0, a):max(0, a + n)] = True
    for k in sorted(longest_chain([f[:2] for f in flat])):
        a, _, bi, n, share = flat[k]
        if bi not in placed: claim(bi, a, n, share)
    for a, _, bi, n, share in flat:
        lo, hi = max(0, a), max(0, min(len(g), a + n))
        if bi not in placed and hi > lo and claimed[lo:hi].mean() < .3: claim(bi, a, n, share)
    order, first = sorted(placed), collections.defaultdict(list)
    for i, w in enumerate(g): first[w].append(i)
    for bi, t in enumerate(words):
        if bi in placed or not 0 < len(t) < 5: continue
        k = bisect.bisect(order, bi)
        lo = placed[order[k-1]][1] - 2 if k else 0
        hi = placed[order[k]][0] + 2 if k < len(order) else len(g)
        if order and k == 0: lo = max(0, hi - 60)
        if order and k == len(order): hi = min(len(g), lo + 60)
        for p in first.get(t[0], ()):
            if lo <= p and p + len(t) <= hi and g[p:p+len(t)] == t and not claimed[p:p+len(t)].any():
                claim(bi, p, len(t), 1.); order = sorted(placed); break
    return y

def by_snippets(blocks, wanted, unwanted):
    """1 and 0 where a snippet says so, -1 where nothing is known."""
    ws = lambda s: ' '.join(s.split())
    y = np.full(len(blocks), -1, np.float32)
    for i, b in enumerate(blocks):
        t = ws(b); inside = len(t) > 30
        yes = any(ws(x) in t or inside and t in ws(x) for x in wanted); no = any(ws(x) in t or inside and t in ws(x) for x in unwanted)
        if yes != no: y[i] = float(yes)
    return y

def mark(d):
    """Puts what was read off the pages (marks.tsv: page, count of blocks, ranges of the body, or ? if nothing can be learned from it) in the place of their
    labels, but for what snippets say. A page that is by now cut into other blocks keeps what it has."""
    index, used, stale = {p['id']: i for i, p in enumerate(d.pages)}, 0, 0
    for line in open(os.path.join(os.path.dirname(__file__), 'marks.tsv')):
        page, count, ranges = line.rstrip('\n').split('\t')
        if page not in index: continue
        i = index[page]; y = d.y[d.at[i]:d.at[i+1]]
        if len(y) != int(count): stale += 1; continue
        body = np.full(len(y), -1 if ranges == '?' else 0, np.float32)
        for r in filter(None, ranges.strip('?').split(',')):
            a, _, b = r.partition('-'); body[int(a):int(b or a) + 1] = 1
        open_ = (y < 0) | ('body' in d.meta[i]['gold']); y[open_] = body[open_]; used += 1
    print(f'    {used} pages of {d.name} marked' + f', {stale} cut into other blocks since' * bool(stale), flush=True)

# ---- data

class Set: pass

def slots(path, n, width):
    a = np.fromfile(path, np.uint32); lens, mask, at = np.empty(n, np.int64), np.ones(len(a), bool), 0
    for i in range(n):
        lens[i] = a[at]; mask[at] = False; at += 1 + int(a[at])
    m = scipy.sparse.csr_matrix((np.ones(int(lens.sum()), np.float32), a[mask].astype(np.int32), np.concatenate([[0], np.cumsum(lens)])), shape=(n, width))
    m.sum_duplicates()
    return m

def fold(site): return int(hashlib.md5(site.encode()).hexdigest(), 16) % FOLDS

def load(o, name):
    d = Set(); d.name, d.where, prefix = name, f'{o.bench}/{name}', f'{o.work}/{name}.{o.kind}'
    subprocess.check_call([f'{o.work}/dump', '-set', d.where, '-kind', o.kind, '-out', prefix])
    d.manifest = [json.loads(l) for l in open(f'{o.bench}/{name}/manifest.jsonl')]
    d.pages = [json.loads(l) for l in open(prefix + '.pages')]
    byid = {m['id']: m for m in d.manifest}
    d.meta = [byid[p['id']] for p in d.pages]
    d.manifest = d.meta
    n = np.array([len(p['blocks']) for p in d.pages]); d.at = np.concatenate([[0], np.cumsum(n)]); rows = int(d.at[-1])
    w1, d.width2, wp, wt, ws, wa = d.pages[0]['width']
    d.x = np.fromfile(prefix + '.first', np.float32).reshape(rows, w1)
    d.path, d.text = slots(prefix + '.path', rows, wp), slots(prefix + '.text', rows, wt)
    if o.kind == 'html':
        d.section, d.all = slots(prefix + '.section', rows, ws), slots(prefix + '.all', rows, wa)
        d.all = scipy.sparse.diags((np.maximum(1, np.asarray(d.all.sum(1)).ravel()) ** -.5).astype(np.float32)) @ d.all
    d.words = np.concatenate([np.array(p['words'] or [], np.float32) for p in d.pages])
    d.page = np.repeat(np.arange(len(n)), n)
    d.fold = np.array([fold(m['site']) for m in d.meta])[d.page]
    cache = prefix + '.labels'
    if o.kind == 'text' and name == 'trafilatura':
        # One line for each block of the page: its labels, and where they say nothing the scores from cross-validation on the markup.
        d.y, p = np.load(f'{o.work}/trafilatura.html.labels'), np.load(f'{o.work}/trafilatura.html.scores.npy')
        sure = (d.y < 0) & ((p < .15) | (p > .85)); d.y[sure] = p[sure]
    elif os.path.exists(cache) and len(np.load(cache)) == rows: d.y = np.load(cache)
    else:
        tokens = lambda s: o.score.toks(s.lower(), True)
        gold = [m['gold'] for m in d.meta]
        d.y = np.concatenate([align(p['blocks'], g['body'], tokens) if 'body' in g else by_snippets(p['blocks'], g.get('with') or [], g.get('without') or [])
                              for p, g in zip(d.pages, gold)])
        with open(cache, 'wb') as f: np.save(f, d.y)
    if o.kind == 'html': mark(d)
    return d

def merge(sets):
    a = Set(); a.sets = sets
    for k in ('x', 'y', 'words', 'fold'): setattr(a, k, np.concatenate([getattr(d, k) for d in sets]))
    for k in ('path', 'text', 'section', 'all'):
        if hasattr(sets[0], k): setattr(a, k, scipy.sparse.vstack([getattr(d, k) for d in sets]).tocsr())
    at = np.cumsum([0] + [len(d.pages) for d in sets]); a.page = np.concatenate([d.page + k for d, k in zip(sets, at)])
    a.news = np.concatenate([np.array([m.get('page_type', 'article') == 'article' for m in d.meta])[d.page] for d in sets])
    return a

def weights(a, keep=True, rest=1):
    """Longer blocks weigh more, as they do in the score; a page weighs at most like 60 short blocks of those kept, rest times that if it is no article."""
    w = np.sqrt(a.words + 1) * ((a.y >= 0) & keep)
    return (w * (60 / np.maximum(60, np.bincount(a.page, w)))[a.page] * np.where(a.news, 1, rest)).astype(np.float32)

# ---- models

def fit_linear(m, y, w, l2, steps=40):
    s, mt, n, w = (2 * y - 1).astype(np.float32), m.T.tocsr(), m.shape[1], w / w.mean()
    def loss(v):
        z = (m @ v[:n].astype(np.float32) + np.float32(v[n])) * s
        g = -(s * w / (1 + np.exp(z))).astype(np.float32); grad = np.empty(n + 1)
        grad[:n] = mt @ g + l2 * v[:n]; grad[n] = g.sum()
        return (np.logaddexp(0, -z) * w).sum() + .5 * l2 * (v[:n] ** 2).sum(), grad
    v = minimize(loss, np.zeros(n + 1), jac=True, method='L-BFGS-B', options=dict(maxiter=steps, maxcor=6)).x
    # The extractor holds the weights in 8 bits; train what follows on the same.
    scale = np.quantile(np.abs(v[:n][v[:n] != 0]), .9995) / 127 if (v[:n] != 0).any() else 1.
    return np.clip(np.round(v[:n] / scale), -127, 127).astype(np.int8), np.float32(scale), np.float32(v[n])

def apply_linear(model, m): return (m @ model[0].astype(np.float32)) * model[1] + model[2]

def cross_linear(a, m, y, w, l2):
    out = np.zeros(len(y), np.float32)
    for f in range(FOLDS):
        tr = (a.fold != f) & (w > 0); te = a.fold == f
        out[te] = apply_linear(fit_linear(m[tr], y[tr], w[tr], l2), m[te])
    return out

def shifted(v, page, by):
    out = np.full(len(v), -9, np.float32)
    if by > 0: out[:-by] = np.where(page[by:] == page[:-by], v[by:], -9)
    else: out[-by:] = np.where(page[:by] == page[-by:], v[:by], -9)
    return out

def with_linear(a, lp, lt):
    return np.column_stack([a.x] + [f for v in (lp, lt) for f in (v, shifted(v, a.page, -1), shifted(v, a.page, 1))]).astype(np.float32)

FIRST = dict(n=60, learning_rate=.15, num_leaves=31)
SECOND = dict(n=200, learning_rate=.05, num_leaves=31, feature_fraction=.4)

def fit_forest(x, y, w, n, feature_fraction=.5, **kw):
    p = dict(objective='binary', min_data_in_leaf=80, feature_fraction=feature_fraction, bagging_fraction=.7, bagging_freq=1, max_bin=63, lambda_l2=5,
             seed=1, deterministic=True, force_col_wise=True, num_threads=1, verbose=-1, **kw)
    k = w > 0
    return lightgbm.train(p, lightgbm.Dataset(x[k], y[k], weight=w[k], params=dict(max_bin=63, verbose=-1)), n)

JOB = None
def one_fold(f):
    a, x, y, w, keep, kw = JOB
    tr, te = (a.fold != f) & keep, (a.fold == f) & keep
    return te, fit_forest(x[tr], y[tr], w[tr], **kw).predict(x[te], num_threads=1)

def cross_forest(a, x, y, w, keep, **kw):
    global JOB
    JOB, out = (a, x, y, w, keep, kw), np.zeros(len(y), np.float32)
    with multiprocessing.get_context('fork').Pool(2) as pool:
        for te, p in pool.imap_unordered(one_fold, range(FOLDS)): out[te] = p
    return out

def second_features(o, a, p1, lp, lt):
    at, out = 0, []
    for d in a.sets:
        prefix, n = f'{o.work}/{d.name}.{o.kind}', len(d.y)
        rows = [np.stack([v[at + d.at[i]:at + d.at[i+1]] for v in (p1, lp, lt)]).ravel() for i in range(len(d.pages))]
        np.concatenate(rows).astype(np.float32).tofile(prefix + '.p1'); at += n
        subprocess.check_call([f'{o.work}/dump', '-set', d.where, '-kind', o.kind, '-out', prefix, '-p1', prefix + '.p1'])
        out.append(np.fromfile(prefix + '.second', np.float32).reshape(n, d.width2))
    return np.concatenate(out)

NODES, CASES = np.polynomial.hermite_e.hermegauss(7)

def threshold(p, words, deviation=2):
    """The threshold that maximises the expected F1 of a page whose blocks err together; as zone.threshold."""
    if not len(p): return .5
    order = np.argsort(-p, kind='stable'); w, q = (words + .5)[order], np.clip(p[order], 1e-4, 1 - 1e-4); size, f1 = np.cumsum(w), 0
    for x, weight in zip(NODES, CASES):
        e = w * (p[order] > 0) / (1 + np.exp(-(np.sqrt(1 + np.pi * deviation ** 2 / 8) * np.log(q / (1 - q)) + deviation * x)))
        f1 = f1 + weight * np.cumsum(e) / (size + e.sum())
    return p[order[np.argmax(f1)]]

def decide(o, a, p):
    """What the extractor makes of the scores, one list of pages for each set: the body, and the features of the kind of page."""
    at, out = 0, []
    for d in a.sets:
        prefix = f'{o.work}/{d.name}.{o.kind}'; p[at:at + len(d.y)].astype(np.float32).tofile(prefix + '.scores'); at += len(d.y)
        subprocess.check_call([f'{o.work}/dump', '-set', d.where, '-kind', o.kind, '-out', prefix, '-final', prefix + '.scores'])
        out.append([json.loads(l) for l in open(prefix + '.bodies')])
    return out

def scored(o, d, preds):
    """The main figures of a set's predictions, in words."""
    rows = o.score.score(d.manifest, preds); r = o.score.agg(rows)
    if d.name == 'wcxb':
        art = o.score.agg([x for x, m in zip(rows, d.manifest) if m['page_type'] == 'article'])
        return 'wcxb articles %.4f all %.4f' % (art['w_f1'], r['w_f1'])
    if d.name == 'fundus': return 'fundus %.4f (p %.4f r %.4f)' % (r['sh_f1'], r['sh_p'], r['sh_r'])
    return '%s snippets %.4f' % (d.name, r['sn_f1'])

def evaluate(o, a, p, file=None):
    text, out = [], decide(o, a, p)
    for d, preds in zip(a.sets, out):
        if file: open(f'{file}.{d.name}.{o.kind}.jsonl', 'w').writelines(json.dumps(dict(id=x['id'], body=x['body'])) + '\n' for x in preds)
        text.append(scored(o, d, preds))
    print('   ', '; '.join(text), flush=True)
    return out

def calibration(sets, p, taken):
    """Prints what share of the blocks taken into the body is right, by score, for the curves of internal/zone/confidence.go. A page counts at most like 50 blocks."""
    at, rows = 0, []
    for d in sets:
        q = p[at:at + len(d.y)]; at += len(d.y)
        if d.name == 'trafilatura': continue  # snippets say nothing of most blocks
        for s in map(slice, d.at[:-1], d.at[1:]):
            take = taken(q[s], d.words[s]); n = take.sum()
            rows.append(np.stack([q[s][take], d.y[s][take] >= .5, np.full(n, min(1, 50 / max(1, n)))]))
    v, right, w = np.concatenate(rows, 1)
    edges = [0, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99, 1.01]
    for lo, hi in zip(edges, edges[1:]):
        k = (v >= lo) & (v < hi)
        if k.any(): print('    score %.3f: %6d blocks, %.3f right' % (np.average(v[k], weights=w[k]), k.sum(), np.average(right[k], weights=w[k])), flush=True)

def fit_kinds(a, pages):
    """Two forests over whole pages: whether it is an article (news or other), and whether a list of things."""
    types = [m.get('page_type') or ('article' if d.name == 'fundus' else '') for d in a.sets for m in d.manifest]
    x = np.array([p['kind'] for d in pages for p in d], np.float32); folds = np.array([fold(m['site']) for d in a.sets for m in d.manifest])
    known = np.array([t != '' for t in types]); out = []
    fit = lambda k, y: lightgbm.train(dict(objective='binary', num_leaves=8, learning_rate=.08, min_data_in_leaf=15, feature_fraction=.5, bagging_fraction=.7, bagging_freq=1,
                                           lambda_l2=5, max_bin=63, seed=1, deterministic=True, num_threads=1, verbose=-1), lightgbm.Dataset(x[k], y[k]), 60)
    for name, wanted, limit in (('article', ('article', 'documentation'), .2), ('index', ('collection', 'listing'), .5)):
        y, p = np.array([t in wanted for t in types]).astype(int), np.zeros(len(types))
        for f in range(FOLDS): p[folds == f] = fit(known & (folds != f), y).predict(x[folds == f])
        k = known & np.array([d.name == 'wcxb' for d in a.sets for _ in d.manifest]); hit = (p > limit) & (y == 1) & k
        print('    page kind %-8s wcxb: precision %.3f recall %.3f of %d' % (name, hit.sum() / max(1, ((p > limit) & k).sum()), hit.sum() / y[k].sum(), y[k].sum()), flush=True)
        out.append(fit(known, y))
    return out

# ---- model file, read by internal/zone/trees.go

def floor32(v):
    f = np.float32(v)
    return f if float(f) <= v else np.nextafter(f, np.float32(-np.inf))

def forest_bytes(booster):
    roots, nodes = [], []
    def walk(t):
        at = len(nodes)
        if 'leaf_value' in t: nodes.append((np.float32(t['leaf_value']), 0xffff, 0)); return
        nodes.append(None); walk(t['left_child']); right = len(nodes) - at; walk(t['right_child'])
        assert t['decision_type'] == '<='
        nodes[at] = (floor32(t['threshold']), t['split_feature'], right)
    for t in booster.dump_model()['tree_info']: roots.append(len(nodes)); walk(t['tree_structure'])
    return struct.pack('<fI', 0, len(roots)) + np.array(roots, '<u4').tobytes() + struct.pack('<I', len(nodes)) + b''.join(struct.pack('<fHH', *n) for n in nodes)

def gate(forest, x, words, trees):
    """The sum over the first trees below which next to no words of these blocks of bodies lie, with some room."""
    z = forest.predict(x, raw_score=True, num_iteration=trees, num_threads=1); order = np.argsort(z); lost = np.cumsum(words[order])
    return trees, float(z[order[np.searchsorted(lost, .0003 * lost[-1])]]) - .15

def write(path, kind, a, width2, linears, forests, kinds=(), gates=()):
    b = b'NGZ1' + struct.pack('<IIff', a.x.shape[1] + 6, width2, *IN_SERVICE[kind])
    for w, scale, bias in linears: b += struct.pack('<ff', scale, bias) + w.tobytes()
    b += b''.join(map(forest_bytes, [*forests, *kinds])) + b''.join(struct.pack('<If', *g) for g in gates)
    open(path, 'wb').write(b); print('wrote', path, len(b), 'bytes')

# ----

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--bench', required=True); ap.add_argument('--work', required=True); ap.add_argument('--out'); ap.add_argument('--predictions', help='prefix of cross-validated predictions for score.py')
    o = ap.parse_args(); o.kind = 'html'; sys.path.insert(0, o.bench); import score; o.score = score
    start = time.time(); say = lambda *s: print('%5.0f s' % (time.time() - start), *s, flush=True)
    a = merge([load(o, s) for s in ('fundus', 'wcxb', 'trafilatura')])
    y, w, body = (a.y >= .5).astype(int), weights(a, rest=REST), (a.y >= .5) * a.words
    lost = lambda keep: 'keeps %.3f of blocks, loses %.4f of body words' % (keep.mean(), body[~keep].sum() / body.sum())
    say(len(y), 'blocks')
    lp = cross_linear(a, a.path, y, w, 1)
    lt = cross_linear(a, a.text, y, w, 6)
    keep = lp + lt > CUT; say('linear;', lost(keep))
    x = with_linear(a, lp, lt); width = x.shape[1]
    p1 = cross_forest(a, x, y, w, keep, **FIRST); say('first stage'); evaluate(o, a, p1)
    keep2 = p1 > FLOOR; w2 = weights(a, keep2, REST); say('second stage', lost(keep2))
    x = np.column_stack([x, second_features(o, a, p1, lp, lt), cross_linear(a, a.section, y, w2, 4), cross_linear(a, a.all, y, w2, 2)]).astype(np.float32)
    p2 = cross_forest(a, x, y, w2, keep2, **SECOND); say('second stage, first round'); evaluate(o, a, p2)
    # Gold that models which have not seen the site are sure is wrong (cut short, mostly) counts little in the second round.
    trust = np.where((a.y >= 0) & (y == 0) & (p2 > .9), .1, np.where((y == 1) & (p2 < .03), .3, 1)).astype(np.float32); w, w2 = w * trust, w2 * trust
    p2 = cross_forest(a, x, y, w2, keep2, **SECOND); say('second stage, second round')
    pages = evaluate(o, a, p2, o.predictions)
    calibration(a.sets, p2, lambda p, words: (p >= threshold(p, words)) & (p > 0))
    np.save(f'{o.work}/trafilatura.html.scores.npy', p2[-len(a.sets[-1].y):])
    pickle.dump((a, y, w, w2, lp, lt, p1, x, p2), open(f'{o.work}/{o.kind}.cv', 'wb'))
    if o.out:
        k, k2 = w > 0, w2 > 0
        linears = [fit_linear(m[k], y[k], v[k], l2) for m, v, k, l2 in ((a.path, w, k, 1), (a.text, w, k, 6), (a.section, w2, k2, 4), (a.all, w2, k2, 2))]
        forests = [fit_forest(x[keep][:, :width], y[keep], w[keep], **FIRST), fit_forest(x[k2], y[k2], w2[k2], **SECOND)]
        k = k2 & (y == 1)
        write(o.out, o.kind, a, a.sets[0].width2, linears, forests, fit_kinds(a, pages), [gate(forests[0], x[k][:, :width], a.words[k], 8)]); say('done')

if __name__ == '__main__': main()
