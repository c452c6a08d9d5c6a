"""Presets: what they say, that providers take it, and that what is asked of them within it is the platform's."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from world import CONFIG, IMAGE_THERE, nap, platform

import wrench_serverless as ws

PLATFORMS = ["aws_lambda", "google_cloud_run", "azure_consumption", "knative", "openwhisk"]


def provider_options(name: str) -> ws.presets.ProviderOptions:
    make: Callable[[], ws.presets.ProviderOptions] = getattr(ws.presets, name)
    return make()


def function_options(name: str) -> ws.presets.FunctionOptions:
    make: Callable[[], ws.presets.FunctionOptions] = getattr(ws.presets, f"{name}_function")
    return make()


class Cloud:
    def __init__(self, provider: Any, function: Any, body: Any = nap, image_at_head: bool = False) -> None:
        self.sim = ws.Simulation(platform(nodes=4, cores=64, ram="64GB", disk="1TB"), config=CONFIG)
        store = self.sim.create_storage_service("head", capacity="5GB")
        if image_at_head:
            store.create_file("image", "100MB")
        registry = self.sim.create_storage_service("user", capacity="5GB")
        self.provider = self.sim.create_serverless_compute_service(
            "head", [f"node-{i}" for i in range(4)], image_store=store, **provider
        )
        self.manager = self.sim.create_function_manager("user")
        image = self.manager.create_image("image", registry.create_file("image", "100MB"))
        self.function = self.manager.register_function(
            self.manager.create_function("f", body, image), [self.provider], **function
        )

    def run(self, main: Callable[[], Any]) -> ws.Results:
        self.sim.add_controller("user", main)
        return self.sim.run()


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_provider_and_a_function_take_the_preset(name: str) -> None:
    cloud = Cloud(provider_options(name), function_options(name))
    results = cloud.run(lambda: cloud.manager.wait_one(cloud.manager.invoke(cloud.function, 1.0)))
    assert results.summary()["completed"] == 1


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_preset_is_a_fresh_dictionary_that_may_be_changed(name: str) -> None:
    options = provider_options(name)
    options["keep_alive"] = 1
    assert provider_options(name)["keep_alive"] != 1


def test_every_preset_names_its_sources() -> None:
    names = [name for name in ws.presets.__all__ if not name.endswith("Options")]
    assert sorted(names) == sorted([*PLATFORMS, *(f"{name}_function" for name in PLATFORMS)])
    for name in names:
        text = inspect.getdoc(getattr(ws.presets, name))
        assert text is not None
        assert any(site in text for site in (".com/", ".dev/")), name


def test_the_types_are_those_of_the_calls() -> None:
    source = inspect.getsource(ws.presets)
    fields = {
        node.name: {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }
    create = inspect.signature(ws.Simulation.create_serverless_compute_service).parameters
    register = inspect.signature(ws.FunctionManager.register_function).parameters
    assert fields["ProviderOptions"] <= set(create)
    assert fields["FunctionOptions"] <= set(register)


def test_aws_lambda_as_documented() -> None:
    options, function = ws.presets.aws_lambda(), ws.presets.aws_lambda_function()
    assert (options["max_concurrency"], options["queue_capacity"]) == (1000, 0)
    assert (options["burst_limit"], options["burst_rate"]) == (1000, 1000 / 10)
    billing = options["billing"]
    assert billing is not None
    assert (billing.per_gb_second, billing.per_request, billing.rounding) == (0.0000166667, 0.2e-6, 0.001)
    retries = function["retries"]
    assert isinstance(retries, ws.Retries)
    assert (retries.count, retries.delays, retries.only_async) == (2, [60, 120], True)


def test_aws_lambda_costs_what_its_price_list_says() -> None:
    # The price list's example: 3 million calls of 120 ms with 1,536 MB are 540,000 GB-s, $9.00, and $0.60 of calls.
    function = ws.presets.aws_lambda_function(memory="1536MiB")
    cloud = Cloud(ws.presets.aws_lambda(), function)
    results = cloud.run(lambda: cloud.manager.wait_one(cloud.manager.invoke(cloud.function, 0.12)))
    assert 3e6 * results.invocations["cost"][0] == pytest.approx(9.00 + 0.60, rel=1e-5)


def test_aws_lambda_refuses_the_call_beyond_its_concurrency() -> None:
    cloud = Cloud(ws.presets.aws_lambda(account_concurrency=5), ws.presets.aws_lambda_function())

    def main() -> None:
        for _ in range(5):
            cloud.manager.invoke(cloud.function, 1.0)
        with pytest.raises(ws.InvocationRefused, match="max_concurrency is 5"):
            cloud.manager.invoke(cloud.function, 1.0)

    cloud.run(main)


def test_aws_lambda_gives_half_a_core_for_half_the_memory() -> None:
    def work(flops: float, storage: ws.StorageService) -> None:
        ws.compute(flops)

    cloud = Cloud(ws.presets.aws_lambda(), ws.presets.aws_lambda_function(memory=1769 * 2**19), work)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(cloud.manager.invoke(cloud.function, 1e9))

    cloud.run(main)
    assert calls[0].ended == pytest.approx(IMAGE_THERE + 2)


def test_cloud_run_takes_80_at_once() -> None:
    cloud = Cloud(ws.presets.google_cloud_run(), ws.presets.google_cloud_run_function())
    results = cloud.run(lambda: [cloud.manager.invoke(cloud.function, 1.0) for _ in range(81)])
    assert list(results.containers["invocations"]) == [80, 1]


def test_azure_starts_one_instance_a_second() -> None:
    cloud = Cloud(ws.presets.azure_consumption(), ws.presets.azure_consumption_function(), image_at_head=True)
    results = cloud.run(lambda: [cloud.manager.invoke(cloud.function, 100.0) for _ in range(4)])
    assert list(results.containers["claimed"]) == pytest.approx([0, 1, 2, 3])


def test_azure_has_200_instances() -> None:
    assert ws.presets.azure_consumption_function()["reserved_concurrency"] == 200


def test_knative_scales_as_its_autoscaler_says() -> None:
    # 300 calls at once wake up one container. At the next tick they are more than 200 % of its target of 70: a panic,
    # and ceil(300 / 70) = 5. The last one stays for a stable window without calls, and the grace after it.
    cloud = Cloud(ws.presets.knative(), ws.presets.knative_function(), image_at_head=True)
    first = []

    def main() -> None:
        calls = [cloud.manager.invoke(cloud.function, 200.0) for _ in range(300)]
        cloud.manager.wait_all(calls)
        first.append(ws.now())
        ws.sleep(300)

    containers = cloud.run(main).containers
    assert len(containers["claimed"]) == 5
    assert sorted(containers["claimed"])[:2] == [0, 2]
    assert set(containers["reason"]) == {ws.ContainerEnd.SCALED_DOWN}
    assert first[0] + 60 < max(containers["ended"]) <= first[0] + 60 + 30 + 2 * 2


def test_knative_has_its_autoscaler_and_its_queue() -> None:
    assert isinstance(ws.presets.knative()["scaling"], ws.KnativeAutoscaler)
    assert ws.presets.knative()["queue_capacity"] == 10_000
    assert ws.presets.knative_function()["time_limit"] == "300s"


def test_openwhisk_fits_by_memory() -> None:
    options = ws.presets.openwhisk()
    assert options["slots"] == 8
    assert ws.presets.openwhisk(invoker_memory="4GB")["slots"] == 31
    assert ws.presets.openwhisk_function()["memory"] == "256MB"


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: ws.presets.aws_lambda_function(memory="100MB"), "memory is 100MB"),
        (lambda: ws.presets.aws_lambda_function(memory="20GB"), "memory is 20GB"),
        (lambda: ws.presets.aws_lambda_function(time_limit="16min"), "time_limit is 16min"),
        (lambda: ws.presets.aws_lambda_function(ephemeral_storage=1), "ephemeral_storage"),
        (lambda: ws.presets.google_cloud_run_function(concurrency=1001), "concurrency is 1001"),
        (lambda: ws.presets.azure_consumption_function(memory="2GB"), "memory"),
        (lambda: ws.presets.azure_consumption_function(time_limit="11min"), "time_limit"),
        (lambda: ws.presets.openwhisk_function(memory="1GB"), "memory"),
        (lambda: ws.presets.openwhisk_function(time_limit="1h"), "time_limit"),
        (lambda: ws.presets.openwhisk(invoker_memory="big"), "invoker_memory"),
        (lambda: ws.presets.knative(stable_window="long"), "stable_window"),
    ],
)
def test_what_the_platform_does_not_take_is_an_error_that_names_it(make: Callable[[], object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        make()
