"""R37 and R38: hosts and links that vary by themselves. Times as in world.py, where nothing else is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import CONFIG, near

import wrench_serverless as ws

Profile = ws.ResourceProfile


def star(**profiles: dict[str, ws.ResourceProfile]) -> ws.Platform:
    """World's platform with two nodes; profiles by host or link: node_1={"state_profile": ...}."""
    platform = ws.Platform()
    platform.add_router("hub")
    for name in ("user", "head", "node-0", "node-1"):
        platform.add_host(name, cores=2, speed="1Gf", ram="1GB", **profiles.get(name.replace("-", "_"), {}))
        platform.add_disk(name, size="10GB", read_bandwidth="100MBps", write_bandwidth="100MBps")
        link = "to-" + name
        platform.add_link(link, "100MBps", 0, "splitduplex", **profiles.get(link.replace("-", "_"), {}))
        platform.add_route(name, "hub", [link])
    return platform


class Cloud:
    """World, on such a platform: an image is in a node's memory after 3 s."""

    def __init__(self, platform: ws.Platform | Path, nodes: int = 1, **options: object) -> None:
        self.sim = ws.Simulation(platform, seed=1, config=CONFIG)
        self.registry = self.sim.create_storage_service("user", capacity="5GB")
        self.provider = self.sim.create_serverless_compute_service(
            "head", [f"node-{i}" for i in range(nodes)], image_store="5GB", node_store="5GB", **options
        )
        self.manager = self.sim.create_function_manager("user")
        image = self.manager.create_image("image", self.registry.create_file("image", "100MB"), memory="100MB")
        body = self.manager.create_function("nap", lambda seconds, _storage: ws.sleep(seconds), image)
        self.function = self.manager.register_function(body, [self.provider], memory="100MB", ephemeral_storage="100MB")

    def invoke(self, seconds: float) -> ws.Invocation:
        return self.manager.invoke(self.function, seconds)


def test_R37_an_idle_node_goes_off_and_on_at_its_dates() -> None:
    cloud = Cloud(star(node_0={"state_profile": Profile([(7, 0), (20, 1)])}))
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.invoke(1))
        cloud.manager.wait_one(calls[0])
        assert cloud.sim.now == pytest.approx(4)
        ws.sleep(6)  # nothing at all goes on while the node goes off
        assert not cloud.sim.host("node-0").is_on
        calls.append(cloud.invoke(1))  # waits for the node
        cloud.manager.wait_one(calls[1])

    cloud.sim.add_controller("user", main)
    results = cloud.sim.run()
    assert calls[1].state == ws.InvocationState.COMPLETED
    assert [calls[1].admitted, calls[1].started] == near(10, 21)  # off at 7, on at 20; from disk into memory: 1 s
    assert [results.containers["ended"][0], results.containers["reason"][0]] == near(7, ws.ContainerEnd.FAILED)


def test_R37_a_body_that_runs_when_its_node_goes_off_fails_then() -> None:
    cloud = Cloud(star(node_0={"state_profile": Profile([(5, 0)], period=8)}))  # and is never on again
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.invoke(10))
        cloud.manager.wait_one(calls[0])

    cloud.sim.add_controller("user", main)
    cloud.sim.run()
    assert [calls[0].started, calls[0].ended] == near(3, 5)
    assert isinstance(calls[0].failure, ws.HostFailure)


def test_R37_claims_of_a_node_that_goes_off_while_they_wait_are_placed_again() -> None:
    cloud = Cloud(star(node_0={"state_profile": Profile([(1.5, 0)])}), nodes=2)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.invoke(1))  # on its way to node-0, from the head's image store
        cloud.manager.wait_all(calls)

    cloud.sim.add_controller("user", main)
    cloud.sim.run()
    assert calls[0].node == "node-1"
    assert calls[0].started == pytest.approx(3.5)  # 1 s to the node and 1 s into its memory, from 1.5


def test_R37_a_head_that_is_off_from_the_start_refuses() -> None:
    cloud = Cloud(star(head={"state_profile": Profile([(0, 0), (4, 1)])}))

    def main() -> None:
        with pytest.raises(ws.HostFailure, match="head"):
            cloud.invoke(1)
        ws.sleep(4)
        assert cloud.sim.host("head").is_on
        cloud.manager.wait_one(cloud.invoke(1))

    cloud.sim.add_controller("user", main)
    assert cloud.sim.run().now == pytest.approx(8)


