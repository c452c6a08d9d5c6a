"""Platforms from Python: quantities, names, clusters, and their files."""

import copy
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import wrench_serverless as ws


def two_hosts() -> ws.Platform:
    platform = ws.Platform()
    platform.add_host("a", cores=4, speed="2Gf", ram="64GB")
    platform.add_host("b")
    platform.add_disk("a", size="500GB", read_bandwidth="1GBps", write_bandwidth=5e8)
    platform.add_link("l", bandwidth="10Gbps", latency="50us")
    platform.add_route("a", "b", ["l"])
    return platform


def test_a_platform_is_described_and_written(tmp_path: Path) -> None:
    platform = two_hosts()
    assert platform.host_names == ["a", "b"]
    assert repr(platform) == "<Platform: 2 hosts, 1 links>"
    path = tmp_path / "platform.xml"
    xml = platform.to_xml(path)
    assert path.read_text() == xml == platform.to_xml()
    assert '<host id="a" speed="2e+09f" core="4">' in xml
    assert '<prop id="ram" value="64GB"/>' in xml
    assert 'read_bw="1e+09Bps"' in xml
    with pytest.raises(ws.PlatformError, match="nowhere"):
        platform.to_xml("/nowhere/platform.xml")


def test_a_cluster_has_defaults_for_everything() -> None:
    platform = ws.Platform.cluster(nodes=2)
    assert platform.host_names == ["user", "head", "node-0", "node-1"]
    platform = ws.Platform.cluster(
        nodes=100,
        cores=16,
        speed="2Gf",
        ram="64GB",
        disk="500GB",
        disk_bandwidth="1GBps",
        link_bandwidth="10Gbps",
        wan_bandwidth="1Gbps",
        wan_latency="10ms",
        head_cores=4,
    )
    assert len(platform.host_names) == 102
    platform.add_host("gpu")
    platform.add_link("fibre", "1GBps", sharing="splitduplex")
    platform.add_route("gpu", "switch", ["fibre"])
    assert 'routing="Cluster"' in platform.to_xml()
    with pytest.raises(TypeError):
        ws.Platform.cluster(3)  # type: ignore[call-arg]


def test_copies_are_independent() -> None:
    platform = two_hosts()
    for twin in (copy.copy(platform), copy.deepcopy(platform)):
        twin.add_host("c")
    assert platform.host_names == ["a", "b"]


@pytest.mark.parametrize("ram", [10**9, 1e9, "1GB", np.int64(10**9), np.float32(1e9), Fraction(10**9)])
def test_quantities_are_numbers_or_texts(ram: object) -> None:
    platform = ws.Platform()
    platform.add_host("a", ram=ram)  # type: ignore[arg-type]
    assert 'value="1GB"' in platform.to_xml()


def test_large_sizes_stay_exact() -> None:
    platform = ws.Platform()
    platform.add_host("a", ram=2**53 + 1)
    assert f'value="{2**53 + 1}B"' in platform.to_xml()


@pytest.mark.parametrize("bad", [True, [], b"1GB", 1j, np.bool_(True), np.array([1.0])])
def test_other_types_are_refused_by_name(bad: object) -> None:
    with pytest.raises(TypeError, match="ram: give a number or a text such as '512MB', not"):
        ws.Platform().add_host("a", ram=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, 10**400, -(10**400), "1 furlong", "", "-1GB", 2**63])
def test_bad_values_are_refused_by_name(bad: object) -> None:
    with pytest.raises(ValueError, match="ram"):
        ws.Platform().add_host("a", ram=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("speed", lambda p: p.add_host("x", speed=0)),
        ("cores", lambda p: p.add_host("x", cores=0)),
        ("size", lambda p: p.add_disk("b", size="no", read_bandwidth=1e6, write_bandwidth=1e6)),
        ("read_bandwidth", lambda p: p.add_disk("b", size=1, read_bandwidth=0, write_bandwidth=1e6)),
        ("write_bandwidth", lambda p: p.add_disk("b", size=1, read_bandwidth=1e6, write_bandwidth="1GB")),
        ("bandwidth", lambda p: p.add_link("x", "fast")),
        ("latency", lambda p: p.add_link("x", 1e6, latency=-1)),
        ("sharing", lambda p: p.add_link("x", 1e6, sharing="fair")),
        ("links", lambda p: p.add_route("b", "a", [])),
        ("nodes", lambda _: ws.Platform.cluster(nodes=0)),
        ("wan_latency", lambda _: ws.Platform.cluster(wan_latency="long")),
        ("head_disk", lambda _: ws.Platform.cluster(head_disk="big")),
    ],
)
def test_each_argument_is_named(argument: str, call: Callable[[ws.Platform], None]) -> None:
    with pytest.raises(ValueError, match=argument):
        call(two_hosts())


