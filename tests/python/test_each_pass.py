"""R18b, claims="each_pass": what WRENCH's own tests of its serverless service expect, and what Python sees of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from world import World, nap

import wrench_serverless as ws

GB = 10**9


class Machine:
    """A head that has all images, and one node whose disk moves 100 MB/s, over a network that is too fast to matter."""

    def __init__(self, ram: str, disk: str, **options: Any) -> None:
        platform = ws.Platform()
        for host, size in (("user", "1TB"), ("head", "5TB"), ("node", disk)):
            platform.add_host(host, cores=10, speed="50Gf", ram=ram)
            platform.add_disk(host, size=size, read_bandwidth="100MBps", write_bandwidth="100MBps")
        for host in ("user", "node"):
            platform.add_link(f"to-{host}", "12.5GBps")
            platform.add_route("head", host, [f"to-{host}"])
        config = {"network/model": "CM02", "network/crosstraffic": False}
        self.sim = ws.Simulation(platform, config=config, disk_sharing="simgrid")
        self.store = self.sim.create_storage_service("head", capacity="5TB")
        self.provider = self.sim.create_serverless_compute_service(
            "head", ["node"], image_store=self.store, keep_alive=0, claims="each_pass", **options
        )
        self.manager = self.sim.create_function_manager("user")

    def function(self, name: str, size: int, seconds: float, **limits: Any) -> ws.RegisteredFunction:
        image = self.manager.create_image(name, self.store.create_file(name, size), memory=size)
        body = self.manager.create_function(name, ws.Profile(ws.Sleep(seconds)), image)
        return self.manager.register_function(body, [self.provider], **limits)

    def run(self, main: Callable[[], None]) -> ws.Results:
        self.sim.add_controller("user", main)
        return self.sim.run()


def test_R18b_an_image_comes_to_the_disk_while_memory_is_taken() -> None:
    machine = Machine(ram="64GB", disk="200GB")
    limits = {"memory": "10MB", "ephemeral_storage": "1MB", "time_limit": 1000}
    first = machine.function("first", 60 * GB, 700, **limits)
    second = machine.function("second", 61 * GB, 50, **limits)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(machine.manager.invoke(first))
        ws.sleep(1201)
        calls.append(machine.manager.invoke(second))
        machine.manager.wait_all(calls)

    transfers = machine.run(main).transfers
    assert calls[0].started == pytest.approx(1200)  # 60 GB to the node, and into its memory
    assert calls[0].ended == pytest.approx(1900)
    assert list(transfers["ended"]) == pytest.approx([600, 1201 + 610])
    assert calls[1].started == pytest.approx(1900 + 610)  # one load, not a copy and a load


def test_R18b_both_images_at_once_and_memory_for_one() -> None:
    """As WRENCH's test has it: both calls come at date 0, and both images travel at once."""
    machine = Machine(ram="64GB", disk="200GB")
    limits = {"memory": "10MB", "ephemeral_storage": "1MB", "time_limit": 1000}
    functions = [machine.function(f"f{size}", size * GB, 50, **limits) for size in (60, 61)]
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(machine.manager.invoke(function) for function in functions)
        machine.manager.wait_all(calls)

    machine.run(main)
    assert calls[0].ended < calls[1].started
    assert calls[1].started == pytest.approx(calls[0].ended + 610)


def test_R18b_an_evicted_image_is_paid_for_again() -> None:
    machine = Machine(ram="64TB", disk="100GB")
    limits = {"memory": "10MB", "ephemeral_storage": "30GB"}
    first = machine.function("first", 50 * GB, 10, **limits)
    second = machine.function("second", 50 * GB, 10, **limits)
    took = []

    def main() -> None:
        for function in (first, first, second, first):
            call = machine.manager.invoke(function)
            machine.manager.wait_one(call)
            took.append(call.ended - call.requested)

    machine.run(main)
    assert took == pytest.approx([1010, 10, 1010, 1010])


