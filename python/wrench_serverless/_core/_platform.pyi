"""Platforms: part of the stub of `_core`. Not a module at run time."""

import os
from collections.abc import Sequence
from typing import Any, Literal

from wrench_serverless._core import _Pybind11Object

_Size = float | str
_Seconds = float | str

class ResourceProfile(_Pybind11Object):
    def __init__(self, points: Sequence[tuple[_Seconds, float]], period: _Seconds | None = None) -> None: ...
    @property
    def points(self) -> list[tuple[float, float]]: ...
    @property
    def period(self) -> float | None: ...

class Platform(_Pybind11Object):
    def __init__(self) -> None: ...
    def add_host(
        self,
        name: str,
        cores: int = 1,
        speed: float | str = "1Gf",
        ram: _Size | None = None,
        *,
        state_profile: ResourceProfile | None = None,
        speed_profile: ResourceProfile | None = None,
    ) -> None: ...
    def add_router(self, name: str) -> None: ...
    def add_disk(
        self,
        host: str,
        name: str = "disk",
        *,
        size: _Size,
        read_bandwidth: float | str,
        write_bandwidth: float | str,
        mount: str = "/",
    ) -> None: ...
    def add_link(
        self,
        name: str,
        bandwidth: float | str,
        latency: _Seconds = 0,
        sharing: Literal["shared", "fatpipe", "splitduplex"] = "shared",
        *,
        state_profile: ResourceProfile | None = None,
        bandwidth_profile: ResourceProfile | None = None,
        latency_profile: ResourceProfile | None = None,
    ) -> None: ...
    def add_route(self, source: str, destination: str, links: Sequence[str], symmetrical: bool = True) -> None: ...
    def add_property(self, element: str, name: str, value: str, *, disk: str | None = None) -> None: ...
    @staticmethod
    def from_file(path: str | os.PathLike[str]) -> Platform: ...
    @staticmethod
    def cluster(
        *,
        nodes: int = 1,
        cores: int = 1,
        speed: float | str = "1Gf",
        ram: _Size = "64GB",
        disk: _Size = "500GB",
        disk_bandwidth: float | str = "1GBps",
        link_bandwidth: float | str = "10Gbps",
        link_latency: _Seconds = "50us",
        wan_bandwidth: float | str = "1Gbps",
        wan_latency: _Seconds = "10ms",
        sharing: Literal["shared", "fatpipe", "splitduplex"] = "splitduplex",
        head_cores: int | None = None,
        head_speed: float | str | None = None,
        head_ram: _Size | None = None,
        head_disk: _Size | None = None,
        head_disk_bandwidth: float | str | None = None,
        user_cores: int = 1,
        user_speed: float | str = "1Gf",
        user_ram: _Size = "64GB",
        user_disk: _Size = "10TB",
        user_disk_bandwidth: float | str = "1GBps",
    ) -> Platform: ...
    def to_xml(self, path: str | os.PathLike[str] | None = None) -> str: ...
    @property
    def host_names(self) -> list[str]: ...
    def __copy__(self) -> Platform: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Platform: ...

def simgrid_options() -> list[str]: ...
