"""Calls from where they make no sense: refused with a clear error, and the simulation goes on."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from greenlet import greenlet
from world import World, nap, platform

import wrench_serverless as ws


def blocking_calls(world: World) -> dict[str, Callable[[], object]]:
    function = world.function()
    action = ws.CustomAction("action", lambda: None)
    machine = world.sim.create_bare_metal_service("user")
    machine.submit(action)
    store = world.registry
    return {
        "sleep": lambda: ws.sleep(1),
        "compute": lambda: ws.compute(1),
        "now": ws.now,
        "current_invocation": ws.current_invocation,
        "write": lambda: store.write("a", 1),
        "read": lambda: store.read("image"),
        "copy": lambda: store.copy("image", world.provider.image_store),
        "invoke": lambda: world.manager.invoke(function, 1.0),
        "wait_any": lambda: world.manager.wait_all([]),
        "wait": action.wait,
    }


def test_outside_a_simulation() -> None:
    world = World()
    for call in blocking_calls(world).values():
        with pytest.raises(ws.NotInSimulation, match="only works in a controller or in a function's body"):
            call()
    world.sim.run()
    for call in blocking_calls(World()).values():
        with pytest.raises(ws.NotInSimulation):
            call()


def refused_in(world: World, run: Callable[[Callable[[], None]], None]) -> dict[str, BaseException]:
    """What each blocking call raised when `run` called it during the simulation."""
    calls = blocking_calls(world)
    refused: dict[str, BaseException] = {}

    def main() -> None:
        for name, call in calls.items():

            def attempt(name: str = name, call: Callable[[], object] = call) -> None:
                try:
                    call()
                except BaseException as error:
                    refused[name] = error

            run(attempt)
        ws.sleep(1)  # and the fibre is as it was

    world.run(main)
    assert world.sim.now == 1
    assert refused.keys() == calls.keys()
    return refused


def in_a_thread(action: Callable[[], None]) -> None:
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


def in_a_greenlet(action: Callable[[], None]) -> None:
    greenlet(action).switch()


@pytest.mark.parametrize("run", [in_a_thread, in_a_greenlet])
def test_from_another_thread_or_greenlet(run: Callable[[Callable[[], None]], None]) -> None:
    for error in refused_in(World(), run).values():
        assert isinstance(error, ws.NotInSimulation)
        assert "another thread or greenlet" in str(error)


def test_nested_run() -> None:
    world = World()
    other: list[BaseException] = []

    def body(input: object, storage: ws.StorageService) -> None:
        for action in (world.sim.run, world.sim.close, lambda: ws.Simulation(platform())):
            try:
                action()
            except ws.Error as error:
                other.append(error)
        ws.sleep(1)

    (call,) = world.call(world.function(body), None)
    assert call.state.name == "COMPLETED"
    assert [type(error) for error in other] == [ws.Error] * 3
    assert all("running" in str(error) for error in other)


def test_a_second_simulation_while_one_runs_in_another_thread() -> None:
    world = World()
    running, done = threading.Event(), threading.Event()

    def main() -> None:
        running.set()
        done.wait()
        ws.sleep(1)

    world.sim.add_controller("user", main)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(world.sim.run)
        running.wait()
        try:
            for action in (world.sim.run, world.sim.close, lambda: ws.Simulation(platform())):
                with pytest.raises(ws.Error, match="running"):
                    action()
            with pytest.raises(ws.NotInSimulation):
                ws.now()
        finally:
            done.set()
        assert result.result().now == 1


def test_simulations_in_other_threads_one_after_the_other() -> None:
    def simulate(seconds: float) -> float:
        world = World()
        return world.call(world.function(), seconds)[0].ended

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for round in range(5):
            for pool in (one, other):
                assert pool.submit(simulate, round).result() == pytest.approx(3 + round)
            assert simulate(round) == pytest.approx(3 + round)


def half_way(world: World, tidied: list[float]) -> Callable[[], None]:
    def main() -> None:
        try:
            ws.sleep(10)
        finally:
            tidied.append(world.sim.now)

    return main


def test_a_simulation_goes_on_in_its_thread_only() -> None:
    world = World()
    tidied: list[float] = []
    world.sim.add_controller("user", half_way(world, tidied))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(world.sim.run, 5).result()
        with pytest.raises(ws.Error, match="in the thread that ran it before"):
            world.sim.run()
    # It is closed, without the fibres of the other thread; the next one works.
    fresh = World()
    assert fresh.call(fresh.function(), 1.0)[0].ended == pytest.approx(4)


def test_a_simulation_goes_on_in_another_greenlet() -> None:
    world = World()
    tidied: list[float] = []
    world.sim.add_controller("user", half_way(world, tidied))
    greenlet(lambda: world.sim.run(5)).switch()
    assert greenlet(lambda: world.sim.run(6).now).switch() == 6
    assert world.sim.run(7).now == 7
    assert greenlet(world.sim.run).switch().now == 10
    assert tidied == [10]


def test_a_simulation_is_closed_from_another_greenlet_or_thread() -> None:
    for run in (in_a_thread, in_a_greenlet):
        world = World()
        tidied: list[float] = []
        world.sim.add_controller("user", half_way(world, tidied))
        world.sim.run(5)
        run(world.sim.close)
        assert tidied == ([5] if run is in_a_greenlet else [])
        with pytest.raises(ws.Error, match="is over"):
            world.sim.run()


class Blocks:
    """An object that blocks when it dies."""

    def __init__(self, seen: list[object]) -> None:
        self.seen = seen
        self.me = self  # so that the garbage collector decides when

    def __del__(self) -> None:
        try:
            ws.sleep(1)
            self.seen.append(ws.now())
        except ws.Error as error:
            self.seen.append(type(error))


def test_blocking_in_del() -> None:
    world = World()
    seen: list[object] = []

    def main() -> None:
        object = Blocks(seen)
        object.me = None  # type: ignore[assignment]
        del object  # here and now, on the controller's stack: that may block
        ws.sleep(1)

    world.run(main)
    assert seen == [1.0]


def test_blocking_in_del_wherever_the_garbage_collector_runs() -> None:
    world = World()
    seen: list[object] = []

    def body(input: object, storage: ws.StorageService) -> None:
        for _ in range(20):
            Blocks(seen)
            ws.sleep(0.5)

    function = world.function(body)

    def main() -> None:
        calls = []
        for _ in range(30):
            Blocks(seen)
            calls.append(world.manager.invoke(function, {}))
            world.manager.wait_all(calls, timeout=1e6)

    before = gc.get_threshold()
    gc.set_threshold(3, 2, 2)
    try:
        world.run(main)
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert len(seen) == 30 * 20 + 30


def test_a_generator_that_blocks_when_it_is_closed() -> None:
    world = World()
    seen: list[Any] = []

    def items() -> Iterator[int]:
        try:
            yield 1
        finally:
            ws.sleep(1)
            seen.append(ws.now())

    def main() -> None:
        for _ in items():
            break
        ws.sleep(1)

    world.run(main)
    assert seen == [1.0]
    assert nap.__name__ == "nap"


def test_run_from_an_observer_changes_nothing() -> None:
    world = World()
    refusals: list[str] = []

    @world.sim.on_invocation_state
    def watch(call: ws.Invocation) -> None:
        try:
            world.sim.run()
        except ws.Error as error:
            refusals.append(str(error))

    (call,) = world.call(world.function(), 1.0)
    assert call.state == ws.InvocationState.COMPLETED
    assert refusals == ["run() was called while the simulation is running"] * 4


def test_run_from_the_parts_of_a_workload_changes_nothing() -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f")
    refusals: list[str] = []

    def parts() -> Iterator[ws.Workload]:
        for part in range(3):
            try:
                world.sim.run()
            except ws.Error as error:
                refusals.append(str(error))
            yield ws.Workload(function, [float(part)], [1.0])

    world.manager.replay(parts())
    results = world.sim.run()
    assert results.summary()["completed"] == 3
    assert set(refusals[1:]) == {"run() was called while the simulation is running"}


def test_a_run_in_another_thread_leaves_a_simulation_that_stopped_half_way_alone() -> None:
    world = World()
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 10.0))
        world.manager.wait_all(calls)

    world.sim.add_controller("user", main)
    world.sim.run(until=5)
    errors: list[BaseException] = []

    def elsewhere() -> None:
        try:
            world.sim.run()
        except ws.Error as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "has to go on in the thread that ran it before" in str(errors[0])
    world.sim.run()
    assert calls[0].state == ws.InvocationState.COMPLETED
