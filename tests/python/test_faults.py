"""R37 and R38: hosts and links that go off and on. Times as in world.py: an image is in a node's memory after 3 s."""

from __future__ import annotations

import pytest
from world import World, nap, near

import wrench_serverless as ws


def test_R37_bodies_on_a_node_that_goes_off_fail_and_unwind() -> None:
    world = World(nodes=1)
    tidied: list[float] = []

    def body(input: object, storage: ws.StorageService) -> None:
        try:
            ws.sleep(10)
        finally:
            tidied.append(world.sim.now)

    world.sim.at(5, lambda: world.sim.host("node-0").turn_off())
    (call,) = world.call(world.function(body), None)
    assert call.state is ws.InvocationState.FAILED
    assert isinstance(call.failure, ws.HostFailure)
    assert "node-0" in str(call.failure)
    assert [call.started, call.ended, *tidied] == near(3, 5, 5)


def test_R37_a_body_that_swallows_the_failure_ends_all_the_same() -> None:
    world = World(nodes=1)

    def body(input: object, storage: ws.StorageService) -> str:
        while True:
            try:
                ws.sleep(10)
            except ws.HostFailure:
                return "survived"

    world.sim.at(5, lambda: world.sim.host("node-0").turn_off())
    (call,) = world.call(world.function(body), None)
    assert isinstance(call.failure, ws.HostFailure)
    assert call.output is None


def test_R37_claims_go_back_to_the_queue_and_another_node_takes_them() -> None:
    world = World(nodes=2)
    # At 2.5 s the image is on node-0's disk, and on its way into its memory.
    world.sim.at(2.5, lambda: world.sim.host("node-0").turn_off())
    (call,) = world.call(world.function(), 1.0)
    assert call.state is ws.InvocationState.COMPLETED
    assert call.node == "node-1"
    assert [call.started, call.ended] == near(4.5, 5.5)  # from the head to node-1's disk, and into its memory


def test_R37_images_survive_on_disk_and_not_in_memory() -> None:
    world = World(nodes=1)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(calls)
        world.sim.host("node-0").turn_off()
        calls.append(world.manager.invoke(function, 1.0))  # has to wait
        ws.sleep(6)
        world.sim.host("node-0").turn_on()
        world.manager.wait_all(calls)

    results = world.run(main)
    assert calls[1].cold
    assert [calls[1].admitted, calls[1].started] == near(4, 11)  # 1 s from disk into memory
    assert [results.containers["reason"][0], results.containers["ended"][0]] == near(ws.ContainerEnd.FAILED, 4)


def test_R37_the_head_refuses_while_it_is_off() -> None:
    world = World()
    function = world.function()
    told: list[str] = []

    def main() -> None:
        head = world.sim.host("head")
        first = world.manager.invoke(function, 1.0)
        world.manager.wait_one(first)
        head.turn_off()
        with pytest.raises(ws.HostFailure, match="head of provider"):
            world.manager.invoke(function, 1.0)
        head.turn_on()
        second = world.manager.invoke(function, 1.0)
        world.manager.wait_one(second)
        told.extend([first.state.name, second.state.name])

    results = world.run(main)
    assert told == ["COMPLETED", "COMPLETED"]
    assert results.summary()["refused"] == 1


def test_R37_a_controller_goes_with_its_host() -> None:
    world = World()
    seen: list[object] = []

    def controller() -> None:
        try:
            ws.sleep(10)
        except ws.HostFailure as failure:
            seen.append((world.sim.now, str(failure)))
            raise

    world.sim.add_controller("node-1", controller)
    world.sim.add_controller("user", ws.sleep, 3)
    world.sim.at(2, lambda: world.sim.host("node-1").turn_off())
    assert world.sim.run().now == 3
    assert seen == [(2.0, "host 'node-1' went off")]


def test_R38_an_image_transfer_over_a_link_that_fails_fails_its_invocations_only() -> None:
    world = World(nodes=1)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        ws.sleep(0.5)
        world.sim.link("to-user").turn_off()
        world.manager.wait_all(calls)
        assert world.sim.now == 0.5
        calls.append(world.manager.invoke(function, 1.0))  # fails at once: the link is still off
        world.manager.wait_all(calls)
        assert world.sim.now == 0.5
        world.sim.link("to-user").turn_on()
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(calls)

    results = world.run(main)
    assert [call.state.name for call in calls] == ["FAILED", "FAILED", "COMPLETED"]
    assert isinstance(calls[0].failure, ws.TransferFailure)
    assert isinstance(calls[1].failure, ws.TransferFailure)
    assert calls[2].started == pytest.approx(3.5)
    assert results.transfers["completed"].tolist() == [False, False, True, True]


@pytest.mark.parametrize("host", ["user", "head"])
def test_R38_a_copy_ends_with_its_hosts(host: str) -> None:
    world = World()
    store = world.sim.create_storage_service("head", capacity="1GB")
    world.registry.create_file("data", "200MB")

    def main() -> None:
        with pytest.raises(ws.TransferFailure, match="'data'"):
            world.registry.copy("data", store)
        assert world.sim.now == 1
        assert store.free_space == 10**9
        with pytest.raises(ws.TransferFailure):
            world.registry.copy("data", store)

    world.sim.at(1, lambda: world.sim.host(host).turn_off())
    world.run(main, host="node-0")


