"""Platform.from_file: what a SimGrid platform file says, and what is added to it."""

import copy
import re
from pathlib import Path

import pytest

import wrench_serverless as ws

HEAD = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"


def loaded(tmp_path: Path, body: str) -> ws.Platform:
    path = tmp_path / "platform.xml"
    path.write_text(f'{HEAD}<platform version="4.1">{body}</platform>')
    return ws.Platform.from_file(path)


CLUSTER = (
    '<cluster id="c" prefix="n-" suffix="" radical="0-2" speed="1Gf" bw="100MBps" lat="1ms" bb_bw="1GBps" bb_lat="1ms"'
    ' router_id="switch"/>'
)
ZONE = """<zone id="z" routing="Floyd"><host id="a" speed="1Gf"/>
<host id="b" speed="1Gf"><disk id="d" read_bw="1GBps" write_bw="1GBps"/></host><!-- as it is -->
<link id="l" bandwidth="100MBps" sharing_policy="SPLITDUPLEX"/>
<route src="a" dst="b"><link_ctn id="l" direction="UP"/></route></zone>"""
EXACT = {"network/model": "CM02", "network/crosstraffic": "no", "network/TCP-gamma": 0}


def copied(platform: ws.Platform, first: str, second: str) -> float:
    sim = ws.Simulation(platform, config=EXACT)
    source, target = (sim.create_storage_service(host, "1GB") for host in (first, second))
    source.create_file("f", "100MB")
    sim.add_controller(first, lambda: source.copy("f", target))
    return sim.run().now


def test_hosts_of_a_cluster_get_disks_and_a_user(tmp_path: Path) -> None:
    platform = loaded(tmp_path, CLUSTER)
    assert platform.host_names == ["n-0", "n-1", "n-2"]
    for host in platform.host_names:
        platform.add_disk(host, size="10GB", read_bandwidth="1GBps", write_bandwidth="1GBps")
        platform.add_property(host, "ram", "16GB")
    platform.add_host("user")
    platform.add_disk("user", size="10GB", read_bandwidth="1GBps", write_bandwidth="1GBps")
    platform.add_link("wan", "50MBps", "10ms", sharing="splitduplex")
    platform.add_route("user", "switch", ["wan"])
    assert repr(platform).endswith("platform.xml': 4 hosts; added 1 hosts, 1 links>")
    assert copied(platform, "n-0", "n-2") == pytest.approx(1.003)
    assert copied(platform, "user", "n-1") == pytest.approx(2.012)
    assert copied(platform, "n-1", "user") == pytest.approx(2.012)
    sim = ws.Simulation(platform)
    provider = sim.create_serverless_compute_service("n-0", ["n-1", "n-2"], image_store="1GB")
    assert provider is not None
    with pytest.raises(ws.PlatformError, match="host 'n-0' comes from a <cluster>"):
        platform.to_xml()


def test_additions_are_written_and_read_again(tmp_path: Path) -> None:
    platform = loaded(tmp_path, ZONE)
    platform.add_disk("a", size="10GB", read_bandwidth="1GBps", write_bandwidth="1GBps")
    platform.add_property("b", "size", "20GB", disk="d")
    platform.add_property("b", "ram", "1GB")
    platform.add_property("b", "ram", "2GB")
    platform.add_property("l", "wattage_range", "1:2")
    platform.add_host("c", cores=2)
    platform.add_disk("c", size="10GB", read_bandwidth="1GBps", write_bandwidth="1GBps")
    platform.add_link("m", "50MBps")
    platform.add_route("c", "b", ["m"])
    platform.add_route("c", "a", ["m", "l:down"])
    xml = platform.to_xml(tmp_path / "more.xml")
    assert "<!-- as it is -->" in xml
    again = ws.Platform.from_file(tmp_path / "more.xml")
    assert again.host_names == platform.host_names == ["a", "b", "c"]
    for first, second, seconds in (("a", "b", 1), ("c", "b", 2), ("c", "a", 2)):
        assert copied(platform, first, second) == copied(again, first, second) == pytest.approx(seconds)
    assert again.to_xml() == xml
    assert '<prop id="ram" value="2GB"/>' in xml


def test_the_file_is_read_once_and_copies_are_independent(tmp_path: Path) -> None:
    platform = loaded(tmp_path, ZONE)
    twin = copy.copy(platform)
    (tmp_path / "platform.xml").unlink()
    twin.add_host("c")
    twin.add_link("m", "1Bps")
    twin.add_route("c", "b", ["m"])
    assert ws.Simulation(platform).host_names == ["a", "b"]
    assert ws.Simulation(twin).host_names == ["a", "b", "c"]
    assert repr(platform).endswith("platform.xml': 2 hosts>")


