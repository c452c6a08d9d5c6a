"""Bodies that invoke: one function splits its work over calls of another, and waits for them in its own slot."""

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


def square(number: int, storage: ws.StorageService) -> int:
    ws.compute(1e9)
    return number * number


def sum_of_squares(numbers: list[int], storage: ws.StorageService) -> int:
    parts = [manager.invoke(inner, number) for number in numbers]
    manager.wait_all(parts)
    for part in parts:
        print(f"  {part.output:2d} from {part.node}: {part.started:.3f} to {part.ended:.3f}")
    return sum(part.output for part in parts)


inner = manager.register_function(manager.create_function("square", square, image), [provider], memory="256MB")
outer = manager.register_function(manager.create_function("sum", sum_of_squares, image), [provider], memory="256MB")


@sim.controller("user")
def main() -> None:
    call = manager.invoke(outer, [3, 4, 5])
    manager.wait_one(call)
    print(f"{call.output} from {call.node}: {call.started:.3f} to {call.ended:.3f}")


sim.run()
