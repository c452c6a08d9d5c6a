"""R18: placement policies through the API: the built-in ones, and classes in Python and what they get wrong."""

from __future__ import annotations

import gc
import random
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from world import World

import wrench_serverless as ws

BUILT_IN: list[Callable[[], ws.PlacementPolicy]] = [
    ws.WarmestFirst,
    ws.LeastLoaded,
    ws.MostPacked,
    ws.RoundRobin,
    ws.Random,
    ws.PowerOfTwoChoices,
    ws.HashAffinity,
]


def nodes_of(placement: ws.PlacementPolicy | None, calls: int = 4, seed: int = 0, **options: Any) -> list[str | None]:
    """Where calls go that come at once."""
    world = World(nodes=4, cores=2, seed=seed, placement=placement, **options)
    return [call.node for call in world.call(world.function(), *[5.0] * calls)]


class Pack(ws.PlacementPolicy):
    def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
        return max(cluster.candidates(function), key=lambda n: n.used_slots, default=None)


def test_R18_built_in_policies() -> None:
    assert nodes_of(None) == ["node-0", "node-0", "node-1", "node-1"]
    assert nodes_of(ws.LeastLoaded()) == ["node-0", "node-1", "node-2", "node-3"]
    assert nodes_of(ws.MostPacked()) == ["node-0", "node-0", "node-1", "node-1"]
    # The first claim that is ready takes the first call (R20).
    assert nodes_of(ws.RoundRobin(), 6) == ["node-0", "node-0", "node-1", "node-1", "node-2", "node-3"]


@pytest.mark.parametrize("policy", BUILT_IN, ids=lambda p: p.__name__)
def test_R29_the_same_seed_gives_the_same_nodes(policy: Callable[[], ws.PlacementPolicy]) -> None:
    once = nodes_of(policy(), 8, seed=5)
    assert nodes_of(policy(), 8, seed=5) == once
    assert sorted(map(str, once)) == sorted([f"node-{i}" for i in range(4)] * 2)  # all slots are taken


def test_R29_another_seed_gives_others() -> None:
    assert len({tuple(nodes_of(ws.Random(), 8, seed=seed)) for seed in range(5)}) > 1


def test_hash_affinity_takes_whole_numbers() -> None:
    ws.HashAffinity(steps=float("inf"))
    for steps in (0, -1, 1.5, "x"):
        with pytest.raises((ValueError, TypeError), match="steps"):
            ws.HashAffinity(steps=steps)


@pytest.mark.parametrize("policy", BUILT_IN, ids=lambda p: p.__name__)
@pytest.mark.parametrize("nodes", [4, 2])
def test_R18_no_warm_container_ends_while_another_node_has_room(
    policy: Callable[[], ws.PlacementPolicy], nodes: int
) -> None:
    """Twelve functions of 512 MB in turn: all fit on two nodes of 4 GB, seven on each."""
    world = World(nodes=nodes, ram="4GB", disk="100GB", images_at_head=True, placement=policy(), keep_alive=600)
    functions = [
        world.function(name=f"f{i}", memory="512MB", image=world.image(size="1MB", memory="1MB")) for i in range(12)
    ]

    def main() -> None:
        for call in range(60):
            ws.sleep(5 * call - ws.now())
            world.manager.wait_one(world.manager.invoke(functions[call % 12], 0.1))

    results = world.run(main)
    assert results.invocations["cold"].tolist() == [True] * 12 + [False] * 48
    assert "EVICTED" not in results.containers.names("reason")


def test_R18_an_idle_container_ends_where_no_node_has_room_without() -> None:
    world = World(nodes=2, ram="4GB", disk="100GB", images_at_head=True, keep_alive=600)
    image = world.image(size="1MB", memory="1MB")
    functions = [world.function(name=f"f{i}", memory="512MB", image=image) for i in range(15)]  # seven fit on each node

    def main() -> None:
        for function in functions:
            world.manager.wait_one(world.manager.invoke(function, 0.1))

    results = world.run(main)
    assert list(results.containers.names("reason")).count("EVICTED") == 1


def test_R18_a_policy_in_python() -> None:
    assert nodes_of(Pack()) == ["node-0", "node-0", "node-1", "node-1"]
    assert Pack().name == "Pack"


