"""What lives how long: simulations one after the other, and handles that outlive them."""

from __future__ import annotations

import gc
import math
import resource
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from world import World, nap, platform

import wrench_serverless as ws

pytestmark = pytest.mark.alone

FILE = Path(__file__).resolve().parents[2] / "examples" / "platforms" / "two_nodes.xml"


def from_file() -> float:
    sim = ws.Simulation(FILE)
    registry = sim.create_storage_service("user", "1GB")
    provider = sim.create_serverless_compute_service("head", ["node-0", "node-1"], image_store="1GB")
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "10MB"))
    function = manager.register_function(manager.create_function("nap", nap, image), [provider])

    def main() -> None:
        manager.wait_all([manager.invoke(function, 1.0) for _ in range(5)])

    sim.add_controller("user", main)
    return sim.run().now


def from_platform() -> float:
    world = World()
    return world.call(world.function(), 1.0, 2.0)[-1].ended


def fails() -> float:
    world = World()

    def body(input: object, storage: ws.StorageService) -> None:
        storage.write("a", "1MB")
        ws.sleep(10)

    def main() -> None:
        for _ in range(3):
            world.manager.invoke(function, None)
        ws.sleep(3.005)  # in the middle of the writes
        raise LookupError

    function = world.function(body)
    with pytest.raises(LookupError):
        world.run(main)
    return world.sim.now


def is_interrupted() -> float:
    world = World()

    def main() -> None:
        world.manager.invoke(function, 5)
        ws.sleep(0.5)  # the image is on its way
        raise KeyboardInterrupt

    function = world.function()
    with pytest.raises(KeyboardInterrupt):
        world.run(main)
    return world.sim.now


def stops_half_way() -> float:
    world = World()

    def main() -> None:
        calls = [world.manager.invoke(function, 10.0) for _ in range(5)]
        world.manager.wait_all(calls)

    function = world.function()
    world.sim.add_controller("user", main)
    return world.sim.run(until=3.5).now


def is_a_deadlock() -> float:
    world = World()
    with pytest.raises(ws.Deadlock):
        world.call(world.function(lambda _, storage: world.manager.wait_one(ws.current_invocation()), "self"), 1)
    return world.sim.now


def is_no_platform() -> float:
    with pytest.raises(ws.PlatformError):
        ws.Simulation("nowhere.xml")
    return 0


KINDS = [from_file, from_platform, fails, is_interrupted, stops_half_way, is_a_deadlock, is_no_platform]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_any_simulation_after_any_other(kind: Callable[[], float]) -> None:
    alone = {other: other() for other in KINDS}
    for other in KINDS:
        kind()
        assert other() == alone[other]  # to the last bit


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_memory_stays_flat(kind: Callable[[], float]) -> None:
    for _ in range(20):
        kind()
    gc.collect()
    before = resident()
    for _ in range(100):
        kind()
    gc.collect()
    assert resident() - before < 100 * 20_000


@pytest.mark.parametrize("kind", [from_platform, fails, stops_half_way])
def test_what_python_gave_is_let_go(kind: Callable[[], float]) -> None:
    # Closures refer to the simulation, and the simulation to them.
    alive: list[weakref.ref[World]] = []
    before = World.__init__

    def noting(self: World, *arguments: int) -> None:
        before(self, *arguments)
        alive.append(weakref.ref(self))

    World.__init__ = noting  # type: ignore[assignment,method-assign]
    try:
        kind()
    finally:
        World.__init__ = before  # type: ignore[method-assign]
    ws.Simulation(platform())
    gc.collect()
    assert [reference() for reference in alive] == [None]


def finished() -> tuple[World, ws.RegisteredFunction, list[ws.Invocation]]:
    world = World()
    function = world.function()

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_one(calls[0])
        calls.append(world.manager.invoke(function, 1000.0))
        ws.sleep(0.5)

    calls: list[ws.Invocation] = []
    world.sim.add_controller("user", main)
    world.sim.run(until=5)
    return world, function, calls


