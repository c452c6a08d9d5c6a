"""Runs a scenario: its platform, its providers, its programs and its faults; what was seen and recorded comes back."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scenarios import MB, Controller, Fault, Function, Provider, Scenario, Step

import wrench_serverless as ws

DEPTH = 3  # how deep bodies invoke
FILES = ("data-0", "data-1")
NODE_STORE = "disk"


class Last(ws.PlacementPolicy):
    """The last node with room, by a look at each."""

    def place(self, function: Any, cluster: Any) -> Any:
        return max(cluster.candidates(function), key=lambda node: node.name, default=None)


class Newest(ws.EvictionPolicy):
    """Whatever ran last goes first."""

    uses = 0

    def used(self, container: Any) -> None:
        self.uses += 1

    def priority(self, container: Any) -> float:
        return -float(self.uses)


class Alphabet(ws.QueueingPolicy):
    def rank(self, function: Any) -> float:
        return float(function.name[1:].removeprefix("robe-"))  # a probe too


def policy(name: str) -> Any:
    """One of its own for each provider; "": none is given."""
    own = {"Last": Last, "Newest": Newest, "Alphabet": Alphabet}
    return (own.get(name) or getattr(ws, name))() if name else None


@dataclass
class Outcome:
    """`results` are those before the probe. `deadlock`: its message, if the run ended so."""

    results: ws.Results
    states: list[tuple[int, str, float]] = field(default_factory=list)
    containers: list[tuple[str, int, float, str]] = field(default_factory=list)
    transfers: list[tuple[str, str, str, float]] = field(default_factory=list)
    dates: list[float] = field(default_factory=list)  # at which programs went on, or would have given up
    deadlock: str | None = None

    def digest(self) -> str:
        """Of everything, to the last bit (R29)."""
        digest = hashlib.sha256(repr((self.states, self.containers, self.transfers, self.results.now)).encode())
        for table in (self.results.invocations, self.results.containers, self.results.transfers):
            for name in table:
                column = table[name]
                digest.update(column.tobytes() if column.dtype != object else repr(column.tolist()).encode())
        return digest.hexdigest()


def build(scenario: Scenario) -> ws.Platform:
    """A star: the user, the store with the images, a head for each provider, and the nodes, by a link each."""
    platform = ws.Platform()
    platform.add_router("switch")

    def add(
        name: str, cores: int, speed: float, ram: int, disk: int, disk_rate: float, link: float, lat: float
    ) -> None:
        platform.add_host(name, cores=cores, speed=speed, ram=ram)
        platform.add_disk(name, size=disk, read_bandwidth=disk_rate, write_bandwidth=disk_rate)
        platform.add_link(f"to-{name}", link, latency=lat)
        platform.add_route(name, "switch", [f"to-{name}"])

    rate = scenario.user_bandwidth
    speed = scenario.nodes[0].speed
    for name in ("user", "store", *(f"head-{index}" for index in range(len(scenario.providers)))):
        add(name, 1, speed, 1000 * MB, 5000 * MB, rate, rate, scenario.latency)
    for index, node in enumerate(scenario.nodes):
        add(
            f"node-{index}", node.cores, node.speed, node.ram, node.disk, node.disk_bandwidth, node.link_bandwidth,
            node.latency,
        )  # fmt: skip
    return platform


class Run:
    """One run of a scenario whose times are stretched by `k` already: only the precision of the clock is to be."""

    def __init__(self, scenario: Scenario, k: float = 1.0) -> None:
        self.scenario = scenario
        self.k = k
        # SimGrid's own constants that are seconds or rates go along.
        config = {
            "network/model": scenario.model,
            "precision/timing": repr(1e-9 * k),
            "network/loopback-bw": repr(1e11 / k),
        }
        self.sim = ws.Simulation(build(scenario), seed=scenario.seed, config=config, check=True)
        self.store = self.sim.create_storage_service("store", capacity=4000 * MB)
        for name in FILES:
            self.store.create_file(name, 20 * MB)
        self.manager = self.sim.create_function_manager("user")
        self.providers = [self.create_provider(index, p) for index, p in enumerate(scenario.providers)]
        self.images = [
            self.manager.create_image(f"image-{i}", self.store.create_file(f"image-{i}", image.size), image.memory)
            for i, image in enumerate(scenario.images)
        ]
        self.probes = [self.create_probes(index, p) for index, p in enumerate(scenario.providers)]
        # Where each function is registered; nowhere if no node is big enough (R12).
        self.functions = [list(self.register(i, f)) for i, f in enumerate(scenario.functions)]
        self.outcome = Outcome(self.sim.results())
        self.observe()
        for number, controller in enumerate(scenario.controllers):
            self.sim.add_controller(controller.host, self.control, controller, number)
        for fault in scenario.faults:
            self.plan(fault)

    def create_provider(self, index: int, p: Provider) -> ws.ServerlessComputeService:
        store: Any = p.image_store
        if p.evicting is False:  # full is full: nobody makes room there
            store = self.sim.create_storage_service(f"head-{index}", capacity=p.image_store, name=f"images-{index}")
        return self.sim.create_serverless_compute_service(
            f"head-{index}", [f"node-{node}" for node in p.nodes], image_store=store, slots=p.slots,
            node_store=self.node_store(p), cold_start_overhead=p.cold, warm_start_overhead=p.warm,
            dispatch_overhead=p.dispatch, keep_alive=p.keep_alive, concurrency=p.concurrency,
            queue_capacity=p.queue_capacity, control_message_size=p.control_message_size, name=f"provider-{index}",
            placement=policy(p.placement), eviction=policy(p.eviction), queueing=policy(p.queueing), claims=p.claims,
        )  # fmt: skip

    def node_store(self, p: Provider) -> int | None:
        return p.node_store

    def register(self, index: int, function: Function) -> Iterator[tuple[ws.RegisteredFunction, Any]]:
        made = self.manager.create_function(f"f{index}", self.body(function), self.images[function.image])
        for provider in self.providers:
            try:
                yield (
                    self.manager.register_function(
                        made, [provider], time_limit=None if math.isinf(function.time_limit) else function.time_limit,
                        memory=function.memory, ephemeral_storage=function.storage, ingress=function.ingress,
                        egress=function.egress, concurrency=function.concurrency,
                    ),
                    provider,
                )  # fmt: skip
            except ws.RegistrationRefused as refusal:
                assert "could ever run" in str(refusal)

    def observe(self) -> None:
        seen = self.outcome
        self.sim.on_invocation_state(lambda call: seen.states.append((call.id, call.state.name, self.sim.now)))
        self.sim.on_container_start(lambda e: seen.containers.append(("start", e.container, e.time, e.node)))
        self.sim.on_container_end(lambda e: seen.containers.append((e.reason.name, e.container, e.time, e.node)))
        self.sim.on_transfer_start(lambda e: seen.transfers.append(("start", e.file, e.destination, e.time)))
        self.sim.on_transfer_end(
            lambda e: seen.transfers.append(("done" if e.completed else "lost", e.file, e.destination, e.time))
        )

    def plan(self, fault: Fault) -> None:
        kind, name = fault.thing.split()
        thing = self.sim.host(name) if kind == "host" else self.sim.link(f"to-{name}")
        self.sim.at(fault.time, thing.turn_off)
        if math.isfinite(fault.duration):
            self.sim.at(fault.time + fault.duration, thing.turn_on)

    # The programs.

    def body(self, function: Function) -> Callable[[int, ws.StorageService], int]:
        def run(depth: int, storage: ws.StorageService) -> int:
            assert storage.files == [] or function.concurrency != 1  # R23, if it has it alone
            calls: list[ws.Invocation] = []
            for number, step in enumerate(function.steps):
                try:
                    self.take(step, number, storage, depth, calls)
                except (ws.Error, ZeroDivisionError):
                    if not step.swallow:
                        raise
            return depth

        return run

    def control(self, controller: Controller, number: int) -> None:
        calls: list[ws.Invocation] = []
        for place, step in enumerate(controller.steps):
            try:
                self.take(step, place + number, None, DEPTH, calls)
            except ws.HostFailure:
                if not self.sim.host(controller.host).is_on and step.swallow:
                    raise  # a controller may go with its host, or go on to its next blocking call
            except ws.Error:
                pass
        try:
            self.manager.wait_all(calls)
        except ws.HostFailure:
            assert not self.sim.host(controller.host).is_on

    def take(
        self, step: Step, number: int, storage: ws.StorageService | None, depth: int, calls: list[ws.Invocation]
    ) -> None:
        self.outcome.dates.append(ws.now())
        if step.kind == "sleep":
            ws.sleep(step.amount)
        elif step.kind == "compute":
            ws.compute(step.amount)
        elif step.kind == "raise":
            raise ZeroDivisionError("this body fails")
        elif step.kind == "invoke":
            if depth > 0 and self.functions[step.target]:
                self.invoke(step, number, depth, calls)
        elif storage is not None:
            self.touch(step, number, storage)

    def touch(self, step: Step, number: int, storage: ws.StorageService) -> None:
        if step.kind == "write":
            storage.write(f"own-{number}", step.amount)
        elif step.kind == "read":
            self.store.read(FILES[step.target])
        elif step.kind == "copy":
            self.store.copy(FILES[step.target], storage)
        elif step.kind == "remove":
            storage.remove(storage.files[0] if storage.files else "nothing")
        else:
            raise AssertionError(step.kind)

    def invoke(self, step: Step, number: int, depth: int, calls: list[ws.Invocation]) -> None:
        places = self.functions[step.target]
        registered, provider = places[number % len(places)]
        call = self.manager.invoke(registered, depth - 1, provider=provider)
        assert call.state is not ws.InvocationState.REFUSED
        calls.append(call)
        if step.wait == "none":
            return
        waited = [call] if step.wait == "one" else calls
        timeout = step.amount if math.isfinite(step.amount) else None
        since = ws.now()
        self.outcome.dates.append(since + step.amount)
        try:
            self.wait(step.wait, waited, timeout)
        except ws.WaitTimeout:
            assert timeout is not None
            assert ws.now() == since + timeout  # R36

    def wait(self, how: str, waited: list[ws.Invocation], timeout: float | None) -> None:
        if how == "one":
            assert self.manager.wait_one(waited[0], timeout) is waited[0].state
            assert waited[0].is_done
        elif how == "any":
            ended = self.manager.wait_any(waited, timeout)
            assert ended == [one for one in waited if one.is_done]
            assert ended
        else:
            assert self.manager.wait_all(waited, timeout) == [one.state for one in waited]
            assert all(one.is_done for one in waited)

    # From the beginning to the end, and after it.

    def go(self) -> Outcome:
        try:
            self.sim.run()
            self.sim.add_controller("user", ws.sleep, 10 * self.k)  # longer than any keep-alive, but for ever
            self.sim.run()
        except ws.Deadlock as deadlock:
            self.outcome.deadlock = str(deadlock)
        self.outcome.results = self.sim.results()
        return copy.deepcopy(self.outcome, {id(self.outcome.results): self.outcome.results})  # the observers go on

    def create_probes(self, index: int, p: Provider) -> list[tuple[int, ws.RegisteredFunction]]:
        """For each node, what takes all of it: a container in each slot, with its share of everything there is."""
        image = self.manager.create_image(f"probe-{index}", self.store.create_file(f"probe-{index}", 0), 0)
        probes = []
        for node in p.nodes:
            slots = p.slots or self.scenario.nodes[node].cores
            store = self.scenario.nodes[node].disk if p.node_store is None else p.node_store
            function = self.manager.create_function(f"probe-{node}", lambda *_: ws.sleep(100 * self.k), image)
            registered = self.manager.register_function(
                function, [self.providers[index]], memory=self.scenario.nodes[node].ram // slots,
                ephemeral_storage=store // slots, concurrency=1,
            )  # fmt: skip
            probes.append((slots, registered))
        return probes

    def check_all_is_given_back(self) -> None:
        """Each node, alone, takes on all that it can hold at once; and no byte of a store is reserved by nobody."""
        names = [f"node-{index}" for index in range(len(self.scenario.nodes))]

        def probe() -> None:
            for fault in self.scenario.faults:
                kind, name = fault.thing.split()
                (self.sim.host(name) if kind == "host" else self.sim.link(f"to-{name}")).turn_on()
            for provider, probes in zip(self.scenario.providers, self.probes, strict=True):
                for node, (slots, function) in zip(provider.nodes, probes, strict=True):
                    for other in provider.nodes:
                        host = self.sim.host(names[other])
                        host.turn_on() if other == node else host.turn_off()
                    calls = [self.manager.invoke(function) for _ in range(slots)]
                    self.manager.wait_all(calls)
                    assert [call.state.name for call in calls] == ["COMPLETED"] * slots
                    assert max(call.started for call in calls) < min(call.ended for call in calls)

        self.sim.add_controller("user", probe)
        self.sim.run()
        for provider in self.providers:
            assert (provider.queued, provider.running) == (0, 0)
        for store in (self.store, *(provider.image_store for provider in self.providers)):
            assert store.free_space + sum(map(store.size, store.files)) == store.capacity