def test_R18b_a_user_policy_that_prewarms_is_refused_when_it_does() -> None:
    class Prewarms(ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> ws.KeepAlive:
            return ws.KeepAlive(keep=0, prewarm_after=5, prewarm_keep=5)

    world = World(claims="each_pass", keep_alive=Prewarms())
    function = world.function()
    with pytest.raises(ws.PolicyError, match=r"Prewarms answered prewarm_after = 5 s .* claims=\"each_pass\""):
        world.call(function, 1.0)


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ({"placement": ws.WarmestFirst()}, "placement"),
        ({"placement": ws.RoundRobin()}, "placement"),
        ({"queueing": ws.ShortestExpectedFirst()}, "queueing=ShortestExpectedFirst"),
        ({"scaling": ws.KnativeAutoscaler()}, "scaling=KnativeAutoscaler"),
        ({"concurrency": 4}, "concurrency=4"),
        ({"burst_limit": 5, "burst_rate": 1.0}, "burst_limit"),
        ({"queue_capacity": 0}, "queue_capacity=0"),
        ({"keep_alive": ws.HybridHistogram()}, "keep_alive=HybridHistogram"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_R18b_options_that_do_not_go_with_it(option: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f'^{named} .*claims="each_pass"'):
        World(claims="each_pass", **option)


def test_R18b_limits_that_do_not_go_with_it() -> None:
    world = World(claims="each_pass", queueing=ws.FirstComeFirstServed(), scaling=ws.OnePerCall())
    with pytest.raises(ValueError, match=r"concurrency=2 of function 'f' .*claims=\"each_pass\""):
        world.function(nap, "f", concurrency=2)
    with pytest.raises(ValueError, match=r"provisioned_concurrency=1 of function 'f' .*claims=\"each_pass\""):
        world.function(nap, "f", provisioned_concurrency=1)
    assert world.call(world.function(nap, "f"), 1.0)[0].state == ws.InvocationState.COMPLETED


def test_R18b_replays_and_runs_in_parts_give_what_calls_give() -> None:
    """The same calls from a program, from a replay, and from a replay that stops in between."""

    def dates(how: str) -> list[list[float]]:
        world = World(nodes=2, cores=2, claims="each_pass", keep_alive=2)
        functions = [
            world.function(nap, f"f{index}", world.image(f"i{index}"))
            if how == "calls"
            else world.manager.register_function(
                world.manager.create_function(f"f{index}", ws.Profile(ws.Sleep()), world.image(f"i{index}")),
                [world.provider],
                memory="100MB",
                ephemeral_storage="100MB",
            )
            for index in range(3)
        ]
        calls = [(0.37 * number, number % 3, 0.5 + number % 5) for number in range(40)]
        if how == "calls":

            def main() -> None:
                made = []
                for time, which, seconds in calls:
                    ws.sleep(time - ws.now())
                    made.append(world.manager.invoke(functions[which], seconds))
                world.manager.wait_all(made)

            world.sim.add_controller("user", main)
        else:
            times, which, seconds = zip(*calls, strict=True)
            world.manager.replay(ws.Workload(functions, list(times), list(seconds), which=list(which)))
        if how == "parts":
            for until in (1.0, 2.5, 7.3):
                world.sim.run(until=until)
        table = world.sim.run().invocations
        order = sorted(range(len(calls)), key=lambda row: table["id"][row])
        return [[float(table[name][row]) for row in order] for name in ("admitted", "assigned", "started", "ended")]

    expected = dates("calls")
    for how in ("replay", "parts"):
        for ours, theirs in zip(dates(how), expected, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-12)


def test_R18b_a_deadlock_says_who_waits() -> None:
    world = World(nodes=1, claims="each_pass")
    function = world.function()

    def main() -> None:
        call = world.manager.invoke(function, 1.0)
        world.sim.host("node-0").turn_off()
        world.manager.wait_one(call)

    with pytest.raises(ws.Deadlock, match=r"of function 'nap': no container of provider 'provider' is free"):
        world.run(main)


def test_R18b_closed_in_the_middle() -> None:
    world = World(claims="each_pass")
    function = world.function()
    call: list[ws.Invocation] = []
    world.sim.add_controller("user", lambda: call.append(world.manager.invoke(function, 1.0)))
    world.sim.run(until=1.5)  # its image is on its way to the node
    assert call[0].state == ws.InvocationState.QUEUED
    world.sim.close()
    assert call[0].state == ws.InvocationState.QUEUED
