"""Cases that nobody would write on purpose: each element and attribute of platform files, and each option of SimGrid,
with odd values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

HEAD = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"

# Together they have every element that SimGrid knows, in zones of every kind of routing.
FILES = {
    "hosts": """<platform version="4.1">
<config id="c"><prop id="network/model" value="LV08"/><prop id="precision/timing" value="1e-9"/></config>
<zone id="z" routing="Full"><prop id="note" value="x"/>
<host id="a" speed="1Gf,500Mf" core="2" pstate="0" coordinates="1 2 3" speed_file="" state_file=""
      availability_file=""><disk id="d" read_bw="100MBps" write_bw="80MBps"><prop id="size" value="10GB"/></disk>
  <prop id="ram" value="8GB"/></host>
<host id="b" speed="2Gf"/>
<router id="r" coordinates=""/>
<link id="l" bandwidth="125MBps" latency="50us" sharing_policy="SHARED" bandwidth_file="" latency_file=""
      state_file=""><prop id="wattage_range" value="1:2"/></link>
<link id="m" bandwidth="1Gbps" latency="1ms" sharing_policy="SPLITDUPLEX"/>
<route src="a" dst="b" symmetrical="YES"><link_ctn id="l"/><link_ctn id="m" direction="UP"/></route>
<route src="a" dst="r"><link_ctn id="l"/></route><route src="b" dst="r"><link_ctn id="l"/></route>
<trace id="t" periodicity="10">0 1
5 0.5
</trace><trace_connect kind="SPEED" trace="t" element="b"/>
<trace id="u" periodicity="-1">1 1e6
2 1e7
</trace><trace_connect kind="BANDWIDTH" trace="u" element="l"/>
<bypassRoute src="b" dst="a"><link_ctn id="l"/></bypassRoute>
</zone></platform>""",
    "cluster": """<platform version="4.1">
<cluster id="c" prefix="n-" suffix=".x" radical="0-3,7" speed="1Gf" core="4" bw="125MBps" lat="50us"
  sharing_policy="SPLITDUPLEX" topology="FLAT" topo_parameters="" bb_bw="2GBps" bb_lat="5us" bb_sharing_policy="SHARED"
  router_id="" limiter_link="1GBps" loopback_bw="1GBps" loopback_lat="1us"><prop id="ram" value="1GB"/></cluster>
</platform>""",
    "torus": """<platform version="4.1"><zone id="z" routing="Full">
<cluster id="c" prefix="n-" suffix="" radical="0-11" speed="1Gf" bw="125MBps" lat="50us" topology="TORUS"
  topo_parameters="3,2,2" loopback_bw="1GBps"/></zone></platform>""",
    "fat tree": """<platform version="4.1"><zone id="z" routing="Full">
<cluster id="c" prefix="n-" suffix="" radical="0-15" speed="1Gf" bw="125MBps" lat="50us" topology="FAT_TREE"
  topo_parameters="2;4,4;1,2;1,2"/></zone></platform>""",
    "dragonfly": """<platform version="4.1"><zone id="z" routing="Full">
<cluster id="c" prefix="n-" suffix="" radical="0-23" speed="1Gf" bw="125MBps" lat="50us" topology="DRAGONFLY"
  topo_parameters="2,1;3,1;2,1;2" limiter_link="1GBps"/></zone></platform>""",
    "star": """<platform version="4.1"><zone id="z" routing="Cluster">
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/><router id="r"/>
<link id="l" bandwidth="125MBps" latency="50us"/><link id="m" bandwidth="125MBps" latency="50us"/>
<backbone id="bb" bandwidth="1GBps" latency="1ms"/>
<host_link id="a" up="l" down="l"/><host_link id="b" up="m" down="m"/>
<cabinet id="k" prefix="k-" suffix="" radical="1-3" speed="1Gf" bw="125MBps" lat="1ms"/>
</zone></platform>""",
    "peers": """<platform version="4.1"><zone id="z" routing="Vivaldi">
