"""User code that is called in the middle of something, and changes the simulation there: observers, finalizers of what
is let go, policies, conversions of arguments. It works, or is refused; nothing that is under way is lost."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from children import output_of
from world import World, nap

import wrench_serverless as ws

SIGNALS = ["on_invocation_state", "on_container_start", "on_container_end", "on_transfer_start", "on_transfer_end"]

# Each observer makes every array grow that may: functions and images, at one provider and at another, storage services,
# calls of replays, observers, dates, actions, controllers.
GROWS = """
count = 0
def observe(event):
    global count
    if count > 3000:
        return
    for _ in range(100):
        count += 1
        image = world.image(f"image-{count}", size="1kB", memory="1kB")
        body = nap if count % 2 else ws.Profile(ws.Sleep(1))
        manager.register_function(manager.create_function(f"f{count}", body, image), [world.provider, other],
                                  memory="1kB", ephemeral_storage="1kB")
        world.registry.carve("1kB")
    newest = manager.register_function(manager.create_function(f"g{count}", ws.Profile(ws.Sleep(1)), image),
                                       [world.provider], memory="1MB", provisioned_concurrency=provisioned)
    manager.replay(ws.Workload(newest, [0.0, 0.5]))
    getattr(world.sim, signal)(lambda event: None)
    world.sim.at(world.sim.now, lambda: None)
    compute.submit(ws.CustomAction("a", lambda: None))
    world.sim.add_controller("user", lambda: ws.sleep(1))
    world.sim.create_storage_service("user", capacity="1kB")
    world.sim.create_function_manager("user")
"""
PROGRAM = """
world = World(nodes=2, node_store="9GB", node_memory="500MB", image_store="4GB", {options})
manager = world.manager
other = world.sim.create_serverless_compute_service("head", world.nodes, image_store="1GB", node_store="1GB",
                                                    node_memory="500MB")
compute = world.sim.create_bare_metal_service("user")
signal = {signal!r}
provisioned = {provisioned}
getattr(world.sim, signal)(observe)
functions = [world.function(nap, "code", concurrency={concurrency}),
             world.function(ws.Profile(ws.Sleep(), ws.Write(1000)), "work", retries=ws.Retries(1))]
def main():
    for _ in range(3):
        calls = [manager.invoke(function, value) for function in functions for value in (0.5, 0.25, 1.0)]
        states = manager.wait_all(calls)
        assert set(states) == {{ws.InvocationState.COMPLETED}}, states
        ws.sleep(300)
results = world.run(main)
print(count, results.summary()["completed"] >= 18)
"""
OPTIONS = {
    "default": "keep_alive=0.5",
    "scaling": "scaling=ws.KnativeAutoscaler()",
    "queueing": "queueing=ws.FairShare(), eviction=ws.GreedyDual(), keep_alive=0",
    "each pass": "claims='each_pass', keep_alive=0.1",
    "before image": "claims='before_image', keep_alive=0.1, control_message_size='1kB', dispatch_overhead=0.1",
}


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("options", OPTIONS)
def test_A1_observers_may_make_anything(signal: str, options: str) -> None:
    concurrency = 1 if options == "each pass" else 2
    program = PROGRAM.format(
        signal=signal, options=OPTIONS[options], concurrency=concurrency, provisioned=0 if options == "each pass" else 1
    )
    (line,) = output_of(GROWS + program)
    count, completed = line.split()
    assert completed == "True"
    assert int(count) > 100


def test_A1_outputs_that_change_things_when_they_are_let_go() -> None:
    """What a body returned is let go where its invocation ends, if nobody has a handle."""
    world = World(nodes=1, cores=4, keep_alive=10)
    told: list[float] = []

    class Last:
        def __init__(self, value: float) -> None:
            self.value = value

        def __del__(self) -> None:
            told.append(ws_now())
            world.sim.host("node-0").turn_off()
            world.function(nap, f"more-{len(told)}")

    def ws_now() -> float:
        return world.sim.now

    def body(input: float, storage: ws.StorageService) -> Last:
        ws.sleep(input)
        return Last(input)

    function = world.function(body)
    states: list[Any] = []

    def main() -> None:
        world.manager.invoke(function, 1.0)
        calls = [world.manager.invoke(function, 5.0) for _ in range(3)]
        states.extend(world.manager.wait_all(calls))
        gc.collect()

    world.run(main)
    assert told[0] == pytest.approx(4)
    assert not world.sim.host("node-0").is_on
    failed = [state for state in states if state == ws.InvocationState.FAILED]
    assert len(states) == 3
    assert len(failed) == 3  # those that ran beside it


# What no policy may do, and what says so.
CHANGES: dict[str, Callable[[World], object]] = {
    "destroy": lambda world: world.registry.destroy(),
    "create_file": lambda world: world.registry.create_file("more", "1MB"),
    "remove": lambda world: world.registry.remove("image"),
    "carve": lambda world: world.registry.carve("1MB"),
    "on_invocation_state": lambda world: world.sim.on_invocation_state(print),
    "on_container_start": lambda world: world.sim.on_container_start(print),
    "on_container_end": lambda world: world.sim.on_container_end(print),
    "on_transfer_start": lambda world: world.sim.on_transfer_start(print),
    "on_transfer_end": lambda world: world.sim.on_transfer_end(print),
    "at": lambda world: world.sim.at(100, print),
    "turn_off": lambda world: world.sim.host("node-0").turn_off(),
    "register": lambda world: world.function(nap, "more"),
    "replay": lambda world: world.manager.replay(ws.Workload(world.functions[0], [0.0])),  # type: ignore[attr-defined]
    "add_controller": lambda world: world.sim.add_controller("user", print),
    "submit": lambda world: world.compute.submit(ws.CustomAction("a", print)),  # type: ignore[attr-defined]
    "create_storage_service": lambda world: world.sim.create_storage_service("user", "1MB"),
    "create_bare_metal_service": lambda world: world.sim.create_bare_metal_service("user"),
    "create_function_manager": lambda world: world.sim.create_function_manager("user"),
    "close": lambda world: world.sim.close(),
    "run": lambda world: world.sim.run(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_W13_policies_change_nothing(change: str) -> None:
    refused: list[ws.Error] = []

    class Placement(ws.PlacementPolicy):
        def place(self, function: Any, cluster: Any) -> Any:
            with pytest.raises(ws.Error) as error:
                CHANGES[change](world)
            refused.append(error.value)
            return cluster.nodes[0]

    world = World(placement=Placement())
    world.functions = [world.function()]  # type: ignore[attr-defined]
    world.compute = world.sim.create_bare_metal_service("user")  # type: ignore[attr-defined]
    (call,) = world.call(world.functions[0], 1.0)  # type: ignore[attr-defined]
    assert call.state == ws.InvocationState.COMPLETED
    assert len(refused) == 1
    assert "image" in world.registry


BLOCKS = """
import itertools, math, numbers
from collections.abc import Sequence
from pathlib import Path
world = World(nodes=2)
told = {"slept": 0, "refused": 0}

