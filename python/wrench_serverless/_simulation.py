"""A simulation: a platform, the services on it, the controllers that use them, and the run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from tqdm import tqdm

from wrench_serverless import _arguments, _core, _fibres
from wrench_serverless import _options as _options  # gives the core's classes their methods with many options
from wrench_serverless._results import Results
from wrench_serverless._row_stream import RowStream

Controller = TypeVar("Controller", bound=Callable[[], Any])


class Simulation(_core.SimulationBase):
    """A simulation on a SimGrid platform file, or on a `Platform`.

    One can be alive at a time in a process: creating the next one closes the one before, if nothing is wrong with its
    arguments. Results, and what invocations gave, stay.

    `seed` decides all random choices: the same platform, program and seed give the same results to the last bit (R29).
    `config` are options of SimGrid: `{"network/model": "CM02"}`. `check`: add up all books between any two events, and
    raise RuntimeError where they are wrong: slow; by default what the environment variable WRENCH_SERVERLESS_CHECK
    says, 0 or 1. Raises PlatformError.

    `cpu_sharing`: who works out what each gets of more computations than a host has cores. "fast": we do, by SimGrid's
    rule; "simgrid": SimGrid does, which takes several times as long. The dates are the same but for rounding.

    `disk_sharing`: what a read or write on a disk weighs beside the streams that pass through it. "weighted": as much
    as these do on average, so that it gets an equal share of the disk. "simgrid": 1, SimGrid's own rule, by which a
    stream weighs the reciprocal of its round-trip time in seconds: over a fast network it takes a disk nearly for
    itself. With `claims="each_pass"` of a provider this reproduces WRENCH's times (R18b).

    `records`: which invocations leave a record. "all": each has a row in the results, 72 bytes, or 84 with the columns
    `id` and `cost`, which the results add; "sampled": a share of them, `sample`, drawn by the seed; "summary": none;
    "parquet": each, written to files in the folder `records_to` while the simulation runs; when a run ends, however it
    does, and when the simulation is closed, all is there, and `load_results` reads the folder. But for "all", the
    results have `statistics` of all invocations, whose percentiles are known to within 0.4 %, and memory does not grow
    with their number.
    """

    def __init__(
        self,
        platform: _core.Platform | str | os.PathLike[str],
        *,
        seed: int = 0,
        config: Mapping[str, object] | None = None,
        records: Literal["all", "sampled", "summary", "parquet"] = "all",
        sample: float = 0.01,
        records_to: str | os.PathLike[str] | None = None,
        check: bool | None = None,
        cpu_sharing: Literal["fast", "simgrid"] = "fast",
        disk_sharing: Literal["weighted", "simgrid"] = "weighted",
    ) -> None:
        _arguments.choice(cpu_sharing, ("fast", "simgrid"), "cpu_sharing")
        _arguments.choice(disk_sharing, ("weighted", "simgrid"), "disk_sharing")
        seed = _arguments.count(seed, "seed", "a whole number", end=2**64)
        if check is not None:
            _arguments.one(check, bool, "check", "True, False or None")
        self._stream = _make_stream(records, sample, records_to)
        source = _platform(platform)
        config_options = _config_options(config)
        options = {
            "check": check,
            "records": records,
            "sample": sample,
            "rows": self._stream,
            "cpu_sharing": cpu_sharing,
            "disk_sharing": disk_sharing,
        }
        _core.SimulationBase._check(source, seed, config_options, options)
        if self._stream is not None:
            self._stream.open()
        _fibres.make_way()
        if self._stream is not None:
            self._stream.open()  # the one before may have had the same folder
        super().__init__(source, seed, config_options, options)

    def controller(self, host: str, *, name: str | None = None) -> Callable[[Controller], Controller]:
        """Make the decorated function a controller on `host`: a process that may block.

        It starts with the run, or at once during one. The first exception that ends a controller ends the simulation,
        and is raised from `run`.
        """

        def add(function: Controller) -> Controller:
            self.add_controller(host, function, name=name)
            return function

        return add

    def add_controller(self, host: str, function: Callable[..., Any], *arguments: Any, name: str | None = None) -> None:
        """Add a controller on `host` that calls `function(*arguments)`."""
        _arguments.check_plain_function(function, "function")
        called = (lambda: function(*arguments)) if arguments else function
        self._add_controller(host, called, name or str(getattr(function, "__name__", "controller")))

    def run(self, until: float | str | None = None, *, progress: bool = False) -> Results:
        """Run to the end, or to the date `until` (s), from where it was; return the results so far.

        `progress` draws a bar of simulated time and ended invocations, unless stderr is no terminal. Raises Deadlock
        if nothing can happen any more while somebody waits, and what ended a controller.
        """
        try:
            self._run(until, progress and sys.stderr.isatty())
        except BaseException:
            _fibres.keep_records(self)
            raise
        self._keep_records()
        return self.results()

    def _run(self, until: float | str | None, progress: bool) -> None:
        if not progress:
            _fibres.run(self, until, None)
            return
        with tqdm(unit="s", unit_scale=True, desc="simulated") as bar:

            def tick(_: None) -> None:
                bar.n = self.now
                bar.set_postfix_str(f"{self._ended_invocations} invocations", refresh=False)
                bar.refresh()

            _fibres.run(self, until, tick)
            tick(None)

    def close(self) -> None:
        """End everything: controllers and bodies are thrown out of. Results, and what invocations gave, stay.

        Records that go to files are written: OSError if that can't be.
        """
        _fibres.close(self)

    def results(self) -> Results:
        """Everything that was recorded so far."""
        return Results(self._results(), self._stream)


def _make_stream(records: str, sample: float, folder: str | os.PathLike[str] | None) -> RowStream | None:
    _arguments.choice(records, ("all", "sampled", "summary", "parquet"), "records")
    if not 0 <= _arguments.number(sample, "sample", "a share from 0 to 1") <= 1:
        raise ValueError(f"sample is {sample}: it must be a share from 0 to 1")
    if (records == "parquet") != (folder is not None):
        raise ValueError(
            f"records_to is {_arguments.shown(folder)}: give a folder for records='parquet', and only then"
        )
    return RowStream(_arguments.path(folder, "records_to", "the path of a folder")) if folder is not None else None


def _platform(given: Any) -> _core.Platform:
    if isinstance(given, _core.Platform):
        return given
    return _core.Platform.from_file(
        Path(_arguments.path(given, "platform", "a Platform, or the path of a platform file"))
    )


def _config_options(config: Any) -> list[str]:
    example = "such as {'network/model': 'CM02'}"
    if config is None:
        return []
    if not isinstance(config, Mapping):
        raise TypeError(f"config: give a dict of SimGrid's options, {example}, not {_arguments.shown(config)}")
    options = []
    for name, value in config.items():
        if not isinstance(name, str) or not name:
            raise TypeError(f"config: give names of SimGrid's options, {example}, not {_arguments.shown(name)}")
        if not isinstance(value, (str, bool, int, float)) and not _arguments.is_number(value):
            raise TypeError(
                f"config[{_arguments.shown(name)}]: give a text, a number, True or False, not {_arguments.shown(value)}"
            )
        if isinstance(value, str) and not value.isprintable():
            raise ValueError(f"config[{_arguments.shown(name)}] is {_arguments.shown(value)}: give printable text")
        if not name.isprintable():
            raise ValueError(f"config: there is no option {_arguments.shown(name)}")
        options.append(f"{name}:{_option(value)}")
    return options


def _option(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
