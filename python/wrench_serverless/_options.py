"""Calls with many options: their signatures, defaults and documentation. The core takes the options as a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from wrench_serverless import _arguments, _core
from wrench_serverless._fibres import Seconds, Size, attach

if TYPE_CHECKING:
    from wrench_serverless._core import (
        Billing,
        EvictionPolicy,
        Function,
        FunctionManager,
        KeepAlivePolicy,
        PlacementPolicy,
        QueueingPolicy,
        RegisteredFunction,
        Retries,
        RoutingPolicy,
        ScalingPolicy,
        ServerlessComputeService,
        SimulationBase,
        StorageService,
    )


def _create_serverless_compute_service(
    self: SimulationBase,
    head: str,
    nodes: Sequence[str],
    *,
    image_store: Size | StorageService | None = None,
    slots: int | None = None,
    node_store: Size | None = None,
    node_memory: Size | None = None,
    cold_start_overhead: Seconds = 0,
    warm_start_overhead: Seconds = 0,
    dispatch_overhead: Seconds = 0,
    keep_alive: Seconds | KeepAlivePolicy = 600,
    concurrency: float = 1,
    queue_capacity: float | None = None,
    max_concurrency: float | None = None,
    burst_limit: int | None = None,
    burst_rate: float | None = None,
    cpu_per_memory: Size | None = None,
    control_message_size: Size = 0,
    placement: PlacementPolicy | None = None,
    eviction: EvictionPolicy | None = None,
    billing: Billing | None = None,
    queueing: QueueingPolicy | None = None,
    scaling: ScalingPolicy | None = None,
    claims: Literal["at_head", "before_image", "each_pass"] = "at_head",
    name: str = "",
) -> ServerlessComputeService:
    """Create a provider with its head and nodes (R7).

    Args:
        head: The host that answers requests and keeps images.
        nodes: The hosts that run functions; the order is that in which they are preferred.
        image_store: A size on the head's disk, or a storage service. None: 100 GB of that disk, or what is left of it
            where that is less.
        slots: Of each node; by default its cores.
        node_store: Bytes of each node's disk for images and containers; by default all that is left.
        node_memory: Bytes of each node's memory for them; by default all that other providers have left (R7).
        cold_start_overhead: Seconds from the image in memory to the body (R20).
        warm_start_overhead: Seconds that an idle container adds (R22).
        dispatch_overhead: Seconds of the head for each request, one at a time (R13).
        keep_alive: Seconds that an idle container is kept (R27); 0: it ends at once; math.inf: it is kept for ever.
            Or a KeepAlivePolicy, such as HybridHistogram().
        concurrency: Invocations that a container takes at once, sharing its memory, its slot and one core (R34);
            math.inf: any number.
        queue_capacity: Calls that may wait for room; more are refused with InvocationRefused (R30). None: any number.
            At least 1 with a scaling policy.
        max_concurrency: Invocations that may be under way at once, queued, starting or running; more are refused with
            InvocationRefused (R31). None: any number.
        burst_limit: New containers that each function may get at once (R33). None: any number. A call that finds none
            left waits, or is refused where `queue_capacity` says so.
        burst_rate: How many more it may get each second; goes with `burst_limit`.
        cpu_per_memory: The memory that gives a body one core. A function with less of it gets that share of a core; one
            with more gets one core, for a body is one thread. None: a core whatever its memory.
        control_message_size: Bytes of each request, answer and completion (R15); 0: they are free.
        placement: Picks the node of a claim (R18); by default WarmestFirst().
        eviction: Says which idle containers go first where room is needed (R9, R10); by default LeastRecentlyUsed().
        billing: What its work costs: `billed_seconds` and `cost` of each invocation. None: nothing.
        queueing: Whose calls go first when several functions wait (R16); by default FirstComeFirstServed().
        scaling: How many containers a function has; by default OnePerCall(): one for each call that finds none (R17).
            With another one, such as KnativeAutoscaler(), keep_alive does not matter.
        claims: When a call may hold a slot (R16). "at_head": once its image is in the head's image store or on a node;
            until then it waits at the head, and holds nothing. "before_image": at once, while the image may still be on
            its way to the head, as on a cluster that pulls straight from a far registry. "each_pass": when its
            container starts; before that nothing is reserved, and the queue is planned anew whenever something changes,
            as WRENCH's schedulers do it (R18b). It can't be combined with placement, queueing or scaling other than the
            defaults, concurrency above 1, burst_limit, queue_capacity=0, keep-alive policies that start containers in
            advance, and functions with provisioned_concurrency.
        name: By default "provider" for the first one, "provider-2" for the second, and so on.
    """
    options = {key: value for key, value in locals().items() if key not in ("self", "head", "nodes")}
    names = _arguments.several(nodes, str, "nodes", "host names")
    return self._create_serverless_compute_service(
        _arguments.one(head, str, "head", "the name of a host"), names, options
    )


def _register_function(
    self: FunctionManager,
    function: Function,
    providers: Sequence[ServerlessComputeService],
    *,
    time_limit: Seconds | None = None,
    memory: Size = "128MB",
    ephemeral_storage: Size = "512MB",
    ingress: Size = 0,
    egress: Size = 0,
    concurrency: float | None = None,
    provisioned_concurrency: int = 0,
    reserved_concurrency: float | None = None,
    retries: Retries | int | None = None,
    routing: RoutingPolicy | None = None,
) -> RegisteredFunction:
    """Register a function with its limits (R11) at providers. Raises RegistrationRefused (R12).

    Args:
        function: From `create_function`.
        providers: One or several; each has to take it, or none does.
        time_limit: Seconds from the start of the body (R24). None: no limit.
        memory: Bytes of each container.
        ephemeral_storage: Bytes of each container's storage, which its bodies get (R23).
        ingress: Bytes carried with each call (R15).
        egress: Bytes carried with each answer.
        concurrency: Invocations that a container takes at once (R34); by default the provider's.
        provisioned_concurrency: Containers that start with the registration, never expire, and are never dropped for
            others (R32).
        reserved_concurrency: So many of its invocations may always be under way at once, and never more (R31). None: it
            shares what the others have not reserved of the provider's `max_concurrency`.
        retries: How often an invocation is tried again that failed, timed out or was refused (R35): a number, or
            Retries. Those that end otherwise than well after the last attempt are in `dead_letters`. None: there are
            neither.
        routing: Where its calls go if it has several providers; by default as the manager says.
    """
    options = {key: value for key, value in locals().items() if key not in ("self", "function", "providers")}
    _arguments.one(function, _core.Function, "function", "a Function, from create_function")
    places = _arguments.several(providers, _core.ServerlessComputeService, "providers", "providers")
    return self._register_function(function, places, options)


attach(_core.SimulationBase, create_serverless_compute_service=_create_serverless_compute_service)
attach(_core.FunctionManager, register_function=_register_function)