def test_R37_a_node_that_is_off_from_the_start_takes_nothing_until_it_is_on() -> None:
    cloud = Cloud(star(node_0={"state_profile": Profile([(0, 0), (4, 1)])}))
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.invoke(1))
        cloud.manager.wait_all(calls)

    cloud.sim.add_controller("user", main)
    cloud.sim.run()
    assert calls[0].started == pytest.approx(6)  # R16: its image came to the head meanwhile


def test_R38_nothing_waits_for_ever_for_a_profile_that_repeats() -> None:
    cloud = Cloud(star(node_0={"state_profile": Profile([(0, 0)], period=1)}, user={}))

    def main() -> None:
        cloud.manager.wait_one(cloud.invoke(1))

    cloud.sim.add_controller("user", main, name="main")
    with pytest.raises(ws.Deadlock, match="'main'"):
        cloud.sim.run()


def test_R38_a_link_by_profile_fails_what_moves_over_it() -> None:
    platform = star(to_head={"state_profile": Profile([(0.5, 0), (2, 1)], period=100)})
    cloud = Cloud(platform)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.invoke(1))
        cloud.manager.wait_all(calls)
        ws.sleep(1.5)
        calls.append(cloud.invoke(1))
        cloud.manager.wait_all(calls)

    cloud.sim.add_controller("user", main)
    cloud.sim.run()
    assert [calls[0].ended, calls[1].started] == near(0.5, 5)
    assert isinstance(calls[0].failure, ws.TransferFailure)


@pytest.mark.parametrize("config", [CONFIG, {}])
def test_speed_bandwidth_and_latency_by_profile(config: dict[str, object]) -> None:
    """1e9 flops at 1 Gf, of which half from 0.5 s on, a quarter from 1 s on: 0.5 + 0.25 of it done at 1 s, 1 s more."""
    platform = star(
        node_0={"speed_profile": Profile([(0, 1), (0.5, 0.5), (1, 0.25)])},
        node_1={"speed_profile": Profile([(1, 1e-9), (3, 1)], period=10)},
        to_node_0={"bandwidth_profile": Profile([(10, 50e6), (11, 10e6)]), "latency_profile": Profile([(20, 2)])},
    )
    sim = ws.Simulation(platform, config=config)
    source = sim.create_storage_service("user", capacity="5GB")
    target = sim.create_storage_service("node-0", capacity="5GB")
    source.create_file("file", "100MB")
    source.create_file("empty", 0)
    ends: dict[str, float] = {}

    def compute(name: str, flops: float) -> None:
        ws.compute(flops)
        ends[name] = ws.now()

    def move() -> None:
        ws.sleep(10)
        source.copy("file", target)  # 50 MB in the first second, and 10 MB in each of the next five
        ends["copy"] = ws.now()
        ws.sleep(25 - ws.now())
        source.copy("empty", target)
        ends["empty"] = ws.now()

    sim.add_controller("node-0", compute, "slower", 1e9)
    sim.add_controller("node-1", compute, "stalled", 2e9)  # 1 s, then nothing until 3
    sim.add_controller("user", move)
    sim.run()
    assert ends["slower"] == pytest.approx(2)
    assert ends["stalled"] == pytest.approx(4)
    if config:
        assert ends["copy"] == pytest.approx(16)
        assert ends["empty"] == pytest.approx(27)
    else:
        assert ends["copy"] == pytest.approx(16, rel=0.1)


RATE = 0.97 / 1.05  # of a link's bandwidth, for one transfer alone: SimGrid's LV08, acknowledgements and all
WAIT = 13.01  # times the latency
FULL = {"network/optim": "Full"}


def two_hosts(link: str, **options: object) -> ws.Platform:
    platform = ws.Platform()
    for host in "ab":
        platform.add_host(host)
        platform.add_disk(host, size="1TB", read_bandwidth="1GBps", write_bandwidth="1GBps")
    platform.add_link("l", link, "1ms", **options)
    platform.add_route("a", "b", ["l"])
    return platform


def copy(
    platform: ws.Platform | Path, size: str = "5MB", config: dict[str, object] | None = None, hosts: str = "ab"
) -> float:
    sim = ws.Simulation(platform, config=config)
    source, target = (sim.create_storage_service(host, "1GB") for host in hosts)
    source.create_file("file", size)
    sim.add_controller("a", lambda: source.copy("file", target))
    return sim.run().now


