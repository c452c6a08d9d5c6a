"""Storage services by themselves: slices of two disks, writes, reads, copies, and what happens when one is full."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "one_machine.xml"
sim = ws.Simulation(PLATFORM, seed=1)
archive = sim.create_storage_service("machine", capacity="500GB", disk="/")
scratch = sim.create_storage_service("machine", capacity="1GB", disk="/scratch")
cache = sim.create_storage_service("machine", capacity="100MB", disk="/scratch", eviction="lru")
archive.create_file("input.dat", "400MB")  # set-up: it is there from the start


@sim.controller("machine")
def main() -> None:
    archive.copy("input.dat", scratch)  # one stream, as fast as the slower disk
    print(f"{ws.now():.3f}: copied to scratch, {scratch.free_space / 1e6:.0f} MB free")
    scratch.read("input.dat")
    print(f"{ws.now():.3f}: read all of it")
    scratch.read("input.dat", "200MB")
    print(f"{ws.now():.3f}: read half of it")
    try:
        scratch.write("output.dat", "700MB")
    except ws.StorageFull as error:
        print(f"{ws.now():.3f}: StorageFull: {error}")
    scratch.remove("input.dat")
    scratch.write("output.dat", "700MB")
    print(f"{ws.now():.3f}: written after making room")
    part = scratch.carve("200MB")
    print(f"{ws.now():.3f}: carved out {part.free_space / 1e6:.0f} MB, {scratch.free_space / 1e6:.0f} MB left")
    for name in ("a", "b", "c"):
        cache.write(name, "40MB")
    print(f"{ws.now():.3f}: the cache dropped the oldest and has {sorted(cache.files)}")


sim.run()
