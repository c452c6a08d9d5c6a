"""What public platforms document of themselves, as options: a starting point, not a model of everything that they do.

Each platform has two functions. One gives the options of a provider, the other those of a function there:

    provider = sim.create_serverless_compute_service("head", nodes, **ws.presets.aws_lambda())
    registered = manager.register_function(function, [provider], **ws.presets.aws_lambda_function(memory="1769MB"))

The result is a plain dictionary: change what you know better. The pages named document the values, which were written
down without visiting them again: check what your result depends on. Prices are in US dollars. How many nodes there
are, and how large they are, is the platform's: see each function for what fits. Start overheads depend on the runtime
and the code: no preset sets them.
"""

from __future__ import annotations

from typing import TypedDict

from wrench_serverless import _core
from wrench_serverless._fibres import Seconds, Size

__all__ = [
    "FunctionOptions",
    "ProviderOptions",
    "SlotOptions",
    "aws_lambda",
    "aws_lambda_function",
    "azure_consumption",
    "azure_consumption_function",
    "google_cloud_run",
    "google_cloud_run_function",
    "knative",
    "knative_function",
    "openwhisk",
    "openwhisk_function",
]


class ProviderOptions(TypedDict, total=False):
    """Options of `create_serverless_compute_service`."""

    keep_alive: Seconds
    concurrency: float
    queue_capacity: float | None
    max_concurrency: float | None
    burst_limit: float | None
    burst_rate: float | None
    cpu_per_memory: Size | None
    placement: _core.PlacementPolicy | None
    billing: _core.Billing | None


class SlotOptions(ProviderOptions, total=False):
    """The same with slots of their own."""

    slots: int


class FunctionOptions(TypedDict, total=False):
    """Options of `register_function`."""

    time_limit: Seconds | None
    memory: Size
    ephemeral_storage: Size
    concurrency: float | None
    provisioned_concurrency: int
    reserved_concurrency: float | None
    retries: _core.Retries | int | None


def _bytes(value: Size, name: str) -> int:
    return _core.to_bytes(value, name)


def _between(value: Size, name: str, least: Size, most: Size) -> Size:
    """The value, if it is within the platform's range."""
    if not _bytes(least, name) <= _bytes(value, name) <= _bytes(most, name):
        raise ValueError(f"{name} is {value}: the platform takes {least} to {most}")
    return value


def _seconds(value: Seconds, name: str, most: Seconds) -> Seconds:
    if _core.to_seconds(value, name) > _core.to_seconds(most, name):
        raise ValueError(f"{name} is {value}: the platform takes {most} at most")
    return value


def aws_lambda(*, account_concurrency: int = 1000, keep_alive: Seconds = "6min") -> ProviderOptions:
    """AWS Lambda, x86 in us-east-1.

    - Concurrency of an account 1,000, and beyond it errors (429): docs.aws.amazon.com/lambda/latest/dg/
      lambda-concurrency.html and gettingstarted-limits.html.
    - Each function gets 1,000 new environments at once and 1,000 more every 10 s, refilled all the time, and calls
      beyond are refused: docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html.
    - One call at a time in an environment; 1,769 MB of memory give one vCPU, less of it a share:
      docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. More of it gives more than one, which a
      body, being one thread, can't use.
    - $0.0000166667 per GB-s in steps of 1 ms, $0.20 per million requests; provisioned concurrency $0.0000041667 per
      GB-s: aws.amazon.com/lambda/pricing. (The time of calls that provisioned environments take is cheaper there, at
      $0.0000097222 per GB-s; here it costs the same.)
    - How long idle environments stay is not documented; measured are 5 to 7 minutes (mikhail.io/serverless/coldstarts/
      aws): `keep_alive`.

    AWS counts in binary: its MB are 2**20 bytes, its GB 2**30. Nodes need as many slots as are to run at once.
    """
    return {
        "keep_alive": keep_alive,
        "concurrency": 1,
        "queue_capacity": 0,
        "max_concurrency": account_concurrency,
        "burst_limit": 1000,
        "burst_rate": 100,
        "cpu_per_memory": "1769MiB",
        "billing": _core.Billing(
            per_gb_second=0.0000166667,
            per_request=0.20e-6,
            per_provisioned_gb_second=0.0000041667,
            rounding="1ms",
            gigabyte="1GiB",
        ),
    }


