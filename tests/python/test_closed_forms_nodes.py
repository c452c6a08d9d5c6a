"""Closed forms for nodes that differ, and for slots that are not cores: as in test_closed_forms.py."""

from __future__ import annotations

import numpy as np
import pytest
import theory
import theory_nodes
from theory_nodes import GIGA, Node

import wrench_serverless as ws


@pytest.mark.parametrize("experiment", theory_nodes.experiments(), ids=lambda one: f"{one.name}: {one.formula}")
def test_R7_closed_form(experiment: theory.Experiment) -> None:
    """Erlang's B, processor sharing on one core and on several, nodes at random: see theory_nodes.experiments."""
    estimate = experiment.estimate()
    assert estimate.half_width < experiment.narrow * experiment.expected
    assert abs(estimate.mean - experiment.expected) < estimate.half_width


def test_R7_a_body_takes_its_flops_over_the_speed_of_its_node() -> None:
    """T = flops / speed, by hand, on each of three nodes: the second and the third call find those before at work."""
    nodes = [Node(1, 0.5 * GIGA), Node(1, GIGA), Node(1, 4 * GIGA)]
    table = theory_nodes.simulate(
        np.array([0, 0.1, 0.1]), np.array([3e9, 3e9, 3e9]), nodes, ws.Profile(ws.Compute())
    ).invocations
    assert table["node"].tolist() == [0, 1, 2]
    assert (table["ended"] - table["started"]).tolist() == pytest.approx([6, 3, 0.75], rel=1e-12)


def test_R7_slots_twice_the_cores_share_them_evenly() -> None:
    """Two cores of 1 Gf, four slots, six bodies of 1 Gf: four share until 2 s, then two have a core each until 3 s."""
    table = theory_nodes.simulate(
        np.zeros(6), np.full(6, GIGA), [Node(2)], ws.Profile(ws.Compute()), slots=4
    ).invocations
    assert sorted(table["ended"].tolist()) == pytest.approx([2, 2, 2, 2, 3, 3], rel=1e-6)


def test_R7_fewer_slots_than_cores_leave_cores_unused() -> None:
    """Four cores, two slots: bodies of 1 s, two at a time."""
    table = theory_nodes.simulate(
        np.zeros(6), np.full(6, GIGA), [Node(4)], ws.Profile(ws.Compute()), slots=2
    ).invocations
    assert sorted(table["ended"].tolist()) == pytest.approx([1, 1, 2, 2, 3, 3], rel=1e-9)


def test_R7_the_speeds_of_nodes_weigh_the_mean_by_their_calls() -> None:
    """With one call at a time the first node takes all of them; with the load of all nodes each takes its share: the
    mean time is the sum over nodes of share × flops / speed, exactly, from the very table."""
    nodes = [Node(4, 0.5 * GIGA), Node(2, GIGA), Node(1, 4 * GIGA)]
    random = np.random.default_rng(5)
    table = theory_nodes.simulate(
        random.exponential(0.2, 2000), np.full(2000, GIGA), nodes, ws.Profile(ws.Compute())
    ).invocations
    shares = np.bincount(table["node"], minlength=3) / 2000
    assert (shares > 0).all()
    by_hand = float(sum(share * GIGA / node.speed for share, node in zip(shares, nodes, strict=True)))
    assert float(np.mean(table["ended"] - table["started"])) == pytest.approx(by_hand, rel=1e-9)


def test_R7_what_bodies_take_is_flops_over_speed_to_the_last_bit() -> None:
    """Random flops and dates on two nodes, as many slots as cores: nobody shares."""
    random = np.random.default_rng(3)
    nodes = [Node(1, GIGA), Node(2, 2.7 * GIGA)]
    flops = random.exponential(GIGA, 2000)
    table = theory_nodes.simulate(random.exponential(0.5, 2000), flops, nodes, ws.Profile(ws.Compute())).invocations
    for index, node in enumerate(nodes):
        here = table["node"] == index
        assert np.count_nonzero(here) > 200
        assert np.array_equal(table["ended"][here], table["started"][here] + flops[here] / node.speed)


@pytest.mark.parametrize("durations", theory.DURATIONS.values(), ids=theory.DURATIONS)
def test_R7_R30_slots_on_unequal_nodes_lose_the_very_calls_that_one_pool_loses(durations: theory.Draw) -> None:
    """Not only as many of them."""
    random = np.random.default_rng(1)
    gaps, values = random.exponential(1 / 7, 3000), durations(random, 3000)
    spread, pool = (
        theory_nodes.simulate(gaps, values, nodes, ws.Profile(ws.Sleep()), queue_capacity=0).invocations["state"]
        for nodes in ([Node(1), Node(2), Node(7)], [Node(10)])
    )
    assert 100 < np.count_nonzero(pool == ws.InvocationState.REFUSED) < 1000
    assert np.array_equal(spread, pool)
