"""Breaks one rule at a time, in a copy of the tree, and says which test notices. Not part of `make test`: slow.

    python tests/mutants.py              all of them: one incremental build and the tests for each
    python tests/mutants.py R17 R24      those of some rules
    python tests/mutants.py --check      only: does each mutation still fit the source, and compile?

A check of syntax is enough for the latter: seconds for each. It takes the flags of build/release/compile_commands.json;
without that file (`make build` writes it) nothing is compiled, and the last line says so.

A mutant that survives wants a test that kills it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path("build/release")
COMMANDS = BUILD / "compile_commands.json"
CORES = 2  # for the check of syntax: each takes half a GB of memory


@dataclass(frozen=True)
class Mutant:
    rule: str
    what: str
    file: str  # under cpp
    old: str
    new: str
    binaries: tuple[str, ...] = ("test_service",)


MUTANTS = [
    Mutant(
        "R2",
        "capacities on a disk are not added up",
        "engine/storage.cpp",
        "  allocated_[&disk] += options.capacity;\n",
        "",
        ("test_engine",),
    ),
    Mutant(
        "R3",
        "a carved part is not given back",
        "engine/storage_service.cpp",
        "parts_->parent->parts().space.give_back(parts_->space.capacity());",
        "static_cast<void>(0);",
        ("test_engine",),
    ),
    Mutant(
        "R4",
        "a write that is cancelled keeps its place",
        "engine/storage.cpp",
        "    space.erase(operation.entry); // R4",
        "    static_cast<void>(space); // R4",
        ("test_engine",),
    ),
    Mutant(
        "R5",
        "copies of the same file to the same service do not share a transfer",
        "engine/transfers.cpp",
        "  if (place == nullptr)\n    if (const auto same",
        "  if (place != nullptr)\n    if (const auto same",
        ("test_engine",),
    ),
    Mutant(
        "R6",
        "a read does not count as a use",
        "model/space.cpp",
        "  unlink(entry);\n  link(entry);\n}\n\nbool Space::make_room",
        "}\n\nbool Space::make_room",
        ("test_model", "test_engine"),
    ),
    Mutant(
        "R7",
        "shares of a host's memory are not added up",
        "engine/memory_shares.cpp",
        "    left -= held.back()->bytes;\n",
        "",
    ),
    Mutant(
        "R7",
        "a share may be more than what is left",
        "engine/memory_shares.cpp",
        "if (wanted && *wanted > left)",
        "if (wanted && *wanted > *ram)",
    ),
    Mutant(
        "R7",
        "a provider that is given no share takes all the memory of the host",
        "engine/memory_shares.cpp",
        "wanted.value_or(left)",
        "wanted.value_or(*ram)",
    ),
    Mutant(
        "R7",
        "a node has the memory of its host, whatever its share",
        "service/provider_setup.cpp",
        "cluster.add_node(node.bare_metal->slots(), node_memory.back()->bytes,",
        "cluster.add_node(node.bare_metal->slots(), *host_ram(location),",
    ),
    Mutant(
        "R7",
        "a provider that could not be made keeps its share",
        "engine/memory_shares.cpp",
        "  shares.push_back(share);\n",
        "  shares.push_back(share);\n  static std::vector<std::shared_ptr<const MemoryShare>> kept;\n"
        "  kept.push_back(share);\n",
    ),
    Mutant(
        "R9",
        "idle containers go before unused images",
        "model/cluster.cpp",
        "if (Space::Entry* image = space.oldest(); image != nullptr) {",
        "if (Space::Entry* image = space.oldest(); image != nullptr && nodes_[id.value].idle == 0) {",
        ("test_model", "test_service"),
    ),
    Mutant(
        "R10",
        "a footprint outlives the copy on disk",
        "model/cluster.cpp",
        "  if (on_node.memory != nullptr)\n    contents.memory.erase",
        "  if (on_node.memory != nullptr && &space != contents.store)\n    contents.memory.erase",
        ("test_model", "test_service"),
    ),
    Mutant(
        "R10",
        "the copy on disk goes with the footprint",
        "model/cluster.cpp",
        "  if (&space == contents.store)\n    space.erase(",
        "  if (on_node.disk != nullptr)\n    contents.store->erase(",
        ("test_model", "test_service"),
    ),
    Mutant(
        "R13",
        "the head handles all requests at once",
        "service/admission.cpp",
        "head_free_at = std::max(head_free_at, runtime->now()) + options.dispatch_overhead;",
        "head_free_at = runtime->now() + options.dispatch_overhead;",
    ),
    Mutant(
        "R16",
        "last come first served",
        "service/dispatch.cpp",
        "  records->enqueue(*functions[function.value].rest->queue, id, may_park);",
        "  CallQueue& queue = *functions[function.value].rest->queue;\n  records->enqueue(queue, id, may_park);\n"
        "  for (std::size_t others = queue.size(); others > 1; --others) {\n"
        "    const QueuedCall first = queue.front();\n    queue.pop_front();\n    queue.push_back() = first;\n  }",
    ),
    Mutant(
        "R16",
        "an image on a node is not at hand",
        "service/at_head.cpp",
        "options.claims != Claims::AtHead || cluster.image_is_on_a_node(function) ||",
        "options.claims != Claims::AtHead ||",
    ),
    Mutant(
        "R16",
        "calls join the queue function by function",
        "service/at_head.cpp",
        "    next.emplace_back(head_waiting.queue(function)->front().sequence, function);",
        "    next.emplace_back(function.value, function);",
    ),
    Mutant(
        "R16",
        "calls that join the queue go before those in it that came after them",
        "service/at_head.cpp",
        "*parts.rest->queue, ++admissions);",
        "*parts.rest->queue, head_waiting.queue(function)->front().sequence);",
    ),
    Mutant(
        "R16",
        "a claim is made though the head has lost the copy that it needs",
        "service/at_head.cpp",
        "if (!node || options.claims != Claims::AtHead)\n    return node;",
        "if (true)\n    return node;",
    ),
    Mutant(
        "R16",
        "calls that wait for a copy do not claim where none is needed",
        "service/dispatch.cpp",
        "         cluster.warmth(node, cluster.shape(function).image) != Warmth::Absent;",
        "         false;",
    ),
    Mutant(
        "R16",
        "a node that comes back with the image does not end the wait",
        "service/failing.cpp",
        "    if (cluster.is_on_a_node(image))\n",
        "    if (false)\n",
    ),
    Mutant(
        "R16",
        "the fetches of a head that goes off fail as any transfer does",
        "service/admission.cpp",
        "  if (options.claims == Claims::AtHead)\n    stop_fetching();\n",
        "",
    ),
    Mutant(
        "R16",
        "a container that is to be started in advance does not wait for its image",
        "service/at_head.cpp",
        "    if (std::exchange(head_waiting.prewarm(function), false))\n",
        "    if (std::exchange(head_waiting.prewarm(function), false) && false)\n",
    ),
    Mutant(
        "R16",
        "with a scaling policy nothing is started when the image is there",
        "service/at_head.cpp",
        "    if (options.scaling)\n      start_missing(function);",
        "    if (options.scaling && false)\n      start_missing(function);",
    ),
    Mutant(
        "R16",
        "calls at the head are no load for scaling policies",
        "service/scaling.cpp",
        "parts.rest->queue->size() + head_waiting.calls(function)",
        "parts.rest->queue->size()",
    ),
    Mutant(
        "R21",
        "a call that a claim is for fails with those that wait for a copy",
        "service/at_head.cpp",
        "std::size_t stay = std::min(queue.size(), parts.expected());",
        "std::size_t stay = 0;",
    ),
    Mutant(
        "R30",
        "calls in the queue that wait for a copy count",
        "service/at_head.cpp",
        "return waiting_calls - head_waiting.queued() + head_waiting.without_token();",
        "return waiting_calls + head_waiting.without_token();",
    ),
    Mutant(
        "R30",
        "calls at the head without a token do not count",
        "service/at_head.cpp",
        "return waiting_calls - head_waiting.queued() + head_waiting.without_token();",
        "return waiting_calls - head_waiting.queued();",
    ),
    Mutant(
        "R33",
        "a call that has waited at the head takes another token for its claim",
        "service/bursts.cpp",
        "    --ahead;\n",
        "    take_from_bucket(functions[function.value]);\n",
    ),
    Mutant(
        "R33",
        "a token for which no container was made is lost",
        "service/at_head.cpp",
        "tokens(parts) + static_cast<double>(ahead - needed)",
        "tokens(parts) + 0 * static_cast<double>(ahead - needed)",
    ),
    Mutant(
        "R17",
        "a container that can take the call is not looked for",
        "service/admission.cpp",
        "first_in_queue[function.value] == nobody && !passes ? cluster.available_container(function)",
        "parts.rest->queue->size() > 1 && !passes ? cluster.available_container(function)",
    ),
    Mutant(
        "R18",
        "an image that is near does not count",
        "policy/warmest_first.cpp",
        "cluster.first_with_image(function, warmth, most))\n        return node;",
        "cluster.first_with_image(function, warmth, most); false)\n        return node;",
        ("test_policy", "test_service"),
    ),
    Mutant(
        "R18",
        "idle containers count as room like any other",
        "policy/load.cpp",
        "for (const Room most : {Room::Free, Room::Images, Room::Idle})",
        "for (const Room most : {Room::Idle})",
        ("test_policy",),
    ),
    Mutant(
        "R18",
        "the default policy does not tell idle containers from unused images",
        "policy/warmest_first.cpp",
        "for (const Warmth warmth : warmest_first)\n    for (const Room most : {Room::Free, Room::Images})",
        "for (const Warmth warmth : warmest_first)\n    for (const Room most : {Room::Free, Room::Idle})",
        ("test_policy",),
    ),
    Mutant(
        "R18",
        "an image that an idle container uses counts as unused",
        "model/cluster_room.cpp",
        "degree == Room::Images ? here.containers > 0 : here.users > 0",
        "here.users > 0",
        ("test_model", "test_policy"),
    ),
    Mutant(
        "R18",
        "a node that has room again is not looked at",
        "model/cluster.cpp",
        "  wake(container.node, Room::Idle);\n",
        "",
        ("test_policy",),
    ),
    Mutant(
        "R18",
        "ties of LeastLoaded go to the least free memory",
        "model/cluster_room.cpp",
        "-amounts_at(id, Room::Free).memory}, memory",
        "amounts_at(id, Room::Free).memory}, memory",
        ("test_policy",),
    ),
    Mutant(
        "R19",
        "an image that is on its way into memory is read again for each claim",
        "service/staging.cpp",
        "  if (warmth == Warmth::OnDisk)\n    load(node, image);",
        "  if (warmth == Warmth::OnDisk || warmth == Warmth::ToMemory)\n    load(node, image);",
    ),
    Mutant(
        "R21",
        "a failed image fails one waiting call only",
        "service/at_head.cpp",
        "for (std::size_t count = head_waiting.calls(function); count > 0; --count) {",
        "for (std::size_t count = std::min<std::size_t>(head_waiting.calls(function), 1); count > 0; --count) {",
    ),
    Mutant(
        "R22",
        "warm starts are free",
        "service/running.cpp",
        "runtime->now() + options.warm_start_overhead",
        "runtime->now()",
    ),
    Mutant(
        "R23",
        "an ephemeral storage is not cleared",
        "service/running.cpp",
        "  space.clear();\n  if (space.used() > 0) {",
        "  static_cast<void>(space);\n  if (false) {",
    ),
    Mutant(
        "R18",
        "a replayed call only waits though there may be room for another container",
        "service/admission.cpp",
        "options.scaling || parts.rest->queue->size() <= parts.expected() ||",
        "options.scaling || parts.rest->queue->size() < parts.expected() ||",
    ),
    Mutant(
        "R37",
        "a replayed call goes into the queue of a head that is off",
        "service/admission.cpp",
        "      !head->is_on() || !image_is_at_hand(function)",
        "      head == nullptr || !image_is_at_hand(function)",
    ),
    Mutant(
        "R17",
        "of a few functions that wait, the last comes first",
        "service/dispatch.cpp",
        "      if (turn < best.turn)\n        best = {its, function, turn};\n    }\n  return best;",
        "      if (!best.container || best.turn < turn)\n        best = {its, function, turn};\n    }\n  return best;",
    ),
    Mutant(
        "R26",
        "who sleeps in a container has the state of one that waits",
        "service/records.cpp",
        "    own(invocations_).end_rows({{{call, InvocationState::Running, 0, never, 0}}});",
        "    static_cast<void>(0);",
    ),
    Mutant(
        "R26",
        "no observer is told of the end of a call that sleeps",
        "service/sleepers.cpp",
        "  if (records->on_invocation_state.observed())\n    return go_on_working(wake(id));\n",
        "",
    ),
    Mutant(
        "R26",
        "a row that was read while its call slept stays as it was then",
        "service/records.cpp",
        "  if (!reopened_.empty() && reopened_.erase(call) > 0)",
        "  if (!reopened_.empty() && reopened_.erase(call) > 1)",
    ),
    Mutant(
        "R26",
        "who sleeps for one of many replays ends for another one",
        "service/sleepers.cpp",
        "         live.source->number < model::ContainerNotes::nobody &&",
        "         live.source->number != model::ContainerNotes::nobody &&",
    ),
    Mutant(
        "R37",
        "who sleeps does not notice that its node went off",
        "service/failing.cpp",
        "has_sleeper())\n        wake(id);",
        "has_sleeper())\n        static_cast<void>(id);",
    ),
    Mutant(
        "R37",
        "the end of a sleep ends whoever has the container now",
        "service/sleepers.cpp",
        "  if (!container.has_sleeper() || sleeper.call != static_cast<std::uint32_t>(argument))",
        "  if (!container.has_sleeper())",
    ),
    Mutant(
        "R27",
        "an idle container is kept twice as long",
        "service/keeping.cpp",
        "runtime->now() + seconds);",
        "runtime->now() + 2 * seconds);",
    ),
    Mutant(
        "R27",
        "a container that is kept for less than before has its old timer",
        "service/keeping.cpp",
        "if (!notes.timed || notes.expires < before)",
        "if (!notes.timed || notes.expires < 0 * before)",
    ),
    Mutant(
        "R28",
        "a claim holds no slot",
        "model/cluster.cpp",
        "  take_slot(id);\n  ++state.containers;",
        "  ++state.containers;",
        ("test_model", "test_service"),
    ),
    Mutant(
        "R28",
        "an idle container counts as a slot that is held",
        "model/cluster.cpp",
        "    slot_meter_->hold(-1);",
        "    slot_meter_->hold(0);",
    ),
    Mutant(
        "R28",
        "what slots were held before the first call is measured",
        "model/slot_meter.cpp",
        "  begin_ = *clock_;",
        "  begin_ = 0;",
        ("test_model", "test_service"),
    ),
    Mutant(
        "R28",
        "the last end in a bin that is merged is forgotten",
        "model/slot_meter.cpp",
        "  if (end_bin_ % 2 == 1) {",
        "  if (end_bin_ % 2 == 2) {",
        ("test_model",),
    ),
    Mutant(
        "R28",
        "a replayed sleep goes on for ever in what is measured of bodies",
        "service/sleepers.cpp",
        "  records->slot_meter().run_body(-1);\n",
        "",
    ),
    Mutant(
        "R25",
        "why a call failed is not recorded",
        "service/retrying.cpp",
        "  live.record.failure = records->failure(failure);\n",
        "",
    ),
    Mutant(
        "R36",
        "wait_any waits for two",
        "service/function_manager.cpp",
        "open.size() < invocations.size() ? 0 : 1",
        "open.size() < invocations.size() ? 0 : 2",
    ),
    Mutant(
        "R37",
        "a success of the very date at which the host goes off is told",
        "engine/activities.cpp",
        "failed = failed || one == tag;",
        "static_cast<void>(failed || one == tag);",
        ("test_engine",),
    ),
    Mutant(
        "R37",
        "requests at a head that goes off wait for its return",
        "service/failing.cpp",
        "  if (&host == head)\n    head_went_off();\n",
        "",
    ),
    Mutant(
        "R38",
        "profiles count as nothing that can happen",
        "engine/runtime.cpp",
        "++idle_changes_ > most_idle_changes",
        "++idle_changes_ > 1",
        ("test_engine", "test_service"),
    ),
    Mutant(
        "R38",
        "a stream that waits for its latency gets a share at once when its link changes",
        "engine/simgrid_kernel_links.cpp",
        "stream.running && !waits_for_latency(action)",
        "stream.running",
        ("test_engine",),
    ),
    Mutant(
        "R38",
        "a stream keeps the bound of its start",
        "engine/simgrid_kernel_links.cpp",
        "if (action.get_bound() != terms.bound)",
        "if (!crosses)",
        ("test_engine",),
    ),
    Mutant(
        "R38",
        "a change counts for the other direction too",
        "engine/simgrid_kernel_links.cpp",
        "fresh.value_or(stream.before), fresh.has_value()",
        "fresh.value_or(Terms{stream.action->route_latency, stream.action->penalty, stream.before.bound}), true",
        ("test_engine",),
    ),
    Mutant(
        "R38",
        "the weights of streams on disks are those of their starts",
        "engine/disk_shares.cpp",
        "weight = weight_of_stream(from, to);",
        "static_cast<void>(weight_of_stream(from, to));",
        ("test_engine",),
    ),
    Mutant(
        "R38",
        "a latency that becomes 0 leaves no weight",
        "engine/simgrid_kernel_links.cpp",
        "terms.penalty = 1;",
        "terms.penalty = 0;",
        ("test_engine",),
    ),
    Mutant(
        "R1",
        "operations of a disk get weights though that is left to SimGrid",
        "engine/disk_shares.hpp",
        "simgrids_own_ = true",
        "simgrids_own_ = false",
        ("test_engine",),
    ),
    Mutant(
        "R18b",
        "a call that waits for an image takes no slot of the copy",
        "policy/pass.cpp",
        "  if (decision.node)\n    take_slot(decision.node);",
        "  if (decision.node && decision.step <= Step::Start)\n    take_slot(decision.node);",
        ("test_policy", "test_service"),
    ),
    Mutant(
        "R18b",
        "of several idle containers on a node the one created last",
        "policy/pass.cpp",
        "cluster_.container(entry.second).generation}",
        "~cluster_.container(entry.second).generation}",
        ("test_policy",),
    ),
    Mutant(
        "R18b",
        "a read that an earlier call of the pass started does not count",
        "policy/pass.cpp",
        "    started.loads.insert(node);\n",
        "",
        ("test_policy",),
    ),
    Mutant(
        "R18b",
        "a copy that an earlier call of the pass started does not count",
        "policy/pass.cpp",
        "  started.copies.insert(node);\n",
        "",
        ("test_policy",),
    ),
    Mutant(
        "R18b",
        "a node that could never run the function is not passed over",
        "policy/pass.cpp",
        "    if (const NodeId node(*index); cluster_.could_ever_fit(node, shape) && accept(node))",
        "    if (const NodeId node(*index); accept(node))",
        ("test_policy", "test_service"),
    ),
    Mutant(
        "R18b",
        "an image on its way can be dropped",
        "model/cluster_staging.cpp",
        "    *free += hold ? -entry->size : entry->size;\n    hold ? space->pin(entry) : space->unpin(entry);",
        "    static_cast<void>(free);",
        ("test_model",),
    ),
    Mutant(
        "R18b",
        "an image that fails on its way keeps its place",
        "model/cluster_staging.cpp",
        "    contents.store->erase(std::exchange(on_node.disk, nullptr));",
        "    on_node.disk = nullptr;",
        ("test_model",),
    ),
    Mutant(
        "R18b",
        "no pass when an image has arrived on a node",
        "service/each_pass.cpp",
        "    fail_waiting(staging, failure);\n  }\n  changed();",
        "    fail_waiting(staging, failure);\n  }",
    ),
    Mutant(
        "R18b",
        "no pass when an image has arrived at the head",
        "service/at_head.cpp",
        "  if (passes)\n    return passes->plan();",
        "  if (passes)\n    return;",
    ),
    Mutant(
        "R18b",
        "no pass when a call was admitted",
        "service/admission.cpp",
        "  if (passes)\n    passes->plan();",
        "",
    ),
    Mutant(
        "R18b",
        "no pass when an invocation has ended",
        "service/dispatch.cpp",
        "Parts::dispatch(NodeId node) {\n  if (passes)\n    return passes->plan();",
        "Parts::dispatch(NodeId node) {\n  if (passes)\n    return;",
    ),
    Mutant(
        "R18b",
        "a copy that fails takes no call with it",
        "service/each_pass.cpp",
        "  if (staging.pass != pass_)\n    return; // nobody any more",
        "  if (staging.pass == pass_)\n    return; // nobody any more",
    ),
    Mutant(
        "R18b",
        "a copy under way to a node that goes off is kept",
        "service/failing.cpp",
        "  if (passes)\n    passes->node_went_off(node);\n",
        "",
    ),
    Mutant(
        "R18b",
        "copies begin before containers start",
        "service/each_pass.cpp",
        "  for (const Start& planned : plan.starts)\n    start(planned);\n"
        "  for (const Move& move : plan.loads)\n    load(move.node, cluster.shape(move.function).image);\n"
        "  for (const Move& move : plan.copies)\n    copy(move.node, cluster.shape(move.function).image);\n",
        "  for (const Move& move : plan.copies)\n    copy(move.node, cluster.shape(move.function).image);\n"
        "  for (const Move& move : plan.loads)\n    load(move.node, cluster.shape(move.function).image);\n"
        "  for (const Start& planned : plan.starts)\n    start(planned);\n",
    ),
    Mutant(
        "R18b",
        "the calls of a function go before those of others that came between them",
        "service/each_pass.cpp",
        "return sequence > other.sequence;",
        "return sequence < other.sequence;",
    ),
    Mutant(
        "R18b",
        "a busy head notices ends at once",
        "service/each_pass.cpp",
        "bool EachPass::postpone_end(ContainerId id) {\n  if (!head_is_busy())",
        "bool EachPass::postpone_end(ContainerId id) {\n  if (true)",
    ),
    Mutant(
        "R18b",
        "a busy head notices images at once",
        "service/each_pass.cpp",
        "bool EachPass::postpone_image(ImageId id) {\n  if (!head_is_busy())",
        "bool EachPass::postpone_image(ImageId id) {\n  if (true)",
    ),
    Mutant(
        "R18b",
        "a busy head notices expiries at once",
        "service/each_pass.cpp",
        "bool EachPass::postpone_expiry(std::uint64_t tag) {\n  if (!head_is_busy())",
        "bool EachPass::postpone_expiry(std::uint64_t tag) {\n  if (true)",
    ),
    Mutant(
        "R18b",
        "a call that would start at once is refused where the queue is full",
        "service/admission.cpp",
        " && !(passes && passes->starts_at_once(function))",
        "",
    ),
]


def run(command: list[str], where: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    try:
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # cmake and ninja, as for make build
        environment = {**os.environ, "PATH": path, "WRENCH_SERVERLESS_CHECK": "1"}
        return subprocess.run(
            command, cwd=where, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, 124, str(error.stdout or ""), "no end in sight")


def killer(mutant: Mutant, tree: Path) -> str | None:
    """The first test that fails; None: the mutant survives."""
    for binary in mutant.binaries:
        found = run([str(tree / BUILD / "tests" / binary), "--abort"], tree, 300)
        if found.returncode == 0:
            continue
        if found.returncode == 124:
            return f"{binary}: no end in sight"
        name = re.search(r"^-{20,}\n(.+?)\n-{20,}$", found.stdout, re.DOTALL | re.MULTILINE)
        return f"{binary}: {' '.join(name[1].split())}" if name else f"{binary}: exit {found.returncode}"
    return None


def mutated(mutant: Mutant, source: str) -> str:
    return source.replace(mutant.old, mutant.new, 1)


def syntax_error(mutant: Mutant, command: str, copy: Path) -> str | None:
    """What the compiler has against the mutated file, which is written to `copy`; None: nothing."""
    copy.write_text(mutated(mutant, (ROOT / "cpp" / mutant.file).read_text()))
    flags = shlex.split(command)
    at = flags.index("-o")
    done = run([*flags[:at], "-fsyntax-only", str(copy)], ROOT, 600)  # after it come the object, -c and the file
    if done.returncode == 0:
        return None
    return " ".join(re.findall(r"error: .*", done.stderr)[:1]) or f"exit {done.returncode}"


def check_syntax(mutants: list[Mutant]) -> int:
    """How many of them don't compile; prints which, and how many do."""
    if not (ROOT / COMMANDS).exists():
        print(f"not compiled: there is no {COMMANDS}")
        return 0
    commands = {entry["file"]: entry["command"] for entry in json.loads((ROOT / COMMANDS).read_text())}
    known = [mutant for mutant in mutants if str(ROOT / "cpp" / mutant.file) in commands]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(CORES) as pool:
        verdicts = [
            pool.submit(syntax_error, mutant, commands[str(ROOT / "cpp" / mutant.file)], Path(scratch, f"{index}.cpp"))
            for index, mutant in enumerate(known)
        ]
        errors = [(mutant, verdict.result()) for mutant, verdict in zip(known, verdicts, strict=True)]
    wrong = [(mutant, error) for mutant, error in errors if error]
    for mutant, error in wrong:
        print(f"{mutant.rule}, {mutant.what}: does not compile: {error}")
    for mutant in mutants:
        if mutant not in known:
            print(f"{mutant.rule}, {mutant.what}: {COMMANDS} does not have cpp/{mutant.file}")
    print(f"{len(known) - len(wrong)} of {len(mutants)} mutations compile")
    return len(mutants) - len(known) + len(wrong)