def aws_lambda_function(
    *, memory: Size = "128MiB", time_limit: Seconds = 3, ephemeral_storage: Size = "512MiB"
) -> FunctionOptions:
    """A function on AWS Lambda.

    - Memory 128 MB (the default) to 10,240 MB; a time limit of 3 s by default and 15 minutes at most; 512 MB of
      ephemeral storage, up to 10,240 MB: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
      configuration-function-common.html.
    - Asynchronous calls that fail are tried twice more, after one and two minutes:
      docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. (Those that are throttled are tried for
      up to 6 hours there; here they have the same attempts as the others.)
    """
    return {
        "memory": _between(memory, "memory", "128MB", "10240MiB"),
        "time_limit": _seconds(time_limit, "time_limit", "15min"),
        "ephemeral_storage": _between(ephemeral_storage, "ephemeral_storage", "512MB", "10240MiB"),
        "retries": _core.Retries(2, ["1min", "2min"], only_async=True),
    }


def google_cloud_run(*, keep_alive: Seconds = "15min", cpus: float = 1) -> ProviderOptions:
    """Google Cloud Run services, request-based billing in a tier-1 region.

    - 80 calls at once in an instance by default, 1,000 at most: cloud.google.com/run/docs/about-concurrency.
    - Idle instances stay for up to 15 minutes: cloud.google.com/run/docs/about-instance-autoscaling.
    - $0.000024 per vCPU-s and $0.0000025 per GiB-s in steps of 100 ms, $0.40 per million requests:
      cloud.google.com/run/pricing. `cpus`: of an instance, for the price. (An instance is billed once there while it
      has calls; here each call is billed for itself.)
    """
    return {
        "keep_alive": keep_alive,
        "concurrency": 80,
        "billing": _core.Billing(
            per_gb_second=0.0000025,
            per_second=0.000024 * cpus,
            per_request=0.40e-6,
            rounding="100ms",
            gigabyte="1GiB",
        ),
    }


def google_cloud_run_function(
    *, memory: Size = "512MiB", time_limit: Seconds = "5min", concurrency: float = 80, min_instances: int = 0
) -> FunctionOptions:
    """A service on Google Cloud Run.

    - 512 MiB of memory by default, 32 GiB at most: cloud.google.com/run/docs/configuring/services/memory-limits.
    - 5 minutes for a request by default, an hour at most: cloud.google.com/run/docs/configuring/request-timeout.
    - Up to 1,000 calls at once in an instance: cloud.google.com/run/docs/about-concurrency.
    - The file system of an instance is in its memory; ephemeral storage is 10 GB at most, here 512 MB.
    - Minimum instances: cloud.google.com/run/docs/configuring/min-instances.
    """
    if concurrency > 1000:
        raise ValueError(f"concurrency is {concurrency}: the platform takes 1000 at most")
    return {
        "memory": _between(memory, "memory", "128MiB", "32GiB"),
        "time_limit": _seconds(time_limit, "time_limit", "1h"),
        "concurrency": concurrency,
        "provisioned_concurrency": min_instances,
    }


