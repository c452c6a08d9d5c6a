"""Objects that nobody initialised, and objects that are copied or pickled: a TypeError, or what is right; never memory
that nothing was written to, or the end of the process. Over all classes × members × protocols, in children."""

from __future__ import annotations

import pytest
from children import output_of

CLASSES = """
import enum
from wrench_serverless import _core

def is_ours(kind):
    return isinstance(kind, type) and kind.__module__.startswith("wrench_serverless") and kind.__name__ != "Summary"

everything = [*vars(_core).values(), *vars(ws).values()]
CLASSES = sorted({kind for kind in everything if is_ours(kind)}, key=lambda kind: (kind.__name__, kind.__module__))
CORE = [kind for kind in CLASSES if type(kind) is type(ws.Sleep) and kind is not ws.Simulation]
assert len(CORE) > 60
"""

UNINITIALISED = """
import gc, math
JUNK = [(), (None,), (0,), ("x",), (1.5, 2), ("a", "b", "c"), (object(), {}), ([],), (math.nan, None, 0, 1)]
# What a class has without an object of it, and what object has.
GENERAL = {"__class__", "__init_subclass__", "__subclasshook__", "__new__", "__dict__", "__weakref__", "__doc__",
           "__module__", "__init__", "__setattr__", "__delattr__", "__getattribute__", "__dir__"}

def is_static(kind, name):
    return any(isinstance(vars(base).get(name), (staticmethod, classmethod)) for base in kind.__mro__) or \\
        "PyCapsule" in repr(getattr(kind, name, None)) and name in ("cluster", "from_file", "_check")

asked = 0
for kind in CORE:
    made = [kind.__new__(kind)]
    try:
        made.append(type("Mine", (kind,), {"__init__": lambda self: None}).__new__(type("Mine", (kind,), {})))
    except TypeError:
        pass  # it is final, or there is no such object
    for object_of in made:
        for name in dir(kind):
            if name in GENERAL:
                continue
            asked += 1
            static = is_static(kind, name)
            try:
                member = getattr(object_of, name)
            except TypeError:
                continue
            except AttributeError:
                continue
            if not callable(member):
                of_class = name == "relative_error" or member == type(object_of).__name__
                assert name.startswith("__") or static or of_class, (kind, name, member)
                continue
            if static:
                continue
            own = any(name in vars(base) for base in kind.__mro__[:-2]) and name not in (
                "__setstate__", "__reduce__", "__getstate__")
            for arguments in JUNK:
                arguments = tuple(object_of if one is None else one for one in arguments)
                try:
                    value = member(*arguments)
                except Exception:
                    continue
                assert not own, (kind, name, arguments, value)
        repr_of = type(object_of).__repr__
        try:
            repr_of(object_of)
        except TypeError:
            pass
    del made
    gc.collect()
print(asked)
"""

