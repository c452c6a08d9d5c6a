"""Memory pressure: when a node's memory is full, a new container takes the place of the one idle longest."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", cold_start_overhead=0.5, keep_alive=600
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "100MB"), memory="50MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


# The node has 4 GB: two of these containers fit, three do not.
registered = {
    name: manager.register_function(manager.create_function(name, nap, image), [provider], memory="1500MB")
    for name in ("red", "green", "blue")
}


@sim.controller("user")
def main() -> None:
    for name in ("red", "green", "red", "blue", "red", "green"):
        call = manager.invoke(registered[name], 1.0)
        manager.wait_one(call)
        print(f"{name:<6} at {call.requested:7.3f}: {'cold' if call.cold else 'warm'}, started {call.started:7.3f}")


sim.run()
