"""R11 and R12 from Python: functions, their limits, and what providers refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest
from world import World, nap

import wrench_serverless as ws


def test_R11_defaults_and_limits() -> None:
    world = World()
    function = world.manager.create_function("nap", nap, world.image())
    registered = world.manager.register_function(function, [world.provider])
    assert (registered.name, registered.function.name, registered.function.image.name) == ("nap", "nap", "image")
    assert registered.time_limit == math.inf
    assert (registered.memory, registered.ephemeral_storage) == (128_000_000, 512_000_000)
    assert (registered.ingress, registered.egress) == (0, 0)
    limits = {"time_limit": "1.5s", "memory": 1000, "ephemeral_storage": "1KB", "ingress": "2KB", "egress": 3e3}
    other = world.function(name="other", **limits)
    assert (other.time_limit, other.memory, other.ephemeral_storage) == (1.5, 1000, 1000)
    assert (other.ingress, other.egress) == (2000, 3000)


def test_R11_registered_at_several_providers() -> None:
    world = World(nodes=1, node_store="5GB")
    other = world.sim.create_serverless_compute_service("head", ["user"], image_store="1GB", node_store="1GB")
    function = world.manager.create_function("nap", nap, world.image())
    registered = world.manager.register_function(function, [world.provider, other])
    nodes: list[str | None] = []

    def main() -> None:
        for provider in (None, world.provider, other):
            call = world.manager.invoke(registered, 1, provider=provider)
            world.manager.wait_one(call)
            nodes.append(call.node)

    world.run(main)
    assert nodes == ["node-0", "node-0", "user"]


def test_R12_a_function_too_big_for_memory_is_refused() -> None:
    world = World(ram="1GB")
    with pytest.raises(ws.RegistrationRefused, match=r"'nap': it needs 1001MB .* most that a node has is 1GB"):
        world.function(memory="901MB")
    world.function(memory="900MB")  # and the footprint of 100 MB


def test_R12_a_function_too_big_for_storage_is_refused() -> None:
    world = World(node_store="1GB")
    with pytest.raises(ws.RegistrationRefused, match=r"1001MB of storage .* and 1GB of storage"):
        world.function(ephemeral_storage="901MB")
    world.function(ephemeral_storage="900MB")


def test_R12_a_name_is_taken_once_at_each_provider() -> None:
    world = World(nodes=1, node_store="5GB")
    world.function()
    with pytest.raises(ws.RegistrationRefused, match="'provider' has a function 'nap' already"):
        world.function()
    # A refusal by one of several changes nothing at the others.
    other = world.sim.create_serverless_compute_service("head", ["head"], image_store="1GB", node_store="1GB")
    function = world.manager.create_function("nap", nap, world.image())
    with pytest.raises(ws.RegistrationRefused):
        world.manager.register_function(function, [other, world.provider])
    world.manager.register_function(function, [other])


def test_R12_any_node_that_fits_is_enough() -> None:
    platform = ws.Platform()
    for name, ram in (("head", "1GB"), ("small", "1GB"), ("large", "8GB")):
        platform.add_host(name, ram=ram)
        platform.add_disk(name, size="10GB", read_bandwidth="1GBps", write_bandwidth="1GBps")
    for name in ("small", "large"):
        platform.add_link(name, "1GBps")
        platform.add_route("head", name, [name])
    sim = ws.Simulation(platform)
    registry = sim.create_storage_service("head", "1GB")
    provider = sim.create_serverless_compute_service("head", ["small", "large"], image_store="1GB")
    manager = sim.create_function_manager("head")
    image = manager.create_image("image", registry.create_file("image", "10MB"))
    assert image.memory == image.size == 10_000_000
    registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="4GB")
    nodes = []

    @sim.controller("head")
    def main() -> None:
        calls = [manager.invoke(registered, 1.0) for _ in range(2)]
        manager.wait_all(calls)
        nodes.extend(call.node for call in calls)

    sim.run()
    assert nodes == ["large", "large"]


@pytest.mark.parametrize(
    ("function", "providers", "says"),
    [
        ("nap", None, "function: give a Function, from create_function, not function"),
        ("registered", None, "function: give a Function, from create_function, not RegisteredFunction"),
        (None, "provider", "providers: give a list of providers, not ServerlessComputeService"),
        (None, "a name", "providers: give a list of providers, not str"),
        (None, "none", "providers: give a list of providers, not None"),
        (None, "numbers", "providers: give a list of providers; number 0 of it is int"),
    ],
)
def test_R11_what_is_no_function_or_no_list_of_providers_is_named(
    function: str | None, providers: str | None, says: str
) -> None:
    world = World()
    functions: dict[str | None, Any] = {
        None: world.manager.create_function("f", nap, world.image()),
        "nap": nap,
        "registered": world.function(),
    }
    places: dict[str | None, Any] = {
        None: [world.provider],
        "provider": world.provider,
        "a name": "provider",
        "none": None,
        "numbers": [1],
    }
    with pytest.raises(TypeError, match=says):
        world.manager.register_function(functions[function], places[providers])


def test_R11_a_body_that_nobody_would_run_is_refused() -> None:
    world = World()

    def generator(input: Any, storage: ws.StorageService) -> Any:
        yield 1

    async def coroutine(input: Any, storage: ws.StorageService) -> None:
        pass

    for body in (generator, coroutine):
        with pytest.raises(TypeError, match="body: give a plain function, not one with yield or async"):
            world.manager.create_function("f", body, world.image())
        with pytest.raises(TypeError, match="body: give a plain function"):
            ws.CustomAction("action", body)
        with pytest.raises(TypeError, match="function: give a plain function"):
            world.sim.add_controller("user", body)


def test_R7_nodes_are_a_list_of_names() -> None:
    world = World()
    with pytest.raises(TypeError, match="nodes: give a list of host names, not str"):
        world.sim.create_serverless_compute_service("head", "node-0")
    with pytest.raises(ValueError, match="node_store: nothing is left of the disk of host 'node-0'"):
        world.sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB")
    with pytest.raises(ValueError, match="image_store: capacity 100GB is more than is left"):
        world.sim.create_serverless_compute_service("head", ["node-0"], image_store="100GB")
