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

TITLES = {
    "product": "this system",
    "floor": "floor",
    "dbos": "DBOS",
    "restate": "Restate",
    "plain": "no engine",
}
"""What people call the sides."""
COLOURS = {"product": "#206bc4", "floor": "#74b816", "dbos": "#f59f00", "restate": "#ae3ec9", "plain": "#adb5bd"}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw what there is of a run."""
    scenarios = results["scenarios"]
    panels: list[Callable[[Axes], None]] = []
    if "throughput" in scenarios:
        figures = scenarios["throughput"]["figures"]["rounds"]
        panels += [lambda axes: _throughput(axes, figures), lambda axes: _latency(axes, figures)]
    if "growth" in scenarios:
        panels.append(lambda axes: _lists(axes, scenarios["growth"]["figures"]))
    if "open" in scenarios:
        open_requests = scenarios["open"]["figures"]["rounds"]
        panels += [lambda axes: _open_latency(axes, open_requests), lambda axes: _open_memory(axes, open_requests)]
    if not panels:
        return
    figure, grid = plt.subplots(
        len(panels) // 2 + len(panels) % 2, 2, figsize=(11, 4.4 * ((len(panels) + 1) // 2)), squeeze=False
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
        axes.bar(places, heights, 0.8 / len(sides), color=COLOURS[name], label=TITLES[name])
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
            axes.plot(percents, heights, style, marker="o", color=COLOURS[name], label=f"{TITLES[name]}, {words}")
    axes.set_title("Decision to committed row, ms")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.4)
    axes.legend(frameon=False, loc="upper left")


def _lists(axes: Axes, figures: Mapping[str, Any]) -> None:
    lists = figures["lists"]
    for offset, side, size, colour in zip(
        (0.0, 0.4), ("small", "large"), figures["sizes"], ("#a5d8ff", COLOURS["product"]), strict=True
    ):
        places = [place + offset for place in range(len(lists))]
        widths = [median(one[side]["p50"] for one in found["rounds"]) for found in lists.values()]
        axes.barh(places, widths, 0.4, color=colour, label=f"{size:,} requests")
    axes.set_yticks([place + 0.2 for place in range(len(lists))], list(lists), fontsize=7)
    axes.invert_yaxis()
    axes.set_title("Lists through HTTP, p50 ms")
    axes.margins(x=0.3)
    axes.legend(frameon=False, loc="lower right")


def _open_latency(axes: Axes, rounds: Mapping[str, Any]) -> None:
    _by_size(axes, rounds, lambda found: found["decision"]["p50"])
    axes.set_title("Decision p50, ms, by requests waiting")


def _open_memory(axes: Axes, rounds: Mapping[str, Any]) -> None:
    _by_size(axes, rounds, lambda found: sum(found["memory"].values()))
    axes.set_title("Memory of all processes, MiB, by requests waiting")


def _by_size(axes: Axes, rounds: Mapping[str, Any], figure: Callable[[Mapping[str, Any]], float]) -> None:
    for name, side in rounds.items():
        sizes = sorted({size for one in side for size in one}, key=int)
        heights = [median(figure(one[size]) for one in side if size in one) for size in sizes]
        places = [f"{int(size):,}" for size in sizes]
        axes.plot(places, heights, marker="o", color=COLOURS[name], label=TITLES[name])
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
