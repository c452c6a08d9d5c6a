"""Failures: an exception in a body fails its invocation, reaches the caller as the cause, leaves the container warm."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", cold_start_overhead=0.5, keep_alive=60
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def root(number: float, storage: ws.StorageService) -> float:
    ws.sleep(1)
    if number < 0:
        raise ValueError(f"no real root of {number:g}")
    return float(number**0.5)


registered = manager.register_function(manager.create_function("root", root, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    for number in (-4.0, 9.0):
        call = manager.invoke(registered, number)
        manager.wait_one(call)
        print(f"{call.state.name} at {call.ended:.3f}, {'cold' if call.cold else 'warm'}: output {call.output}")
        if call.failure is not None:
            print(f"  because of {type(call.failure).__name__}: {call.failure}")


sim.run()