@pytest.mark.parametrize("config", [None, FULL])
def test_R38_a_transfer_follows_the_bandwidth_of_its_link(config: dict[str, object] | None) -> None:
    def time(*points: tuple[float, float], **options: object) -> float:
        return copy(two_hosts("1MBps", bandwidth_profile=Profile(points), **options), config=config)

    wait = WAIT * 0.001
    # While it waits for its latency; what comes much later is no matter.
    assert time((0, 1e6), (0.001, 2e6), (1000, 3e6)) == pytest.approx(wait + 5e6 / (RATE * 2e6))
    assert time((0, 1e6), (0.001, 2e6)) == pytest.approx(2.7192, abs=1e-4)
    # Under way: faster; slower and faster.
    assert time((0, 1e6), (1, 5e6)) == pytest.approx(1.8851, abs=1e-4)
    moved = RATE * ((1 - wait) * 1e6 + 1e5)
    assert time((0, 1e6), (1, 1e5), (2, 1e7)) == pytest.approx(2 + (5e6 - moved) / (RATE * 1e7))
    assert time((0, 1e6), (1, 5e6), sharing="splitduplex") == pytest.approx(1.8851, abs=0.1)  # no room for answers
    # Faster than the disks, at both ends of the stream.
    assert time((0, 1e6), (1, 1e12)) == pytest.approx(1 + (5e6 - RATE * (1 - wait) * 1e6) / 1e9)


def test_R38_a_window_of_tcp_follows_the_latency_of_its_link() -> None:
    window = 0.97 * 4194304 / 2
    platform = two_hosts("1GBps", latency_profile=Profile([(0, 0.1), (2, 0.02)]))
    expected = 2 + (100e6 - (2 - WAIT * 0.1) * window / 0.1) / (window / 0.02)
    assert copy(platform, "100MB") == pytest.approx(expected)
    assert copy(platform, "100MB", config=FULL) == pytest.approx(expected)


def test_R38_files_of_platforms_and_their_loopbacks_vary_alike(tmp_path: Path) -> None:
    (tmp_path / "bandwidth").write_text("0.001 2e6\n1000 3e6\n")
    (tmp_path / "latency").write_text("0.002 0.5\n")
    platform = tmp_path / "platform.xml"
    disk = (
        '<disk id="disk" read_bw="1GBps" write_bw="1GBps">'
        '<prop id="size" value="1TB"/><prop id="mount" value="/"/></disk>'
    )
    platform.write_text(
        '<?xml version="1.0"?><!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">'
        '<platform version="4.1"><zone id="world" routing="Full">'
        f'<host id="a" speed="1Gf">{disk}</host>'
        f'<host id="b" speed="1Gf">{disk}</host>'
        '<link id="l" bandwidth="1MBps" latency="1ms" bandwidth_file="bandwidth" latency_file="latency"/>'
        '<link id="loop" bandwidth="1MBps" latency="1ms" sharing_policy="FATPIPE" bandwidth_file="bandwidth"/>'
        '<route src="a" dst="a"><link_ctn id="loop"/></route>'
        '<route src="a" dst="b"><link_ctn id="l"/></route></zone></platform>'
    )
    assert copy(platform) == pytest.approx(WAIT * 0.001 + 5e6 / (RATE * 2e6))
    # A fatpipe has room for answers.
    assert copy(platform, hosts="aa") == pytest.approx(WAIT * 0.001 + 5e6 / (0.97 * 2e6))


def test_the_same_profiles_from_a_file_and_again_in_the_same_process(tmp_path: Path) -> None:
    """Profiles that repeat for ever: SimGrid's own calendar of them would outlive its engine."""
    platform = star(
        node_0={"state_profile": Profile([(5, 0), (9, 1)], period=10), "speed_profile": Profile([(0, 1)], period=3)},
        to_node_0={"state_profile": Profile([(100, 0)]), "bandwidth_profile": Profile([(0, 1e8)], period=7)},
    )
    path = tmp_path / "platform.xml"
    platform.to_xml(path)
    dates: list[list[float]] = []
    for source in (platform, path, platform, path):
        cloud = Cloud(source)
        seen: list[float] = []

        def main(cloud: Cloud = cloud, seen: list[float] = seen) -> None:
            for _ in range(3):
                call = cloud.invoke(3)
                cloud.manager.wait_one(call)
                seen.extend([call.started, call.ended])

        cloud.sim.add_controller("user", main)
        cloud.sim.run()
        dates.append(seen)
    assert dates[0][:3] == near(3, 5, 10)
    assert dates.count(dates[0]) == 4