def check_closed(world: World, function: ws.RegisteredFunction) -> None:
    image, provider, manager, registry = world.image(), world.provider, world.manager, world.registry
    for refused in (
        lambda: world.sim.run(),
        lambda: world.sim.add_controller("user", nap),
        lambda: world.sim.create_storage_service("user", 1),
        lambda: world.sim.create_serverless_compute_service("head", ["node-0"]),
        lambda: world.sim.create_function_manager("user"),
        lambda: world.sim.create_bare_metal_service("user"),
        lambda: world.sim.host_names,
        lambda: manager.create_image("a", image.file),
        lambda: manager.register_function(function.function, [provider]),
        lambda: registry.create_file("a", 1),
        lambda: registry.remove("image"),
        lambda: registry.carve(1),
    ):
        with pytest.raises(ws.Error):
            refused()
    with pytest.raises(ws.NotInSimulation):
        manager.invoke(function, 1)
    assert world.sim.close() is None  # once more does no harm
    assert (provider.name, provider.nodes, provider.queued) == ("provider", world.nodes, 0)
    assert provider.image_store.name == "provider/images"
    assert (image.name, function.name, manager.host) == ("image", "nap", "user")
    assert registry.capacity == 5_000_000_000
    assert all(repr(part) for part in (world.sim, image, provider, manager, registry, function))
    assert world.sim.results().invocations["state"].shape == (2,)


def check_calls(calls: list[ws.Invocation]) -> None:
    first, second = calls
    assert (first.state.name, first.output, first.ended, first.node) == ("COMPLETED", 1.0, 4.0, "node-0")
    assert second.state.name == "RUNNING"
    assert math.isnan(second.ended)
    assert repr(second) == "<Invocation 1 of 'nap': RUNNING>"


def test_use_after_close() -> None:
    world, function, calls = finished()
    world.sim.close()
    check_closed(world, function)
    check_calls(calls)


def test_use_after_a_newer_simulation() -> None:
    world, function, calls = finished()
    newer = World()
    check_closed(world, function)
    check_calls(calls)
    # And nothing of the old one is let into the new one.
    for refused in (
        lambda: newer.manager.register_function(function.function, [newer.provider]),
        lambda: newer.manager.register_function(function.function, [world.provider]),
    ):
        with pytest.raises((ws.Error, ValueError)):
            refused()
    raised: list[type[BaseException]] = []

    def main() -> None:
        for refused in (
            lambda: newer.manager.invoke(function, 1),
            lambda: world.manager.invoke(function, 1),
            lambda: newer.registry.copy("image", world.registry),
            lambda: world.registry.copy("image", newer.registry),
            lambda: world.registry.read("image"),
            lambda: world.registry.write("a", 1),
        ):
            try:
                refused()
            except (ws.Error, ValueError) as error:
                raised.append(type(error))
        # One that ended there has ended; one that did not will not.
        assert newer.manager.wait_one(calls[0]).name == "COMPLETED"

    newer.image()
    newer.run(main)
    assert len(raised) == 6


def test_use_after_the_garbage_collector() -> None:
    world, function, calls = finished()
    manager, provider, registry = world.manager, world.provider, world.registry
    del world
    gc.collect()
    assert manager.host == "user"
    assert provider.nodes == ["node-0", "node-1"]
    assert registry.files == ["image"]
    del manager, provider, registry
    World()
    gc.collect()
    check_calls(calls)
    assert function.name == "nap"


def test_results_are_independent_snapshots() -> None:
    world = World()
    function = world.function()

    def main() -> None:
        for _ in range(5):
            world.manager.wait_one(world.manager.invoke(function, 1.0))

    world.sim.add_controller("user", main)
    taken = [world.sim.run(until=date) for date in (0, 2, 4.5, 5.5, 100)]
    assert [results.now for results in taken] == [0, 2, 4.5, 5.5, 8]
    assert [len(results.invocations["id"]) for results in taken] == [1, 1, 2, 3, 5]
    names = [[state.name for state in map(ws.InvocationState, results.invocations["state"])] for results in taken]
    assert names[1:4] == [["QUEUED"], ["COMPLETED", "RUNNING"], ["COMPLETED", "COMPLETED", "RUNNING"]]
    assert [results.summary()["completed"] for results in taken] == [0, 0, 1, 2, 5]
    kept = taken[2].invocations["ended"]
    world.sim.close()
    taken.clear()
    gc.collect()
    assert kept[0] == 4.0
    assert math.isnan(kept[1])


def test_controllers_are_added_between_runs() -> None:
    world = World()
    seen: list[float] = []
    world.sim.add_controller("user", ws.sleep, 10)
    for date in (1, 2, 3):
        world.sim.add_controller("user", lambda: seen.append(ws.now()))
        world.sim.run(until=date)
    with pytest.raises(ValueError, match=r"until.*past"):
        world.sim.run(until=1)
    assert world.sim.run(until=3).now == 3
    assert world.sim.run(until="20s").now == 10  # the clock stops with the last that happens
    world.sim.add_controller("user", lambda: seen.append(ws.now()))
    world.sim.run()
    assert seen == [0, 1, 2, 10]
