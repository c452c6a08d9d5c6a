"""Queueing: five calls on a node of two slots, first come first served, in the containers of the earlier ones."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", slots=2, cold_start_overhead=0.5, dispatch_overhead=0.1, keep_alive=60
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    calls = [manager.invoke(registered, seconds) for seconds in (3.0, 1.0, 2.0, 1.0, 1.0)]
    print(f"all admitted at {ws.now():.3f}: the head takes 0.1 s for each")
    manager.wait_all(calls)
    for number, call in enumerate(calls):
        kind = "cold" if call.cold else "warm"
        print(
            f"call {number}: admitted {call.admitted:.3f}, started {call.started:.3f} ({kind}), ended {call.ended:.3f}"
        )


sim.run()
