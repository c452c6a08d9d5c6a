"""R1, R5: a disk is shared evenly by its own operations and the streams that pass through it."""

from __future__ import annotations

import pytest

import wrench_serverless as ws


def platform(latency: float, link: str = "1GBps") -> ws.Platform:
    """a - b and c - b; disks of 100 MB/s; only a's link has the latency."""
    result = ws.Platform()
    for host in "abc":
        result.add_host(host)
        result.add_disk(host, size="10GB", read_bandwidth="100MBps", write_bandwidth="100MBps")
    result.add_router("router")
    for host, of_link in (("a", latency), ("b", 0.0), ("c", 0.0)):
        result.add_link(f"to-{host}", link, latency=of_link)
        result.add_route(host, "router", [f"to-{host}"])
    return result


@pytest.mark.parametrize("model", ["CM02", "LV08"])
@pytest.mark.parametrize("latency", [0.0, 1e-6, 50e-6, 1e-3, 0.01])
def test_R5_a_stream_with_latency_leaves_a_disk_its_half(latency: float, model: str) -> None:
    """200 MB arrive on b's disk while b writes 200 MB there: 50 MB/s each. SimGrid's own weights are 1 / latency."""
    sim = ws.Simulation(platform(latency), config={"network/model": model})
    far, near = (sim.create_storage_service(host, capacity="5GB") for host in "ab")
    far.create_file("x", "200MB")
    ends: dict[str, float] = {}

    @sim.controller("a")
    def copies() -> None:
        far.copy("x", near)
        ends["copy"] = ws.now()

    @sim.controller("b")
    def writes() -> None:
        near.write("y", "200MB")
        ends["write"] = ws.now()

    sim.run()
    # The write has the disk alone while the latency lasts (LV08: × 13), and the 3 % that TCP takes (LV08).
    slack = 3 * 13.01 * latency + 1e-6 + (0.07 if model == "LV08" else 0)
    assert ends == pytest.approx({"copy": 4.0, "write": 4.0}, abs=slack)
