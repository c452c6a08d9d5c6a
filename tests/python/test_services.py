"""R7 and R8 from Python: what a provider is made of, and bare-metal services with custom actions."""

from __future__ import annotations

import math
from typing import Any

import pytest
from world import CONFIG, World, platform

import wrench_serverless as ws


def machine(slots: int | None = None) -> tuple[ws.Simulation, ws.BareMetalComputeService]:
    sim = ws.Simulation(platform(), config=CONFIG)
    return sim, sim.create_bare_metal_service("node-0", slots)


def test_R7_a_provider_has_a_head_with_an_image_store_and_nodes() -> None:
    world = World(nodes=3, image_store="2GB", slots=5)
    provider = world.provider
    assert (provider.name, provider.host, provider.nodes) == ("provider", "head", world.nodes)
    assert (provider.image_store.host, provider.image_store.capacity) == ("head", 2_000_000_000)
    assert world.sim.run().node_slots == (5, 5, 5)
    assert repr(provider) == "<ServerlessComputeService 'provider': 3 nodes>"


def test_R7_slots_are_the_cores_by_default() -> None:
    world = World(nodes=2, cores=7)
    results = world.sim.run()
    assert (results.node_names, results.node_slots) == (("node-0", "node-1"), (7, 7))


def test_R7_the_image_store_may_be_given() -> None:
    world = World(nodes=1, node_store="1GB", node_memory="500MB")
    store = world.sim.create_storage_service("head", "1GB", eviction="lru", name="mine")
    provider = world.sim.create_serverless_compute_service("head", ["node-0"], image_store=store, node_store="1GB")
    assert provider.image_store is store
    assert provider.name == "provider-2"


def test_R7_an_image_store_on_another_host() -> None:
    world = World(nodes=2, node_store="1GB", node_memory="500MB")
    store = world.sim.create_storage_service("node-1", "1GB", eviction="lru")
    provider = world.sim.create_serverless_compute_service("head", ["node-0"], image_store=store, node_store="1GB")
    function = world.manager.create_function("nap", lambda input, storage: None, world.image())
    registered = world.manager.register_function(function, [provider])
    (call,) = world.call(registered, None)
    assert (call.state.name, call.started) == ("COMPLETED", pytest.approx(3.0))


def test_R7_several_providers_share_what_hosts_they_share() -> None:
    world = World(nodes=1, node_store="1GB")
    with pytest.raises(ValueError, match="capacity 10GB is more than is left on the disk"):
        world.sim.create_serverless_compute_service("head", ["node-0"], node_store="10GB", image_store="1GB")
    with pytest.raises(
        ValueError, match=r"nothing is left .* 1GB of memory of host 'node-0': provider 'provider' holds 1"
    ):
        world.sim.create_serverless_compute_service("head", ["node-0"], node_store="1GB", image_store="1GB")