def test_R18_a_policy_in_python_may_leave_a_call_in_the_queue() -> None:
    class OnlyTheFirst(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
            return cluster.nodes[0] if cluster.nodes[0].fits(function) else None

    assert nodes_of(OnlyTheFirst()) == ["node-0"] * 4


@pytest.mark.parametrize("policy", BUILT_IN, ids=lambda p: p.__name__)
def test_R18_a_class_that_derives_from_a_built_in_one_decides_like_it(policy: type[ws.PlacementPolicy]) -> None:
    asked = []

    class Derived(policy):  # type: ignore[misc,valid-type]
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
            asked.append(function.name)
            return super().place(function, cluster)

    class Same(policy):  # type: ignore[misc,valid-type]
        pass

    expected = nodes_of(policy(), 8, seed=3)
    assert nodes_of(Derived(), 8, seed=3) == expected
    assert nodes_of(Same(), 8, seed=3) == expected
    assert asked == ["nap"] * 8


def test_a_policy_gets_a_seed_of_its_own() -> None:
    class Dice(ws.PlacementPolicy):
        def begin(self, seed: int) -> None:
            self.random = random.Random(seed)

        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
            candidates = cluster.candidates(function)
            return self.random.choice(candidates) if candidates else None

    assert nodes_of(Dice(), 8, seed=1) == nodes_of(Dice(), 8, seed=1)
    assert len({tuple(nodes_of(Dice(), 8, seed=seed)) for seed in range(5)}) > 1


def test_what_a_policy_sees() -> None:
    seen: list[Any] = []

    class Looks(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
            node = cluster.nodes[1]
            seen.append((node.used_slots, node.free_slots, node.load, node.free_memory, node.free_storage))
            assert (node.reclaimable_memory, node.reclaimable_storage, node.room(function)) == (0, 0, 1)
            seen.append((node.has_image(function.image), node.warmth(function.image).name, cluster.now))
            assert (node.id, node.name, node.slots, node.memory) == (1, "node-1", 2, 1_000_000_000)
            assert node.storage == 10_000_000_000
            assert node.idle_containers == 0
            assert len(cluster) == len(cluster.nodes) == 2
            assert cluster.nodes[1] is node  # one object for each node
            assert cluster.provider == "provider"
            assert (function.name, function.memory, function.image.name) == ("nap", 100_000_000, "image")
            assert repr(node) == f"<NodeView 'node-1': {node.used_slots} of 2 slots in use>"
            return node if node.fits(function) else None

    world = World(nodes=2, placement=Looks())
    world.call(world.function(), 1.0, 1.0)
    assert seen == [
        (0, 2, 0.0, 1_000_000_000, 10_000_000_000),
        (False, "ABSENT", 1.0),  # R16: the image has come to the head
        (1, 1, 0.5, 800_000_000, 9_800_000_000),
        (True, "TO_DISK", 1.0),
    ]


def fail_with(policy: ws.PlacementPolicy, match: str) -> ws.PolicyError:
    world = World(nodes=2, placement=policy)
    other = World  # the next simulation works
    unwound = []

    def main() -> None:
        try:
            world.manager.wait_one(world.manager.invoke(world.function(), 1.0))
        finally:
            unwound.append(True)

    with pytest.raises(ws.PolicyError, match=match) as caught:
        world.run(main)
    assert unwound == [True]
    with pytest.raises(ws.Error, match="over"):
        world.sim.run()
    after = other()
    assert after.call(after.function(), 1.0)[0].state == ws.InvocationState.COMPLETED
    return caught.value


def answering(answer: Callable[[ws.ClusterView], Any]) -> ws.PlacementPolicy:
    class Answers(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> Any:
            return answer(cluster)

    return Answers()


def test_an_exception_ends_the_simulation_as_the_cause_of_a_policy_error() -> None:
    def look_up(cluster: ws.ClusterView) -> Any:
        return {}["nowhere"]

    error = fail_with(answering(look_up), r"placement policy Answers raised for function 'nap': KeyError: 'nowhere'")
    assert isinstance(error.__cause__, KeyError)
    frames = [frame.name for frame in traceback.extract_tb(error.__cause__.__traceback__)]
    assert frames == ["place", "look_up"]


@pytest.mark.parametrize("answer", [1, "node-0", object, [], True], ids=repr)
def test_an_answer_that_is_no_node(answer: Any) -> None:
    fail_with(answering(lambda _: answer), "placement policy Answers answered .* for function 'nap': give one of")


def test_an_answer_without_a_repr() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise ValueError("no")

    fail_with(answering(lambda _: Shy()), "answered something that has no repr")


def test_a_node_without_room() -> None:
    class Always0(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView:
            return cluster.nodes[0]

    world = World(nodes=2, cores=1, placement=Always0())
    message = "placement policy Always0 answered node 'node-0' for function 'nap': it has no room. All of its 1 slots"
    with pytest.raises(ws.PolicyError, match=message):
        world.call(world.function(), 1.0, 1.0)


def test_a_node_of_another_provider() -> None:
    stolen: list[ws.NodeView] = []

    class Steals(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView:
            stolen.append(cluster.nodes[0])
            return stolen[0]

    world = World(nodes=1, node_store="1GB", node_memory="500MB", placement=Steals())
    other = world.sim.create_serverless_compute_service(
        "head", ["node-0"], image_store="1GB", node_store="1GB", placement=Steals()
    )
    function = world.function()
    elsewhere = world.manager.register_function(function.function, [other], memory="1MB", ephemeral_storage="1MB")

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, 1.0))
        world.manager.wait_one(world.manager.invoke(elsewhere, 1.0))

    with pytest.raises(ws.PolicyError, match="for function 'nap': that is a node of another provider"):
        world.run(main)


def test_a_policy_may_not_block_nor_change_anything() -> None:
    fail_with(answering(lambda _: ws.sleep(1)), "NotInSimulation")
    world = World(nodes=1, placement=answering(lambda _: world.sim.host("node-0").turn_off()))
    function = world.function()
    with pytest.raises(ws.PolicyError, match="a policy may look at the simulation, but not change it"):
        world.call(function, 1.0)


def test_an_interrupt_in_a_policy_is_no_mistake_of_it() -> None:
    def interrupt(_: ws.ClusterView) -> None:
        raise KeyboardInterrupt

    world = World(placement=answering(interrupt))
    with pytest.raises(KeyboardInterrupt):
        world.call(world.function(), 1.0)


@pytest.mark.parametrize("policy", ["x", 5, ws.WarmestFirst, object()], ids=lambda policy: type(policy).__name__)
def test_what_is_no_policy_is_refused(policy: Any) -> None:
    with pytest.raises(TypeError, match="placement: give a PlacementPolicy, not"):
        World(placement=policy)


def test_a_policy_without_its_method_is_refused() -> None:
    class Empty(ws.PlacementPolicy):
        pass

    for policy in (Empty(), ws.PlacementPolicy()):
        with pytest.raises(TypeError, match=r"has no method place\(self, function, cluster\)"):
            World(placement=policy)


def test_a_policy_that_forgets_its_base_is_refused() -> None:
    class Forgets(Pack):
        def __init__(self) -> None:
            self.count = 0

    with pytest.raises(TypeError, match="__init__"):
        Forgets()


def test_a_policy_serves_one_provider_at_a_time() -> None:
    for policy in (ws.RoundRobin(), Pack()):
        world = World(nodes=1, node_store="1GB", node_memory="500MB", placement=policy)
        with pytest.raises(ValueError, match="that provider 'provider' has already"):
            world.sim.create_serverless_compute_service(
                "head", world.nodes, image_store="1GB", node_store="1GB", placement=policy
            )
        assert World(placement=policy).call is not None  # the simulation before is over


def test_a_policy_lives_as_long_as_its_provider_and_no_longer() -> None:
    class Knows(Pack):
        sim: ws.Simulation

    policy = Knows()
    world = World(placement=policy)
    policy.sim = world.sim  # a circle that the garbage collector can't see
    function = world.function()
    alive = weakref.ref(policy)
    del policy
    gc.collect()
    assert alive() is not None
    world.call(function, 1.0)
    world.sim.close()
    gc.collect()
    assert alive() is None


def test_views_that_outlive_the_simulation_raise() -> None:
    kept: list[Any] = []

    class Keeps(ws.PlacementPolicy):
        def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView:
            kept[:] = [cluster, cluster.nodes[0], function]
            return cluster.nodes[0]

    world = World(placement=Keeps())
    world.call(world.function(), 1.0)
    cluster, node, function = kept
    assert node.used_slots == 0
    world.sim.close()
    for look in (
        lambda: cluster.nodes,
        lambda: cluster.now,
        lambda: cluster.candidates(function),
        lambda: node.load,
        lambda: node.fits(function),
        lambda: repr(node),
    ):
        with pytest.raises(ws.Error, match="over"):
            look()
    assert node.id == 0


def test_wrong_arguments_to_views() -> None:
    errors: list[str] = []

    def asks(cluster: ws.ClusterView) -> ws.NodeView:
        for ask in (
            lambda: cluster.nodes[0].fits("f"),
            lambda: cluster.nodes[0].has_image("i"),
            lambda: cluster.nodes[0].warmth(None),
            lambda: cluster.candidates(None),
        ):
            with pytest.raises(TypeError) as caught:
                ask()
            errors.append(str(caught.value))
        with pytest.raises(AttributeError):
            cluster.nodes[0].load = 1.0
        return cluster.nodes[0]

    world = World(placement=answering(asks))
    world.call(world.function(), 1.0)
    assert errors == [
        "function: give a RegisteredFunction, not str",
        "image: give an Image, not str",
        "image: give an Image, not NoneType",
        "function: give a RegisteredFunction, not NoneType",
    ]
    with pytest.raises(TypeError):
        ws.NodeView()
