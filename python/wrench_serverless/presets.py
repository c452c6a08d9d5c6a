"""What public platforms document of themselves, as options: a starting point, not a model of everything that they do.

Each platform has two functions. One gives the options of a provider, the other those of a function there::

    provider = sim.create_serverless_compute_service("head", nodes, **ws.presets.aws_lambda())
    registered = manager.register_function(function, [provider], **ws.presets.aws_lambda_function(memory="1769MiB"))

The result is a dictionary: change what you know better. It may have policies in it, and a policy serves one provider:
call the function once for each provider. The values were compared with public copies of the pages
named, of 2020 to 2025; those that no copy of its own page confirmed say so beside them. Platforms change: check what
your result depends on. Prices are in US dollars. How many nodes there are, and how large they are, is the platform's:
see each function for what fits. Start overheads depend on the runtime and the code: no preset sets them.
"""

from __future__ import annotations

import math
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
    burst_limit: int | None
    burst_rate: float | None
    cpu_per_memory: Size | None
    placement: _core.PlacementPolicy | None
    scaling: _core.ScalingPolicy | None
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


def _count(value: float, name: str, least: int, most: float) -> float:
    if not least <= value <= most:
        raise ValueError(
            f"{name} is {value}: the platform takes {least} {f'to {most:g}' if most < math.inf else 'or more'}"
        )
    return value