def judge(mutant: Mutant, tree: Path) -> str:
    path = tree / "cpp" / mutant.file
    source = path.read_text()
    path.write_text(mutated(mutant, source))
    try:
        built = run(["cmake", "--build", str(BUILD), "--target", *mutant.binaries], tree, 3600)
        if built.returncode != 0:
            return "DOES NOT BUILD: " + " ".join(re.findall(r"error: .*", built.stdout)[:1])
        return killer(mutant, tree) or "SURVIVES"
    finally:
        path.write_text(source)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not arguments.rules or mutant.rule in arguments.rules]
    stale = [mutant for mutant in chosen if (ROOT / "cpp" / mutant.file).read_text().count(mutant.old) != 1]
    for mutant in stale:
        print(f"{mutant.rule}: cpp/{mutant.file} does not have, exactly once: {mutant.old!r}")
    if arguments.check or stale:
        print(f"{len(chosen) - len(stale)} of {len(chosen)} mutations fit")
        wrong = check_syntax([mutant for mutant in chosen if mutant not in stale]) if arguments.check else 0
        return 1 if stale or wrong else 0
    survivors = 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        shutil.copytree(
            ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", ".venv", "__pycache__")
        )
        binaries = sorted({binary for mutant in chosen for binary in mutant.binaries})
        for step in (["cmake", "--preset", "release"], ["cmake", "--build", str(BUILD), "--target", *binaries]):
            done = run(step, tree, 3600)
            if done.returncode != 0:
                print(f"the tree itself does not build: {' '.join(step)}\n{(done.stdout + done.stderr)[-2000:]}")
                return 2
        print("| rule | mutation | killed by |\n|---|---|---|")
        for mutant in chosen:
            verdict = judge(mutant, tree)
            survivors += verdict == "SURVIVES" or verdict.startswith("DOES NOT BUILD")
            print(f"| {mutant.rule} | {mutant.what} | {verdict} |", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
