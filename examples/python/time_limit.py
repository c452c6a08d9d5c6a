"""Time limits: a body that takes too long gets FunctionTimeout where it blocks, can clean up, and can't go on."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", cold_start_overhead=0.5, keep_alive=60
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def tidy(seconds: float, storage: ws.StorageService) -> str:
    try:
        ws.sleep(seconds)
    finally:
        print(f"  {ws.now():.3f}: tidying up")
    return "done"


def stubborn(seconds: float, storage: ws.StorageService) -> str:
    try:
        ws.sleep(seconds)
    except ws.FunctionTimeout:
        print(f"  {ws.now():.3f}: ignoring the limit")
    ws.sleep(seconds)  # meets the limit again
    return "done"


registered = [
    manager.register_function(
        manager.create_function(body.__name__, body, image), [provider], time_limit=3, memory="256MB"
    )
    for body in (tidy, stubborn)
]


@sim.controller("user")
def main() -> None:
    for function, seconds in ((registered[0], 2.0), (registered[0], 5.0), (registered[1], 5.0)):
        call = manager.invoke(function, seconds)
        manager.wait_one(call)
        print(f"{call.state.name}: started {call.started:.3f}, ended {call.ended:.3f}, output {call.output}")


sim.run()
