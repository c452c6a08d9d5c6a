"""What providers ask for (rounding, minimum, requests, provisioned containers) and waste. GB are 1e9 bytes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import IMAGE_AT_HEAD, IMAGE_THERE, World

import wrench_serverless as ws


def costs(billing: ws.Billing | None, *seconds: float, memory: str = "500MB") -> tuple[list[float], list[float]]:
    world = World(nodes=1, billing=billing)
    world.call(world.function(memory=memory), *seconds)
    table = world.sim.results().invocations
    return list(table["billed_seconds"]), list(table["cost"])


def test_time_times_memory_times_price_and_each_request() -> None:
    billed, cost = costs(ws.Billing(per_gb_second=0.1, per_request=0.01), 1.0, 2.0)
    assert billed == pytest.approx([1, 2])
    assert cost == pytest.approx([0.01 + 0.05, 0.01 + 0.1])


def test_a_price_for_the_time_whatever_the_memory() -> None:
    assert costs(ws.Billing(per_second=2), 1.5)[1] == pytest.approx([3])


@pytest.mark.parametrize(
    ("seconds", "rounding", "billed"),
    [
        (0.3, 0.001, 0.3),
        (0.3001, 0.001, 0.301),
        (0.25, "100ms", 0.3),
        (0.3, "100ms", 0.3),  # not 0.4, whatever the last bits of the dates are
        (1.234567, 0, 1.234567),
        (0.0, 0.1, 0.0),
    ],
)
def test_rounding_up(seconds: float, rounding: float | str, billed: float) -> None:
    assert costs(ws.Billing(rounding=rounding), seconds)[0] == pytest.approx([billed], abs=1e-9)


def test_a_minimum() -> None:
    assert costs(ws.Billing(minimum="100ms"), 0.05, 0.2)[0] == pytest.approx([0.1, 0.2])


def test_without_billing_nothing_is_rounded_and_nothing_costs() -> None:
    billed, cost = costs(None, 0.12345)
    assert billed == pytest.approx([0.12345])
    assert cost == [0]


def test_binary_gigabytes() -> None:
    billing = ws.Billing(per_gb_second=1, gigabyte="1GiB")
    assert costs(billing, 1.0, memory="512MiB")[1] == pytest.approx([0.5])


def test_R14_refused_calls_cost_nothing() -> None:
    world = World(nodes=1, cores=1, queue_capacity=0, images_at_head=True, billing=ws.Billing(per_request=1))
    function = world.function()

    def main() -> None:
        world.manager.invoke(function, 1.0)
        with pytest.raises(ws.InvocationRefused):
            world.manager.invoke(function, 1.0)

    results = world.run(main)
    assert list(results.invocations["cost"]) == [1, 0]
    assert results.summary()["cost"] == 1


def test_R35_each_attempt_is_rounded_and_all_are_billed() -> None:
    world = World(nodes=1, billing=ws.Billing(per_gb_second=1, rounding=1))

    def body(_: object, storage: ws.StorageService) -> None:
        ws.sleep(0.4)
        raise LookupError

    world.call(world.function(body, memory="500MB", retries=2), None)
    table = world.sim.results().invocations
    assert list(table["billed_seconds"]) == pytest.approx([3])
    assert list(table["cost"]) == pytest.approx([1.5])


def test_R24_a_timed_out_call_costs_its_limit() -> None:
    world = World(nodes=1, billing=ws.Billing(per_second=1))
    world.call(world.function(time_limit=2), 100.0)
    assert list(world.sim.results().invocations["cost"]) == pytest.approx([2])


def test_R32_provisioned_containers_cost_from_their_claim_to_the_end() -> None:
    world = World(nodes=1, billing=ws.Billing(per_provisioned_gb_second=0.5, per_request=0.25))
    function = world.function(memory="200MB", provisioned_concurrency=2)

    def main() -> None:
        ws.sleep(9)
        world.manager.wait_one(world.manager.invoke(function, 1.0))

    results = world.run(main)
    assert list(results.containers["provisioned"]) == [True, True]
    summary = results.summary()
    seconds = 10 - IMAGE_AT_HEAD  # R16: they hold nothing before their image is at the head
    assert summary["provisioned"] == pytest.approx(2 * seconds * 0.2)
    assert summary["cost"] == pytest.approx(2 * seconds * 0.2 * 0.5 + 0.25)
    # Each was ready at 3 s; one had a body for a second.
    assert summary["idle"] == pytest.approx((7 + 6) * 0.2)


def test_idle_containers_are_the_providers_to_pay() -> None:
    world = World(nodes=1, keep_alive=5)
    function = world.function(memory="200MB")

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, 1.0))
        ws.sleep(20)

    summary = world.run(main).summary()
    assert summary["idle"] == pytest.approx(5 * 0.2)
    assert summary["billed"] == pytest.approx(0.2)
    assert math.isnan(summary["cost"])
    assert math.isnan(summary["provisioned"])


def test_several_providers_each_ask_for_themselves() -> None:
    world = World(nodes=2, node_store="5GB", node_memory="400MB")
    providers = [
        world.sim.create_serverless_compute_service(
            "head",
            ["node-0"],
            image_store="1GB",
            node_store="1GB",
            node_memory="300MB",
            name=f"p{price}",
            billing=ws.Billing(per_second=price),
        )
        for price in (1, 3)
    ]
    function = world.manager.register_function(
        world.manager.create_function("f", lambda input, storage: ws.sleep(1), world.image()), providers, memory="1MB"
    )
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(world.manager.invoke(function, provider=provider) for provider in providers)

    assert list(world.run(main).invocations["cost"]) == pytest.approx([1, 3])


def test_costs_are_kept_with_the_results(tmp_path: Path) -> None:
    world = World(nodes=1, billing=ws.Billing(per_second=2))
    world.call(world.function(), 1.0)
    results = world.sim.results()
    assert "cost" in results.invocations.to_pandas()
    results.save(tmp_path)
    again = ws.load_results(tmp_path)
    assert list(again.invocations["cost"]) == pytest.approx([2])
    assert again.summary()["cost"] == pytest.approx(2)


def test_what_a_billing_is() -> None:
    billing = ws.Billing(per_gb_second=1, per_request=2, per_second=3, per_provisioned_gb_second=4, minimum="1s")
    assert (billing.per_gb_second, billing.per_request, billing.per_second) == (1, 2, 3)
    assert (billing.per_provisioned_gb_second, billing.rounding, billing.minimum) == (4, 0.001, 1)
    assert billing.gigabyte == 10**9


@pytest.mark.parametrize(
    "name",
    ["per_gb_second", "per_request", "per_second", "per_provisioned_gb_second", "rounding", "minimum", "gigabyte"],
)
@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf, "much", None])
def test_a_wrong_price_is_an_error_that_names_it(name: str, wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        ws.Billing(**{name: wrong})


@settings(max_examples=30)
@given(
    st.floats(0, 2), st.floats(0, 2), st.sampled_from([0, 0.001, 0.1, 1]), st.floats(0, 1),
    st.lists(st.floats(0, 3), min_size=1, max_size=10),
)  # fmt: skip
def test_any_bill_adds_up(
    per_gb_second: float, per_request: float, rounding: float, minimum: float, seconds: list[float]
) -> None:
    world = World(
        nodes=1,
        billing=ws.Billing(per_gb_second=per_gb_second, per_request=per_request, rounding=rounding, minimum=minimum),
    )
    world.call(world.function(memory="250MB"), *seconds)
    table = world.sim.results().invocations
    for asked, billed, cost in zip(seconds, table["billed_seconds"], table["cost"], strict=True):
        least = max(asked, minimum)
        assert least - 2e-6 <= billed <= max(asked + rounding, minimum) + 2e-6
        if rounding > 0 and billed > minimum:
            assert billed / rounding == pytest.approx(round(billed / rounding))
        assert cost == pytest.approx(per_request + 0.25 * billed * per_gb_second)


def test_the_image_is_not_billed() -> None:
    world = World(nodes=1, billing=ws.Billing(per_second=1))
    (call,) = world.call(world.function(), 1.0)
    assert call.started == pytest.approx(IMAGE_THERE)
    assert list(world.sim.results().invocations["cost"]) == pytest.approx([1])
