"""What new users stumble over: bodies that can't be called, times as texts, packages that are not there."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any

import pytest
from world import World

import wrench_serverless as ws


class Callables:
    def method(self, input: Any, storage: Any) -> None: ...
    def short(self, input: Any) -> None: ...
    @staticmethod
    def static(input: Any, storage: Any) -> None: ...
    @classmethod
    def of_class(cls, input: Any, storage: Any) -> None: ...
    def __call__(self, input: Any, storage: Any) -> None: ...


class Narrow:
    def __call__(self, input: Any) -> None: ...


def three(first: Any, input: Any, storage: Any) -> None: ...


def one(input: Any) -> None: ...


def keyword_only(input: Any, storage: Any, *, size: int) -> None: ...


@functools.wraps(one)
def wrapper(*arguments: Any) -> None: ...


@functools.wraps(three)
def narrow_wrapper(input: Any) -> None: ...


def with_default(input: Any, storage: Any, size: int = 3, *, more: int = 4) -> None: ...


def all_defaults(input: Any = None, storage: Any = None) -> None: ...


@pytest.mark.parametrize(
    "body",
    [
        Callables().method, Callables.static, Callables.of_class, Callables(), Callables().__call__,
        functools.partial(three, 1), functools.partial(keyword_only, size=1), wrapper, with_default, all_defaults,
        lambda *_: None, lambda input, storage: None, lambda input, /, storage: None, lambda input, *rest: None,
        operator.add, max, print, dict, pow, functools.lru_cache(with_default),
    ],
)  # fmt: skip
def test_bodies_that_can_be_called_are_taken(body: Callable[..., Any]) -> None:
    world = World(nodes=1)
    world.manager.create_function("f", body, world.image())


@pytest.mark.parametrize(
    "body",
    [
        one, three, keyword_only, narrow_wrapper, Callables().short, Narrow(), lambda: None, lambda *, input: None,
        lambda **named: None, functools.partial(three, 1, 2), functools.partial(keyword_only), functools.partial(one),
        len, operator.neg,
    ],
)  # fmt: skip
def test_bodies_that_can_not_be_called_are_refused(body: Callable[..., Any]) -> None:
    world = World(nodes=1)
    with pytest.raises(TypeError, match=r"^body: it is called as body\(input, storage\), and .* takes \(.*"):
        world.manager.create_function("f", body, world.image())


def test_what_can_not_be_asked_is_taken() -> None:
    class Secretive:
        @property
        def __signature__(self) -> Any:
            raise ValueError("none of your business")

        def __call__(self, input: Any, storage: Any) -> int:
            return input + 1

    world = World(nodes=1)
    assert world.call(world.function(Secretive(), "f"), 1)[0].output == 2


def test_times_as_texts_are_taken_wherever_times_are() -> None:
    world = World(nodes=1, keep_alive="10min", cold_start_overhead="250ms")
    dates: list[float] = []
    world.sim.at("1min", lambda: dates.append(world.sim.now))
    napping = world.function(
        ws.Profile(ws.Sleep(), ws.Compute()), "naps", time_limit="1h", retries=ws.Retries(1, ["5min"])
    )

    def main() -> None:
        ws.sleep("2min")
        dates.append(ws.now())
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(world.manager.invoke(napping, ["2h", "0f"]), timeout="90s")
        dates.append(ws.now())

    world.sim.add_controller("user", main)
    world.sim.run(until="1d")
    assert dates == pytest.approx([60, 120, 210])
    assert world.sim.now > 7200


@pytest.mark.parametrize(
    ("input", "seconds"), [("250ms", 0.25), ("5min", 300), (["1s", "1Gf"], 2), ((1, "2Gf"), 3), ([0.5, 1e9], 1.5)]
)
def test_values_of_declared_work_may_be_texts(input: Any, seconds: float) -> None:
    world = World(nodes=1)
    steps = [ws.Sleep()] if isinstance(input, str) else [ws.Sleep(), ws.Compute()]
    call = world.call(world.function(ws.Profile(*steps), "f"), input)[0]
    assert call.ended - call.started == pytest.approx(seconds)


@pytest.mark.parametrize(("input", "says"), [("soon", "input: 'soon' is not a number"), ("3MB", "unknown unit 'MB'")])
def test_texts_that_are_no_values_are_refused(input: str, says: str) -> None:
    world = World(nodes=1)
    function = world.function(ws.Profile(ws.Sleep()), "f")

    def main() -> None:
        with pytest.raises(ValueError, match=says):
            world.manager.invoke(function, input)

    world.run(main)


def test_keep_alive_policies_may_answer_texts() -> None:
    class Minutes(ws.KeepAlivePolicy):
        answer = "5min"

        def keep_alive(self, function: str, now: float) -> Any:
            return self.answer

    world = World(nodes=1, keep_alive=Minutes())
    world.call(world.function(), 1)
    containers = world.run(lambda: ws.sleep(400)).containers
    assert containers["ended"][0] - containers["ready"][0] == pytest.approx(301)  # and 1 s of work
    policy = Minutes()
    policy.answer = "a while"
    world = World(nodes=1, keep_alive=policy)
    with pytest.raises(ws.PolicyError, match=r"'a while'.*seconds >= 0, or a KeepAlive"):
        world.call(world.function(), 1)


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_pandas"), ("polars", "to_polars")])
def test_a_missing_package_names_the_extra(package: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(nodes=1)
    table = world.sim.run().invocations
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(
        ModuleNotFoundError, match=rf"^{method}\(\) needs {package}: pip install 'wrench-serverless\[report\]'"
    ):
        getattr(table, method)()


def test_a_package_that_lacks_something_itself_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(nodes=1)
    table = world.sim.run().invocations
    monkeypatch.delitem(sys.modules, "polars", raising=False)

    class Finder:
        def find_spec(self, name: str, *_: Any) -> Any:
            if name == "polars":
                raise ModuleNotFoundError("No module named 'half'", name="half")

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(ModuleNotFoundError, match="half"):
        table.to_polars()
