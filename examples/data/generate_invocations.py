"""Writes `invocations.csv` and `functions.csv`: an hour of a made-up provider, in the form of a published one.

`invocations.csv` has the columns of the Azure Functions Invocation Trace 2021 (Zhang et al., "Faster and Cheaper
Serverless Computing on Harvested Resources", SOSP '21): `app,func,end_timestamp,duration`, in seconds, so that an
invocation starts at `end_timestamp - duration`. The trace says nothing about memory; `functions.csv`
(`app,func,memory_mb,runtime,trigger`) does.

The distributions are those fitted in Shahrad et al., "Serverless in the Wild", USENIX ATC '20:

- Durations: log-normal, mu -0.38, sigma 2.36 (ln of seconds). The paper fits it to the functions' average durations;
  here the invocations follow it, half of the variance between functions and half within each. They are truncated at
  300 s, the default limit of Azure Functions' consumption plan: without that, one call in 200 would run for longer.
- Memory of an app: Burr XII, c 11.652, k 0.221, scale 107.083 MB, clipped at 1536 MB, the most that plan gives.

The rest is made up in the likeness of what the paper shows:

- Popularity is skewed: Zipf's law with exponent 1.
- The rate over the day has a base of about half the peak; the day is pressed into the hour.
- Most functions are called at random times, some by a timer that sends a batch of calls every few minutes.

The same seed gives the same bytes everywhere. Hence plain uniform numbers and inverse transforms: NumPy promises the
stream of a bit generator for ever, not that of a distribution.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED = 2021
FUNCTIONS = 50
INVOCATIONS = 80_000  # about: each function's share is rounded
HOUR = 3600.0

DURATION_MU, DURATION_SIGMA, DURATION_LIMIT = -0.38, 2.36, 300.0
MEMORY_C, MEMORY_K, MEMORY_SCALE, MEMORY_LIMIT = 11.652, 0.221, 107.083, 1536
ZIPF_EXPONENT = 1.0
PEAK_TO_BASE = 2.0
# Functions by rank of popularity that are called by a timer, and its period in seconds.
TIMERS = {3: 600.0, 8: 300.0, 12: 300.0, 16: 900.0, 24: 60.0, 32: 900.0, 40: 600.0, 48: 1200.0}
TIMER_SPREAD = 2.0  # s over which a timer's batch is sent
RUNTIMES = (("python", 0.45), ("node", 0.30), ("dotnet", 0.15), ("java", 0.10))

NORMAL = NormalDist()


class Function(NamedTuple):
    app: str
    func: str
    memory_mb: int
    runtime: str
    period: float | None  # of its timer
    calls: int
    log_median: float  # of its durations


class Call(NamedTuple):
    end: float
    app: str
    func: str
    duration: float


class Uniform:
    """Uniform numbers in [0, 1) from the raw words of a bit generator."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def one(self) -> float:
        return self.many(1)[0]

    def many(self, count: int) -> list[float]:
        words: NDArray[np.uint64] = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return [(int(word) >> 11) * 2.0**-53 for word in words]


def normal(uniform: float) -> float:
    return NORMAL.inv_cdf(min(max(uniform, 1e-12), 1 - 1e-12))


def popularity() -> list[float]:
    weights = [rank**-ZIPF_EXPONENT for rank in range(1, FUNCTIONS + 1)]
    return [weight / sum(weights) for weight in weights]


def log_medians(uniform: Uniform, shares: list[float]) -> list[float]:
    """ln of each function's median duration; weighted by popularity, mean and variance are just what the fit needs.

    Left to chance, the few most popular functions would decide whether the whole log is fast or slow.
    """
    raw = [normal(value) for value in uniform.many(len(shares))]
    mean = sum(share * value for share, value in zip(shares, raw, strict=True))
    deviation = math.sqrt(sum(share * (value - mean) ** 2 for share, value in zip(shares, raw, strict=True)))
    between = DURATION_SIGMA * math.sqrt(0.5)
    return [DURATION_MU + between * (value - mean) / deviation for value in raw]


def burr(uniform: float) -> float:
    return MEMORY_SCALE * float(((1 - uniform) ** (-1 / MEMORY_K) - 1) ** (1 / MEMORY_C))


def choose(uniform: float, choices: tuple[tuple[str, float], ...]) -> str:
    for name, share in choices:
        uniform -= share
        if uniform < 0:
            return name
    return choices[-1][0]


def functions(uniform: Uniform) -> list[Function]:
    shares = popularity()
    medians = log_medians(uniform, shares)
    result: list[Function] = []
    app, memory, runtime = 0, 0, ""
    for index, share in enumerate(shares):
        # About half of all apps have one function only; memory and runtime are the app's.
        if index == 0 or uniform.one() < 0.5:
            app += 1
            memory = min(math.ceil(burr(uniform.one())), MEMORY_LIMIT)
            runtime = choose(uniform.one(), RUNTIMES)
        name = f"f{index + 1:02d}"
        calls = max(1, round(share * INVOCATIONS))
        result.append(Function(f"a{app:02d}", name, memory, runtime, TIMERS.get(index + 1), calls, medians[index]))
    return result


def random_starts(uniform: Uniform, count: int) -> list[float]:
    """Times of `count` calls of a Poisson process whose rate goes from its base to its peak and back."""
    depth = (PEAK_TO_BASE - 1) / (PEAK_TO_BASE + 1)
    grid = [float(second) for second in range(int(HOUR) + 1)]
    turn = 2 * math.pi / HOUR
    expected = [second - depth / turn * math.sin(turn * second) for second in grid]
    return [float(np.interp(value * HOUR, expected, grid)) for value in uniform.many(count)]


def timer_starts(uniform: Uniform, count: int, period: float) -> list[float]:
    """Times of `count` calls in equal batches, the first at a random phase."""
    phase = uniform.one() * (period - TIMER_SPREAD)
    batches = int(HOUR // period)
    return [
        phase + period * (index % batches) + TIMER_SPREAD * value for index, value in enumerate(uniform.many(count))
    ]


def durations(uniform: Uniform, count: int, log_median: float) -> Iterator[float]:
    """Log-normal, truncated by scaling the uniform numbers to the part of the distribution below the limit."""
    within = DURATION_SIGMA * math.sqrt(0.5)
    below = NORMAL.cdf((math.log(DURATION_LIMIT) - log_median) / within)
    for value in uniform.many(count):
        duration = math.exp(log_median + within * normal(value * below))
        yield min(max(round(duration, 3), 0.001), DURATION_LIMIT - 0.001)


def calls(uniform: Uniform, function: Function) -> Iterator[Call]:
    if function.period is None:
        starts = random_starts(uniform, function.calls)
    else:
        starts = timer_starts(uniform, function.calls, function.period)
    lengths = durations(uniform, function.calls, function.log_median)
    for start, duration in zip(starts, lengths, strict=True):
        yield Call(round(start, 3) + duration, function.app, function.func, duration)


def write(folder: Path) -> None:
    uniform = Uniform(SEED)
    population = functions(uniform)
    log = sorted(call for function in population for call in calls(uniform, function))
    with (folder / "functions.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["app", "func", "memory_mb", "runtime", "trigger"])
        for function in population:
            trigger = "http" if function.period is None else "timer"
            rows.writerow([function.app, function.func, function.memory_mb, function.runtime, trigger])
    with (folder / "invocations.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["app", "func", "end_timestamp", "duration"])
        rows.writerows([call.app, call.func, f"{call.end:.3f}", f"{call.duration:.3f}"] for call in log)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write invocations.csv and functions.csv.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder (default: beside this file)")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
