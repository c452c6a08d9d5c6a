"""Where calls go whose function has several providers."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from world import CONFIG, World, nap, platform

import wrench_serverless as ws


class Two(World):
    """Two providers of one node each; the second one's bodies start `late` seconds later."""

    def __init__(self, late: float = 0, slots: int = 2, **manager: Any) -> None:
        super().__init__(nodes=1, slots=slots)
        self.other = self.sim.create_serverless_compute_service(
            "head", ["node-1"], image_store="1GB", slots=slots, warm_start_overhead=late, cold_start_overhead=late
        )
        self.manager = self.sim.create_function_manager("user", **manager)

    def both(self, name: str = "f", **limits: Any) -> ws.RegisteredFunction:
        image = self.image(f"{name}.img", "0B", "0B")
        function = self.manager.create_function(name, ws.Profile(ws.Sleep()), image)
        return self.manager.register_function(
            function, [self.provider, self.other], memory="1MB", ephemeral_storage="1MB", **limits
        )


@pytest.fixture(autouse=True)
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """`World` makes the nodes of its own provider only."""
    import world

    plain = world.platform
    monkeypatch.setattr(world, "platform", lambda nodes, *rest: plain(2, *rest))


def routes(world: Two, function: ws.RegisteredFunction, gaps: Sequence[float], seconds: float = 1.0) -> list[int]:
    def main() -> None:
        calls = []
        for gap in gaps:
            ws.sleep(gap)
            calls.append(world.manager.invoke(function, seconds))
        world.manager.wait_all(calls)

    results = world.run(main)
    return [int(index) for index in results.invocations["provider"]]


def test_the_default_is_the_first() -> None:
    world = Two()
    assert routes(world, world.both(), [0, 0, 0]) == [0, 0, 0]


def test_round_robin_is_by_function_and_an_explicit_provider_does_not_count() -> None:
    world = Two(routing=ws.RoundRobinProviders())
    f, g = world.both("f"), world.both("g")

    def main() -> None:
        for function in (f, g, f):
            world.manager.wait_one(world.manager.invoke(function, 1.0))
        world.manager.wait_one(world.manager.invoke(f, 1.0, provider=world.other))
        world.manager.wait_one(world.manager.invoke(f, 1.0))

    assert world.run(main).invocations["provider"].tolist() == [0, 0, 1, 1, 0]


def test_least_outstanding() -> None:
    world = Two(routing=ws.LeastOutstanding())
    # Calls of 10 s at 0, 0, 0, 1 s: first, second, first, second; at 10.5 s only the second has one left.
    assert routes(world, world.both(), [0, 0, 0, 1, 9.5], 10.0) == [0, 1, 0, 1, 0]


def test_first_with_room() -> None:
    world = Two(routing=ws.FirstWithRoom())
    # Two slots each: the fifth finds none, and queues at the first.
    assert routes(world, world.both(), [0] * 5, 10.0) == [0, 0, 1, 1, 0]


def test_R18_first_with_room_takes_the_first_of_the_best_degree() -> None:
    """The first provider's node is full of an idle container, and the second's is empty."""
    world = Two(routing=ws.FirstWithRoom())
    image = world.image("f.img", "0B", "0B")
    function = world.manager.create_function("big", ws.Profile(ws.Sleep()), image)
    big = world.manager.register_function(function, [world.provider], memory="1GB", ephemeral_storage="1MB")
    both = world.both()

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(big, 1.0))

    world.sim.add_controller("user", main)
    world.sim.run()
    assert routes(world, both, [0, 0, 0], 10.0) == [
        0,
        1,
        1,
        0,
    ]  # big's call first; an idle container goes where all else is busy


def test_lowest_latency_tries_each_and_stays_with_the_faster() -> None:
    world = Two(late=3.0, routing=ws.LowestLatency(forget=100))
    # Both are measured: 1 s and 4 s. After 100 s without a measurement the slow one is tried again.
    assert routes(world, world.both(), [0, 10, 10, 10, 10, 90, 10]) == [0, 1, 0, 0, 0, 1, 0]


def test_the_functions_policy_comes_before_the_managers() -> None:
    world = Two(routing=ws.LeastOutstanding())
    assert routes(world, world.both(routing=ws.FirstProvider()), [0, 0, 0]) == [0, 0, 0]


def test_a_policy_in_python() -> None:
    class Alternate(ws.RoutingPolicy):
        def __init__(self) -> None:
            super().__init__()
            self.ends: list[tuple[str, str, float, bool]] = []

        def route(self, function: str, providers: tuple[ws.ProviderView, ...]) -> object:
            view = min(providers, key=lambda one: (one.outstanding, one.provider.name != "provider-2"))
            assert view.has_room
            return view if len(self.ends) == 0 else view.provider

        def ended(self, function: str, provider: ws.ServerlessComputeService, seconds: float, completed: bool) -> None:
            self.ends.append((function, provider.name, seconds, completed))

    policy = Alternate()
    world = Two(routing=policy)
    assert routes(world, world.both(), [0, 0, 2]) == [1, 0, 1]
    assert [(function, name, completed) for function, name, _, completed in policy.ends] == [
        ("f", "provider-2", True),
        ("f", "provider", True),
        ("f", "provider-2", True),
    ]
    assert [seconds for _, _, seconds, _ in policy.ends] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("answer", [None, 0, "provider"])
