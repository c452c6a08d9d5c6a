"""What is used with a simulation that it is not of, or that is over; and new ones that can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import CONFIG, World, platform

import wrench_serverless as ws


class Old:
    """A simulation that is over, with something unfinished of each kind."""

    def __init__(self) -> None:
        self.world = world = World(nodes=1, cores=1, node_store="5GB")
        self.service = world.sim.create_bare_metal_service("user", slots=1)
        self.function = world.function()
        self.declared = world.function(ws.Profile(ws.Sleep()), "declared")  # type: ignore[arg-type]
        self.replay = world.manager.replay(ws.Workload(self.declared, np.array([0.0, 1000]), np.ones(2)))
        self.actions = [ws.CustomAction(name, lambda: ws.sleep(1000)) for name in ("running", "queued")]
        self.done_action = ws.CustomAction("done", lambda: 1)
        self.calls: list[ws.Invocation] = []

        def main() -> None:
            self.service.submit(self.done_action)
            self.done_action.wait()
            for action in self.actions:
                self.service.submit(action)
            for seconds in (1.0, 1000.0, 1.0):
                self.calls.append(world.manager.invoke(self.function, seconds))

        world.sim.add_controller("user", main)
        world.sim.run(until=20)
        assert [call.state.name for call in self.calls] == ["COMPLETED", "RUNNING", "QUEUED"]
        world.sim.close()


def raised_in(world: World, tries: dict[str, Callable[[], Any]]) -> dict[str, str]:
    """What each raises in a controller of that simulation, which runs to its end."""
    texts: dict[str, str] = {}

    def main() -> None:
        for name, attempt in tries.items():
            try:
                texts[name] = f"returned {attempt()!r}"
            except (ws.Error, ValueError) as error:
                texts[name] = str(error)

    world.run(main)
    return texts


def test_waiting_for_what_will_never_end_is_an_error() -> None:
    old, new = Old(), World()
    done, running, queued = old.calls
    wait_one, wait_any, wait_all = new.manager.wait_one, new.manager.wait_any, new.manager.wait_all
    texts = raised_in(
        new,
        {
            "running": lambda: wait_one(running),
            "timeout": lambda: wait_one(running, timeout=5),
            "queued": lambda: wait_one(queued),
            "any": lambda: wait_any([done, queued]),
            "all": lambda: wait_all([done, running]),
            "replay": lambda: wait_one(old.replay),
            "action": lambda: old.actions[0].wait(),
            "queued action": lambda: old.actions[1].wait(timeout=5),
        },
    )
    assert texts == {
        "running": "invocation 1 of function 'nap' will never end: its simulation is over, and left it RUNNING",
        "timeout": "invocation 1 of function 'nap' will never end: its simulation is over, and left it RUNNING",
        "queued": "invocation 2 of function 'nap' will never end: its simulation is over, and left it QUEUED",
        "any": "invocation 2 of function 'nap' will never end: its simulation is over, and left it QUEUED",
        "all": "invocation 1 of function 'nap' will never end: its simulation is over, and left it RUNNING",
        "replay": "the replay will never end: its simulation is over, and left it with 0 of 1 calls at their end",
        "action": "action 'running' will never end: its simulation is over, and left it RUNNING",
        "queued action": "action 'queued' will never end: its simulation is over, and left it QUEUED",
    }


def test_what_has_ended_has_ended_anywhere() -> None:
    old, new = Old(), World()
    done = old.calls[0]

    def main() -> None:
        assert new.manager.wait_one(done).name == "COMPLETED"
        assert new.manager.wait_any([done]) == [done]
        assert new.manager.wait_all([done, done]) == [ws.InvocationState.COMPLETED] * 2
        old.done_action.wait()
        assert old.done_action.output == 1

    new.run(main)


OVER = "this simulation is over"


def test_parts_of_a_simulation_that_is_over_are_refused() -> None:
    old, new = Old(), World(node_store="5GB")
    world = old.world
    new.image()
    load = ws.Workload(old.declared, [0.0], [1])
    mine = new.function(name="mine")
    live: list[ws.Invocation] = []
    tries: dict[str, tuple[Callable[[], Any], str]] = {
        "invoke": (lambda: new.manager.invoke(old.function, 1), "function is not registered in this simulation"),
        "provider": (lambda: new.manager.invoke(mine, 1, provider=world.provider), "provider is not of this simul"),
        "old manager": (lambda: world.manager.invoke(mine, 1), OVER),
        "old manager waits": (lambda: world.manager.wait_one(live[0]), OVER),
        "old manager replays": (lambda: world.manager.replay(load), OVER),
        "replay": (lambda: new.manager.replay(load), "function is not registered in this simulation"),
        "register": (
            lambda: new.manager.register_function(old.function.function, [new.provider]),
            "the image 'image' is not of this simulation",
        ),
        "register there": (
            lambda: new.manager.register_function(mine.function, [world.provider]),
            "providers has one that is not of this simulation",
        ),
        "old image": (
            lambda: new.manager.register_function(
                new.manager.create_function("f", lambda i, s: None, world.image()), [new.provider]
            ),
            "the image 'image' is not of this simulation",
        ),
        "image of an old file": (lambda: new.manager.create_image("i", world.image().file), OVER),
        "image store": (
            lambda: new.sim.create_serverless_compute_service(
                "head", ["user"], image_store=world.registry, node_store="1GB"
            ),
            OVER,
        ),
        "step": (
            lambda: new.manager.register_function(
                new.manager.create_function(
                    "f", ws.Profile(ws.Sleep(1), ws.Read("all", "image", storage=world.registry)), new.image()
                ),
                [new.provider],
            ),
            "the storage service 'user:/' of step 1 of its profile is not of this simulation",
        ),
        "read": (lambda: world.registry.read("image"), OVER),
        "write": (lambda: world.registry.write("a", 1), OVER),
        "copy from": (lambda: world.registry.copy("image", new.registry), OVER),
        "copy to": (lambda: new.registry.copy("image", world.registry), OVER),
        "carve": (lambda: world.registry.carve(1), OVER),
        "submit": (lambda: old.service.submit(ws.CustomAction("a", lambda: None)), OVER),
        "submit again": (lambda: new_service.submit(old.actions[0]), "action 'running' was submitted before"),
        "host": (lambda: world.sim.host("user").turn_off(), OVER),
        "at": (lambda: world.sim.at(100, lambda: None), OVER),
        "controller": (lambda: world.sim.add_controller("user", lambda: None), OVER),
        "run": (lambda: world.sim.run(), OVER),
    }
    new_service = new.sim.create_bare_metal_service("user")
    new.sim.add_controller("user", lambda: live.append(new.manager.invoke(mine, 1000.0)))
    texts = raised_in(new, {name: attempt for name, (attempt, _) in tries.items()})
    wrong = {name: texts[name] for name, (_, words) in tries.items() if words not in texts[name]}
    assert wrong == {}


def test_observers_are_added_to_a_simulation_that_is_open() -> None:
    old = Old()
    for add in ("on_invocation_state", "on_container_start", "on_container_end", "on_transfer_start"):
        with pytest.raises(ws.Error, match=OVER):
            getattr(old.world.sim, add)(print)


# A new simulation that can't be leaves the one that is there.

BAD: dict[str, dict[str, Any]] = {
    "no such file": {"platform": "nowhere.xml"},
    "a folder": {"platform": "/tmp"},
    "no XML": {"platform": "nonsense"},
    "no host": {"platform": ws.Platform()},
    "what is no platform": {"platform": 5},
    "a model": {"config": {"network/model": "NoSuch"}},
    "an option": {"config": {"nosuch": 1}},
    "what is no dictionary": {"config": 5},
    "seed": {"seed": -1},
    "seed of another type": {"seed": "x"},
    "records": {"records": "none"},
    "sample": {"records": "sampled", "sample": 2},
    "sample that is no number": {"records": "sampled", "sample": float("nan")},
    "no folder": {"records": "parquet"},
    "a file as a folder": {"records": "parquet", "records_to": __file__},
    "cpu_sharing": {"cpu_sharing": "quick"},
    "check": {"check": "yes"},
}


@pytest.mark.parametrize("what", BAD)
def test_a_simulation_that_cannot_be_leaves_the_one_that_is_there(what: str, tmp_path: Path) -> None:
    world = World()
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        try:
            calls.append(world.manager.invoke(function, 10.0))
            world.registry.write("file", "1GB")  # under way when the other one is tried
            world.manager.wait_all(calls)
        finally:
            ends.append(ws.now())

    ends: list[float] = []
    world.sim.add_controller("user", main)
    world.sim.run(until=5.5)
    options = {"platform": platform(), **BAD[what]}
    if options["platform"] == "nonsense":
        options["platform"] = tmp_path / "nonsense.xml"
        options["platform"].write_text("nonsense")
    if what == "a file as a folder":
        options["records_to"] = Path(__file__) / "records"
    given = options.pop("platform")
    for _ in range(2):
        with pytest.raises((ws.PlatformError, ValueError, TypeError, AttributeError, OSError)):
            ws.Simulation(given, **options)
    # The image comes to the head in 2 s, beside the file; then 1 s to the node, 1 s to memory.
    assert world.sim.run().now == 14.0
    assert (calls[0].state.name, calls[0].ended, ends) == ("COMPLETED", 14.0, [14.0])


def test_a_file_that_was_never_tried_is_tried_beside_a_simulation(tmp_path: Path) -> None:
    """In a child process, which has the simulation as well."""
    for number in range(3):
        world = World()
        world.sim.add_controller("user", ws.sleep, 10)
        world.manager.replay(ws.Workload(world.function(ws.Profile(ws.Sleep()), "g"), [0.0, 1.0], [5.0, 5.0]))  # type: ignore[arg-type]
        world.sim.run(until=2.5)
        path = tmp_path / f"platform-{number}.xml"
        platform(nodes=number + 1).to_xml(path)
        if number == 2:
            path.write_text("nonsense")
            with pytest.raises(ws.PlatformError):
                ws.Simulation(path)
            assert world.sim.run().now == 10
        else:
            sim = ws.Simulation(path, config=CONFIG)
            assert len(sim.host_names) == number + 3
            sim.add_controller("user", ws.sleep, 1)
            assert sim.run().now == 1
            again = tmp_path / f"again-{number}.xml"  # beside one that is from a file itself
            platform(nodes=number + 4).to_xml(again)
            assert len(ws.Simulation(again, config=CONFIG).host_names) == number + 6


def test_no_folder_is_made_for_records_of_a_simulation_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ws.PlatformError):
        ws.Simulation("nowhere.xml", records="parquet", records_to=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# Parts of a workload.


def parts_of(function: ws.RegisteredFunction, other: ws.RegisteredFunction, wrong: Any) -> Iterator[Any]:
    yield ws.Workload(function, [1.0], [1])
    yield other if wrong is ... else wrong
    yield ws.Workload(function, [2.0], [1])


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (None, TypeError, "workload: .* part 1 is None"),
        (0, TypeError, "workload: .* part 1 is int"),
        ([], TypeError, "workload: .* part 1 is list"),
        ("x", TypeError, "workload: .* part 1 is str"),
        ((1.0, 1.0), TypeError, "workload: .* part 1 is tuple"),
    ],
)
def test_a_part_that_is_no_workload_ends_the_run(wrong: Any, error: type[Exception], words: str) -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f")  # type: ignore[arg-type]
    replay = world.manager.replay(parts_of(function, function, wrong))
    with pytest.raises(error, match=words):
        world.sim.run()
    assert not replay.is_done

    with pytest.raises(error, match=words.replace("part 1", "part 0")):
        World().manager.replay(iter([wrong]))


def test_a_part_of_other_functions_ends_the_run() -> None:
    """Its calls would have been counted as those of the functions of the first part."""
    world = World()
    f, g = (world.function(ws.Profile(ws.Sleep()), name) for name in "fg")  # type: ignore[arg-type]
    world.manager.replay(parts_of(f, g, ws.Workload(g, [1.5], [1])))
    with pytest.raises(ValueError, match="part 1 has other functions than the parts before: 'g' instead of 'f'"):
        world.sim.run()


@pytest.mark.parametrize("given", [None, 5, "text", b"text"])
def test_what_is_no_workload_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="workload: give a Workload, or an iterable of them, not "):
        World().manager.replay(given)


def test_a_dictionary_of_workloads_is_no_workload() -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="part 0 is str"):
        world.manager.replay({"a": ws.Workload(function, [1.0], [1])})  # type: ignore[dict-item]