<peer id="a" speed="1Gf" bw_in="10MBps" bw_out="5MBps" lat="" coordinates="25.5 9.4 1.4" speed_file=""
  availability_file="" state_file=""/>
<peer id="b" speed="1Gf" bw_in="10MBps" bw_out="5MBps" coordinates="-12.7 -9.9 2.1"/></zone></platform>""",
    "zones": """<platform version="4.1"><AS id="z" routing="Floyd">
<zone id="x" routing="Dijkstra"><host id="a" speed="1Gf"/><router id="ra"/><link id="l" bandwidth="1MBps"/>
<route src="a" dst="ra"><link_ctn id="l"/></route></zone>
<zone id="y" routing="DijkstraCache"><host id="b" speed="1Gf"/><router id="rb"/><link id="m" bandwidth="1MBps"/>
<route src="b" dst="rb"><link_ctn id="m"/></route></zone>
<link id="n" bandwidth="1MBps" latency="1ms"/>
<zoneRoute src="x" dst="y" gw_src="ra" gw_dst="rb" symmetrical="YES"><link_ctn id="n"/></zoneRoute>
<bypassZoneRoute src="y" dst="x" gw_src="rb" gw_dst="ra"><link_ctn id="n"/></bypassZoneRoute></AS></platform>""",
    "old names": """<platform version="4"><AS id="z" routing="Full">
