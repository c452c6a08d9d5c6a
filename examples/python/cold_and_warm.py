"""Cold and warm starts: a call that pulls the image, one that finds a warm container, one too late for it."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", cold_start_overhead=0.5, warm_start_overhead=0.01, keep_alive=30
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "100MB"), memory="50MB")


def greet(name: str, storage: ws.StorageService) -> str:
    ws.sleep(1)
    return f"hello {name}"


registered = manager.register_function(manager.create_function("greet", greet, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    # The third call finds the image still in the node's memory, so that it pays for a container only.
    for pause, name in ((0, "Ada"), (10, "Grace"), (60, "Edsger")):
        ws.sleep(pause)
        call = manager.invoke(registered, name)
        manager.wait_one(call)
        kind = "cold" if call.cold else "warm"
        times = f"called {call.requested:.3f}, container {call.assigned:.3f}, body {call.started:.3f}"
        print(f"{call.output:<12} {kind}: {times}")


sim.run()
