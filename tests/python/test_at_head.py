"""R16 from Python: where calls wait for their image, and the option `claims`."""

from __future__ import annotations

import pytest
from world import World, nap, near

import wrench_serverless as ws


def one_slot(claims: str | None) -> list[ws.Invocation]:
    """A warm function `a` and a far one `b` on one slot: `b` is called, a second later `a`."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=1, cores=1, ram="64GB", wan_bandwidth="20MBps"), seed=1)
    registry = sim.create_storage_service("user", capacity="1TB")
    options = {} if claims is None else {"claims": claims}
    provider = sim.create_serverless_compute_service("head", ["node-0"], **options)
    manager = sim.create_function_manager("user")
    a, b = (
        manager.register_function(
            manager.create_function(name, nap, manager.create_image(name, registry.create_file(name, size))), [provider]
        )
        for name, size in (("a", "50MB"), ("b", "800MB"))
    )
    calls: list[ws.Invocation] = []

    @sim.controller("user")
    def main() -> None:
        manager.wait_one(manager.invoke(a, 1))
        for function in (b, a):
            calls.append(manager.invoke(function, 1))
            ws.sleep(1)
        manager.wait_all(calls)

    sim.run()
    return calls


def test_R16_the_smallest_case() -> None:
    far, warm = one_slot(None)
    assert warm.started == warm.requested
    assert not warm.cold
    assert far.started - far.requested > 40


def test_R16_before_image_holds_the_slot() -> None:
    far, warm = one_slot("before_image")
    assert warm.started == far.ended


@pytest.mark.parametrize("claims", ["at_head", "before_image"])
def test_R16_one_alone_starts_at_the_same_time(claims: str) -> None:
    world = World(claims=claims)
    [call] = world.call(world.function(), 1.0)
    assert [call.assigned] == near(3)


@pytest.mark.parametrize("claims", ["", "athead", "AtHead", "at_head ", "\udc80"])
def test_R16_what_is_none_of_the_choices(claims: str) -> None:
    with pytest.raises(ValueError, match=r"claims is .*: give 'at_head', 'before_image' or 'each_pass'"):
        World(claims=claims)


@pytest.mark.parametrize("claims", [None, 1, True, b"at_head", ["at_head"]])
def test_R16_what_is_no_text(claims: object) -> None:
    with pytest.raises(TypeError, match=r"claims: give 'at_head', 'before_image' or 'each_pass', not "):
        World(claims=claims)


def test_R16_a_queued_call_at_the_head_counts_and_holds_nothing() -> None:
    world = World()
    function = world.function()

    @world.sim.controller("user")
    def main() -> None:
        call = world.manager.invoke(function, 1.0)
        assert call.state == ws.InvocationState.QUEUED
        assert world.provider.queued == 1
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(call, timeout=0.5)
        world.manager.wait_one(call)

    results = world.sim.run()
    assert list(results.containers["claimed"]) == near(1)


def test_R16_R38_no_fetch_takes_for_ever() -> None:
    """A link so thin that a fetch ended at no date that there is was a deadlock of all calls; it is no platform."""
    platform = ws.Platform.cluster(nodes=1, cores=1, ram="64GB")
    with pytest.raises(ValueError, match=r"bandwidth of link 'thin': '1e-300' is less than 1e-09; give a rate from"):
        platform.add_link("thin", "1e-300Bps")
