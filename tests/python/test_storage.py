"""R1 to R6 from Python: what storage services hold, and how long it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from world import CONFIG, World, platform

import wrench_serverless as ws

Main = Callable[[], object]


def simulation() -> ws.Simulation:
    return ws.Simulation(platform(), config=CONFIG)


def run(sim: ws.Simulation, *mains: Main, host: str = "user") -> None:
    for main in mains:
        sim.add_controller(host, main)
    sim.run()


def timed(times: dict[str, float], name: str, at: float, action: Main) -> Main:
    def main() -> None:
        ws.sleep(at)
        action()
        times[name] = ws.now()

    return main


def test_R1_computations_share_the_cores() -> None:
    sim = simulation()
    ended: list[float] = []

    def main() -> None:
        ws.compute("2Gf")
        ended.append(ws.now())

    run(sim, main, main, main, main)  # four on two cores of 1 Gf
    assert ended == pytest.approx([4.0] * 4)


def test_R1_a_disk_shares_among_reads_writes_and_streams() -> None:
    # Whatever uses a disk of 100 MB/s has it between them: 1.6 GB take 16 s.
    sim = simulation()
    store = {host: sim.create_storage_service(host, "10GB") for host in ("user", "head", "node-0")}
    store["user"].create_file("a", "1GB")
    store["head"].create_file("b", "100MB")
    store["head"].create_file("c", "500MB")
    times: dict[str, float] = {}
    sim.add_controller("head", timed(times, "read", 1, lambda: store["head"].read("b")))
    run(
        sim,
        timed(times, "in", 0, lambda: store["user"].copy("a", store["head"])),
        timed(times, "out", 2, lambda: store["head"].copy("c", store["node-0"])),
    )
    # The read has 50 MB by 2 s, when the third comes: 33.3 MB/s each; then 50 MB/s each.
    assert times["read"] == pytest.approx(3.5)
    assert times["out"] == pytest.approx(3.5 + 450 / 50)
    assert times["in"] == pytest.approx(16.0)


def test_R1_reads_beside_streams_hold_nothing_up() -> None:
    # Ten images to one node while it loads others: 10 x 100 MB written, 10 x 100 MB read.
    sim = simulation()
    head, node = sim.create_storage_service("head", "5GB"), sim.create_storage_service("node-0", "5GB")

    def load(index: int) -> None:
        ws.sleep(0.1 * index)
        head.copy(f"image-{index}", node)
        node.read(f"image-{index}")

    for index in range(10):
        head.create_file(f"image-{index}", "100MB")
        sim.add_controller("node-0", load, index)
    assert sim.run().now == pytest.approx(20.0)


def test_R2_capacities_on_a_disk_add_up_to_no_more_than_its_size() -> None:
    sim = simulation()
    sim.create_storage_service("user", "6GB")
    with pytest.raises(ValueError, match=r"capacity 5GB .* 'disk' of host 'user': 4GB of 10GB"):
        sim.create_storage_service("user", "5GB")
    assert sim.create_storage_service("user", "4GB").free_space == 4_000_000_000


def test_R3_a_carve_takes_from_its_parent_and_gives_back() -> None:
    sim = simulation()
    parent = sim.create_storage_service("user", "1GB")

    def main() -> None:
        child = parent.carve("300MB", name="child")
        assert (child.name, child.capacity, parent.free_space) == ("child", 300_000_000, 700_000_000)
        assert ws.now() == 0  # costs no time
        with pytest.raises(ws.StorageFull, match=r"800MB .* 700MB of 1GB"):
            parent.carve("800MB")
        child.write("a", "200MB")
        child.destroy()
        assert (parent.free_space, parent.files) == (1_000_000_000, [])
        with pytest.raises(ws.Error, match="'child' is gone"):
            child.write("a", 1)

    run(sim, main)


def test_R4_a_write_takes_time_and_only_then_the_file_exists() -> None:
    sim = simulation()
    store = sim.create_storage_service("user", "1GB")

    def watch() -> None:
        ws.sleep(1)
        assert "a" not in store
        assert store.free_space == 700_000_000
        with pytest.raises(ws.FileNotFound, match="'a'"):
            store.read("a")

    def main() -> None:
        store.write("a", "300MB")
        assert ws.now() == pytest.approx(3.0)
        assert store.size("a") == 300_000_000
        store.read("a")
        store.read("a", "50MB")
        assert ws.now() == pytest.approx(6.5)

    run(sim, main, watch)


def test_R4_a_write_without_room_fails_at_once() -> None:
    sim = simulation()
    store = sim.create_storage_service("user", "1GB")
    store.create_file("a", "800MB")

    def main() -> None:
        with pytest.raises(ws.StorageFull, match=r"'b' \(300MB\) at storage service .*: 200MB of 1GB free"):
            store.write("b", "300MB")
        assert (ws.now(), store.free_space, store.files) == (0, 200_000_000, ["a"])

    run(sim, main)


def test_R5_copies_are_one_stream_and_the_same_one_is_shared() -> None:
    sim = simulation()
    here, there = sim.create_storage_service("user", "1GB"), sim.create_storage_service("node-0", "1GB")
    here.create_file("a", "400MB")
    times: dict[str, float] = {}
    run(
        sim,
        timed(times, "first", 0, lambda: here.copy("a", there)),
        timed(times, "second", 1, lambda: here.copy("a", there)),
    )
    assert times == pytest.approx({"first": 4.0, "second": 4.0})
    transfers = sim.results().transfers
    assert transfers["bytes"].tolist() == [4e8]
    assert transfers["ended"] == pytest.approx([4.0])


def test_R6_lru_drops_the_least_recently_used_that_is_not_pinned() -> None:
    sim = simulation()
    cache = sim.create_storage_service("user", "300MB", eviction="lru")
    other = sim.create_storage_service("user", "300MB")
    for name in ("a", "b", "c"):
        cache.create_file(name, "100MB")

    def main() -> None:
        cache.read("a")  # now b is the oldest
        cache.write("d", "100MB")
        assert cache.files == ["a", "c", "d"]

    def pinned() -> None:
        ws.sleep(10)
        cache.copy("c", other)  # the oldest, and in use

    def meanwhile() -> None:
        ws.sleep(10.5)
        cache.write("e", "100MB")
        assert cache.files == ["c", "d", "e"]

    run(sim, main, pinned, meanwhile)


def test_R6_without_eviction_full_is_full() -> None:
    sim = simulation()
    store = sim.create_storage_service("user", "100MB")
    store.create_file("a", "100MB")
    with pytest.raises(ws.StorageFull):
        store.create_file("b", 1)
    store.remove("a")
    store.create_file("b", 1)


def one_host(routing: str) -> str:
    return f"""<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="world" routing="{routing}">
    <host id="machine" speed="1Gf">
      <disk id="slow" read_bw="100MBps" write_bw="100MBps">
        <prop id="size" value="1TB"/><prop id="mount" value="/"/>
      </disk>
      <disk id="fast" read_bw="1GBps" write_bw="1GBps">
        <prop id="size" value="1TB"/><prop id="mount" value="/fast"/>
      </disk>
    </host>
  </zone>
