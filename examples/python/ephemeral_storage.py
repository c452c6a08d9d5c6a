"""Ephemeral storage: each body gets an empty storage of its own, writes at the disk's speed, and finds its limit."""

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


def unpack(parts: int, storage: ws.StorageService) -> str:
    print(f"  {ws.now():.3f}: {len(storage.files)} files, {storage.free_space / 1e6:.0f} MB free")
    for part in range(parts):
        try:
            storage.write(f"part-{part}", "200MB")
        except ws.StorageFull:  # at once, and nothing has changed
            return f"part {part} did not fit at {ws.now():.3f}"
    storage.read("part-0", "100MB")
    return f"all there at {ws.now():.3f}"


registered = manager.register_function(
    manager.create_function("unpack", unpack, image), [provider], memory="256MB", ephemeral_storage="500MB"
)


@sim.controller("user")
def main() -> None:
    for parts in (2, 3):
        call = manager.invoke(registered, parts)
        manager.wait_one(call)
        print(f"{call.state.name}, {'cold' if call.cold else 'warm'}: {call.output}")


sim.run()