def test_profiles_are_found_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "off").write_text("1 0\n2 1\n")
    platform = loaded(tmp_path, ZONE.replace('id="a" speed="1Gf"', 'id="a" speed="1Gf" state_file="off"'))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    platform.to_xml(elsewhere / "p.xml")
    sim = ws.Simulation(elsewhere / "p.xml")
    seen: list[bool] = []

    def watch() -> None:
        for _ in range(3):
            ws.sleep(0.75)
            seen.append(sim.host("a").is_on)

    sim.add_controller("b", watch)
    sim.run()
    assert seen == [True, False, True]


def test_a_latency_may_be_left_out(tmp_path: Path) -> None:
    platform = loaded(tmp_path, ZONE)
    sim = ws.Simulation(platform)
    assert sim.link("l").latency == 0


def test_trials_leave_a_simulation_whose_speeds_vary_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "platform.xml"
    bad = re.sub("<link_ctn[^>]*/>", "", ZONE)  # which only the trial finds out
    assert bad != ZONE
    path.write_text(f'{HEAD}<platform version="4.1">{bad}</platform>')

    def end(*, disturb: bool) -> float:
        platform = ws.Platform()
        platform.add_host("a", speed="1Gf", speed_profile=ws.ResourceProfile([(0, 1), (0.3, 0.5)], period=0.7))
        sim = ws.Simulation(platform)
        sim.add_controller("a", lambda: ws.compute("10Gf"))
        sim.run(until=1)
        if disturb:
            for config in ({}, {"network/model": "CM02", "precision/timing": 1e-8}, {"cpu/optim": "Full"}):
                with pytest.raises(ws.PlatformError, match="Empty route"):
                    ws.Simulation(path, config=config)
                with pytest.raises(ws.PlatformError, match="no/such"):
                    ws.Simulation(ws.Platform.cluster(), config={**config, "no/such": 1})
        return sim.run().now

    assert end(disturb=True) == end(disturb=False) > 10


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    platform = loaded(tmp_path, CLUSTER)
    disk = {"size": 1, "read_bandwidth": "1Bps", "write_bandwidth": "1Bps"}
    with pytest.raises(ws.PlatformError, match="no host or router 'n-3'"):
        platform.add_disk("n-3", **disk)  # type: ignore[arg-type]
    with pytest.raises(ws.PlatformError, match="'switch' is a router"):
        platform.add_disk("switch", **disk)  # type: ignore[arg-type]
    with pytest.raises(ws.PlatformError, match="already a host or router 'n-1'"):
        platform.add_host("n-1")
    with pytest.raises(ws.PlatformError, match="already a link 'c_link_1'"):
        platform.add_link("c_link_1", "1Bps")
    with pytest.raises(ws.PlatformError, match="no host or link 'x'"):
        platform.add_property("x", "ram", "1GB")
    with pytest.raises(ws.PlatformError, match="has no disk 'd'"):
        platform.add_property("n-0", "size", "1GB", disk="d")
    with pytest.raises(ValueError, match="ram of host 'n-0'"):
        platform.add_property("n-0", "ram", "lots")
    platform = loaded(tmp_path, ZONE)
    with pytest.raises(ws.PlatformError, match="host 'b' already has a disk mounted at '/', 'd'"):
        platform.add_disk("b", "e", **disk)  # type: ignore[arg-type]


def test_what_does_not_fit_is_refused_by_the_simulation(tmp_path: Path) -> None:
    platform = loaded(tmp_path, CLUSTER)
    platform.add_link("m", "1Bps")
    platform.add_route("n-0", "n-1", ["m"])
    with pytest.raises(ws.PlatformError, match=r"route from 'n-0' to 'n-1'.*to a router of the zone"):
        ws.Simulation(platform)
    body = ZONE + CLUSTER
    platform = loaded(tmp_path, body)
    platform.add_host("x")
    with pytest.raises(ws.PlatformError, match="2 zones at its top"):
        ws.Simulation(platform)
    platform = loaded(tmp_path, body)
    platform.add_link("m", "1Bps")
    with pytest.raises(ws.PlatformError, match="2 zones at its top"):
        ws.Simulation(platform)
    assert ws.Simulation(loaded(tmp_path, ZONE)).host_names == ["a", "b"]


def test_properties_of_a_platform_built_in_code() -> None:
    platform = ws.Platform()
    platform.add_host("a")
    platform.add_link("l", "1Bps")
    platform.add_disk("a", size=1, read_bandwidth="1Bps", write_bandwidth="1Bps")
    platform.add_property("a", "ram", "1GB")
    platform.add_property("a", "wattage_per_state", "1:2:3")
    platform.add_property("l", "wattage_range", "1:2")
    platform.add_property("a", "size", "5GB", disk="disk")
    xml = platform.to_xml()
    for text in ('"ram" value="1GB"', '"wattage_per_state" value="1:2:3"', '"wattage_range"', '"size" value="5GB"'):
        assert text in xml
    assert ws.Simulation(platform).host_names == ["a"]