def block(*arguments):
    try:
        ws.sleep(0.25)
        told["slept"] += 1
    except ws.NotInSimulation:
        told["refused"] += 1

NAMES = ["__index__", "__int__", "__float__", "__complex__", "__fspath__", "__len__", "__getitem__", "__iter__",
         "__next__", "__contains__", "__bool__", "__repr__", "__str__", "__format__", "__eq__", "__hash__", "__lt__",
         "__array__", "__call__", "__get__", "__await__", "__enter__", "__getattr__", "__instancecheck__", "keys",
         "__buffer__", "__arrow_c_array__", "__arrow_c_stream__", "__reversed__", "items"]
ANSWERS = {"__index__": 1, "__int__": 1, "__float__": 1.0, "__complex__": 1j, "__fspath__": "/nowhere", "__len__": 1,
           "__getitem__": 1.0, "__bool__": True, "__repr__": "it", "__str__": "it", "__format__": "it", "__eq__": True,
           "__hash__": 1, "__lt__": True, "__contains__": True, "__call__": 1.0}

def method_for(name):
    def method(self, *arguments, **named):
        block()
        if name == "__getitem__" and arguments and isinstance(arguments[0], int) and arguments[0] > 0:
            raise IndexError
        if name == "__getattr__":
            raise AttributeError
        if name in ("__iter__", "__reversed__", "keys", "items"):
            return iter([1.0])
        return ANSWERS.get(name)
    return method

class Blocks:
    def __del__(self):
        block()

for name in NAMES:
    setattr(Blocks, name, method_for(name))
class Text(str):
    __hash__ = method_for("__hash__"); __eq__ = method_for("__eq__"); __str__ = method_for("__str__")
    __fspath__ = method_for("__fspath__")
class Number(float):
    __float__ = method_for("__float__"); __index__ = method_for("__index__"); __repr__ = method_for("__repr__")
    __eq__ = method_for("__eq__"); __lt__ = method_for("__lt__"); __hash__ = method_for("__hash__")
class Several(list):
    __iter__ = method_for("__iter__"); __len__ = method_for("__len__"); __getitem__ = method_for("__getitem__")
numbers.Real.register(Blocks)
Sequence.register(Blocks)
ODD = [Blocks, lambda: Text("user"), lambda: Number(1), lambda: Several([1.0]), lambda: [Blocks()],
       lambda: {"a": Blocks()}, lambda: (Blocks(), 1.0), lambda: [(Blocks(), Number(1))]]

function = world.function()
declared = world.function(ws.Profile(ws.Sleep()), "declared")
compute = world.sim.create_bare_metal_service("user")
storage = world.sim.create_storage_service("user", "1GB")
objects = [world.manager, world.registry, storage, compute, world.provider, function, function.image, world.sim,
           ws.Platform(), ws.CustomAction("a", print), ws]
SKIP = {"run", "close", "load_results", "draw_overview", "destroy", "turn_off", "presets", "Simulation", "results"}
known = {"invoke": [function], "invoke_async": [function], "wait_one": [], "create_image": ["i"],
         "create_function": ["f"], "write": ["new"], "read": ["image"], "copy": ["image"], "create_file": ["new"]}
errors = set()

def attempts():
    for one in objects:
        for name in sorted(set(dir(one))):
            if name.startswith("_") or name in SKIP or not callable(getattr(one, name, None)):
                continue
            for odd in ODD:
                for count in (1, 2):
                    yield getattr(one, name), [*known.get(name, [])], odd, count

def main(share):
    for attempt, (call, before, odd, count) in enumerate(attempts()):
        if attempt % 3 != share:
            continue
        try:
            call(*before, *(odd() for _ in range(count)))
        except Exception as error:
            errors.add(type(error).__name__)

for share, host in enumerate(("user", "head", "node-0")):
    world.sim.add_controller(host, lambda share=share: main(share))
world.sim.run(until=1e6)
assert told["refused"] > 20, told
print("ran", sorted(errors))
"""


def test_A4_conversions_that_block_are_refused_or_lose_nothing() -> None:
    (line,) = output_of(BLOCKS)
    assert line.startswith("ran")
    assert "SystemError" not in line
