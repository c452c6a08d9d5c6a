"""A small platform whose times can be computed by hand: every disk and link moves 100 MB/s, every core 1 Gflop/s.

user - head - node-0, node-1 … by a link each, without latency. So 100 MB from the user's disk to the head's take 1 s,
from there to a node's 1 s, and into its memory 1 s. With `images_at_head` they are at the head's from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wrench_serverless as ws

CONFIG = {"network/model": "CM02", "network/crosstraffic": False}
IMAGE_AT_HEAD = 1.0  # s after the first request: from then on there are claims (R16)
IMAGE_THERE = 3.0  # at the head, on the node, in its memory
FROM_HEAD = 2.0  # the same for an image that is at the head from the start: there are claims at once
Body = Callable[[Any, ws.StorageService], Any]


def nap(seconds: float, storage: ws.StorageService) -> float:
    ws.sleep(seconds)
    return seconds


def platform(nodes: int = 2, cores: int = 2, ram: str = "1GB", disk: str = "10GB") -> ws.Platform:
    result = ws.Platform()
    names = ["user", "head", *(f"node-{index}" for index in range(nodes))]
    for name in names:
        result.add_host(name, cores=cores, speed="1Gf", ram=ram)
        result.add_disk(name, size=disk, read_bandwidth="100MBps", write_bandwidth="100MBps")
    for name in ["user", *names[2:]]:
        result.add_link(f"to-{name}", "100MBps")
        result.add_route("head", name, [f"to-{name}"])
    return result


class World:
    """A provider on that platform, and a manager and a registry at its user."""

    def __init__(
        self,
        nodes: int = 2,
        cores: int = 2,
        ram: str = "1GB",
        disk: str = "10GB",
        seed: int = 0,
        image_store: str = "5GB",
        records: str = "all",
        images_at_head: bool = False,
        **options: Any,
    ) -> None:
        self.sim = ws.Simulation(platform(nodes, cores, ram, disk), seed=seed, config=CONFIG, records=records)
        self.nodes = [f"node-{index}" for index in range(nodes)]
        self.registry = self.sim.create_storage_service("user", capacity="5GB")
        self.store = self.sim.create_storage_service("head", capacity=image_store) if images_at_head else None
        self.provider = self.sim.create_serverless_compute_service(
            "head", self.nodes, image_store=self.store or image_store, **options
        )
        self.manager = self.sim.create_function_manager("user")
        self.images: dict[str, ws.Image] = {}

    def image(self, name: str = "image", size: str = "100MB", memory: str = "100MB") -> ws.Image:
        if name not in self.images:
            if self.store is not None:
                self.store.create_file(name, size)
            self.images[name] = self.manager.create_image(name, self.registry.create_file(name, size), memory=memory)
        return self.images[name]

    def function(
        self, body: Body = nap, name: str | None = None, image: ws.Image | None = None, **limits: Any
    ) -> ws.RegisteredFunction:
        function = self.manager.create_function(name or body.__name__, body, image or self.image())
        limits = {"memory": "100MB", "ephemeral_storage": "100MB", **limits}
        return self.manager.register_function(function, [self.provider], **limits)

    def run(self, main: Callable[[], Any], host: str = "user") -> ws.Results:
        self.sim.add_controller(host, main)
        return self.sim.run()

    def call(self, function: ws.RegisteredFunction, *inputs: Any) -> list[ws.Invocation]:
        """Invoke it at once for each input, and run until all have ended."""
        calls: list[ws.Invocation] = []

        def main() -> None:
            calls.extend(self.manager.invoke(function, input) for input in inputs)
            self.manager.wait_all(calls)

        self.run(main)
        return calls


def starts(calls: list[ws.Invocation]) -> list[float]:
    return [call.started for call in calls]


def ends(calls: list[ws.Invocation]) -> list[float]:
    return [call.ended for call in calls]


def near(*values: float) -> Any:
    """Times as lists compare: to a nanosecond."""
    return pytest.approx(list(values), rel=1e-9, abs=1e-9)