</platform>"""


@pytest.mark.parametrize("routing", ["Full", "None"])
def test_two_disks_of_one_host(routing: str, tmp_path: Path) -> None:
    path = tmp_path / "platform.xml"
    path.write_text(one_host(routing))
    sim = ws.Simulation(path)
    slow, fast = sim.create_storage_service("machine", "1GB"), sim.create_storage_service("machine", "1GB", "/fast")
    slow.create_file("a", "100MB")

    def main() -> None:
        fast.write("b", "100MB")  # what is there already needs no network
        assert ws.now() == pytest.approx(0.1)
        if routing == "None":
            with pytest.raises(ws.PlatformError, match="no route from host 'machine' to itself"):
                slow.copy("a", fast)
        else:
            slow.copy("a", fast)
            assert ws.now() == pytest.approx(1.1)

    run(sim, main, host="machine")


@pytest.mark.parametrize("date", [1e7, 4e7, 1.7e9, 1e12])
def test_R1_late_dates_go_on(date: float) -> None:
    """What SimGrid has left of a transfer may be less than dates can tell apart by then."""
    world = World()

    def main() -> None:
        ws.sleep(date)
        for number in range(50):
            world.registry.write("file", 12_345_678 + number)
            world.registry.read("file")

    world.sim.add_controller("user", main)
    results = world.sim.run()
    step = np.spacing(date)
    assert results.now - date == pytest.approx(2 * 50 * 0.1234568, abs=200 * step + 1e-3)
