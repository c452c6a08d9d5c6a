"""The tables of containers and transfers, and the observers: each way in which something ends. Times as in world.py."""

from __future__ import annotations

import contextlib
import math

from world import World, near

import wrench_serverless as ws

End = ws.ContainerEnd


def observed(world: World) -> list[tuple[int, str, float]]:
    """(row, what, when) of each container that starts or ends."""
    events: list[tuple[int, str, float]] = []
    world.sim.on_container_start(lambda event: events.append((event.container, "start", event.time)))
    world.sim.on_container_end(lambda event: events.append((event.container, event.reason.name, event.time)))
    return events


def test_containers_that_expire_are_evicted_fail_or_live_on() -> None:
    """One node, with room for one container: the third function's evicts the first one's. Then there is another."""
    world = World(nodes=2, keep_alive=5)
    events = observed(world)
    first = world.function(name="first", memory="500MB")
    second = world.function(name="second", memory="500MB")
    third = world.function(name="third", memory="900MB")

    def main() -> None:
        world.sim.host("node-1").turn_off()  # R18: with room there nothing would be evicted
        world.manager.wait_one(world.manager.invoke(first, 1.0))  # 3 to 4, on node-0
        world.manager.wait_one(world.manager.invoke(third, 1.0))  # 4 to 5: evicts it
        ws.sleep(6)  # until 11: expired at 10
        world.manager.wait_one(world.manager.invoke(second, 1.0))  # 11 to 12
        world.sim.host("node-1").turn_on()
        world.sim.host("node-0").turn_off()  # idle: failed
        world.manager.wait_one(world.manager.invoke(second, 1.0))  # 14 to 15 on node-1: from the head

    table = world.run(main).containers
    assert [End(reason) for reason in table["reason"]] == [End.EVICTED, End.EXPIRED, End.FAILED, End.ALIVE]
    assert table["ready"].tolist() == near(3, 4, 11, 14)
    assert table["ended"][:3].tolist() == near(4, 10, 12)
    assert math.isnan(table["ended"][3])
    assert table["invocations"].tolist() == [1, 1, 1, 1]
    assert table["busy_seconds"].tolist() == near(1, 1, 1, 1)
    ends = [(row, what) for row, what, _ in events if what != "start"]
    assert ends == [(0, "EVICTED"), (1, "EXPIRED"), (2, "FAILED")]
    assert [(row, when) for row, what, when in events if what == "start"] == [
        (row, table["ready"][row]) for row in range(4)
    ]


def test_a_container_that_never_gets_ready_has_an_end_and_no_start() -> None:
    world = World(nodes=1, cold_start_overhead=2)
    events = observed(world)
    function = world.function()
    world.sim.at(4, lambda: world.sim.host("node-0").turn_off())
    world.sim.at(5, lambda: world.sim.host("node-0").turn_on())
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(calls)

    table = world.run(main).containers
    assert calls[0].state == ws.InvocationState.FAILED
    assert math.isnan(calls[0].started)
    assert math.isnan(table["ready"][0])
    assert (table["ended"][0], table["invocations"][0], table["busy_seconds"][0]) == (4, 1, 0)
    assert events == [(0, "FAILED", 4)]


def test_transfers_that_arrive_fail_or_are_cut_short() -> None:
    world = World(nodes=1)
    events: list[tuple[str, str, str, bool, float]] = []
    world.sim.on_transfer_start(lambda e: events.append(("start", e.file, e.destination, e.completed, e.time)))
    world.sim.on_transfer_end(lambda e: events.append(("end", e.file, e.destination, e.completed, e.time)))
    store = world.sim.create_storage_service("head", capacity="1GB", name="store")
    for name in ("good", "bad", "late"):
        world.registry.create_file(name, "100MB")
    carved = store.carve("100MB", "doomed")

    def copy(name: str, to: ws.StorageService) -> None:
        try:
            world.registry.copy(name, to)
        except ws.Error:
            assert name != "good"

    def main() -> None:
        copy("good", store)  # 0 to 1
        world.sim.at(1.5, world.sim.link("to-user").turn_off)
        copy("bad", store)  # 1 to 1.5
        world.sim.link("to-user").turn_on()
        world.sim.at(2, carved.destroy)
        copy("late", carved)  # it goes on to its end, for nothing

    table = world.run(main).transfers
    assert table["file"].tolist() == ["good", "bad", "late"]
    assert table["completed"].tolist() == [True, False, False]
    assert table["started"].tolist() == near(0, 1, 1.5)
    assert table["ended"].tolist() == near(1, 1.5, 2.5)
    assert [event[:2] for event in events] == [
        (what, name) for name in ("good", "bad", "late") for what in ("start", "end")
    ]
    assert [event[3] for event in events] == [False, True, False, False, False, False]
    assert [event[4] for event in events] == near(0, 1, 1, 1.5, 1.5, 2.5)


def test_states_of_calls_that_are_refused_or_time_out() -> None:
    world = World(nodes=1, cores=1, queue_capacity=0, images_at_head=True)
    states: list[tuple[int, str]] = []
    world.sim.on_invocation_state(lambda call: states.append((call.id, call.state.name)))
    function = world.function(time_limit=2)

    def main() -> None:
        call = world.manager.invoke(function, 10.0)
        with contextlib.suppress(ws.InvocationRefused):
            world.manager.invoke(function, 10.0)
        world.manager.wait_one(call)

    world.run(main)
    assert [state for state in states if state[0] == 1] == [(1, "REFUSED")]
    assert [state for call, state in states if call == 0] == ["QUEUED", "STARTING", "RUNNING", "TIMED_OUT"]
