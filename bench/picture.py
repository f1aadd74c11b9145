"""The picture of a run: throughput and latency of all sides, lists and open requests of the product. One SVG file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "purchase-approval"

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of where to draw
from matplotlib.axes import Axes  # noqa: E402

COLOURS = {"product": "#206bc4", "floor": "#74b816", "dbos": "#f59f00", "restate": "#ae3ec9", "plain": "#adb5bd"}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw what there is of a run."""
    scenarios = results["scenarios"]
    panels: list[Callable[[Axes], None]] = []
    if "throughput" in scenarios:
        figures = scenarios["throughput"]["figures"]["rounds"]
        panels += [lambda axes: _throughput(axes, figures), lambda axes: _latency(axes, figures)]
    if "growth" in scenarios:
        panels.append(lambda axes: _lists(axes, scenarios["growth"]["figures"]["lists"]))
    if "open" in scenarios:
        panels.append(lambda axes: _open(axes, scenarios["open"]["figures"]["rounds"]))
    if not panels:
        return
    figure, grid = plt.subplots(
        len(panels) // 2 + len(panels) % 2, 2, figsize=(11, 4.4 * (len(panels) + 1) // 2), squeeze=False
    )
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        panel(axes)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _throughput(axes: Axes, rounds: Mapping[str, Any]) -> None:
    sides = [name for name in rounds if name != "plain"]
    loads = list(rounds["product"][0]["requests_per_second"])
    for index, name in enumerate(sides):
        heights = [median(one["requests_per_second"][load] for one in rounds[name]) for load in loads]
        places = [place + 0.8 * index / len(sides) for place in range(len(loads))]
        axes.bar(places, heights, 0.8 / len(sides), color=COLOURS[name], label=name)
    axes.set_xticks(
        [place + 0.4 - 0.4 / len(sides) for place in range(len(loads))], [f"{load} clients" for load in loads]
    )
    axes.set_title("Requests a second, three approvals each")
    axes.margins(y=0.25)
    axes.legend(frameon=False)


def _latency(axes: Axes, rounds: Mapping[str, Any]) -> None:
    for name in ("product", "floor"):
        for load, style in (("1", "-"), ("half", "--")):
            found = [one["milliseconds"][load]["decision"] for one in rounds[name] if load in one["milliseconds"]]
            percents = ("p50", "p95", "p99")
            heights = [median(one[percent] for one in found) for percent in percents]
            words = "one at a time" if load == "1" else "half of sustained"
            axes.plot(percents, heights, style, marker="o", color=COLOURS[name], label=f"{name}, {words}")
    axes.set_title("Decision to committed row, ms")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.4)
    axes.legend(frameon=False, loc="upper left")


def _lists(axes: Axes, lists: Mapping[str, Any]) -> None:
    least, most = min(lists, key=int), max(lists, key=int)
    names = list(lists[most])
    for offset, size, colour in ((0.0, least, "#a5d8ff"), (0.4, most, COLOURS["product"])):
        places = [place + offset for place in range(len(names))]
        axes.barh(
            places, [lists[size][name]["p50"] for name in names], 0.4, color=colour, label=f"{int(size):,} requests"
        )
    axes.set_yticks([place + 0.2 for place in range(len(names))], names, fontsize=7)
    axes.invert_yaxis()
    axes.set_title("Lists through HTTP, p50 ms")
    axes.margins(x=0.3)
    axes.legend(frameon=False, loc="lower right")


def _open(axes: Axes, rounds: Mapping[str, Any]) -> None:
    for name, side in rounds.items():
        sizes = sorted(side[0], key=int)
        runs = "worker" if "worker" in side[0][sizes[0]]["memory"] else "api"
        heights = [side[0][size]["memory"][runs] for size in sizes]
        axes.plot(
            [f"{int(size):,}" for size in sizes], heights, marker="o", color=COLOURS[name], label=f"{name}, {runs}"
        )
    axes.set_ylim(bottom=0)
    axes.set_title("Memory of worker, MiB, by requests waiting")
    axes.legend(frameon=False)
