"""What is cut short gives its share back at once, and had it until then: of a core, of a disk, of a link."""

from __future__ import annotations

import pytest
from world import IMAGE_THERE, World, ends, near

import wrench_serverless as ws


def both(world: World, cut: ws.RegisteredFunction, other: ws.RegisteredFunction, *inputs: float) -> list[float]:
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(map(world.manager.invoke, (cut, other), inputs))
        world.manager.wait_all(calls)

    world.run(main)
    assert [call.state.name for call in calls] == ["TIMED_OUT", "COMPLETED"]
    return ends(calls)


@pytest.mark.parametrize("limit", [1e-6, 0.25, 1.0, 1.75])
def test_R24_a_computation_that_is_cut_short_leaves_the_core_to_the_other(limit: float) -> None:
    world = World(nodes=1, cores=1, slots=2)

    def body(flops: float, storage: ws.StorageService) -> None:
        ws.compute(flops)

    cut, other = world.function(body, "cut", time_limit=limit), world.function(body, "other")
    # Half of the core until the limit, all of it afterwards.
    assert both(world, cut, other, 50e9, 2e9) == near(IMAGE_THERE + limit, IMAGE_THERE + 2 + limit / 2)


@pytest.mark.parametrize("limit", [0.25, 1.0])
def test_R24_a_read_that_is_cut_short_leaves_the_disk_to_the_other(limit: float) -> None:
    world = World(nodes=1)

    def body(size: float, storage: ws.StorageService) -> None:
        storage.create_file("file", 2e8)
        ws.sleep(0.5)
        storage.read("file")

    cut = world.function(body, "cut", ephemeral_storage="200MB", time_limit=0.5 + limit)
    other = world.function(body, "other", ephemeral_storage="200MB")
    assert both(world, cut, other, 0, 0) == near(IMAGE_THERE + 0.5 + limit, IMAGE_THERE + 0.5 + 2 + limit / 2)


def test_R24_a_copy_that_is_cut_short_leaves_the_link_to_the_other() -> None:
    world = World(nodes=2, cores=1)

    def body(size: float, storage: ws.StorageService) -> None:
        storage.create_file(f"{size}", size)
        ws.sleep(0.5)
        storage.copy(f"{size}", world.registry)

    cut = world.function(body, "cut", ephemeral_storage="300MB", time_limit=1.5)
    other = world.function(body, "other", ephemeral_storage="300MB")
    there = IMAGE_THERE + 1  # the two nodes share the head's disk
    assert both(world, cut, other, 3e8, 2e8) == near(there + 1.5, there + 0.5 + 2 + 0.5)
