"""The priority of a process whose work can wait."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_OF_SESSION = Path("/proc/self/autogroup")


def yield_to_others(niceness: int) -> None:
    """Leave the processor to other processes.

    Linux desktops and many servers share the processor out among sessions first, where a process's own niceness counts for
    nothing: then it is given to the session as well (sched(7), "The autogroup feature").

    Args:
        niceness: 1 to 19, the most that can be left to others.
    """
    os.nice(niceness)
    with suppress(OSError):
        _OF_SESSION.write_text(str(niceness))
