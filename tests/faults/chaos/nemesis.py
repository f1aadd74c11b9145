"""Whoever wants the system to fail: kills, freezes, stops, fills disks, and takes stores back to what they were."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.postgres import PORT
from tests.faults.chaos.history import History, Named, Restore, Result
from tests.faults.system import STORES, System

Act = Callable[[], Awaitable[None]]

LONG_FREEZE: Final = 8.0
"""Seconds: longer than the engine leaves a task to a worker, so that another one gets it while the first still has it."""

COPIED: Final = 0.3
"""How often the stores are copied before a fault."""


@dataclass
class Copy:
    """What a store was at a moment."""

    path: Path
    taken: float


class Nemesis:
    """Plays a deck of faults, shuffled; each is over, and everything up again, before the next one.

    Args:
        system: what is to fail; with spares and disks.
        chance: in which order, and for how long.
        history: where it is written down.
    """

    def __init__(self, system: System, chance: random.Random, history: History) -> None:
        self._system = system
        self._chance = chance
        self._history = history
        self._copies: dict[str, Copy] = {}

    async def play(self, until: float) -> None:
        """Until a time of the history's clock; whole decks, as many as fit."""
        await self._copy_stores()
        while True:
            for name, act in self._deck():
                await asyncio.sleep(self._chance.uniform(0.3, 2.0))
                if self._history.now > until:
                    return
                if self._chance.random() < COPIED:
                    await self._copy_stores()
                self._history.note(f"{name} …")
                await act()
                await self.mend()
                self._history.note(f"… {name} is over")

    async def mend(self) -> None:
        """Have everything up again, whatever was done to it."""
        for part in self._system.names:
            self._system.thaw(part)
        for disk in self._system.disks.values():
            disk.empty()
        await self._system.start(*self._system.names)

    def _deck(self) -> list[tuple[str, Act]]:
        """All faults in an order by chance, those of the stores among the others so that each of them has its turn soon."""
        deck, of_stores = self._of_processes(), self._of_stores()
        self._chance.shuffle(deck)
        self._chance.shuffle(of_stores)
        for place, card in enumerate(of_stores):
            deck.insert(2 + 3 * place, card)
        return deck

    def _of_processes(self) -> list[tuple[str, Act]]:
        names = self._system.names
        together = self._chance.sample(names, 3)
        deck: list[tuple[str, Act]] = [(f"kill {name}", self._killing(name)) for name in names]
        deck += [(f"freeze {name}", self._freezing(self._chance.uniform(0.5, 4.0), name)) for name in names]
        deck += [(f"restart {name}", self._stopping(name)) for name in ("postgres", "temporal", "worker", "api")]
        deck += [
            ("freeze worker for long", self._freezing(LONG_FREEZE, "worker")),
            ("kill both workers", self._killing("worker", "worker-2")),
            ("kill worker and postgres", self._killing("worker", "postgres")),
            ("kill api and temporal", self._killing("api", "temporal")),
            ("kill both stores", self._killing("postgres", "temporal")),
            (f"kill {', '.join(together)}", self._killing(*together)),
            ("kill everything", self._killing(*names)),
            ("kill postgres while a worker is frozen", self._killing("postgres", frozen="worker")),
            ("kill temporal while an api is frozen", self._killing("temporal", frozen="api-2")),
        ]
        return deck

    def _of_stores(self) -> list[tuple[str, Act]]:
        disks = [name for name, disk in self._system.disks.items() if disk.can_be_filled]
        return [
            ("restore the crm", self._restore_crm),
            ("restore the engine", self._restore_engine),
            ("lose the engine's store", self._lose_engine),
            *((f"fill the disk of {name}", self._filling(name)) for name in disks),
        ]

    def _killing(self, *parts: str, frozen: str = "") -> Act:
        async def act() -> None:
            if frozen:
                self._system.freeze(frozen)
                await asyncio.sleep(self._chance.uniform(0.1, 1.0))
            await self._system.kill(*parts)
            await asyncio.sleep(self._chance.uniform(0.0, 2.5))
            await self._system.start(*parts)
            await asyncio.sleep(self._chance.uniform(0.0, 1.0) if frozen else 0)

        return act

    def _stopping(self, *parts: str) -> Act:
        async def act() -> None:
            await self._system.stop(*parts)
            await asyncio.sleep(self._chance.uniform(0.0, 1.0))

        return act

    def _freezing(self, seconds: float, *parts: str) -> Act:
        async def act() -> None:
            for part in parts:
                self._system.freeze(part)
            await asyncio.sleep(seconds)

        return act

    def _filling(self, store: str) -> Act:
        """Parts that die of it are started when there is room again."""

        async def act() -> None:
            self._system.disks[store].fill()
            await asyncio.sleep(self._chance.uniform(2.0, 5.0))
            for part in self._system.names:
                if not self._system.runs(part):
                    self._history.note(f"{part} died of it")

        return act

    async def _copy_stores(self) -> None:
        """One after the other: what they say of each other then is seldom quite the same."""
        for copy in self._chance.sample([self._copy_crm, self._copy_engine], 2):
            await copy()
        self._history.note("the stores were copied")

    async def _copy_crm(self) -> None:
        data = self._system.postgres.data_directory
        self._copies["crm"] = await self._copy("postgres", data)
        for lock in ("postmaster.pid", f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self._copies["crm"].path / data.name / lock).unlink(missing_ok=True)

    async def _copy_engine(self) -> None:
        shared = "-shm"  # what processes share of it is made again from the rest
        files = [path for path in self._engine_files() if not path.name.endswith(shared)]
        self._copies["engine"] = await self._copy("temporal", *files)

    async def _copy(self, part: str, *paths: Path) -> Copy:
        """A store as it is on its disk at one moment, as a snapshot of the file system has it."""
        to = self._system.directory / f"copy of {part}"
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        taken = self._history.now
        self._system.freeze(part)
        try:
            await asyncio.to_thread(_copy_files, paths, to)
        finally:
            self._system.thaw(part)
        return Copy(to, taken)

    async def _restore_crm(self) -> None:
        """PostgreSQL's directory as it was at the last copy. What was said since is lost, and so are whole requests."""
        copy, data = self._copies["crm"], self._system.postgres.data_directory
        await self._system.kill("postgres", *self._programs)
        await asyncio.to_thread(shutil.rmtree, data)
        await asyncio.to_thread(_copy_files, [copy.path / data.name], data.parent)
        await self._system.start("postgres")
        excused = await self._known_nowhere()
        self._history.restores.append(Restore("crm", copy.taken, self._history.now, excused))
        await self._after_a_restore("--restored")

    async def _restore_engine(self) -> None:
        """The engine's store as it was at the last copy: it has forgotten signals, and takes ended runs for open."""
        copy = self._copies["engine"]
        await self._system.kill(*self._programs)
        await self._replace_engine(list(copy.path.iterdir()), copy.taken)
        await self._after_a_restore()

    @property
    def _programs(self) -> list[str]:
        """What is stopped before a restore."""
        return [name for name in self._system.names if name not in STORES]

    async def _after_a_restore(self, *restored: str) -> None:
        """What docs/operations.md says is to be done: the check mends, and then finds nothing more, as far as that can be said
        while people work.
        """
        await self._system.start(*STORES)
        await self._system.start(*(name for name in self._system.names if name.startswith("worker")))
        done = await self._system.crm("check", *restored)
        assert "Traceback" not in done.stderr, done.stderr
        self._history.note(f"the check says: {done.stdout}")

    async def _lose_engine(self) -> None:
        """The engine begins with nothing, while everything else goes on."""
        await self._replace_engine([], float("-inf"))

    async def _replace_engine(self, files: list[Path], taken: float) -> None:
        await self._system.kill("temporal")
        excused = await self._known_nowhere()
        for file in self._engine_files():
            file.unlink()
        await asyncio.to_thread(_copy_files, files, self._system.temporal.state_file.parent)
        self._history.restores.append(Restore("engine", taken, self._history.now, excused))
        await self._system.start("temporal")

    def _engine_files(self) -> list[Path]:
        state = self._system.temporal.state_file
        return list(state.parent.glob(f"{state.name}*"))

    async def _known_nowhere(self) -> frozenset[Named]:
        """Commands that were taken while the database was away, and of which it does not know: the engine alone had them."""
        taken = {
            call.named: call.recorded_as
            for call in self._history.calls
            if any(answer.result is Result.TAKEN and answer.location for answer in call.answers)
        }
        ids = {one for recorded_as in taken.values() for one in recorded_as}
        rows = await self._system.rows(
            """SELECT command_id, action, actor FROM outcomes WHERE command_id = ANY ($1)
               UNION SELECT id, action, actor FROM commands WHERE id = ANY ($1)""",
            list(ids),
        )
        known = {(row["command_id"], row["action"], row["actor"]) for row in rows}
        return frozenset(
            (command_id, action, actor)
            for (command_id, action, actor), recorded_as in taken.items()
            if not any((one, action, actor) in known for one in recorded_as)
        )


def _copy_files(paths: Iterable[Path], to: Path) -> None:
    if files := list(paths):
        subprocess.run(["cp", "--archive", "--target-directory", to, *files], check=True)