def test_files_of_profiles_traces_and_laws(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("# off for ever\nPERIODICITY 100\n 2.5 0\n\n3 1\n")
    (tmp_path / "platform.xml").write_text("""<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="a&amp;b" speed="1Gf" state_file="state" speed_file=""/> <host id="b" speed="1Gf"/>
<link id="l" bandwidth="100MBps" latency="0s" sharing_policy="SPLITDUPLEX" state_file="state"/>
<!-- <trace id="t" periodicity="10">nonsense</trace> -->
<trace id="t" periodicity="-1">STOCHASTIC LOOP
EXP 10 UNIF 0.5 0.7
DET 1 NORM 0.1 1
LOOPAFTER 2</trace><trace_connect kind="SPEED" trace="t" element="b"/>
<route src="a&amp;b" dst="b"><link_ctn id="l" direction="UP"/></route>
</zone></platform>""")
    ends: list[float] = []
    for seed in (1, 1, 2):
        sim = ws.Simulation(tmp_path / "platform.xml", seed=seed)
        seen: list[tuple[float, bool]] = []

        def watch(sim: ws.Simulation = sim, seen: list[tuple[float, bool]] = seen) -> None:
            for date in (2.4, 2.6, 3.1, 102.6):
                ws.sleep(date - ws.now())
                seen.append((sim.host("a&b").is_on, sim.link("l").is_on))

        def compute() -> None:
            ws.compute(20e9)
            ends.append(ws.now())

        sim.add_controller("b", watch)
        sim.add_controller("b", compute)
        sim.run()
        assert seen == [(True, True), (False, False), (True, True), (False, False)]
    assert ends[0] == ends[1] != ends[2]  # the seed decides (R29)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<host id="c" speed="1Gf" state_file="missing"/>', "no profile 'missing'"),
        ('<trace id="t" periodicity="1">1 0\n0 1</trace><trace_connect trace="t" element="a"/>', "must ascend"),
        ('<trace id="t" periodicity="1">0 high</trace><trace_connect trace="t" element="a"/>', "'high' is no number"),
        ('<trace id="t" periodicity="0">-1 1</trace><trace_connect trace="t" element="a"/>', ">= 0"),
        ('<trace id="t" periodicity="1">1 1\n2 0</trace><trace_connect trace="t" element="a"/>', "round"),
        ('<trace id="t" periodicity="0">LOOPAFTER 0\n0 1</trace><trace_connect trace="t" element="a"/>', "take some"),
        ('<trace id="t" periodicity="0">EXP 1 1</trace><trace_connect trace="t" element="a"/>', "STOCHASTIC"),
        ('<trace id="t" periodicity="0">1 1</trace><trace_connect trace="t" element="x"/>', "'x'"),
        ('<trace id="t" periodicity="0">1</trace><trace_connect trace="t" element="a"/>', "number is missing"),
        ('<trace_connect trace="t" element="a"/>', "no <trace> 't' above it"),
    ],
)
def test_bad_profiles_in_files(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "platform.xml"
    path.write_text(f"""<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full"><host id="a" speed="1Gf"/>{body}</zone></platform>""")
    with pytest.raises(ws.PlatformError, match=message):
        ws.Simulation(path)


@pytest.mark.parametrize(
    ("points", "period", "message"),
    [
        ([], None, "no points"),
        ([(1, 0.5)], None, "1 .on. or 0 .off."),
        ([(-1, 0)], None, ">= 0"),
        ([(2, 0), (1, 1)], None, "ascend"),
        ([(float("nan"), 0)], None, "finite"),
        ([(2, 0)], 1, "period is 1"),
        ([(0, 0)], 0, "period is 0"),
    ],
)
def test_bad_profiles_in_code(points: list[tuple[float, float]], period: float | None, message: str) -> None:
    platform = ws.Platform()
    with pytest.raises(ValueError, match=f"state_profile of host 'a'.*{message}"):
        platform.add_host("a", state_profile=Profile(points, period))
    platform.add_host("a")
    with pytest.raises(ValueError, match=r"bandwidth_profile of link 'l'.*must be positive"):
        platform.add_link("l", 1e6, bandwidth_profile=Profile([(1, 0)]))
    with pytest.raises(ValueError, match=r"speed_profile of host 'c'.*must be positive"):
        platform.add_host("c", speed_profile=Profile([(1, 0)]))
    with pytest.raises(TypeError):
        platform.add_host("b", state_profile=[(1, 0)])  # type: ignore[arg-type]


def test_a_profile_shows_what_it_is() -> None:
    profile = Profile([(1, 0), (2, 1)], period=3)
    assert profile.points == [(1, 0), (2, 1)]
    assert profile.period == 3
