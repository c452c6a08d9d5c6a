"""Reference cycles between Python's objects and the core's: none of them keeps a simulation that is over in memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from world import World, nap, platform

import wrench_serverless as ws


class Marker:
    """Something of the user's that a cycle would keep."""


def output_is_its_invocation(world: World, marker: Marker) -> None:
    calls = world.call(world.function(lambda _, storage: (ws.current_invocation(), marker, world), "f"), 1, 2)
    assert calls[0].output[0] is calls[0]


def output_reaches_its_call(world: World, marker: Marker) -> None:
    calls: list[ws.Invocation] = []
    function = world.function(lambda _, storage: (calls, marker), "f")

    def main() -> None:
        calls.append(world.manager.invoke(function, 1))

    world.run(main)
    assert calls[0].output[0] is calls


def failure_reaches_its_invocation(world: World, marker: Marker) -> None:
    def body(_: Any, storage: ws.StorageService) -> None:
        me, mine = ws.current_invocation(), marker
        ws.sleep(1)
        raise LookupError(me.id, mine)

    (call,) = world.call(world.function(body), 1)
    assert isinstance(call.failure, LookupError)


def failure_nobody_asked_for(world: World, marker: Marker) -> None:
    kept: list[ws.Invocation] = []

    def body(_: Any, storage: ws.StorageService) -> None:
        kept.append(ws.current_invocation())
        mine = (kept, marker)
        raise LookupError(mine)

    world.call(world.function(body), 1, 2)


def failure_of_another_invocation(world: World, marker: Marker) -> None:
    """Two that hold each other."""
    kept: dict[int, ws.Invocation] = {}

    def body(number: int, storage: ws.StorageService) -> None:
        kept[number] = ws.current_invocation()
        ws.sleep(1)
        raise LookupError(kept[1 - number], marker)

    world.call(world.function(body), 0, 1)


def dead_letters(world: World, marker: Marker) -> None:
    def body(_: Any, storage: ws.StorageService) -> None:
        raise LookupError(ws.current_invocation(), function, marker)

    function = world.function(body, retries=1)
    world.call(function, 1)
    assert len(function.dead_letters) == 1


def input_reaches_its_invocation(world: World, marker: Marker) -> None:
    given: list[Any] = [marker, world]
    given.append(world.call(world.function(lambda _, storage: None, "f"), given))


def unfinished_body(world: World, marker: Marker) -> None:
    def body(_: Any, storage: ws.StorageService) -> None:
        mine = (storage, ws.current_invocation(), marker)
        ws.sleep(1000)
        assert mine

    function = world.function(body)
    calls: list[ws.Invocation] = []
    world.sim.add_controller("user", lambda: calls.append(world.manager.invoke(function, 1)))
    world.sim.run(until=10)
    assert calls[0].state.name == "RUNNING"


def body_that_keeps_its_storage(world: World, marker: Marker) -> None:
    kept: list[Any] = [marker, world]
    world.call(world.function(lambda _, storage: kept.append(storage), "f"), 1)


def carved_storage(world: World, marker: Marker) -> None:
    kept: list[Any] = [marker, world]
    world.call(world.function(lambda _, storage: kept.append(storage.carve("1MB")), "f"), 1)


def function_nobody_registered(world: World, marker: Marker) -> None:
    def body(_: Any, storage: ws.StorageService) -> Any:
        return function, world, marker

    function = world.manager.create_function("f", body, world.image())


def action_returns_itself(world: World, marker: Marker) -> None:
    service = world.sim.create_bare_metal_service("user")

    def main() -> None:
        service.submit(action)
        action.wait()

    action = ws.CustomAction("a", lambda: (action, marker, world))
    world.run(main)
    assert action.output[0] is action


def action_fails(world: World, marker: Marker) -> None:
    service = world.sim.create_bare_metal_service("user")

    def body() -> None:
        me = action
        raise LookupError(me, marker, world)

    action = ws.CustomAction("a", body)
    world.run(lambda: service.submit(action))
    assert action.state.name == "FAILED"


def unfinished_action(world: World, marker: Marker) -> None:
    service = world.sim.create_bare_metal_service("user", slots=1)
    actions = [ws.CustomAction("a", lambda: (ws.sleep(1000), actions, marker, world)) for _ in range(2)]
    world.sim.add_controller("user", lambda: [service.submit(action) for action in actions])
    world.sim.run(until=10)


def action_nobody_submitted(world: World, marker: Marker) -> None:
    action = ws.CustomAction("a", lambda: (action, marker, world))


def controller_returns_the_simulation(world: World, marker: Marker) -> None:
    world.run(lambda: (world, marker))


def controller_fails(world: World, marker: Marker) -> None:
    def main() -> None:
        raise LookupError(world, marker)

    with pytest.raises(LookupError):
        world.run(main)


def controllers_that_never_start(world: World, marker: Marker) -> None:
    world.sim.add_controller("user", lambda: (world, marker))