@pytest.mark.parametrize("what", ["link", "head"])
def test_R38_a_completion_that_is_lost_is_told_when_its_transfer_fails(what: str) -> None:
    world = World(control_message_size="50MB")  # 0.5 s each
    function = world.function()
    lost = world.sim.link("to-user") if what == "link" else world.sim.host("head")

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, 1.0))  # the image is there
        start = ws.now()
        call = world.manager.invoke(function, 1.0)  # starts at 0.5, ends at 1.5
        world.sim.at(start + 1.75, lost.turn_off)
        assert world.manager.wait_one(call) is ws.InvocationState.COMPLETED
        assert [call.ended - start, ws.now() - start] == near(1.5, 1.75)

    world.run(main)


@pytest.mark.parametrize("date", [0.25, 0.75])
def test_R38_a_call_whose_request_or_answer_is_lost_raises(date: float) -> None:
    world = World(control_message_size="50MB")
    function = world.function()
    world.sim.at(date, world.sim.link("to-user").turn_off)

    def main() -> None:
        with pytest.raises(ws.TransferFailure):
            world.manager.invoke(function, 1.0)
        assert ws.now() == date

    world.run(main)


def test_R38_turning_something_twice_changes_nothing() -> None:
    world = World()
    link, host = world.sim.link("to-node-0"), world.sim.host("node-0")
    for thing in (link, host):
        assert thing.is_on
        thing.turn_on()
        thing.turn_off()
        thing.turn_off()
        assert not thing.is_on
        thing.turn_on()
        assert thing.is_on


def test_unknown_names_and_dates() -> None:
    world = World()
    with pytest.raises(ws.PlatformError, match="did you mean 'node-0'"):
        world.sim.host("node0")
    with pytest.raises(ws.PlatformError, match="did you mean 'to-node-0'"):
        world.sim.link("to-node0")
    with pytest.raises(ValueError, match="time"):
        world.sim.at(-1, print)
    with pytest.raises(TypeError, match="callable"):
        world.sim.at(1, "now")


def test_observers_see_each_state_once_and_may_not_block() -> None:
    world = World(nodes=1, keep_alive=1)
    states: list[str] = []
    containers: list[tuple[str, float]] = []
    transfers: list[tuple[str, float]] = []
    refusals: list[str] = []

    @world.sim.on_invocation_state
    def state(invocation: ws.Invocation) -> None:
        states.append(invocation.state.name)
        with pytest.raises(ws.NotInSimulation) as caught:
            ws.sleep(1)
        refusals.append(str(caught.value))

    world.sim.on_container_start(lambda event: containers.append((event.node, event.time)))
    world.sim.on_container_end(lambda event: containers.append((event.reason.name, event.time)))
    world.sim.on_transfer_start(lambda event: transfers.append((event.destination, event.time)))
    world.sim.on_transfer_end(lambda event: transfers.append((event.destination, event.time)))
    function = world.function()

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, 1.0))
        ws.sleep(2)

    world.run(main)
    assert states == ["QUEUED", "STARTING", "RUNNING", "COMPLETED"]
    assert len(refusals) == 4
    assert containers == [("node-0", pytest.approx(3)), ("EXPIRED", pytest.approx(5))]
    assert [time for _, time in transfers] == near(0, 1, 1, 2)


def test_what_an_observer_raises_ends_the_simulation() -> None:
    world = World()

    @world.sim.on_container_start
    def observer(event: ws.ContainerEvent) -> None:
        raise ValueError("seen enough")

    with pytest.raises(ValueError, match="seen enough"):
        world.call(world.function(), 1.0)


def test_what_an_observer_raises_is_nobody_elses() -> None:
    """It is called on the stack of who makes the call, and that one can't catch it."""
    world = World()
    function = world.function()
    caught: list[BaseException] = []

    @world.sim.on_invocation_state
    def observer(call: ws.Invocation) -> None:
        raise KeyError("the observer's")

    def main() -> None:
        try:
            world.manager.wait_one(world.manager.invoke(function, 1.0))
        except Exception as error:
            caught.append(error)

    with pytest.raises(KeyError, match="the observer's"):
        world.run(main)
    assert not any(isinstance(error, KeyError) for error in caught)


def test_now_is_known_to_observers_and_to_what_is_called_at_a_date() -> None:
    world = World()
    dates: list[float] = []
    world.sim.on_invocation_state(lambda call: dates.append(ws.now()))
    world.sim.at(2, lambda: dates.append(ws.now()))
    (call,) = world.call(world.function(), 1.0)
    assert dates == near(0, 2, call.assigned, call.started, call.ended)


@pytest.mark.parametrize("declared", [False, True])
def test_R37_what_ran_on_a_node_fails_in_the_order_of_its_calls(declared: bool) -> None:
    """The first call starts later than the second: its image is large."""
    world = World(nodes=1)
    slow, fast = (
        world.function(ws.Profile(ws.Sleep()) if declared else nap, name, world.image(name, size, "0B"), memory="1MB")
        for name, size in (("slow", "100MB"), ("fast", "0B"))
    )
    order: list[tuple[str, float]] = []

    @world.sim.on_invocation_state
    def ended(call: ws.Invocation) -> None:
        if call.is_done:
            order.append((call.function, ws.now()))

    def main() -> None:
        world.manager.wait_all([world.manager.invoke(function, 100.0) for function in (slow, fast)])

    world.sim.at(10, world.sim.host("node-0").turn_off)
    world.run(main)
    assert order == [("slow", 10), ("fast", 10)]