@pytest.mark.parametrize("check", [False, True])
def test_R7_providers_on_one_node_run_no_more_than_its_memory(check: bool) -> None:
    """With all of it for each, two ran twice what the node has."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=1, cores=4, ram="8GB"), check=check)
    registry = sim.create_storage_service("user", "1TB")
    providers = [
        sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB", node_store="10GB", **share)
        for share in ({"node_memory": "6GB"}, {})
    ]
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "1MB"), memory="0B")
    calls: list[ws.Invocation] = []

    def main() -> None:
        for number, provider in enumerate(providers):
            function = manager.create_function(f"f{number}", lambda i, s: ws.sleep(100), image)
            registered = manager.register_function(function, [provider], memory="2GB")
            calls.extend(manager.invoke(registered) for _ in range(4))
        ws.sleep(50)
        running = [sum(call.is_running for call in calls[start : start + 4]) for start in (0, 4)]
        assert running == [3, 1]
        manager.wait_all(calls)

    sim.add_controller("user", main)
    sim.run()


@pytest.mark.parametrize(
    ("share", "error", "words"),
    [
        ("0B", ValueError, "node_memory is 0: it must be bytes > 0"),
        (-1, ValueError, "node_memory"),
        ("lots", ValueError, "node_memory"),
        ([1], TypeError, "node_memory"),
        ("2GB", ValueError, "node_memory 2GB is more than is left of the memory of host 'node-0', 400MB of 1GB"),
    ],
)
def test_R7_shares_that_cannot_be(share: Any, error: type[Exception], words: str) -> None:
    world = World(nodes=1, node_store="1GB", node_memory="600MB")
    for _ in range(2):
        with pytest.raises(error, match=words):
            world.sim.create_serverless_compute_service(
                "head", ["node-0"], image_store="1GB", node_store="1GB", node_memory=share
            )
    world.sim.create_serverless_compute_service(
        "head", ["node-0"], image_store="1GB", node_store="1GB", node_memory="400MB"
    )


METHODS = [f"{verb}_{kind}_job" for verb in ("submit", "terminate") for kind in ("standard", "compound", "pilot")]


@pytest.mark.parametrize("method", METHODS)
def test_R8_the_standard_job_methods_are_not_supported(method: str) -> None:
    world = World()
    assert isinstance(world.provider, ws.ComputeService)
    with pytest.raises(ws.NotSupported, match=rf"'provider' does not support {method}"):
        getattr(world.provider, method)()


def test_actions_take_slots_first_come_first_served() -> None:
    sim, service = machine(slots=2)
    actions = [ws.CustomAction(f"action-{seconds}", lambda seconds=seconds: ws.sleep(seconds)) for seconds in (3, 1, 2)]

    @sim.controller("user")
    def main() -> None:
        for action in actions:
            assert action.state.name == "CREATED"
            service.submit(action)
        assert (service.used_slots, actions[2].state.name) == (2, "QUEUED")
        for action in actions:
            action.wait()

    sim.run()
    assert [action.submitted for action in actions] == [0, 0, 0]
    assert [action.started for action in actions] == [0, 0, 1]
    assert [action.ended for action in actions] == [3, 1, 3]
    assert service.used_slots == 0
    assert repr(actions[0]) == "<CustomAction 'action-3': COMPLETED>"


def test_actions_have_outputs_and_failures() -> None:
    sim, service = machine()
    good, bad = ws.CustomAction("good", lambda: 42), ws.CustomAction("bad", lambda: 1 / 0)
    assert math.isnan(good.submitted)

    @sim.controller("user")
    def main() -> None:
        service.submit(good)
        service.submit(bad)
        bad.wait()
        good.wait()
        good.wait()  # at once

    sim.run()
    assert (good.state.name, good.output, good.failure) == ("COMPLETED", 42, None)
    assert (bad.state.name, bad.output) == ("FAILED", None)
    assert isinstance(bad.failure, ZeroDivisionError)


def test_actions_submit_actions() -> None:
    sim, service = machine(slots=1)
    ended: list[float] = []

    def inner() -> None:
        ws.compute("1Gf")
        ended.append(ws.now())

    def outer() -> None:
        for _ in range(3):
            service.submit(ws.CustomAction("inner", inner))  # nobody keeps them but the service
        ws.sleep(1)

    service.submit(ws.CustomAction("outer", outer))  # before the run
    sim.run()
    assert ended == pytest.approx([2, 3, 4])


def test_waiting_for_an_action_with_a_timeout() -> None:
    sim, service = machine()
    action = ws.CustomAction("long", lambda: ws.sleep(10))
    never = ws.CustomAction("never", lambda: None)

    @sim.controller("user")
    def main() -> None:
        service.submit(action)
        with pytest.raises(ws.WaitTimeout):
            action.wait(timeout=1)
        assert ws.now() == 1
        with pytest.raises(ws.Error, match="'never' was not submitted"):
            never.wait()
        with pytest.raises(ws.Error, match="'long' was submitted before"):
            service.submit(action)
        action.wait("1min")
        assert ws.now() == 10

    sim.run()


def test_an_action_that_never_gets_a_slot_is_a_deadlock() -> None:
    sim, service = machine(slots=1)
    second = ws.CustomAction("second", lambda: None)

    def first() -> None:
        service.submit(second)
        second.wait()

    service.submit(ws.CustomAction("first", first))
    with pytest.raises(ws.Deadlock, match=r"action 'first' on node-0 waits for action 'second'|to end"):
        sim.run()


def test_current_invocation_is_for_bodies() -> None:
    sim, service = machine()
    action = ws.CustomAction("action", ws.current_invocation)
    service.submit(action)
    sim.run()
    assert isinstance(action.failure, ws.NotInSimulation)
