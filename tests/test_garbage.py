"""The garbage collector of a process that serves: what stays is left alone, and what goes is found."""

from __future__ import annotations

import subprocess
import sys

COUNTED = """
import gc
from garbage import leave_alone_what_stays

class Node:
    def __init__(self, others):
        self.others = others

stays = [Node([]) for _ in range(200_000)]
leave_alone_what_stays()
assert gc.get_freeze_count() > len(stays)
gc.set_threshold(100, 5, 5)  # as with those of the product, only sooner
before = gc.get_stats()[2]["collections"]
kept = []
for _ in range(400):
    kept.append([Node(kept) for _ in range(100)])
    if len(kept) == 40:  # now they are old, and garbage that only a look through the oldest finds
        kept = []
print(gc.get_stats()[2]["collections"] - before, len(gc.get_objects()))
"""


def test_what_has_grown_old_and_is_dropped_is_found_though_much_more_stays() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True, timeout=60)
    looks, left = (int(value) for value in done.stdout.split())
    assert looks >= 1
    assert left < 30_000, "of 40,000"