def azure_consumption(*, keep_alive: Seconds = "20min") -> ProviderOptions:
    """Azure Functions, consumption plan on Windows.

    - A new instance each second at most for calls over HTTP: learn.microsoft.com/azure/azure-functions/
      event-driven-scaling.
    - $0.000016 per GB-s, of 100 ms at least, and $0.20 per million executions:
      azure.microsoft.com/pricing/details/functions.
    - How long idle instances stay is not documented; measured are about 20 minutes (mikhail.io/serverless/coldstarts/
      azure): `keep_alive`.
    """
    return {
        "keep_alive": keep_alive,
        "concurrency": 1,
        "burst_limit": 1,
        "burst_rate": 1,
        "billing": _core.Billing(per_gb_second=0.000016, per_request=0.20e-6, rounding="1ms", minimum="100ms"),
    }


def azure_consumption_function(
    *, memory: Size = "1536MB", time_limit: Seconds = "5min", instances: int = 200
) -> FunctionOptions:
    """A function app on Azure's consumption plan.

    - 200 instances at most, of 1.5 GB each: learn.microsoft.com/azure/azure-functions/functions-scale. With one call at
      a time in each: 200 calls under way.
    - 5 minutes by default, 10 at most: the same page.
    """
    return {
        "memory": _between(memory, "memory", "128MB", "1536MiB"),
        "time_limit": _seconds(time_limit, "time_limit", "10min"),
        "reserved_concurrency": instances,
    }


def knative(*, stable_window: Seconds = "60s", grace: Seconds = "30s") -> ProviderOptions:
    """Knative Serving, as it is installed.

    - 100 calls at once in a container, which is what the autoscaler takes for its target where none is given
      (`container-concurrency-target-default`): knative.dev/docs/serving/autoscaling/concurrency. A queue of the
      activator without a limit that matters.
    - A container goes when its revision has had no call for the stable window of 60 s and a grace period of 30 s:
      knative.dev/docs/serving/autoscaling/scale-to-zero: `keep_alive` is the sum of them. For the autoscaler itself
      give `scaling=ws.KnativeAutoscaler()` as well.
    """
    return {
        "keep_alive": _core.to_seconds(stable_window, "stable_window") + _core.to_seconds(grace, "grace"),
        "concurrency": 100,
    }


def knative_function(*, memory: Size = "128MB", time_limit: Seconds = "300s", min_scale: int = 0) -> FunctionOptions:
    """A service on Knative: 300 s for a call by default (knative.dev/docs/serving/configuration/config-defaults)."""
    return {"memory": memory, "time_limit": time_limit, "provisioned_concurrency": min_scale}


def openwhisk(*, invoker_memory: Size = "1024MB", keep_alive: Seconds = "10min") -> SlotOptions:
    """Apache OpenWhisk, as it is installed.

    - An invoker has 1,024 MB for the containers of users (`container-pool.user-memory`), and nothing else limits how
      many it runs: give nodes a `ram` of that size and of the images; `invoker_memory` only sets their slots, to as
      many as containers of the least size, 128 MB, would fit.
    - An action has a home invoker by hash, and goes on in steps where that is full (`HashAffinity`):
      core/controller/src/main/scala/org/apache/openwhisk/core/loadBalancer/ShardingContainerPoolBalancer.scala there.
    - One call at a time in a container, and idle containers stay for 10 minutes: github.com/apache/openwhisk,
      core/invoker/src/main/resources/application.conf and common/scala/src/main/resources/reference.conf
      (`whisk.container-pool`, `whisk.container-proxy.timeouts.idle-container`).
    """
    return {
        "slots": max(1, _bytes(invoker_memory, "invoker_memory") // 128_000_000),
        "placement": _core.HashAffinity(),
        "keep_alive": keep_alive,
        "concurrency": 1,
    }


def openwhisk_function(*, memory: Size = "256MB", time_limit: Seconds = "1min") -> FunctionOptions:
    """An action on Apache OpenWhisk.

    256 MB of memory by default, 128 to 512 MB; 1 minute by default, 5 at most: github.com/apache/openwhisk,
    docs/reference.md ("System limits").
    """
    return {
        "memory": _between(memory, "memory", "128MB", "512MB"),
        "time_limit": _seconds(time_limit, "time_limit", "5min"),
    }
