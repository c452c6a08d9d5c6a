"""A first simulation: one function, four calls, on a cluster of two nodes. Time is simulated, the Python is real."""

from __future__ import annotations

import wrench_serverless as ws

platform = ws.Platform.cluster(nodes=2, cores=16, speed="2Gf", ram="64GB", disk="500GB", disk_bandwidth="1GBps")
sim = ws.Simulation(platform, seed=1)
registry = sim.create_storage_service("user", capacity="1TB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0", "node-1"], image_store="200GB", cold_start_overhead=0.25, keep_alive=600
)
manager = sim.create_function_manager("user")
image = manager.create_image("py311", registry.create_file("py311.sqsh", "250MB"), memory="120MB")


def resize(input: dict[str, int], storage: ws.StorageService) -> dict[str, int]:
    ws.compute(2e9)  # flops, on this node: one second of a 2 Gf core
    storage.write("thumb.png", "3MB")
    ws.sleep(0.05)
    return {"width": input["width"] // 2}


function = manager.create_function("resize", resize, image)
registered = manager.register_function(function, [provider], time_limit=30, memory="512MB", ephemeral_storage="512MB")


@sim.controller("user")
def main() -> None:
    first = manager.invoke(registered, {"width": 640})
    manager.wait_one(first)
    rest = [manager.invoke(registered, {"width": width}) for width in (800, 1024, 1280)]
    manager.wait_all(rest, timeout=60)
    for call in [first, *rest]:
        kind = "cold" if call.cold else "warm"
        print(f"{call.requested:7.3f} s: {kind} on {call.node}, {call.started:.3f} to {call.ended:.3f}: {call.output}")


results = sim.run()
print(results.summary())
