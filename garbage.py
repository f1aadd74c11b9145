"""The garbage collector of a process that serves for weeks."""

from __future__ import annotations

import gc
from typing import Final

THRESHOLDS: Final = (10_000, 5, 5)
"""Of ``gc.set_threshold``: answering a call makes some thousands of objects, nearly all of which are gone with it."""


def leave_alone_what_stays() -> None:
    """Keep what is there now, modules and models and routes, out of all later collections.

    It never becomes garbage, and looking through it takes a fifth of a second, in which nobody is answered. To be called once a
    process is set up, before it serves.
    """
    gc.collect()
    gc.freeze()
    # The oldest are only looked through once those that joined them are a quarter of what the last look found: nothing now, not
    # all that has just been frozen, which would put off the next look for as long as it takes to leak as much.
    gc.collect()
    gc.set_threshold(*THRESHOLDS)