def test_names_are_unique_and_exist() -> None:
    platform = two_hosts()
    with pytest.raises(ws.PlatformError, match="'a'"):
        platform.add_host("a")
    with pytest.raises(ws.PlatformError, match="'l'"):
        platform.add_link("l", 1e6)
    with pytest.raises(ws.PlatformError, match="'nobody'"):
        platform.add_disk("nobody", size=1, read_bandwidth=1e6, write_bandwidth=1e6)
    with pytest.raises(ws.PlatformError, match="'nothing'"):
        platform.add_route("a", "b", ["nothing"])
    with pytest.raises(TypeError):
        platform.add_route("a", "b", "l")


def test_errors_are_a_family() -> None:
    assert ws.PlatformError.__module__ == "wrench_serverless"
    assert issubclass(ws.PlatformError, ws.Error)
    assert issubclass(ws.Error, Exception)
    assert issubclass(ws.WaitTimeout, TimeoutError)
    assert issubclass(ws.FunctionTimeout, (ws.Error, TimeoutError))
    assert not issubclass(ws.FileNotFound, KeyError)
    assert str(ws.WaitTimeout("too long")) == "too long"


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("bandwidth", lambda p: p.add_link("x", 10)),
        ("read_bandwidth", lambda p: p.add_disk("b", size=1, read_bandwidth=999, write_bandwidth=1e6)),
        ("write_bandwidth", lambda p: p.add_disk("b", size=1, read_bandwidth=1e6, write_bandwidth=1)),
        ("wan_bandwidth", lambda _: ws.Platform.cluster(wan_bandwidth=np.float64(10))),
        ("head_disk_bandwidth", lambda _: ws.Platform.cluster(head_disk_bandwidth=1)),
    ],
)
def test_bare_rates_below_1_kB_per_second_are_refused(argument: str, call: Callable[[ws.Platform], None]) -> None:
    with pytest.raises(ValueError, match=rf"^{argument} is \d+: numbers are bytes per second.*Bps' if that is meant"):
        call(two_hosts())


def test_slow_rates_can_be_meant() -> None:
    platform = two_hosts()
    platform.add_link("slow", "100Bps")
    platform.add_link("1 kB/s", 1000)
    assert 'bandwidth="100' in platform.to_xml()


@pytest.mark.parametrize(("disk", "size"), [("50GB", 50_000_000_000), ("500GB", 100_000_000_000)])
def test_R7_the_default_image_store_fits_the_disk(disk: str, size: int) -> None:
    sim = ws.Simulation(ws.Platform.cluster(disk=disk))
    assert sim.create_serverless_compute_service("head", ["node-0"]).image_store.capacity == size


def test_R7_the_default_image_store_is_what_others_leave() -> None:
    sim = ws.Simulation(ws.Platform.cluster(nodes=2, disk="50GB"))
    sim.create_storage_service("head", capacity="20GB")
    assert sim.create_serverless_compute_service("head", ["node-0"]).image_store.capacity == 30_000_000_000
    with pytest.raises(ValueError, match="image_store: nothing is left of the disk of host 'head'"):
        sim.create_serverless_compute_service("head", ["node-1"])


def test_dates_of_profiles_may_be_texts() -> None:
    profile = ws.ResourceProfile([("0s", 1), ("5min", 0.5), (600, 1)], period="1h")
    assert (profile.points, profile.period) == ([(0, 1), (300, 0.5), (600, 1)], 3600)
    for points, period, argument in [([("later", 1)], None, "points"), ([(0, 1)], "1 eon", "period")]:
        with pytest.raises(ValueError, match=f"^{argument}: "):
            ws.ResourceProfile(points, period)
