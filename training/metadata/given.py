#!/usr/bin/env python3
"""Write the given names of training/names/gazetteers.py as sorted hashes, for internal/pagemeta to tell names from other words.

    training/names/gazetteers.py ../shared/bench/language | training/metadata/given.py > internal/pagemeta/given.bin"""
import struct, sys

def fnv(s):  # as page.HashWord
    h = 2166136261
    for c in s.encode():
        h = (h ^ c) * 16777619 & 0xffffffff
    return h

names = {line.split('\t')[1].strip().lower() for line in sys.stdin if line.startswith('given\t')}
hashes = sorted(set(map(fnv, names)))
sys.stdout.buffer.write(struct.pack('<%dI' % len(hashes), *hashes))
