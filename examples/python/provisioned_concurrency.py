"""Provisioned containers: there before the first call, and never gone."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", slots=4, cold_start_overhead=0.5, keep_alive=10
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


registered = manager.register_function(
    manager.create_function("nap", nap, image), [provider], memory="64MB", provisioned_concurrency=2
)


@sim.controller("user")
def main() -> None:
    for date in (60, 3600):
        ws.sleep(date - ws.now())
        calls = [manager.invoke(registered, 1.0) for _ in range(3)]
        manager.wait_all(calls)
        print(f"at {date} s:", ["cold" if call.cold else "warm" for call in calls])


results = sim.run()
print("containers:", list(results.containers.names("reason")))
