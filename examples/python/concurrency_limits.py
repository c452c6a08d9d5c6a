"""Limits on what is under way: a maximum for the provider, and a reservation for one function."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0", "node-1"], image_store="10GB", slots=8, max_concurrency=5
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


functions = {
    name: manager.register_function(
        manager.create_function(name, nap, image), [provider], memory="64MB", reserved_concurrency=reserved
    )
    for name, reserved in (("payment", 2), ("report", None))
}


@sim.controller("user")
def main() -> None:
    for name in ("report", "payment"):
        admitted = 0
        try:
            for _ in range(5):
                manager.invoke(functions[name], 1.0)
                admitted += 1
        except ws.InvocationRefused as refusal:
            print(f"{admitted} calls of {name}; {refusal}")


sim.run()
