"""How results, tables, summaries and enums print, in a terminal and in a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from world import CONFIG, World, nap, platform

import wrench_serverless as ws

ENUMS = [ws.InvocationState, ws.ContainerEnd, ws.ActionState, ws.Warmth]


@pytest.mark.parametrize("kind", ENUMS)
def test_members_of_enums_print_as_their_names(kind: Any) -> None:
    for member in kind:
        assert str(member) == f"{member}" == member.name
        assert f"{member:>20}" == f"{member.name:>20}"
        assert f"{member:03d}" == f"{member.value:03d}"
        assert member == member.value


def test_what_a_wait_returns_prints_as_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    napper = world.function()
    world.run(lambda: print(world.manager.wait_one(world.manager.invoke(napper, 1.0))))
    assert capsys.readouterr().out == "COMPLETED\n"


def results(count: int = 3, name: str = "nap", **options: Any) -> ws.Results:
    world = World(**options)
    world.call(world.function(nap, name), *[1.0] * count)
    return world.sim.results()


def test_a_table_prints_its_first_rows_with_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    lines = repr(results(25).invocations).splitlines()
    assert lines[0] == "Table of 25 rows"
    assert lines[1].split()[:8] == ["id", "function", "provider", "node", "state", "cold", "attempts", "failure"]
    assert lines[2].split()[:8] == ["0", "nap", "provider", "node-0", "COMPLETED", "True", "1", "–"]
    assert len(lines) == 2 + 10 + 1
    assert lines[-1] == "… 15 more rows"


def test_a_table_is_as_wide_as_the_terminal_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    *lines, last = repr(results().invocations).splitlines()
    assert max(map(len, lines)) <= 60
    shown = lines[1].split()
    assert 3 < len(shown) < 16
    assert last.startswith(f"… {16 - len(shown)} more columns: ") and last.endswith("billed_seconds, cost")


def test_a_table_without_rows_prints_its_columns() -> None:
    text = repr(World().sim.run().containers)
    assert text.startswith("Table of 0 rows\n")
    assert "busy_seconds" in text


def test_results_print_what_they_are() -> None:
    ran = results()
    assert str(ran) == "<Results of 3 invocations in 5 s>"
    text = repr(ran)
    assert text.startswith("Results of 3 invocations in 5 s\n")
    assert str(ran.summary()) in text
    assert text.endswith("Rows of invocations: 3, containers: 3, transfers: 3")
    assert str(results(records="summary")) == str(ran)


def test_html_is_escaped() -> None:
    ran = results(name="<b>&\"'")
    for html in (ran.invocations._repr_html_(), ran.containers._repr_html_()):
        assert "<b>" not in html
        assert "&lt;b&gt;&amp;" in html
        assert html.startswith("<table>") and html.endswith("</table>")

    world = World()

    def body(number: int, storage: ws.StorageService) -> None:
        raise type("<i>Bad", (Exception,), {})

    world.call(world.function(body), 1)
    for html in (world.sim.results().summary()._repr_html_(), world.sim.results()._repr_html_()):
        assert "<i>" not in html
        assert "&lt;i&gt;Bad" in html


def test_html_of_a_table_is_bounded() -> None:
    html = results(25).invocations._repr_html_()
    assert html.count("<tr>") == 11
    assert "Table of 25 rows, of which these are the first 10" in html


def test_a_summary_prints_a_dash_for_nothing() -> None:
    summary = World().sim.run().summary()
    assert "nan" not in str(summary) + repr(summary) + summary._repr_html_()
    lines = [line.split() for line in str(summary).splitlines()]
    assert ["utilisation", "–"] in lines
    assert ["latency_p99", "–"] in lines


def test_old_keys_of_the_summary_still_work_with_a_warning() -> None:
    summary = results().summary()
    for old in ("cold share", "cold starts", "latency p99", "waiting max", "simulated time", "timed out"):
        with pytest.warns(DeprecationWarning, match=f"'{old}' is now '{old.replace(' ', '_')}'"):
            assert summary[old] == summary[old.replace(" ", "_")]
        assert old not in summary


@pytest.mark.parametrize("key", ["nothing", "cold  share", "latency p98", 3])
def test_a_key_that_is_none_is_named_with_those_that_are(key: Any) -> None:
    with pytest.raises(KeyError, match=r"there are simulated_time, invocations, .*cold_share.*, cost"):
        results().summary()[key]
    assert key not in results().summary()
    assert results().summary().get(key) is None


def test_a_streamed_table_prints_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sim = ws.Simulation(platform(1), config=CONFIG, records="parquet", records_to=tmp_path)
    registry = sim.create_storage_service("user", capacity="1GB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB")
    manager = sim.create_function_manager("user")
    image = manager.create_image("i", registry.create_file("i", "1B"))
    napper = manager.register_function(manager.create_function("nap", ws.Profile(ws.Sleep(1)), image), [provider])
    manager.replay(ws.Workload(napper, [float(second) for second in range(40)]))
    for until in (15, 30, None):
        ran = sim.run(until=until)
    parts = sorted((tmp_path / "invocations").iterdir())
    assert len(parts) == 3
    read: list[str] = []
    import pyarrow.parquet as parquet

    whole = parquet.read_table

    def read_table(part: Path, **rest: Any) -> Any:
        read.append(part.name)
        return whole(part, **rest)

    monkeypatch.setattr(parquet, "read_table", read_table)
    assert repr(ran.invocations).splitlines()[-1].startswith("…")
    assert set(read) == {parts[0].name}
    assert ran.invocations.row_count == 40
    assert ran.invocations["cost"].tolist() == [0.0] * 40