def controllers_that_never_end(world: World, marker: Marker) -> None:
    for _ in range(3):
        world.sim.add_controller("user", lambda: (ws.sleep(1000), world, marker))
    world.sim.run(until=1)


def observers(world: World, marker: Marker) -> None:
    seen: list[Any] = [marker, world]
    for add in (
        world.sim.on_invocation_state,
        world.sim.on_container_start,
        world.sim.on_container_end,
        world.sim.on_transfer_start,
        world.sim.on_transfer_end,
    ):
        add(seen.append)
    world.call(world.function(), 1)
    assert len(seen) > 7


def calls_at_a_date(world: World, marker: Marker) -> None:
    for date in (1, 1000):
        world.sim.at(date, lambda: (world, marker))
    world.sim.add_controller("user", ws.sleep, 10)
    world.sim.run()


def half_a_replay(world: World, marker: Marker) -> None:
    function = world.function(ws.Profile(ws.Sleep()), "f")  # type: ignore[arg-type]

    def parts() -> Iterator[ws.Workload]:
        mine = (world, marker, replay)
        for start in (0.0, 1000.0, 2000.0):
            yield ws.Workload(function, np.array([start]), np.array([1.0]))
        assert mine

    replay: list[ws.Replay] = []
    replay.append(world.manager.replay(parts()))
    world.sim.run(until=10)


def policies(world: World, marker: Marker) -> None:
    class Placement(ws.PlacementPolicy):
        mine = (world, marker)

        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
            self.seen = (function, cluster, world)
            return next(iter(cluster.candidates(function)), None)

    class Routing(ws.RoutingPolicy):
        def route(self, function: str, providers: tuple[ws.ProviderView, ...]) -> ws.ServerlessComputeService:
            self.seen = (providers, world, marker)
            return providers[0].provider

    world.manager = world.sim.create_function_manager("user", routing=Routing())
    other = world.sim.create_serverless_compute_service(
        "head", ["user"], image_store="1GB", node_store="1GB", placement=Placement()
    )
    function = world.manager.create_function("f", nap, world.image())
    registered = world.manager.register_function(function, [other, world.provider], memory="1MB", ephemeral_storage=0)
    world.call(registered, 1.0)


def simulation_with_attributes(world: World, marker: Marker) -> None:
    world.sim.parts = (world, marker)  # type: ignore[attr-defined]
    world.call(world.function(), 1.0)


def steps_with_a_storage(world: World, marker: Marker) -> None:
    profile = ws.Profile(ws.Write("1MB", storage=world.registry), ws.Sleep(1))
    world.call(world.function(profile, "f"), None)  # type: ignore[arg-type]
    world.sim.at(1000, lambda: (profile, world, marker))


KINDS: list[Callable[[World, Marker], None]] = [
    output_is_its_invocation,
    output_reaches_its_call,
    failure_reaches_its_invocation,
    failure_nobody_asked_for,
    failure_of_another_invocation,
    dead_letters,
    input_reaches_its_invocation,
    unfinished_body,
    body_that_keeps_its_storage,
    carved_storage,
    function_nobody_registered,
    action_returns_itself,
    action_fails,
    unfinished_action,
    action_nobody_submitted,
    controller_returns_the_simulation,
    controller_fails,
    controllers_that_never_start,
    controllers_that_never_end,
    observers,
    calls_at_a_date,
    half_a_replay,
    policies,
    simulation_with_attributes,
    steps_with_a_storage,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("ends", ["closed", "replaced"])
def test_what_python_gave_is_let_go(kind: Callable[[World, Marker], None], ends: str) -> None:
    world, marker = World(node_store="5GB"), Marker()
    kind(world, marker)
    left = [weakref.ref(marker), weakref.ref(world), weakref.ref(world.sim)]
    if ends == "closed":
        world.sim.close()
    del world, marker
    ws.Simulation(platform())
    gc.collect()
    assert [reference() for reference in left] == [None, None, None]


def address_space() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * 4096


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_core_lets_go_of_its_own(kind: Callable[[World, Marker], None]) -> None:
    """A simulation that stays takes tens of MB of addresses, whatever it has touched of them."""

    def one() -> None:
        kind(World(node_store="5GB"), Marker())

    for _ in range(3):
        one()
    ws.Simulation(platform()).close()
    gc.collect()
    before = address_space()
    for _ in range(10):
        one()
    ws.Simulation(platform()).close()
    gc.collect()
    assert address_space() - before < 30_000_000


def test_what_invocations_gave_stays_as_long_as_somebody_has_them() -> None:
    world = World()

    def body(fails: bool, storage: ws.StorageService) -> ws.Invocation:
        me = ws.current_invocation()
        if fails:
            raise LookupError(me)
        return me

    good, bad = world.call(world.function(body), False, True)
    world.sim.close()
    del world
    for _ in range(3):
        gc.collect()
        assert good.output is good
        assert bad.failure is bad.failure is not None
        assert bad.failure.args[0] is bad
        assert bad.failure.__traceback__ is not None
    ids = {good: "good", bad: "bad"}
    assert (ids[good], ids[bad.failure.args[0]]) == ("good", "bad")
