"""A small file system of its own for a store, which a test may fill up and empty again."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
from pathlib import Path

ROOMY = 4 << 30
"""Bytes that a store may grow to; memory is used only for what is written."""


class Disk:
    """A directory that is a file system of its own (tmpfs), where we are allowed to mount one; else it never fills up.

    Args:
        path: where it is; made by ``mount``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.can_be_filled = False

    def mount(self) -> None:
        """Make it."""
        self.path.mkdir(parents=True)
        if (mount := shutil.which("mount")) is None:
            return
        mounted = subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={ROOMY},mode=755", "tmpfs", self.path],
            capture_output=True,
            check=False,
        )
        self.can_be_filled = mounted.returncode == 0

    def fill(self) -> None:
        """From now on not a byte more can be written: every write of new space fails with "no space left on device". What is deleted
        meanwhile makes room again, until it is filled again.
        """
        while (now := os.statvfs(self.path)).f_bfree:
            self._resize((now.f_blocks - now.f_bfree) * now.f_frsize)

    def empty(self) -> None:
        """There is room again."""
        if self.can_be_filled:
            self._resize(ROOMY)

    def unmount(self) -> None:
        """Take it away, with all that is on it."""
        if self.can_be_filled:
            subprocess.run(["umount", "--lazy", self.path], check=True)
            self.can_be_filled = False

    def _resize(self, size: int) -> None:
        """A file system cannot be made smaller than what is on it, and more may have been written since it was asked."""
        size = max(size, mmap.PAGESIZE)
        while subprocess.run(
            ["mount", "-o", f"remount,size={size}", self.path], capture_output=True, check=False
        ).returncode:
            size += 4 * mmap.PAGESIZE
