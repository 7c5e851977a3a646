#!/usr/bin/env python3
"""Train the rankers of internal/pagemeta and print their scores in cross-validation by site.

    pip install lightgbm==4.6.0 numpy
    go run ./training/metadata -o DIR ../shared/bench/content
    go run ./training/metadata -o DIR -text ../shared/bench/content
    training/metadata/train.py DIR internal/pagemeta/models [FIELD...]

The data are the sets wcxb, trafilatura and fundus of ../shared/bench/content. Features are of form, place and agreement; no words."""
import binascii, collections, os, struct, sys
import lightgbm as lgb, numpy as np

SETS = ('fundus', 'trafilatura', 'wcxb')
# trees, leaves, learning rate, weight of each set
PARAMS = {
    'title': (220, 12, .06, (2.5, 1, 1)),
    'published': (150, 10, .06, (2.5, 1, 1)),
    'authors': (200, 12, .06, (2, 1, 1)),
    'title_text': (150, 10, .06, (2, 1, 1)),
    'published_text': (100, 8, .06, (2, 1, 1)),
    'authors_text': (120, 10, .06, (2, 1, 1)),
}

def load(path):
    head, rows, pages = None, [], []
    for line in open(path, encoding='utf-8'):
        c = line.rstrip('\n').split('\t')
        if head is None:
            head = c[5:]
            continue
        if c[3] == '-1':
            pages.append((c[0], c[1], int(c[2]), c[4]))
            continue
        rows.append((len(pages) - 1, c[3] == '1', c[4], [float(x) for x in c[5:]]))
    return head, rows, pages

def train(field, X, y, w):
    trees, leaves, rate, _ = PARAMS[field]
    p = dict(objective='binary', learning_rate=rate, num_leaves=leaves, min_data_in_leaf=20, lambda_l2=8, feature_fraction=.5, bagging_fraction=.8,
             bagging_freq=1, num_threads=2, seed=1, deterministic=True, force_row_wise=True, verbose=-1, boost_from_average=True)
    return lgb.train(p, lgb.Dataset(X, y, weight=w), trees)

def export(model, names, path):
    out = [struct.pack('<IH', binascii.crc32(' '.join(names).encode()), model.num_trees())]
    for t in model.dump_model()['tree_info']:
        nodes, leaves = [], []
        def walk(n):  # preorder; returns a reference
            if 'leaf_value' in n:
                leaves.append(n['leaf_value'])
                return -len(leaves)
            i = len(nodes)
            nodes.append(None)
            # single precision must not move a value across the threshold
            th = np.float32(n['threshold'])
            l = walk(n['left_child']); r = walk(n['right_child'])
            nodes[i] = struct.pack('<Hfbb', n['split_feature'], th, l, r)
            return i
        walk(t['tree_structure'])
        out.append(bytes([len(nodes)]) + b''.join(nodes) + struct.pack('<%df' % len(leaves), *leaves))
    open(path, 'wb').write(b''.join(out))

def report_names(src, field, names, rows, pages, by, score, y):
    """Names are chosen one by one: all above a threshold, at least the best one if it is near."""
    miss = open(os.path.join(src, field + '.miss'), 'w')
    for th in (.3, .35, .4, .45, .5, .55, .6):
        line = []
        for s in SETS:
            tp = fp = fn = can = 0
            for p, (ps, pid, pf, gold) in enumerate(pages):
                if ps != s:
                    continue
                n = int(gold.split(' ', 1)[0])
                ix = by[p]
                got = [i for i in ix if score[i] >= th]
                good = sum(y[i] for i in got)
                tp += good; fp += len(got) - good; fn += max(0, n - good)
                can += sum(y[i] for i in ix)
                if th == .5 and (good < len(got) or good < n):
                    print('authors', s, pid, gold, file=miss)
                    for i in sorted(ix, key=lambda i: -score[i])[:5]:
                        print('   ', 'GOOD' if y[i] else '', 'got' if i in got else '', '%.3f' % score[i], rows[i][2], ' '.join('%s=%g' % (k, v) for k, v in zip(names, rows[i][3]) if v and not k.startswith('page_')), file=miss)
            pr, rc = tp / max(1, tp + fp), tp / max(1, tp + fn)
            line.append('%s F1 %.4f P %.3f R %.3f (possible %.3f)' % (s, 2 * pr * rc / max(1e-9, pr + rc), pr, rc, can / max(1, tp + fn)))
        print('authors', th, ' | '.join(line))

def main():
    src, dst = sys.argv[1:3]
    only = sys.argv[3:]  # fields; all if empty
    for field in PARAMS:
        path = os.path.join(src, field + '.tsv')
        if not os.path.exists(path) or only and field not in only:
            continue
        names, rows, pages = load(path)
        X = np.array([r[3] for r in rows], dtype=np.float32)
        y = np.array([r[1] for r in rows], dtype=int)
        page = np.array([r[0] for r in rows])
        fold = np.array([pages[i][2] for i in page])
        w = np.array([PARAMS[field][3][SETS.index(pages[i][0])] for i in page])
        score = np.zeros(len(rows))
        for f in range(5):
            m = train(field, X[fold != f], y[fold != f], w[fold != f])
            score[fold == f] = m.predict(X[fold == f])
        by = collections.defaultdict(list)
        for i, p in enumerate(page):
            by[p].append(i)
        if field.startswith('authors'):
            report_names(src, field, names, rows, pages, by, score, y)
            m = train(field, X, y, w)
            export(m, names, os.path.join(dst, field + '.bin'))
            imp = sorted(zip(m.feature_importance('gain'), names), reverse=True)
            print('   ', ' '.join(k for g, k in imp[:25]), '| unused:', ' '.join(k for g, k in imp if g == 0))
            continue
        miss = open(os.path.join(src, field + '.miss'), 'w')
        for s in SETS:
            n = hit = can = 0
            for p, (ps, pid, pf, gold) in enumerate(pages):
                if ps != s:
                    continue
                n += 1
                ix = by[p]
                can += any(y[i] for i in ix)
                b = max(ix, key=lambda i: score[i], default=None)
                ok = b is not None and y[b] == 1
                hit += ok
                if not ok:
                    print(field, s, pid, gold, file=miss)
                    g = [i for i in ix if y[i]]
                    for tag, i in (('best', b), ('good', g[0] if g else None)):
                        if i is not None:
                            print('   ', tag, '%.3f' % score[i], rows[i][2], ' '.join('%s=%g' % (k, v) for k, v in zip(names, rows[i][3]) if v and not k.startswith('page_')), file=miss)
            if field.endswith('_text'):
                for tag in ('', 'without address'):
                    q = [p for p, x in enumerate(pages) if x[0] == s and x[1].endswith('without address') == bool(tag)]
                    print('    %s %s' % (s, tag or 'with address'), '%.4f' % (sum(1 for p in q if by[p] and y[max(by[p], key=lambda i: score[i])]) / max(1, len(q))))
            print('%-10s %-12s n=%4d right %.4f, possible %.4f' % (field, s, n, hit / max(1, n), can / max(1, n)))
        m = train(field, X, y, w)
        export(m, names, os.path.join(dst, field + '.bin'))
        imp = sorted(zip(m.feature_importance('gain'), names), reverse=True)
        print('   ', ' '.join(k for g, k in imp[:25]), '| unused:', ' '.join(k for g, k in imp if g == 0))

main()
