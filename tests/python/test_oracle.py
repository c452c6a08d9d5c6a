"""The recorded scenarios: times, nodes and outcomes must be those that WRENCH's own serverless service gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

import wrench_serverless as ws

SCENARIOS = sorted((Path(__file__).resolve().parents[1] / "oracle").glob("*.json"))
RELATIVE, ABSOLUTE = 0.01, 1e-3  # a time is right if it is near by either
NAMES = {"submit": "admitted", "dispatch": "assigned", "start": "started", "end": "ended"}  # theirs: ours
NOT_RECORDED = -1.0  # WRENCH gives no end to what it stops at its time limit


def build_platform(scenario: dict[str, Any]) -> ws.Platform:
    """User - wan - head, and a link of its own from the head to each node."""
    platform = ws.Platform()
    nodes = [f"Node{index}" for index in range(scenario["nodes"])]
    hosts = {"UserHost": "user_disk", "HeadHost": "head_disk", **dict.fromkeys(nodes, "node_disk")}
    for host, disk in hosts.items():
        platform.add_host(host, cores=scenario["cores"], speed=scenario["speed"], ram=scenario["ram"])
        bandwidths = {"read_bandwidth": scenario[disk]["read_bw"], "write_bandwidth": scenario[disk]["write_bw"]}
        platform.add_disk(host, size=scenario[disk]["size"], **bandwidths)
    wan, lan = scenario["wan"], scenario["lan"]
    platform.add_link("wan", bandwidth=wan["bw"], latency=wan["lat"])
    platform.add_route("UserHost", "HeadHost", ["wan"])
    for node in nodes:
        platform.add_link(f"lan-{node}", bandwidth=lan["bw"], latency=lan["lat"])
        platform.add_route("HeadHost", node, [f"lan-{node}"])
    return platform


def body(input: dict[str, Any], storage: ws.StorageService) -> None:
    kind, amount = input["kind"], input["amount"]
    if kind == "sleep":
        ws.sleep(amount)
    elif kind == "exec":
        ws.compute(amount)
    elif kind == "write":
        storage.write("f", amount)
    elif kind == "fail":
        raise RuntimeError("this body fails")
    else:
        raise AssertionError(f"unknown kind of body: {kind}")


def register(
    sim: ws.Simulation, manager: ws.FunctionManager, scenario: dict[str, Any], options: dict[str, Any]
) -> dict[str, ws.RegisteredFunction]:
    assert scenario["scheduler"] == "fcfs"
    provider = sim.create_serverless_compute_service(
        "HeadHost",
        nodes=[f"Node{index}" for index in range(scenario["nodes"])],
        image_store=scenario["head_disk"]["size"],
        slots=scenario["cores"],
        cold_start_overhead=scenario["startup_overhead"],
        dispatch_overhead=scenario["processing_overhead"],
        keep_alive=scenario["idle_timeout"],
        **options,
    )
    registry = sim.create_storage_service("UserHost", capacity=scenario["user_disk"]["size"])
    images = {
        image["name"]: manager.create_image(
            image["name"], registry.create_file(image["name"], image["size"]), memory=image["ram"]
        )
        for image in scenario["images"]
    }
    return {
        function["name"]: manager.register_function(
            manager.create_function(function["name"], body, images[function["image"]]),
            [provider],
            time_limit=function["time_limit"],
            memory=function["ram"],
            ephemeral_storage=function["disk"],
        )
        for function in scenario["functions"]
    }


def simulate(
    scenario: dict[str, Any], disk_sharing: Literal["weighted", "simgrid"] = "weighted", **options: Any
) -> list[ws.Invocation]:
    """The invocations, in the order of the scenario, after all of them have ended."""
    sim = ws.Simulation(build_platform(scenario), seed=1, disk_sharing=disk_sharing)
    manager = sim.create_function_manager("UserHost")
    registered = register(sim, manager, scenario, options)
    invocations: list[ws.Invocation] = []

    @sim.controller("UserHost")
    def client() -> None:
        for call in scenario["invocations"]:
            if call["t"] > ws.now():
                ws.sleep(call["t"] - ws.now())
            invocations.append(manager.invoke(registered[call["f"]], call))
        manager.wait_all(invocations)

    sim.run()
    return invocations


def check(invocation: ws.Invocation, expected: dict[str, Any], time_limit: float) -> None:
    times = {theirs: getattr(invocation, ours) for theirs, ours in NAMES.items()}
    recorded = {theirs: expected[theirs] for theirs in NAMES}
    if recorded["end"] == NOT_RECORDED:
        recorded["end"] = expected["start"] + time_limit
        assert invocation.state == ws.InvocationState.TIMED_OUT
    assert times == pytest.approx(recorded, rel=RELATIVE, abs=ABSOLUTE)
    assert invocation.node == expected["node"]
    assert (invocation.state == ws.InvocationState.COMPLETED) == expected["ok"]


def test_all_scenarios_are_here() -> None:
    assert len(SCENARIOS) == 12


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_oracle(path: Path) -> None:
    recorded = json.loads(path.read_text())
    scenario = recorded["scenario"]
    limits = {function["name"]: function["time_limit"] for function in scenario["functions"]}
    invocations = simulate(scenario)
    assert len(invocations) == len(scenario["invocations"]) == len(recorded["expected"])
    for invocation, call, expected in zip(invocations, scenario["invocations"], recorded["expected"], strict=True):
        check(invocation, expected, limits[call["f"]])
