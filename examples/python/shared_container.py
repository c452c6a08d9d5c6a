"""Several calls in one container: they share its memory, its slot, and one core."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service("head", nodes=["node-0"], image_store="10GB", slots=1, concurrency=3)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def work(flops: float, storage: ws.StorageService) -> None:
    ws.compute(flops)


registered = manager.register_function(manager.create_function("work", work, image), [provider], memory="64MB")


@sim.controller("user")
def main() -> None:
    calls = [manager.invoke(registered, flops) for flops in (1e9, 2e9, 4e9)]
    manager.wait_all(calls)
    for call in calls:
        print(f"started {call.started:.3f}, took {call.ended - call.started:.3f} s")


results = sim.run()
print("containers:", results.containers.row_count)
