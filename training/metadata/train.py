#!/usr/bin/env python3
"""Train the rankers of internal/pagemeta and print their scores in cross-validation by site, over three divisions into five folds.

    pip install lightgbm==4.6.0 numpy
    go run ./training/metadata -o DIR ../shared/bench/content
    go run ./training/metadata -o DIR -text ../shared/bench/content
    training/metadata/train.py DIR internal/pagemeta/models [FIELD...]

The titles of a table of authors or dates are ranked by the title model of the build: train titles first, then make the tables anew. The
predictions of the first division are left in DIR/cv.SET.jsonl for score.py, the misses in DIR/FIELD.miss. The data are the sets wcxb,
trafilatura and fundus of ../shared/bench/content. Features are of form, place and agreement; no words."""
import binascii, collections, json, math, os, struct, sys, unicodedata
import lightgbm as lgb, numpy as np

SETS = ('fundus', 'trafilatura', 'wcxb')
# trees, leaves, learning rate, weight of each set
PARAMS = {
    'title': (220, 12, .06, (4, 1, 1)),
    'published': (150, 10, .06, (2.5, 1, 1)),
    'authors': (200, 12, .06, (2, 1, 1)),
    'title_text': (250, 16, .06, (2, 1, 1)),
    'published_text': (100, 8, .06, (2, 1, 1)),
    'authors_text': (120, 10, .06, (2, 1, 1)),
}
# As in the extractor: below these a value is not given.
LEAST = {'title': .10, 'title_text': .05, 'published': .15, 'authors': .50}
LEAST_LISTED = .30  # of a person listed with an author
LEAST_ALONE, LEAST_STATED = .45, .10  # of the best where none is given, and of one that is stated and no person
REPEATS, FOLDS = 3, 5
BARE = ' without address'

class Table:
    """The candidates of one field: a row each, by page."""
    def __init__(self, path):
        self.names, self.pages, self.values, x, y, page = None, [], [], [], [], []
        for line in open(path, encoding='utf-8'):
            c = line.rstrip('\n').split('\t')
            if self.names is None:
                self.names = c[5:]
            elif c[3] == '-1':
                self.pages.append((c[0], c[1], c[2], c[4]))
            else:
                page.append(len(self.pages) - 1); y.append(c[3] == '1'); self.values.append(c[4]); x.append([float(v) for v in c[5:]])
        # In the order of the page: the table has that of the model of the build, which has seen the page.
        at = sorted(range(len(page)), key=lambda i: (page[i], x[i][self.names.index('order')]))
        self.x, self.y, self.page = np.array(x, dtype=np.float32)[at], np.array(y, dtype=int)[at], np.array(page)[at]
        self.values = [self.values[i] for i in at]
        self.of = collections.defaultdict(list)
        for i, p in enumerate(self.page):
            self.of[p].append(i)

    def name(self, i):
        """A name and the numbers of the lists it was in, which training/metadata appends in brackets."""
        name, _, lists = self.values[i].partition(' [')
        return name, set(lists.rstrip(']').split())

    def institution(self, i):
        has = lambda name: self.x[i, self.names.index(name)] != 0
        return has('ld_author') and any(map(has, ('site', 'ld_organization', 'agency', 'desk')))

    def weights(self, field):
        """By set, and no page by its many candidates. Where no candidate is right, the gold is of another kind than the page: it teaches
        nothing, unless several or none may be right."""
        w = np.array([PARAMS[field][3][SETS.index(self.pages[p][0])] for p in self.page], dtype=float)
        if not field.startswith('authors'):
            for ix in self.of.values():
                w[ix] *= min(1, 20 / len(ix)) if self.y[ix].any() else 0
        return w

def train(field, x, y, w):
    trees, leaves, rate, _ = PARAMS[field]
    p = dict(objective='binary', learning_rate=rate, num_leaves=leaves, min_data_in_leaf=20, lambda_l2=8, feature_fraction=.5, bagging_fraction=.8,
             bagging_freq=1, num_threads=1, seed=1, deterministic=True, force_col_wise=True, verbose=-1, boost_from_average=True)
    k = w > 0
    return lgb.train(p, lgb.Dataset(x[k], y[k], weight=w[k]), trees)

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

def key(s):
    return ''.join(c for c in unicodedata.normalize('NFKD', s).casefold() if c.isalnum())

def chosen(field, t, p, score):
    """The candidates of page p that the extractor would give."""
    ix = sorted(t.of[p], key=lambda i: -score[i])
    least = LEAST.get(field) or LEAST[field.removesuffix('_text')]
    if not field.startswith('authors'):
        return [i for i in ix[:1] if score[i] >= least]
    out, keys, lists = [], [], set()
    for i in ix:
        if score[i] < LEAST_LISTED:
            break
        name, mine = t.name(i)
        k = key(name)
        if any(k in o or o in k for o in keys) or score[i] < least and not mine & lists:
            continue
        out.append(i); keys.append(k); lists |= mine
    if not out and ix and (score[ix[0]] >= LEAST_ALONE or score[ix[0]] >= LEAST_STATED and t.institution(ix[0])):
        return ix[:1]
    return out