<AS id="x" routing="Full"><host id="a" speed="1Gf"/></AS><AS id="y" routing="None"><host id="b" speed="1Gf"/></AS>
<link id="n" bandwidth="1MBps" latency="1ms"/>
<ASroute src="x" dst="y" gw_src="a" gw_dst="b" symmetrical="NO"><link_ctn id="n"/></ASroute>
<ASroute src="y" dst="x" gw_src="b" gw_dst="a" symmetrical="NO"><link_ctn id="n"/></ASroute>
<bypassASroute src="x" dst="y" gw_src="a" gw_dst="b"><link_ctn id="n"/></bypassASroute></AS></platform>""",
    "wireless": """<platform version="4.1"><zone id="z" routing="Wifi"><prop id="access_point" value="r"/>
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/><router id="r"/>
<link id="AP" sharing_policy="WIFI" bandwidth="54Mbps,36Mbps" latency="0ms"/></zone></platform>""",
}

ODD_VALUES = [
    "", " ", "0", "-0", "-1", "1", "2", "3.7", "-3.7", "nan", "inf", "-inf", "NaN", "1e308", "1e-308", "1e-320",
    "1e400", "-1e308", "99999999999999999999", "2147483648", "-2147483649", "1,5", "1;2", "1:2", "0x10", "1e3", "1Gf",
    "-1Gf",
    "0Gf", "1e308Gf", "nanGf", "1MBps", "0Bps", "-5MBps", "infBps", "1s", "-1ms", "1e308s", "1 furlong", "a", "b", "z",
    "nobody", "YES", "no", "UP", "SHARED", "WIFI", "FATPIPE", "Full", "Star", "Cluster", "TORUS", "0-3", "3-0", "0-",
    "-",
    "0-99999999", "1,1", ",", ";;;", "2;2", "1 2", "1 2 3", "1 2 nan", "é", "日本", "x" * 5000, "%s%n%s", "&lt;&amp;",
    "/dev/zero", "/dev/urandom", "/dev/null", "/", "missing.txt", "True", "None", "+1", "1_000", "#", "a\tb", "'", "..",
]  # fmt: skip

# Values that are no number, and more of them where SimGrid may have its own ideas.
OPTION_VALUES = [
    "", " ", "0", "-0", "-1", "1", "2", "nan", "inf", "-inf", "1e308", "-1e308", "1e-308", "1e-320", "1e400", "1e9",
    "1e-9", "0.5", "1e-5", "99999999999999999999", "2147483648", "abc", "yes", "no", "help", "None",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    name: str
    text: str | None = None  # of a platform file, its head included
    config: dict[str, str] = field(default_factory=dict)
    # What has to be in the message if it is refused: a pattern.
    words: str = ""

    def as_bytes(self) -> bytes:
        assert self.text is not None
        return self.text.encode("utf-8", "surrogateescape")


# The file, the line, the attribute and its element; or, once all of the file has been read, what the platform lacks.
REFUSAL = (
    r"PlatformError: platform file '[^']*': line \d+: (\w+ of <\w+>|<prop> '.*' of <config>|<!DOCTYPE)|"
    r"PlatformError: the platform has no route from host|"
    r"PlatformError: platform file '[^']*': it has no host"
)

ATTRIBUTE = re.compile(r'([\w]+)="([^"]*)"')
ELEMENT = re.compile(r"<(\w+)([^<>]*?)(/?)>")


def value_cases() -> Iterator[Case]:
    """Every attribute of every element, with every odd value; those of clusters in each topology."""
    seen: set[tuple[str, str]] = set()
    for kind, body in FILES.items():
        for tag in ELEMENT.finditer(body):
            for attribute in ATTRIBUTE.finditer(tag.group(2)):
                name = tag.group(1) if tag.group(1) != "cluster" else f"{kind} cluster"
                if (name, attribute.group(1)) in seen:
                    continue
                seen.add((name, attribute.group(1)))
                start = tag.start(2) + attribute.start(2)
                end = tag.start(2) + attribute.end(2)
                for value in ODD_VALUES:
                    text = HEAD + body[:start] + value.replace('"', "&quot;") + body[end:]
                    yield Case(f"{kind}: <{tag.group(1)}> {attribute.group(1)}={value[:30]!r}", text, words=REFUSAL)


def shape_cases() -> Iterator[Case]:
    """Attributes and elements that are missing, double, misspelt, or somewhere else; bytes that are no XML."""
    for kind, body in FILES.items():
        for tag in ELEMENT.finditer(body):
            name, attributes = tag.group(1), tag.group(2)
            for attribute in ATTRIBUTE.finditer(attributes):
                start, end = tag.start(2) + attribute.start(), tag.start(2) + attribute.end()
                yield Case(f"{kind}: <{name}> without {attribute.group(1)}", HEAD + body[:start] + body[end:])
                yield Case(
                    f"{kind}: <{name}> {attribute.group(1)} twice",
                    HEAD + body[:end] + " " + attribute.group() + body[end:],
                )
            yield Case(
                f"{kind}: <{name}> with another attribute", HEAD + body[: tag.end(1)] + ' odd="1"' + body[tag.end(1) :]
            )
            yield Case(f"{kind}: <{name}> misspelt", HEAD + body[: tag.end(1)] + "x" + body[tag.end(1) :])
            yield Case(f"{kind}: cut off in <{name}>", HEAD + body[: tag.start() + len(tag.group()) // 2])
            yield Case(f"{kind}: cut off after <{name}>", HEAD + body[: tag.end()])
            if tag.group(3):
                yield Case(f"{kind}: two of <{name}>", HEAD + body[: tag.end()] + tag.group() + body[tag.end() :])
                yield Case(f"{kind}: no <{name}>", HEAD + body[: tag.start()] + body[tag.end() :])
                yield Case(f"{kind}: <{name}> first", HEAD + body.replace(">", ">" + tag.group(), 1))
    good = HEAD + FILES["hosts"]
    for name, text in {
        "nothing": "",
        "no head": FILES["hosts"],
        "no declaration": HEAD.splitlines()[1] + FILES["hosts"],
        "no doctype": HEAD.splitlines()[0] + FILES["hosts"],
        "a byte order mark": "\ufeff" + good,
        "another encoding": good.replace("'1.0'", "'1.0' encoding='ISO-8859-1'").replace('id="r"', 'id="\udce9"'),
        "an unknown encoding": good.replace("'1.0'", "'1.0' encoding='EBCDIC'"),
        "bytes": good.replace('id="r"', 'id="\udce9"'),
        "UTF-16": "\udcff\udcfe<\0p\0",
        "zeros": "\0" * 100,
        "a zero": good.replace("note", "no\0te"),
        "an entity": good.replace('value="x"', 'value="&x;"'),
        "a character": good.replace('value="x"', 'value="&#233;&#x65e5;"'),
        "no character": good.replace('value="x"', 'value="&#0;&#xd800;"'),
        "own entities": good.replace('simgrid.dtd">', 'simgrid.dtd" [<!ENTITY x "y">]>'),
        "a CDATA section": good.replace("<zone", "<![CDATA[x]]><zone"),
        "an instruction": good.replace("<zone", "<?do this?><zone"),
        "a comment": good.replace("<zone", "<!-- <zone -- <link bandwidth='-1'> --><zone"),
        "an open comment": good.replace("<zone", "<!-- <zone"),
        "deep zones": HEAD + '<platform version="4.1">' + '<zone id="z" routing="Full">' * 3000,
        "many hosts": HEAD
        + '<platform version="4.1"><zone id="z" routing="Full">'
        + "".join(f'<host id="h{i}" speed="1Gf"/>' for i in range(2000))
        + "</zone></platform>",
        "two platforms": good + FILES["hosts"],
        "words at the end": good + "the end",
    }.items():
        yield Case(f"text: {name}", text)


GOOD = Case("good", HEAD + FILES["hosts"])


def platform_cases() -> list[Case]:
    return [*value_cases(), *shape_cases()]


def option_cases(options: list[str]) -> list[Case]:
    """Every option with every odd value, by itself and some in pairs; in a call and in a file."""
    cases = [Case(f"option {name}={value!r}", None, {name: value}) for name in options for value in OPTION_VALUES]
    plugins = ["task", "cmonkey", "host_dvfs", "host_energy", "host_load", "vm_load", "link_energy", "link_energy_wifi",
               "link_load", "battery", "chiller", "solar_panel"]  # fmt: skip
    choices = {
        "plugin": plugins,
        "network/model": ["raw", "LV08", "CM02", "SMPI", "Constant", "IB", "ns-3"],
        "host/model": ["default", "ptask_L07"],
        "cpu/optim": ["Lazy", "Full", "TI"],
        "network/optim": ["Lazy", "Full"],
        "contexts/factory": ["raw", "thread", "boost"],
        **{f"{part}/solver": ["maxmin", "fairbottleneck", "bmf"] for part in ("cpu", "disk", "network", "host")},
        "network/bandwidth-factor": ["0:1", "10:0", "1:2:3", "a:b", ":", ";", "10:.9;0:.5", "65472:0.94;0:-1", "1:nan"],
        "network/latency-factor": ["0:1", "10:0", "1:2:3", "a:b", ":", ";", "10:.9;0:.5", "65472:0.94;0:-1", "1:inf"],
    }
    for name, values in choices.items():
        cases += [Case(f"option {name}={value!r}", None, {name: value}) for value in values]
    parts = [
        ("cpu/optim", "Full"), ("cpu/maxmin-selective-update", "no"), ("cpu/maxmin-selective-update", "yes"),
        ("network/optim", "Full"), ("network/maxmin-selective-update", "no"),
        ("network/maxmin-selective-update", "yes"),
        ("network/model", "CM02"), ("network/model", "raw"), ("network/crosstraffic", "no"), ("network/TCP-gamma", "0"),
        ("network/weight-S", "0"), ("surf/precision", "1e-6"), ("maxmin/precision", "1e-3"), ("smpi/bw-factor", "0.5"),
    ]  # fmt: skip
    for first, second in itertools.combinations(parts, 2):
        if first[0] != second[0]:
            cases.append(Case(f"options {first} and {second}", None, dict([first, second])))
    prop = '<prop id="precision/timing" value="1e-9"/>'
    for case in cases[:: 7 if len(cases) > 700 else 1]:
        (name, value), *rest = case.config.items()
        if not rest and '"' not in value:
            body = FILES["hosts"].replace(prop, f'<prop id="{name}" value="{value}"/>')
            cases.append(Case(f"in a file: {case.name}", HEAD + body))
    return cases
