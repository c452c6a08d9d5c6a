"""Two providers on a platform built in code: one function at a small provider nearby and at a fast one far away."""

from __future__ import annotations

import wrench_serverless as ws

platform = ws.Platform()
for host, cores, speed in (("user", 1, "1Gf"), ("edge", 2, "1Gf"), ("cloud", 1, "1Gf"), ("cloud-node", 8, "4Gf")):
    platform.add_host(host, cores=cores, speed=speed, ram="16GB")
    platform.add_disk(host, size="100GB", read_bandwidth="200MBps", write_bandwidth="200MBps")
for link, bandwidth, latency in (("wifi", "10MBps", "2ms"), ("internet", "50MBps", "40ms"), ("lan", "1GBps", "50us")):
    platform.add_link(link, bandwidth=bandwidth, latency=latency)
platform.add_route("user", "edge", ["wifi"])
platform.add_route("user", "cloud", ["internet"])
platform.add_route("cloud", "cloud-node", ["lan"])

sim = ws.Simulation(platform, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
edge = sim.create_serverless_compute_service(
    "edge", nodes=["edge"], image_store="1GB", node_store="50GB", cold_start_overhead=0.2
)
cloud = sim.create_serverless_compute_service(
    "cloud", nodes=["cloud-node"], image_store="50GB", cold_start_overhead=0.2
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "100MB"), memory="50MB")


def render(gigaflops: float, storage: ws.StorageService) -> None:
    ws.compute(gigaflops * 1e9)


function = manager.create_function("render", render, image)
registered = manager.register_function(function, [edge, cloud], memory="512MB", ephemeral_storage="512MB")


@sim.controller("user")
def main() -> None:
    for gigaflops in (1.0, 20.0):
        for name, provider in (("edge", edge), ("cloud", cloud)):
            call = manager.invoke(registered, gigaflops, provider=provider)
            manager.wait_one(call)
            kind = "cold" if call.cold else "warm"
            print(f"{gigaflops:4.0f} Gflop at the {name:<5}: {kind}, {call.ended - call.requested:.3f} s")


sim.run()
