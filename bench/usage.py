"""What a process uses: processor time and memory, its children included."""

from __future__ import annotations

import psutil


def _family(pid: int | None) -> list[psutil.Process]:
    if pid is None:
        return []
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pid: int | None) -> float:
    """Processor time that a process has used so far, its children included."""
    total = 0.0
    for index, process in enumerate(_family(pid)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if index == 0:  # children that have ended
            total += times.children_user + times.children_system
    return total


def own_cpu_seconds(pid: int) -> float:
    """The same of a process that has no children, without looking for them among all processes."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def memory(pid: int | None) -> float:
    """MiB of a process, children included, shared pages divided among those who share them."""
    total = 0
    for process in _family(pid):
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return round(total / 2**20, 1)
