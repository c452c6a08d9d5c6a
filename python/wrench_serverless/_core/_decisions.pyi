"""Policies of keep-alive, queueing, scaling and routing: part of the stub of `_core`. Not a module at run time."""

from wrench_serverless._core import ServerlessComputeService, _MadeByTheLibrary, _Pybind11Object

_Seconds = float | str

class KeepAlive(_Pybind11Object):
    def __init__(self, keep: _Seconds = 0.0, prewarm_after: _Seconds = ..., prewarm_keep: _Seconds = 0.0) -> None: ...
    @property
    def keep(self) -> float: ...
    @property
    def prewarm_after(self) -> float: ...
    @property
    def prewarm_keep(self) -> float: ...

class KeepAlivePolicy(_Pybind11Object):
    def __init__(self) -> None: ...
    @property
    def name(self) -> str: ...

class Fixed(KeepAlivePolicy):
    def __init__(self, seconds: _Seconds) -> None: ...

class Never(KeepAlivePolicy):
    def __init__(self) -> None: ...

class Always(KeepAlivePolicy):
    def __init__(self) -> None: ...

class AdaptiveTTL(KeepAlivePolicy):
    def __init__(
        self,
        target: float = 0.95,
        initial: _Seconds = 600.0,
        step: _Seconds = 60.0,
        least: _Seconds = 0.0,
        most: _Seconds = 14400.0,
    ) -> None: ...

class HybridHistogram(KeepAlivePolicy):
    def __init__(
        self,
        bin: _Seconds = 60.0,
        range: _Seconds = 14400.0,
        head: float = 0.05,
        tail: float = 0.99,
        margin: float = 0.1,
        cv_threshold: float = 2.0,
        out_of_bounds: float = 0.5,
        fallback: _Seconds = 14400.0,
    ) -> None: ...

class WaitingFunction(_MadeByTheLibrary):
    @property
    def name(self) -> str: ...
    @property
    def waiting(self) -> int: ...
    @property
    def slots(self) -> int: ...
    @property
    def bodies(self) -> int: ...
    @property
    def mean_duration(self) -> float: ...

class QueueingPolicy(_Pybind11Object):
    def __init__(self) -> None: ...
    @property
    def name(self) -> str: ...

class FirstComeFirstServed(QueueingPolicy):
    def __init__(self) -> None: ...

class ShortestExpectedFirst(QueueingPolicy):
    def __init__(self) -> None: ...

class FairShare(QueueingPolicy):
    def __init__(self, weights: dict[str, float] = ...) -> None: ...

class FunctionLoad(_MadeByTheLibrary):
    @property
    def name(self) -> str: ...
    @property
    def now(self) -> float: ...
    @property
    def containers(self) -> int: ...
    @property
    def ready(self) -> int: ...
    @property
    def under_way(self) -> int: ...
    @property
    def queued(self) -> int: ...
    @property
    def concurrency(self) -> int: ...

class ScalingPolicy(_Pybind11Object):
    def __init__(self) -> None: ...
    @property
    def name(self) -> str: ...

class OnePerCall(ScalingPolicy):
    def __init__(self) -> None: ...

class KnativeAutoscaler(ScalingPolicy):
    def __init__(
        self,
        *,
        target: float = 100.0,
        target_utilization: float = 0.7,
        stable_window: _Seconds = 60.0,
        panic_window_percentage: float = 10.0,
        panic_threshold_percentage: float = 200.0,
        max_scale_up_rate: float = 1000.0,
        max_scale_down_rate: float = 2.0,
        scale_to_zero_grace: _Seconds = 30.0,
        min_scale: int = 0,
        max_scale: int = 0,
        tick: _Seconds = 2.0,
    ) -> None: ...

class ProviderView(_MadeByTheLibrary):
    @property
    def provider(self) -> ServerlessComputeService: ...
    @property
    def outstanding(self) -> int: ...
    @property
    def has_room(self) -> bool: ...
    @property
    def room(self) -> int: ...

class RoutingPolicy(_Pybind11Object):
    def __init__(self) -> None: ...
    @property
    def name(self) -> str: ...

class FirstProvider(RoutingPolicy):
    def __init__(self) -> None: ...

class RoundRobinProviders(RoutingPolicy):
    def __init__(self) -> None: ...

class LeastOutstanding(RoutingPolicy):
    def __init__(self) -> None: ...

class FirstWithRoom(RoutingPolicy):
    def __init__(self) -> None: ...

class LowestLatency(RoutingPolicy):
    def __init__(self, weight: float = 0.2, forget: _Seconds = 300.0) -> None: ...
