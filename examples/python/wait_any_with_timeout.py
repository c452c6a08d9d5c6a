"""Waiting: for any of several calls, for all of them, and no longer than a timeout."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0", "node-1"], image_store="10GB", cold_start_overhead=0.5, keep_alive=60
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> float:
    ws.sleep(seconds)
    return seconds


registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    calls = [manager.invoke(registered, seconds) for seconds in (4.0, 1.0, 8.0)]
    ended = manager.wait_any(calls)
    print(f"{ws.now():.3f}: ended: {[call.output for call in ended]}")
    try:
        manager.wait_all(calls, timeout=4)
    except ws.WaitTimeout:
        print(f"{ws.now():.3f}: patience is over; done: {[call.is_done for call in calls]}")
    states = manager.wait_all(calls)
    print(f"{ws.now():.3f}: {[state.name for state in states]}")


sim.run()