PICKLED = """
import copy, pickle, math
import numpy as np
summed = World(records="summary")
summed.call(summed.function(), 1.0)
statistics = summed.sim._results().statistics
events = []
views = []

class Place(ws.PlacementPolicy):
    def place(self, function, cluster):
        views.extend([cluster, cluster.nodes[0]])
        return next(iter(cluster.candidates(function)), None)

class Order(ws.QueueingPolicy):
    def rank(self, function):
        views.append(function)
        return 1

class Evict(ws.EvictionPolicy):
    def priority(self, container):
        views.append(container)
        return 1

class Scale(ws.ScalingPolicy):
    def desired(self, function):
        views.append(function)
        return 1

class Route(ws.RoutingPolicy):
    def route(self, function, providers):
        views.extend(providers)
        return providers[0]

world = World(placement=Place(), queueing=Order(), eviction=Evict(), scaling=None, dispatch_overhead=0)
sim, manager, provider, registry = world.sim, world.manager, world.provider, world.registry
sim.on_container_start(events.append)
sim.on_transfer_start(events.append)
function = world.function()
compute = sim.create_bare_metal_service("user")
action = ws.CustomAction("action", lambda: None)
location = registry.create_file("there", "1MB")
calls = []

def main():
    compute.submit(action)
    calls.append(manager.invoke(function, 1.0))
    calls.append(manager.replay(ws.Workload(world.function(ws.Profile(ws.Sleep(1)), "f"), [0.0, 0.0, 0.0])))
    manager.wait_all(calls)

results = world.run(main)
record = sim._results()
objects = [
    sim, manager, provider, registry, function, function.function, function.image, location, compute, action, *calls,
    *events, *views, sim.host("user"), sim.link("to-user"), ws.Platform(), platform(), ws.ResourceProfile([(0, 1)], 10),
    ws.Sleep(1), ws.Compute(2), ws.Write(3, "w"), ws.Read(4, "r"), ws.Transfer("f", registry), ws.Profile(ws.Sleep(1)),
    ws.KeepAlive(3), ws.Retries(2), ws.Billing(), ws.Fixed(3), ws.Never(), ws.Always(), ws.AdaptiveTTL(),
    ws.HybridHistogram(), ws.FirstComeFirstServed(), ws.ShortestExpectedFirst(), ws.FairShare({"a": 2.0}),
    ws.OnePerCall(), ws.KnativeAutoscaler(), ws.WarmestFirst(), ws.LeastLoaded(), ws.MostPacked(), ws.RoundRobin(),
    ws.Random(), ws.PowerOfTwoChoices(), ws.HashAffinity(), ws.LeastRecentlyUsed(), ws.SmallestFirst(),
    ws.LeastFrequentlyUsed(), ws.GreedyDual(), ws.FirstProvider(), ws.RoundRobinProviders(), ws.LeastOutstanding(),
    ws.FirstWithRoom(), ws.LowestLatency(), Place(), Order(), Evict(), Scale(), Route(), record,
    record.slot_use, statistics, statistics.latency,
]
kinds = {type(one) for one in objects}
missing = [kind.__name__ for kind in CORE if not any(issubclass(one, kind) for one in kinds)]
assert missing == ["FunctionLoad", "ProviderView"], missing
assert {ws.NodeView, ws.ClusterView, ws.ContainerView, ws.WaitingFunction, ws.ContainerEvent} <= kinds, kinds

def shown(one):
    names = [name for name in dir(type(one)) if not name.startswith("_")]
    values = {name: getattr(one, name) for name in names}
    return {name: repr(value) for name, value in values.items() if not callable(value)}

right, refused = set(), set()
for one in objects:
    ways = {f"pickle {n}": lambda n=n: pickle.loads(pickle.dumps(one, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)}
    ways |= {f"reduce {n}": lambda n=n: one.__reduce_ex__(n) and None for n in range(6)}
    ways |= {"reduce": lambda: one.__reduce__() and None, "copy": lambda: copy.copy(one),
             "deepcopy": lambda: copy.deepcopy(one)}
    for way, do in ways.items():
        try:
            again = do()
        except (TypeError, pickle.PicklingError):
            refused.add(type(one).__name__)
            continue
        except Exception as error:
            raise AssertionError((type(one), way, error))
        if again is not None:
            assert type(again) is type(one), (one, way)
            assert shown(again) == shown(one), (one, way)
            right.add(type(one).__name__)
print(" ".join(sorted(right)))
print(len(refused))
"""


def test_A3_members_of_what_was_never_initialised() -> None:
    (asked,) = output_of(CLASSES + UNINITIALISED)
    assert int(asked) > 1000


def test_A3_pickled_and_copied_is_right_or_refused() -> None:
    right, refused = output_of(CLASSES + PICKLED)
    assert right.split() == ["Platform", "Sketch", "SlotUse", "Statistics"]
    assert int(refused) > 50


@pytest.mark.parametrize(
    "program",
    [
        "ws.Sleep.__base__()",
        "ws.Sleep.__base__.__new__(ws.Sleep.__base__)",
        "type('Mine', (ws.Sleep.__base__,), {})()",
        "ws.Sleep(1).__class__ = ws.Compute",
        "ws.Sleep(1).__class__ = ws.Sleep.__base__",
        "type('Mine', (ws.PlacementPolicy,), {})().__class__ = type('Other', (ws.EvictionPolicy,), {})",
        "object.__new__(ws.Platform)",
        "object.__new__(ws.NodeView)",
        "ws.Profile(ws.Sleep.__new__(ws.Sleep))",
        "World(placement=ws.PlacementPolicy.__new__(ws.PlacementPolicy))",
        "mine = type('Mine', (ws.ScalingPolicy,), {'desired': len}); World(scaling=mine.__new__(mine))",
        "World().function(image=ws.Image.__new__(ws.Image))",
        "ws.Simulation(ws.Platform.__new__(ws.Platform))",
    ],
)
def test_A3_other_ways_to_an_object_that_is_none(program: str) -> None:
    program = f"try:\n    {program}\nexcept TypeError as error:\n    print('refused', error)\n"
    (line,) = output_of(program)
    assert line.startswith("refused")


def test_A3_the_class_of_a_policy_may_become_another_of_the_same_kind() -> None:
    program = """
class First(ws.PlacementPolicy):
    def place(self, function, cluster): return cluster.nodes[0]
class Second(ws.PlacementPolicy):
    def place(self, function, cluster): return cluster.nodes[1]
policy = First()
policy.__class__ = Second
world = World(placement=policy)
print(world.call(world.function(), 1.0)[0].node, type(policy) is policy.__class__ is Second)
"""
    assert output_of(program) == ["node-1 True"]
