"""One pull for many: calls that arrive together share each transfer of the image, to the head and to each node."""

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
image = manager.create_image("python", registry.create_file("python.sqsh", "200MB"), memory="100MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    # Two slots per node: the first node that pulls the image is preferred until it is full.
    calls = []
    for _ in range(4):
        calls.append(manager.invoke(registered, 5.0))
        ws.sleep(1)
    manager.wait_all(calls)
    for number, call in enumerate(calls):
        times = f"image there {call.assigned:.3f}, body {call.started:.3f}"
        print(f"call {number} at {call.requested:.3f} on {call.node}: {times}")


sim.run()