def test_an_answer_that_is_none_is_a_policy_error(answer: Any) -> None:
    class Bad(ws.RoutingPolicy):
        def route(self, function: str, providers: tuple[ws.ProviderView, ...]) -> Any:
            return answer

    world = Two(routing=Bad())
    with pytest.raises(ws.PolicyError, match=r"routing policy Bad answered .* for function 'f'"):
        routes(world, world.both(), [0])


def test_an_exception_is_the_cause_of_a_policy_error() -> None:
    class Broken(ws.RoutingPolicy):
        def route(self, function: str, providers: tuple[ws.ProviderView, ...]) -> Any:
            raise RuntimeError("no way")

    world = Two(routing=Broken())
    with pytest.raises(
        ws.PolicyError, match="routing policy Broken raised for function 'f': RuntimeError: no way"
    ) as e:
        routes(world, world.both(), [0])
    assert isinstance(e.value.__cause__, RuntimeError)


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(TypeError, match="routing: give a RoutingPolicy, not str"):
        Two(routing="first")
    with pytest.raises(ValueError, match="weight is 0"):
        ws.LowestLatency(weight=0)
    with pytest.raises(TypeError, match="routing: RoutingPolicy has no method route"):
        Two(routing=ws.RoutingPolicy())


def test_calls_that_nobody_was_asked_for_are_outstanding_as_well() -> None:
    seen: list[str] = []

    class Looks(ws.RoutingPolicy):
        def route(self, function: str, providers: tuple[ws.ProviderView, ...]) -> object:
            seen.extend(map(repr, providers))
            return providers[0]

    world = Two(routing=Looks())
    function, alone = world.both("f"), world.both("alone")
    only = world.manager.register_function(
        world.manager.create_function("only", ws.Profile(ws.Sleep()), world.image("only.img", "0B", "0B")),
        [world.other],
        memory="1MB",
        ephemeral_storage="1MB",
    )

    def main() -> None:
        calls = [world.manager.invoke(alone, 10.0, provider=world.other), world.manager.invoke(only, 10.0)]
        ws.sleep(1)  # at the head they would hold nothing (R16)
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(calls)

    world.run(main)
    assert seen == [
        "<ProviderView of 'provider': 0 calls outstanding, has room>",
        "<ProviderView of 'provider-2': 2 calls outstanding, no room>",
    ]


def two_providers(routing: ws.RoutingPolicy, **first: Any) -> tuple[World, ws.RegisteredFunction]:
    """One on node-0, with its own head on node-1, and the world's own, on node-2 and node-3; no images to move."""
    world = World(nodes=1)
    world.sim.close()
    sim = ws.Simulation(platform(4), config=CONFIG)
    registry = sim.create_storage_service("user", "1GB")
    providers = [
        sim.create_serverless_compute_service("node-1", ["node-0"], image_store="1GB", **first),
        sim.create_serverless_compute_service("head", ["node-2", "node-3"], image_store="1GB"),
    ]
    world.sim, world.manager = sim, sim.create_function_manager("user", routing=routing)
    image = world.manager.create_image("image", registry.create_file("image", "0B"), memory="0B")
    function = world.manager.create_function("f", nap, image)
    return world, world.manager.register_function(function, providers)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [({"max_concurrency": 1}, [0, 1, 1]), ({"burst_limit": 1, "burst_rate": 0.01}, [0, 1, 1]), ({}, [0, 0, 1])],
)
def test_first_with_room_knows_the_limits_of_a_provider(limits: dict[str, Any], expected: list[int]) -> None:
    world, function = two_providers(ws.FirstWithRoom(), **limits)

    def main() -> None:
        world.manager.wait_all([world.manager.invoke(function, 5.0) for _ in range(3)])

    assert world.run(main).invocations["provider"].tolist() == expected


def test_lowest_latency_passes_over_a_provider_that_fails() -> None:
    world, function = two_providers(ws.LowestLatency(forget=10))

    def main() -> None:
        for second in range(60):
            if second == 5:
                world.sim.host("node-1").turn_off()
            if second == 40:
                world.sim.host("node-1").turn_on()
            with contextlib.suppress(ws.HostFailure):
                world.manager.invoke(function, 0.1 if second < 30 else 0.2)
            ws.sleep(1)

    table = world.run(main).invocations
    went = table["provider"].tolist()
    failed = [call for call, state in enumerate(table["state"]) if state == ws.InvocationState.REFUSED]
    # It is tried until two in a row have failed; after 10 s without a call each, once; and again once it is back.
    assert 2 <= len(failed) <= 6
    assert all(went[call] == 0 for call in failed)
    assert 0 in went[40:]
