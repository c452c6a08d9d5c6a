"""New containers come in a burst, and then at a rate: a bucket of three tokens, one more every two seconds.

Calls that wait for their image at the head take their tokens on admission, and claim when it is there, 0.6 s later.
"""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0", "node-1"], image_store="10GB", slots=8, burst_limit=3, burst_rate=0.5
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="64MB")


@sim.controller("user")
def main() -> None:
    manager.wait_all([manager.invoke(registered, 100.0) for _ in range(6)])


results = sim.run()
print("claimed at", [f"{date:.1f}" for date in results.containers["claimed"]])
