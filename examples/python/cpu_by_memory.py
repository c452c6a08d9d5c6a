"""CPU in proportion to memory: 1,769 MB give one core, as on AWS Lambda."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", slots=4, cpu_per_memory="1769MB"
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def work(flops: float, storage: ws.StorageService) -> None:
    ws.compute(flops)


@sim.controller("user")
def main() -> None:
    for memory in ("442.25MB", "884.5MB", "1769MB"):
        function = manager.create_function(f"work-{memory}", work, image)
        call = manager.invoke(manager.register_function(function, [provider], memory=memory), 1e9)
        manager.wait_one(call)
        print(f"{memory}: {call.ended - call.started:.3f} s")


sim.run()
