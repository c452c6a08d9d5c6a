"""Retries and billing: part of the stub of `_core`, which has all of it. Not a module at run time."""

from collections.abc import Iterable, Sequence

from wrench_serverless._core import InvocationState, _Pybind11Object

_Size = float | str
_Seconds = float | str

class Retries(_Pybind11Object):
    def __init__(
        self,
        count: int,
        delay: _Seconds | Sequence[_Seconds] = 0,
        on: Iterable[InvocationState] | None = None,
        only_async: bool = False,
    ) -> None: ...
    @property
    def count(self) -> int: ...
    @property
    def delays(self) -> list[float]: ...
    @property
    def on(self) -> list[InvocationState]: ...
    @property
    def only_async(self) -> bool: ...

class Billing(_Pybind11Object):
    def __init__(
        self,
        *,
        per_gb_second: float = 0,
        per_request: float = 0,
        per_second: float = 0,
        per_provisioned_gb_second: float = 0,
        rounding: _Seconds = 0.001,
        minimum: _Seconds = 0,
        gigabyte: _Size = "1GB",
    ) -> None: ...
    @property
    def per_gb_second(self) -> float: ...
    @property
    def per_request(self) -> float: ...
    @property
    def per_second(self) -> float: ...
    @property
    def per_provisioned_gb_second(self) -> float: ...
    @property
    def rounding(self) -> float: ...
    @property
    def minimum(self) -> float: ...
    @property
    def gigabyte(self) -> int: ...