def evaluate(field, t, score):
    """Share of right values, or F1, precision and recall of names, by set; of scraped text also by whether its address was known."""
    out = {}
    n = collections.Counter()
    for p, (s, pid, _, gold) in enumerate(t.pages):
        if field.endswith('_text'):
            s += ' bare' if pid.endswith(BARE) else ' with address'
        got = chosen(field, t, p, score)
        good = int(sum(t.y[i] for i in got))
        if field.startswith('authors'):
            n[s, 'good'] += good; n[s, 'wrong'] += len(got) - good; n[s, 'missed'] += max(0, int(gold.split(' ', 1)[0]) - good)
        else:
            n[s, 'good'] += good; n[s, 'all'] += 1
        n[s, 'possible'] += int(sum(t.y[i] for i in t.of[p]))
    for s in sorted({s for s, _ in n}):
        if field.startswith('authors'):
            good, wrong, missed = (n[s, k] for k in ('good', 'wrong', 'missed'))
            out[s] = [2 * good / max(1, 2 * good + wrong + missed), good / max(1, good + wrong), good / max(1, good + missed), n[s, 'possible'] / max(1, good + missed)]
        else:
            out[s] = [n[s, 'good'] / n[s, 'all'], n[s, 'possible'] / n[s, 'all']]
    return out

def misses(path, field, t, score):
    f = open(path, 'w')
    for p, (s, pid, _, gold) in enumerate(t.pages):
        got = chosen(field, t, p, score)
        good = sum(t.y[i] for i in got)
        if good == len(got) and good >= (int(gold.split(' ', 1)[0]) if field.startswith('authors') else 1):
            continue
        print('##', s, pid, gold, file=f)
        top = sorted(t.of[p], key=lambda i: -score[i])
        for i in top[:3] + [i for i in top[3:] if t.y[i]]:
            print('   ', 'good' if t.y[i] else '    ', 'given' if i in got else '     ', '%.2f' % score[i], t.values[i], '|',
                  ' '.join('%s=%g' % (k, v) for k, v in zip(t.names, t.x[i]) if v and not k.startswith('page_')), file=f)

def main():
    src, dst = sys.argv[1:3]
    fields = [f for f in PARAMS if os.path.exists(os.path.join(src, f + '.tsv')) and (not sys.argv[3:] or f in sys.argv[3:])]
    predictions = collections.defaultdict(dict)
    for field in fields:
        t = Table(os.path.join(src, field + '.tsv'))
        w = t.weights(field)
        results, total = [], np.zeros(len(t.y))
        for repeat in range(REPEATS):
            fold = np.array([binascii.crc32(('%d %s' % (repeat, t.pages[p][2])).encode()) % FOLDS for p in t.page])
            score = np.zeros(len(t.y))
            for f in range(FOLDS):
                m = train(field, t.x[fold != f], t.y[fold != f], w[fold != f])
                score[fold == f] = m.predict(t.x[fold == f])
            results.append(evaluate(field, t, score))
            total += score / REPEATS
            if repeat == 0:
                for p, (s, pid, _, _) in enumerate(t.pages):
                    v = [t.name(i)[0] if field == 'authors' else t.values[i] for i in chosen(field, t, p, score)]
                    if not field.endswith('_text'):
                        predictions[s, pid][field] = v if field == 'authors' else (v or [''])[0]
        for s in results[0]:
            cols = [np.mean([r[s][k] for r in results]) for k in range(len(results[0][s]))]
            print('%-14s %-26s %s  (%s)' % (field, s, ' '.join('%.4f' % c for c in cols), ' '.join('%.3f' % r[s][0] for r in results)))
        misses(os.path.join(src, field + '.miss'), field, t, total)
        m = train(field, t.x, t.y, w)
        export(m, t.names, os.path.join(dst, field + '.bin'))
        imp = sorted(zip(m.feature_importance('gain'), t.names), reverse=True)
        print('   ', ' '.join(k for g, k in imp[:25]), '| unused:', ' '.join(k for g, k in imp if g == 0), flush=True)
    for s in SETS:
        path = os.path.join(src, 'cv.%s.jsonl' % s)
        pages = {p.pop('id'): p for p in map(json.loads, open(path))} if os.path.exists(path) else {}
        for (ps, pid), v in predictions.items():
            if ps == s:
                pages.setdefault(pid, {}).update(v)
        with open(path, 'w') as f:
            for pid in sorted(pages):
                print(json.dumps({'id': pid, **pages[pid]}, ensure_ascii=False), file=f)

main()
