"""One picture of a run: how long calls took, when containers started cold, and how full the slots were.

Matplotlib is imported only when something is drawn. Its object interface is used, without pyplot: no window, no global
state, and nothing changes for a notebook that has pictures of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wrench_serverless import _extras
from wrench_serverless._files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]

_COLD, _WARM, _BUSY = "#c44e52", "#4c72b0", "#55a868"
_INTERVALS = 150  # of the two panels over time, at most: finer is noise at this width
_ROUND_INTERVALS = (0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # s
_SHORTEST = 1e-3  # s; shorter times are drawn here, because zero has no place on a logarithmic axis
_POINTS = 2000  # of a curve, at most


def draw_overview(invocations: Columns, slots: int, path: str | os.PathLike[str]) -> None:
    """Draws three panels and writes them to `path`; the format follows from its ending.

    `invocations` has the columns of `Results.invocations`: times in seconds, NaN where something never happened.
    `slots` are those of all nodes together.
    """
    _extras.need("matplotlib", "drawing")
    from matplotlib.figure import Figure

    if slots < 1:
        raise ValueError(f"slots must be at least 1, not {slots}")
    figure = Figure(figsize=(9, 11), layout="constrained")
    latency, cold, utilisation = figure.subplots(3, 1)
    figure.suptitle(f"{len(invocations['requested']):,} invocations on {slots:,} slots", fontsize=13)
    edges = _intervals(invocations)
    _draw_latency(latency, invocations)
    _draw_cold_starts(cold, invocations, edges)
    _draw_utilisation(utilisation, invocations, slots, edges)
    utilisation.sharex(cold)
    with replacing(path) as draft:
        figure.savefig(draft, dpi=110)


def busy_slots(start: Floats, end: Floats, edges: Floats) -> Floats:
    """Busy slots, on average between each edge and the next; each was busy from a `start` to the `end` beside it."""
    total = _time_passed_since(start, edges) - _time_passed_since(end, edges)
    return np.diff(total) / np.diff(edges)


def _time_passed_since(dates: Floats, now: Floats) -> Floats:
    """For each `now`: the sum over the earlier dates of the time since them."""
    dates = np.sort(dates)
    sums = np.concatenate(([0.0], np.cumsum(dates)))
    earlier = np.searchsorted(dates, now)
    return earlier * now - sums[earlier]


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


def _draw_utilisation(axes: Axes, invocations: Columns, slots: int, edges: Floats) -> None:
    assigned, ended = invocations["assigned"], invocations["ended"]
    ran = np.isfinite(assigned) & np.isfinite(ended)
    busy = 100.0 * busy_slots(assigned[ran], ended[ran], edges) / slots
    mean = float(np.average(busy, weights=np.diff(edges)))
    axes.stairs(busy, edges, fill=True, color=_BUSY, alpha=0.6, label="busy slots")
    axes.axhline(mean, color="black", linewidth=1, linestyle="--", label=f"mean {mean:.1f} %")
    axes.set(title="Slot utilisation", xlabel="simulated time (s)", ylabel="busy slots (%)", ylim=(0, 101))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper right", fontsize=9)