def aws_lambda(*, account_concurrency: int = 1000, keep_alive: Seconds = "6min") -> ProviderOptions:
    """AWS Lambda, x86 in us-east-1.

    - Concurrency of an account 1,000, and beyond it errors (429): docs.aws.amazon.com/lambda/latest/dg/
      lambda-concurrency.html and gettingstarted-limits.html.
    - Each function gets 1,000 new environments at once and 1,000 more every 10 s, refilled all the time, and calls
      beyond are refused: docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html.
    - One call at a time in an environment; 1,769 MB of memory give one vCPU, less of it a share:
      docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html, as others quote it. More of it gives more
      than one, which a body, being one thread, can't use.
    - $0.20 per million requests, time in steps of 1 ms: aws.amazon.com/lambda/pricing. The page's copies lack the
      present table; $0.0000166667 per GB-s, and $0.0000041667 for provisioned concurrency, are as many others quote it.
      (The time of calls that provisioned environments take is cheaper there, quoted as $0.0000097222 per GB-s; here it
      costs the same. Provisioning is rounded up to 5 minutes there, here it is not.)
    - How long idle environments stay is not documented; measured in January 2021 were 5 to 7 minutes
      (mikhail.io/serverless/coldstarts/big3, as others quote it), and 10 in 2019: `keep_alive`.

    AWS counts in binary (gettingstarted-limits.html): its MB are 2**20 bytes, its GB 2**30. Nodes need as many slots as
    are to run at once.
    """
    return {
        "keep_alive": keep_alive,
        "concurrency": 1,
        "queue_capacity": 0,
        "max_concurrency": int(_count(account_concurrency, "account_concurrency", 0, math.inf)),
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

    - Memory 128 MB (the default) to 10,240 MB, a time limit of 15 minutes at most, 512 MB of ephemeral storage:
      docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Ephemeral storage up to 10 GB:
      aws.amazon.com/blogs/compute/using-larger-ephemeral-storage-for-aws-lambda. Not confirmed: a time limit of 3 s by
      default.
    - Asynchronous calls that fail are tried twice more, after one and two minutes:
      docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. (Those that are throttled are tried for
      up to 6 hours there; here they have the same attempts as the others.)
    """
    return {
        "memory": _between(memory, "memory", "128MiB", "10240MiB"),
        "time_limit": _seconds(time_limit, "time_limit", "15min"),
        "ephemeral_storage": _between(ephemeral_storage, "ephemeral_storage", "512MB", "10240MiB"),
        "retries": _core.Retries(2, ["1min", "2min"], only_async=True),
    }


def google_cloud_run(*, keep_alive: Seconds = "15min", cpus: float = 1) -> ProviderOptions:
    """Google Cloud Run services, request-based billing in a tier-1 region.

    - 80 calls at once in an instance by default, 1,000 at most: cloud.google.com/run/docs/about-concurrency.
    - Idle instances stay for up to 15 minutes: cloud.google.com/run/docs/about-instance-autoscaling, as others quote
      it. Calls wait for an instance for a few seconds at most there; here they wait for as long as it takes.
    - $0.000024 per vCPU-s in steps of 100 ms: cloud.google.com/run/pricing; $0.0000025 per GiB-s and $0.40 per million
      requests as others quote that page. `cpus`: of an instance, for the price. (An instance is billed once there
      while it has calls; here each call is billed for itself.)
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
    - The file system of an instance is in its memory (the memory page); here ephemeral storage is apart from it.
    - Minimum instances: cloud.google.com/run/docs/about-instance-autoscaling.
    """
    return {
        "memory": _between(memory, "memory", "128MiB", "32GiB"),
        "time_limit": _seconds(time_limit, "time_limit", "1h"),
        "concurrency": _count(concurrency, "concurrency", 1, 1000),
        "provisioned_concurrency": int(_count(min_instances, "min_instances", 0, math.inf)),
    }


def azure_consumption(*, keep_alive: Seconds = "20min") -> ProviderOptions:
    """Azure Functions, consumption plan on Windows.

    - A new instance each second at most for calls over HTTP: learn.microsoft.com/azure/azure-functions/
      event-driven-scaling.
    - $0.000016 per GB-s and $0.20 per million executions: gist.github.com/paulbatum/2b16c5f92351ed1c59e3a2b8a727ca97;
      azure.microsoft.com/pricing/details/functions shows prices only where it runs. There the memory that is observed
      is billed, in steps of 128 MB; here the function's. Not confirmed: steps of 1 ms, and 100 ms at least.
    - How long idle instances stay is not documented; measured were 20 minutes in 2019
      (mikhail.io/2019/08/aws-lambda-cold-starts-after-10-minutes), mostly 20 to 30 in 2021: `keep_alive`.
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

    - 200 instances at most (100 on Linux): learn.microsoft.com/azure/azure-functions/functions-scale; of 1.5 GB each:
      event-driven-scaling there. With one call at a time in each, which is ours: 200 calls under way.
    - 5 minutes by default, 10 at most: functions-scale.
    """
    return {
        "memory": _between(memory, "memory", "128MB", "1536MiB"),
        "time_limit": _seconds(time_limit, "time_limit", "10min"),
        "reserved_concurrency": int(_count(instances, "instances", 0, 200)),
    }


def knative(*, stable_window: Seconds = "60s", grace: Seconds = "30s") -> ProviderOptions:
    """Knative Serving, as it is installed.

    - The Knative Pod Autoscaler: a target of 70 % of 100 calls at once in a container, averaged over 60 s, or over 10 %
      of that in a panic, from 200 % of the target on; up by 1,000 times at most and down by 2, every 2 s; 30 s of grace
      before the last container goes: github.com/knative/serving, config/core/configmaps/autoscaler.yaml, and
      knative.dev/docs/serving/autoscaling/kpa-specific. Those are what `KnativeAutoscaler` has for its defaults.
    - 10,000 calls wait in the activator: `breakerQueueDepth` in its source (pkg/activator/net/throttler.go: the file's
      name is not confirmed). There it is for each revision, here for the provider.
    - A container takes any number of calls there (`container-concurrency: 0` in config/core/configmaps/defaults.yaml),
      and the activator spreads them. Here it takes 100, the autoscaler's target, so that they are spread at all.
    - `keep_alive` matters only where you take `scaling` out: the two windows one after the other.
    """
    return {
        "keep_alive": _core.to_seconds(stable_window, "stable_window") + _core.to_seconds(grace, "grace"),
        "concurrency": 100,
        "queue_capacity": 10_000,
        "scaling": _core.KnativeAutoscaler(stable_window=stable_window, scale_to_zero_grace=grace),
    }


def knative_function(*, memory: Size = "128MB", time_limit: Seconds = "300s", min_scale: int = 0) -> FunctionOptions:
    """A service on Knative.

    300 s for a call by default: github.com/knative/serving, config/core/configmaps/defaults.yaml
    (`revision-timeout-seconds`). It has no default for memory: 128 MB is ours.
    """
    return {
        "memory": memory,
        "time_limit": time_limit,
        "provisioned_concurrency": int(_count(min_scale, "min_scale", 0, math.inf)),
    }


def openwhisk(*, invoker_memory: Size = "1024MB", keep_alive: Seconds = "10min") -> SlotOptions:
    """Apache OpenWhisk, as it is installed.

    - An invoker has 1,024 MB for the containers of users (`container-pool.user-memory`), and nothing else limits how
      many it runs: give nodes a `ram` of that size and of the images; `invoker_memory` only sets their slots, to as
      many as containers of the least size, 128 MB, would fit.
    - An action has a home invoker by hash, and goes on in steps where that is full (`HashAffinity` with all
      steps):
      core/controller/src/main/scala/org/apache/openwhisk/core/loadBalancer/ShardingContainerPoolBalancer.scala there
      (not read again).
    - One call at a time in a container, and idle containers stay for 10 minutes: github.com/apache/openwhisk,
      core/invoker/src/main/resources/application.conf (`whisk.container-pool`,
      `whisk.container-proxy.timeouts.idle-container`).
    - Not here: a namespace's 100 calls at once and 120 a minute (docs/reference.md there); see `max_concurrency`.
    """
    return {
        "slots": _bytes(_between(invoker_memory, "invoker_memory", "128MB", "1PB"), "invoker_memory") // 128_000_000,
        "placement": _core.HashAffinity(steps=math.inf),
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
