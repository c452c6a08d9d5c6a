"""Policies as users write them: derived from built-in ones, used again, and with answers that are nearly right."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from world import World, nap

import wrench_serverless as ws


def crowded(**options: Any) -> World:
    """A node with room for two or three containers, and three functions that take turns: somebody has to go."""
    world = World(nodes=1, cores=4, ram="800MB", keep_alive=600, **options)
    functions = [world.function(nap, f"f{size}", memory=f"{size}00MB") for size in (2, 3, 4)]

    def main() -> None:
        for _ in range(4):
            for function in functions:
                world.manager.wait_one(world.manager.invoke(function, 1))

    world.run(main)
    return world


BUILT_IN = [ws.LeastRecentlyUsed, ws.GreedyDual, ws.SmallestFirst, ws.LeastFrequentlyUsed]


@pytest.mark.parametrize("base", BUILT_IN, ids=lambda base: base.__name__)
@pytest.mark.parametrize("own", ["used", "priority", "evicted", "ended"])
def test_each_hook_of_a_built_in_eviction_policy_may_be_replaced_alone(base: type, own: str) -> None:
    """GreedyDual kept a clock of each node from `priority` on, and crashed in `evicted` where that was replaced."""
    for replaced in ([own], [name for name in ("used", "priority", "evicted", "ended") if name != own]):
        hooks = {name: (lambda self, *arguments: 1.0) for name in replaced}
        world = crowded(eviction=type("Own", (base,), hooks)())
        evicted = [reason for reason in world.sim.results().containers["reason"] if reason == ws.ContainerEnd.EVICTED]
        assert evicted


def test_a_policy_that_forwards_to_a_built_in_one() -> None:
    class Forwards(ws.EvictionPolicy):
        inner = ws.GreedyDual()

        def priority(self, container: Any) -> float:
            return float(container.memory)

        def evicted(self, container: Any, priority: float) -> None:
            self.inner.evicted(container, priority)

    crowded(eviction=Forwards())


class Wants(ws.ScalingPolicy):
    period = 2
    settles_after = 20

    def __init__(self, count: Any) -> None:
        super().__init__()
        self.count = count

    def desired(self, function: Any) -> Any:
        return self.count


@pytest.mark.parametrize("count", [5, 8, 10**9])
def test_more_containers_than_fit_are_not_started_in_place_of_each_other(count: int) -> None:
    world = World(nodes=1, cores=8, ram="500MB", scaling=Wants(count))  # an image and four containers
    function = world.function(nap, memory="100MB")
    world.call(function, 1, 1, 1)
    containers = world.sim.results().containers
    assert len(containers["node"]) == 4
    assert ws.ContainerEnd.EVICTED not in containers["reason"].tolist()


def test_a_first_container_takes_the_room_of_idle_ones() -> None:
    world = World(nodes=1, cores=8, ram="500MB", scaling=Wants(3))
    hog, other = (world.function(nap, name, memory="100MB") for name in ("hog", "other"))
    states = [call.state for call in world.call(hog, 1) + world.call(other, 1)]
    assert states == [ws.InvocationState.COMPLETED] * 2


def routed(policy: ws.RoutingPolicy) -> list[int]:
    world = World(nodes=1, cores=4)
    slow = world.sim.create_serverless_compute_service("user", ["head"], image_store="1GB", node_store="1GB", slots=4)
    manager = world.sim.create_function_manager("user", routing=policy)
    function = manager.create_function("f", nap, world.image())
    registered = manager.register_function(function, [world.provider, slow], memory="100MB", ephemeral_storage="1MB")

    def main() -> None:
        for _ in range(5):
            manager.wait_one(manager.invoke(registered, 1))

    return [int(row) for row in world.run(main).invocations["provider"]]


@pytest.mark.parametrize("kind", [ws.LowestLatency, ws.RoundRobinProviders, ws.LeastOutstanding, ws.FirstWithRoom])
def test_R29_a_routing_policy_used_again_knows_nothing_of_the_simulation_before(kind: Callable[[], Any]) -> None:
    policy = kind()
    first = routed(policy)
    assert [routed(policy) for _ in range(4)] == [first] * 4
    assert routed(kind()) == first


def test_R29_every_kind_of_policy_gets_a_seed_when_it_is_given() -> None:
    begun: list[tuple[str, int]] = []

    class Begins:
        def begin(self, seed: int) -> None:
            begun.append((type(self).__name__, seed))

    class Place(Begins, ws.LeastLoaded): ...

    class Evict(Begins, ws.SmallestFirst): ...

    class Keep(Begins, ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> float:
            return 1

    class Rank(Begins, ws.QueueingPolicy):
        def rank(self, function: Any) -> float:
            return 0

    class Scale(Begins, Wants): ...

    class Route(Begins, ws.RoutingPolicy):
        def route(self, function: str, providers: Any) -> Any:
            return providers[0]

    def seeds() -> list[tuple[str, int]]:
        begun.clear()
        world = World(placement=Place(), eviction=Evict(), keep_alive=Keep(), queueing=Rank(), scaling=Scale(1))
        world.sim.create_function_manager("user", routing=Route())
        return list(begun)

    first = seeds()
    assert {name for name, _ in first} == {"Place", "Evict", "Keep", "Rank", "Scale", "Route"}
    assert len({seed for _, seed in first}) == 6
    assert seeds() == first


@pytest.mark.parametrize("base", [ws.LeastLoaded, ws.SmallestFirst, ws.KeepAlivePolicy])
def test_what_begin_raises_names_the_policy(base: type) -> None:
    def begin(self: Any, seed: int) -> None:
        raise ZeroDivisionError("no seed")

    option = {ws.LeastLoaded: "placement", ws.SmallestFirst: "eviction", ws.KeepAlivePolicy: "keep_alive"}[base]
    own = type("Own", (base,), {"begin": begin, "keep_alive": lambda self, function, now: 1})
    with pytest.raises(ws.PolicyError, match="policy Own raised: ZeroDivisionError: no seed") as raised:
        World(**{option: own()})
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


class NotYet(ws.PlacementPolicy):
    def __init__(self, date: float) -> None:
        super().__init__()
        self.date = date

    def place(self, function: Any, cluster: Any) -> Any:
        assert ws.now() == cluster.now  # a policy may look at the clock
        return cluster.candidates(function)[0] if cluster.now >= self.date else None


def test_R18_a_policy_that_said_no_is_asked_again_when_another_call_comes() -> None:
    world = World(nodes=1, placement=NotYet(10), cores=8)
    function = world.function(nap)

    def main() -> None:
        calls = []
        for _ in range(4):
            calls.append(world.manager.invoke(function, 1))
            ws.sleep(5)
        world.manager.wait_all(calls)

    assert (world.run(main).invocations["assigned"] >= 10).all()


def test_R38_a_deadlock_says_that_it_was_the_policy() -> None:
    world = World(nodes=1, placement=NotYet(math.inf))
    function = world.function(nap)
    with pytest.raises(ws.Deadlock, match="there is room, but its placement policy NotYet chose no node"):
        world.call(function, 1)
    world = World(nodes=1, scaling=Wants(0))
    function = world.function(nap)
    with pytest.raises(ws.Deadlock, match="its scaling policy Wants wants 0 containers"):
        world.call(function, 1)


@pytest.mark.parametrize("answer", [np.int64(2), np.uint8(2), 2])
def test_a_scaling_policy_may_answer_any_integer(answer: Any) -> None:
    world = World(nodes=1, scaling=Wants(answer))
    assert world.call(world.function(nap), 1)[0].state is ws.InvocationState.COMPLETED


@pytest.mark.parametrize("answer", [2.0, True, -1, "2", None, 10**30, math.nan])
def test_a_scaling_policy_that_answers_no_integer(answer: Any) -> None:
    world = World(nodes=1, scaling=Wants(answer))
    function = world.function(nap)
    with pytest.raises(ws.PolicyError, match=r"scaling policy Wants answered .*an int >= 0 \(math.ceil"):
        world.call(function, 1)


def test_an_eviction_policy_that_answers_no_number() -> None:
    with pytest.raises(ws.PolicyError, match=r"answered True .* give a finite number"):
        crowded(eviction=type("Own", (ws.EvictionPolicy,), {"priority": lambda self, container: True})())


@pytest.mark.parametrize(
    ("option", "base", "method"),
    [
        ("placement", ws.PlacementPolicy, "place"),
        ("eviction", ws.EvictionPolicy, "priority"),
        ("keep_alive", ws.KeepAlivePolicy, "keep_alive"),
        ("queueing", ws.QueueingPolicy, "rank"),
        ("scaling", ws.ScalingPolicy, "desired"),
    ],
)
def test_errors_name_the_class_of_the_user(option: str, base: type, method: str) -> None:
    own = type("Mine", (base,), {method: lambda self, *arguments: 1})
    with pytest.raises(TypeError, match=r"the class Mine itself: give an object, Mine\(\)"):
        World(**{option: own})
    world = World(**{option: (policy := own())})
    with pytest.raises(ValueError, match=f"{option} is a Mine that provider 'provider' has already"):
        world.sim.create_serverless_compute_service(
            "user", ["head"], image_store="1GB", node_store="1GB", **{option: policy}
        )


@pytest.mark.parametrize("module", ["wrench_serverless_extras", "wrench_serverless.mine", "elsewhere"])
@pytest.mark.parametrize(
    ("option", "base", "method", "answer"),
    [
        ("placement", ws.PlacementPolicy, "place", None),
        ("placement", ws.WarmestFirst, "place", None),
        ("eviction", ws.EvictionPolicy, "priority", 1.0),
        ("eviction", ws.GreedyDual, "priority", 1.0),
        ("keep_alive", ws.KeepAlivePolicy, "keep_alive", 3.0),
        ("queueing", ws.QueueingPolicy, "rank", 1.0),
        ("scaling", ws.ScalingPolicy, "desired", 1),
    ],
)
def test_W2_a_policy_is_asked_whatever_its_module_is_called(
    module: str, option: str, base: type, method: str, answer: Any
) -> None:
    asked: list[int] = []

    def ask(self: Any, *arguments: Any) -> Any:
        asked.append(1)
        return arguments[1].nodes[0] if method == "place" else answer

    policy = type("Mine", (base,), {method: ask, "__module__": module, "__slots__": ()})()
    world = World(nodes=1, cores=1, **{option: policy})
    world.call(world.function(), 1.0, 1.0)
    assert asked


HOOKS = {
    ("keep_alive", "keep_alive"): ws.KeepAlivePolicy,
    ("keep_alive", "invoked"): ws.KeepAlivePolicy,
    ("keep_alive", "begin"): ws.KeepAlivePolicy,
    ("queueing", "rank"): ws.QueueingPolicy,
    ("queueing", "begin"): ws.QueueingPolicy,
    ("scaling", "desired"): ws.ScalingPolicy,
    ("scaling", "period"): ws.ScalingPolicy,
    ("scaling", "settles_after"): ws.ScalingPolicy,
    ("routing", "route"): ws.RoutingPolicy,
    ("routing", "ended"): ws.RoutingPolicy,
    ("placement", "place"): ws.PlacementPolicy,
    ("placement", "begin"): ws.PlacementPolicy,
    ("eviction", "used"): ws.EvictionPolicy,
    ("eviction", "priority"): ws.EvictionPolicy,
}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, LookupError, AttributeError])
@pytest.mark.parametrize(("option", "hook"), HOOKS)
def test_W2_what_a_property_raises_is_not_taken_for_a_no(option: str, hook: str, failure: type[BaseException]) -> None:
    def fail(self: object) -> None:
        raise failure("of the property")

    methods: dict[str, Any] = {
        name: lambda self, *arguments: 1 for kind, name in HOOKS if kind == option and name != hook
    }
    methods |= {"period": 2.0, "settles_after": 3600.0} if option == "scaling" else {}
    policy = type("Mine", (HOOKS[option, hook],), methods | {hook: property(fail)})()
    with pytest.raises((failure, ws.PolicyError), match="of the property"):
        if option == "routing":
            World().function(routing=policy)
        else:
            World(**{option: policy}).sim.run()


def test_a_policy_without_a_hook_may_say_so_itself() -> None:
    class Polite(ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> float:
            return 1.0

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(name)

    world = World(keep_alive=Polite())
    assert world.call(world.function(), 1.0)[0].state is ws.InvocationState.COMPLETED


@pytest.mark.parametrize("period", [1e-300, 5e-324, 1e-9, 0.0009, 0, 0.0])
def test_H4_a_period_has_a_least_value(period: float) -> None:
    policy = type("Mine", (Wants,), {"period": period})(1)
    with pytest.raises(ValueError, match=r"scaling has a period of .* s: it must be at least 0\.001 s"):
        World(scaling=policy)


@pytest.mark.parametrize("kind", [lambda: Wants(1), ws.KnativeAutoscaler])
@pytest.mark.parametrize("date", [1e15, 1e16, 1e17, 1e100, 1e300])
def test_H4_ticks_go_on_where_dates_are_further_apart_than_a_period(kind: Callable[[], Any], date: float) -> None:
    world = World(nodes=1, scaling=kind())
    function = world.function(ws.Profile(ws.Sleep(1)), "f")

    def main() -> None:
        ws.sleep(date)
        world.manager.wait_all([world.manager.invoke(function) for _ in range(5)])

    assert world.run(main).summary()["completed"] == 5
