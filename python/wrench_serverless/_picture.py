"""One picture of a run: how long calls took, when containers started cold, and how full the slots were.

Matplotlib is imported only when something is drawn. Its object interface is used, without pyplot: no window, no global
state, and nothing changes for a notebook that has pictures of its own.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from wrench_serverless import _extras
from wrench_serverless._files import replacing
from wrench_serverless._printing import percentage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wrench_serverless._core import SlotUse
    from wrench_serverless._results import Results

Columns = Mapping[str, NDArray[Any]]
Path: TypeAlias = str | os.PathLike[str]
Floats = NDArray[np.float64]

_COLD, _WARM = "#c44e52", "#4c72b0"
_HELD, _BUSY = "#b5d8bd", "#55a868"
_INTERVALS = 150  # of the two panels over time, at most: finer is noise at this width
_ROUND_INTERVALS = (0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # s
_SHORTEST = 1e-3  # s; shorter times are drawn here, because zero has no place on a logarithmic axis
_POINTS = 2000  # of a curve, at most


@overload
def draw_overview(results: Results, /, path: Path) -> None: ...
@overload
def draw_overview(invocations: Columns, /, slots: int, path: Path) -> None: ...
def draw_overview(results: Results | Columns, /, *arguments: Any, **named: Any) -> None:
    """Draws three panels and writes them to `path`; the format follows from its ending. Needs Matplotlib.

    `draw_overview(results, path)`: the distribution of latencies, cold starts over time, and the share of all slots
    that was held, and that had a body in it, with the means that the summary has as `utilisation` and
    `body_utilisation`.

    Until now it took `results.invocations`, the number of slots and the path. That still works, with a
    DeprecationWarning.
    """
    from wrench_serverless._results import Results

    if isinstance(results, Results):
        _draw_results(results, *arguments, **named)
        return
    warnings.warn("draw_overview takes the results now: draw_overview(results, path)", DeprecationWarning, stacklevel=2)
    _draw_table(results, *arguments, **named)


def _draw_results(results: Results, path: Path) -> None:
    _draw(results.invocations, sum(results.node_slots), results._slot_use, path)


def _draw_table(invocations: Columns, slots: int, path: Path) -> None:
    _draw(invocations, slots, getattr(invocations, "_slot_use", None), path)


def _draw(invocations: Columns, slots: int, use: SlotUse | None, path: Path) -> None:
    _extras.need("matplotlib", "drawing")
    from matplotlib.figure import Figure

    if slots < 1:
        raise ValueError(f"slots must be at least 1, not {slots}")
    figure = Figure(figsize=(9, 11), layout="constrained")
    latency, cold, utilisation = figure.subplots(3, 1)
    figure.suptitle(f"{len(invocations['requested']):,} invocations on {slots:,} slots", fontsize=13)
    _draw_latency(latency, invocations)
    _draw_cold_starts(cold, invocations, _intervals(invocations))
    _draw_utilisation(utilisation, use, slots)
    utilisation.sharex(cold)
    with replacing(path) as draft:
        figure.savefig(draft, dpi=110)


def _intervals(invocations: Columns) -> Floats:
    times = np.concatenate([invocations["requested"], invocations["ended"]])
    times = times[np.isfinite(times)]
    first, last = (float(times.min()), float(times.max())) if times.size else (0.0, 1.0)
    span = max(last - first, _ROUND_INTERVALS[0])
    width = next((width for width in _ROUND_INTERVALS if span / width <= _INTERVALS), span / _INTERVALS)
    begin = np.floor(first / width) * width
    count = int(np.ceil((last - begin) / width)) or 1
    edges: Floats = begin + width * np.arange(count + 1)
    return edges


def _draw_latency(axes: Axes, invocations: Columns) -> None:
    requested, started, ended = (invocations[name] for name in ("requested", "started", "ended"))
    cold = np.asarray(invocations["cold"], dtype=bool)
    ran = np.isfinite(started)  # what never ran was neither cold nor warm
    for chosen, name, colour in ((cold & ran, "cold", _COLD), (~cold & ran, "warm", _WARM)):
        for times, what, style in (
            (started - requested, "call to start", "--"),
            (ended - requested, "call to end", "-"),
        ):
            times = np.sort(times[chosen & np.isfinite(times)])
            if times.size:
                label = f"{name}, {what} ({times.size:,})"
                axes.step(*_distribution(times), where="post", color=colour, linestyle=style, label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(title="Latency", xlabel="time (s)", ylabel="share of invocations (%)", ylim=(0, 101))
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(loc="lower right", fontsize=9)


def _distribution(times: Floats) -> tuple[Floats, Floats]:
    """A cumulative distribution in percent, thinned out to what a picture can show."""
    ranks = np.unique(np.linspace(0, times.size - 1, _POINTS).astype(np.int64))
    return np.maximum(times[ranks], _SHORTEST), 100.0 * (ranks + 1) / times.size


def _draw_cold_starts(axes: Axes, invocations: Columns, edges: Floats) -> None:
    assigned = invocations["assigned"]
    cold = np.asarray(invocations["cold"], dtype=bool) & np.isfinite(assigned)
    counts, _ = np.histogram(assigned[cold], bins=edges)
    width = edges[1] - edges[0]
    axes.bar(
        edges[:-1], counts, width=width, align="edge", color=_COLD, label=f"cold starts ({int(cold.sum()):,} in all)"
    )
    axes.set(title="Cold starts", xlabel="simulated time (s)", ylabel=f"per {width:g} s", xlim=(edges[0], edges[-1]))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper right", fontsize=9)


def _draw_utilisation(axes: Axes, use: SlotUse | None, slots: int) -> None:
    axes.set(title="Slot utilisation", xlabel="simulated time (s)", ylabel="share of all slots (%)", ylim=(0, 101))
    if use is None:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center")
        return
    edges, held, body = slots_over_time(use)
    for busy, mean, name, colour in zip(
        (held, body), use.utilisation(slots), ("held", "with a body"), (_HELD, _BUSY), strict=True
    ):
        label = f"{name}: mean {percentage(mean)}"
        axes.stairs(100.0 * busy / slots, edges, fill=True, color=colour, label=label)
        if not np.isnan(mean):
            axes.axhline(100.0 * mean, color="black", linewidth=1, linestyle="--" if name == "held" else ":")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper right", fontsize=9)


def slots_over_time(use: SlotUse) -> tuple[Floats, Floats, Floats]:
    """Dates, and between each of them and the next: the slots held, and those with a body, on average."""
    held, body = np.array(use.held), np.array(use.body)
    together = max(1, -(-held.size // _INTERVALS))  # bins to an interval
    starts = np.arange(0, held.size, together)
    edges = np.append(use.begin + use.width * starts, use.end)
    if not use.end > use.begin:  # nothing took any time
        return np.array([0.0, 1.0]), np.zeros(1), np.zeros(1)
    if edges[-2] == use.end:  # the last bin is empty
        edges, starts = edges[:-1], starts[:-1]
    passed = np.diff(edges)
    return edges, np.add.reduceat(held, starts) / passed, np.add.reduceat(body, starts) / passed
