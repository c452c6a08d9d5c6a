"""Whatever a platform file or an option of SimGrid says: a typed error, or a run that ends; and the next simulation is
as it would have been. A seeded share of the cases; `make hostile` runs them all."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import hostile_cases
import hostile_run
import pytest

import wrench_serverless as ws
from wrench_serverless import _core


@pytest.fixture
def listening() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT, and so would the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def file_of(tmp_path: Path, body: str, head: str = hostile_cases.HEAD) -> Path:
    path = tmp_path / "platform.xml"
    path.write_text(head + f'<platform version="4.1">{body}</platform>', encoding="utf-8")
    return path


def zone(body: str) -> str:
    return f'<zone id="z" routing="Full"><host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>\n{body}</zone>'


def refused(tmp_path: Path, body: str) -> str:
    with pytest.raises(ws.PlatformError) as error:
        ws.Platform.from_file(file_of(tmp_path, body))
    return str(error.value)


def copied(platform: ws.Platform, **options: object) -> float:
    """When 5 MB have been copied from the first host to the last one."""
    ends = platform.host_names[0], platform.host_names[-1]
    for name in ends:
        platform.add_disk(name, "extra", size="1GB", read_bandwidth="1GBps", write_bandwidth="1GBps", mount="/extra")
    sim = ws.Simulation(platform, **options)  # type: ignore[arg-type]
    first, second = (sim.create_storage_service(name, "1GB", "/extra") for name in ends)
    first.create_file("f", "5MB")
    sim.add_controller(ends[0], lambda: first.copy("f", second))
    return sim.run().now


@pytest.mark.parametrize("kind", ["platforms", "options"])
def test_a_share_of_all_cases(kind: str) -> None:
    counts, faults = hostile_run.try_all(kind, share={"platforms": 0.02, "options": 0.06}[kind], seed=1)
    assert not faults
    assert counts["cases"] >= 150
    assert counts["ran"] > 0
    assert counts["PlatformError"] > 0


def test_every_option_and_every_attribute_is_tried() -> None:
    assert len(_core.simgrid_options()) >= 87
    assert len(hostile_cases.platform_cases()) >= 4000
    assert len(hostile_cases.option_cases(_core.simgrid_options())) >= 2000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<link id="l" bandwidth="0Bps"/>', "line 4: bandwidth of <link> 'l': '0Bps' is not positive"),
        ('<link id="l" bandwidth="-1MBps"/>', "bandwidth of <link> 'l': '-1MBps' is negative"),
        ('<link id="l" bandwidth="nan"/>', "bandwidth of <link> 'l': 'nan' is not finite"),
        ('<link id="l" bandwidth="1MBps" latency="-1s"/>', "latency of <link> 'l': '-1s' is negative"),
        ('<link id="l" bandwidth="1MBps" sharing_policy="WIFI"/>', "sharing_policy of <link> 'l': 'WIFI'"),
        ('<link id="l" bandwidth="1MBps" sharing_policy="fair"/>', "there is no 'fair'; give SHARED, SPLITDUPLEX"),
        ('<host id="c" speed="-1Gf"/>', "line 4: speed of <host> 'c': '-1Gf' is negative"),
        ('<host id="c" speed="0"/>', "speed of <host> 'c': '0' is not positive"),
        ('<host id="c" speed="inf"/>', "speed of <host> 'c': 'inf' is not finite"),
        ('<host id="c" speed="1Gf" core="1e308"/>', "core of <host> 'c': '1e308' is no whole number"),
        ('<host id="c" speed="1Gf" core="1,5"/>', "core of <host> 'c': '1,5' is no whole number"),
        ('<host id="c" speed="1Gf" core="99999999999999999999"/>', "core of <host> 'c': '9999.* is out of range"),
        ('<host id="c" speed="1Gf"><disk id="d" read_bw="0" write_bw="1MBps"/></host>', "read_bw of <disk> 'd': '0'"),
        ('<host id="c" speed="1Gf"><disk id="d" read_bw="1" write_bw="-1"/></host>', "write_bw of <disk> 'd': '-1'"),
        ('<host id="c" speed="1Gf" pstate="1"/>', "pstate of <host> 'c'"),
        ('<host id="c" speed="1Gf" cores="2"/>', "<host> has no attribute 'cores'; it has id, speed, core"),
    ],
)
def test_values_name_line_element_and_attribute(tmp_path: Path, body: str, words: str) -> None:
    message = refused(tmp_path, zone(body))
    assert message.startswith(f"platform file '{tmp_path / 'platform.xml'}': line 4: ")
    head, _, tail = words.partition(".*")
    assert head in message
    assert tail in message


def test_the_routings_that_there_are(tmp_path: Path) -> None:
    message = refused(tmp_path, '<zone id="z" routing="Star"><host id="a" speed="1Gf"/></zone>')
    assert "routing of <zone> 'z': there is no 'Star'; give Full, Floyd, Dijkstra, DijkstraCache, Cluster" in message


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "/dev/urandom", "binary"])
def test_profiles_that_never_end(tmp_path: Path, kind: str) -> None:
    name = kind
    if kind == "fifo":
        os.mkfifo(tmp_path / "fifo")
    elif kind == "binary":
        (tmp_path / "binary").write_bytes(bytes(range(256)))
    message = refused(tmp_path, zone(f'<host id="c" speed="1Gf" state_file="{name}"/>'))
    assert ("no text" if kind == "binary" else "is not a regular file") in message


def test_encodings(tmp_path: Path) -> None:
    path = file_of(tmp_path, zone('<host id="h\u00e9" speed="1Gf"/>'))
    text = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8-sig")  # with a byte order mark
    assert ws.Simulation(path).host_names == ["a", "b", "h\u00e9"]
    path.write_text(text.replace("'1.0'", "'1.0' encoding='ISO-8859-1'"), encoding="latin-1")
    assert ws.Simulation(path).host_names == ["a", "b", "h\u00e9"]
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ws.PlatformError, match=r"line 4: byte 233 is no UTF-8"):
        ws.Simulation(path)
    path.write_text(text, encoding="utf-16")
    with pytest.raises(ws.PlatformError, match="UTF-16"):
        ws.Simulation(path)


CLUSTER = '<cluster id="c" prefix="n-" suffix="" radical="{}" speed="1Gf" bw="125MBps" lat="1ms" bb_bw="1GBps"/>'


def test_a_cluster_alone_ends_as_others_do(tmp_path: Path) -> None:
    path = file_of(tmp_path, CLUSTER.format("0-3"))
    for _ in range(3):
        assert copied(ws.Platform.from_file(path)) > 0
        assert ws.Simulation(file_of(tmp_path, zone(""))).host_names == ["a", "b"]
        path = file_of(tmp_path, CLUSTER.format("0-3"))


def test_too_many_hosts(tmp_path: Path) -> None:
    assert "radical of <cluster> 'c': '0-99999999' makes too many hosts" in refused(
        tmp_path, CLUSTER.format("0-99999999")
    )
    with pytest.raises(ValueError, match="nodes: 100000000; give at most 1000000"):
        ws.Platform.cluster(nodes=10**8)


def interrupted(call: object) -> None:
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        while True:
            call()  # type: ignore[operator]


def test_ctrl_c_while_a_platform_is_built(listening: None) -> None:
    others: list[int] = []
    end = threading.Event()

    def count() -> None:
        while not end.wait(0.001):
            others.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        interrupted(lambda: ws.Platform.cluster(nodes=200_000))
    finally:
        end.set()
        thread.join()
    assert others


def test_ctrl_c_while_a_platform_is_tried(tmp_path: Path, listening: None) -> None:
    path = file_of(tmp_path, CLUSTER.format("0-39999"))
    interrupted(lambda: ws.Simulation(path))
    assert copied(ws.Platform.cluster()) > 0


def test_one_thread_at_a_time_creates_a_simulation(tmp_path: Path) -> None:
    path = file_of(tmp_path, CLUSTER.format("0-9999"))
    outcomes: list[str] = []

    def create() -> None:
        try:
            ws.Simulation(path)
            outcomes.append("made")
        except ws.Error as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "made" in outcomes
    assert all(outcome == "made" or "another thread" in outcome for outcome in outcomes)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"network/model": "Constant"}, "give LV08, CM02, SMPI or raw"),
        ({"cpu/optim": "TI"}, "give Lazy or Full"),
        ({"tracing": True, "tracing/uncategorized": True}, "traces would miss"),
        ({"maxmin/precision": -1}, "is negative"),
        ({"maxmin/precision": "inf"}, "is not finite"),
        ({"maxmin/precision": 1e9}, "is out of range"),
        ({"precision/work-amount": "nan"}, "is not finite"),
        ({"precision/timing": 0}, "is not positive"),
        ({"surf/precision": -1}, "is negative"),
        ({"network/bandwidth-factor": 0}, "is not positive"),
        ({"network/bandwidth-factor": -1}, "is negative"),
        ({"network/bandwidth-factor": 1e308}, "is out of range"),
        ({"network/bandwidth-factor": "abc"}, "is no number"),
        ({"network/weight-S": "inf"}, "is not finite"),
        ({"model-check/replay": "1;2"}, "not model-checked"),
        ({"plugin": "host_energy"}, 'set cpu_sharing to "simgrid"'),
        ({"plugin": "battery"}, "is not supported"),
        ({"cpu/maxmin-selective-update": False}, "'cpu/optim:Full'"),
    ],
)
def test_options_are_checked(config: dict[str, object], words: str) -> None:
    with pytest.raises(ws.PlatformError) as error:
        ws.Simulation(ws.Platform.cluster(), config=config)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "config",
    [
        {"cpu/optim": "Full", "cpu/maxmin-selective-update": False},
        {"network/optim": "Full", "network/maxmin-selective-update": False},
        {"network/model": "CM02", "smpi/bw-factor": 0.5},
        {"network/model": "SMPI"},
        {"precision/timing": 1e-6},
        {"network/loopback-bw": 1e6},
    ],
)
def test_options_of_one_simulation_do_not_change_the_next(config: dict[str, object]) -> None:
    before = copied(ws.Platform.cluster())
    copied(ws.Platform.cluster(), config=config)
    assert copied(ws.Platform.cluster()) == before


def test_energy_with_simgrid_s_own_cpu_sharing() -> None:
    before = copied(ws.Platform.cluster())
    assert copied(ws.Platform.cluster(), config={"plugin": "host_energy"}, cpu_sharing="simgrid") == before
    assert copied(ws.Platform.cluster()) == before


def test_the_environment_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRENCH_SERVERLESS_CHECK", "abc")
    with pytest.raises(ValueError, match="WRENCH_SERVERLESS_CHECK is 'abc': give 0 or 1"):
        ws.Simulation(ws.Platform.cluster())


def test_products_of_profiles_stay_finite() -> None:
    platform = ws.Platform()
    with pytest.raises(ValueError, match=r"speed_profile of host 'a'.*at most 1e\+100"):
        platform.add_host("a", speed="1Gf", speed_profile=ws.ResourceProfile([(0, 1e308)]))
    with pytest.raises(ValueError, match="at least a microsecond"):
        platform.add_host("a", state_profile=ws.ResourceProfile([(0, 1)], period=1e-300))
