"""Attempts after the first: of a body that fails twice, of one that always does, and of a call that is refused."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0"], image_store="10GB", slots=4, max_concurrency=2
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")
bodies = 0


def flaky(failures: int, storage: ws.StorageService) -> str:
    global bodies
    bodies += 1
    ws.sleep(1)
    if bodies <= failures:
        raise OSError(f"body {bodies} failed")
    return f"body {bodies} worked"


registered = manager.register_function(
    manager.create_function("flaky", flaky, image),
    [provider],
    memory="64MB",
    retries=ws.Retries(2, delay=["5s", "20s"]),
)


@sim.controller("user")
def main() -> None:
    global bodies
    call = manager.invoke(registered, 2)
    manager.wait_one(call)
    print(f"{call.attempts} attempts, {call.ended - call.requested:.1f} s: {call.output}")
    call = manager.invoke(registered, 100)
    manager.wait_one(call)
    print(f"{call.attempts} attempts: {call.failure}")

    bodies = 100
    calls = [manager.invoke_async(registered, 0) for _ in range(3)]
    manager.wait_all(calls)
    print("asynchronous:", [(call.state.name, call.attempts) for call in calls])


sim.run()
print("dead letters:", [letter.id for letter in registered.dead_letters])
