"""Refusals: a provider does not take a function that no node could run, nor a name twice, nor a call of a stranger."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")
small = sim.create_serverless_compute_service("head", nodes=["node-0"], image_store="10GB")
other = sim.create_serverless_compute_service("head", nodes=["node-1"], image_store="10GB")
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nothing(input: object, storage: ws.StorageService) -> None:
    """Ends as it starts."""


@sim.controller("user")
def main() -> None:
    function = manager.create_function("nothing", nothing, image)
    try:
        manager.register_function(function, [small], memory="6GB")  # the node has 4 GB
    except ws.RegistrationRefused as error:
        print(f"RegistrationRefused: {error}")
    registered = manager.register_function(function, [small], memory="256MB")
    try:
        manager.register_function(function, [small], memory="256MB")
    except ws.RegistrationRefused as error:
        print(f"RegistrationRefused: {error}")
    try:
        manager.invoke(registered, None, provider=other)
    except ws.FunctionNotRegistered as error:
        print(f"FunctionNotRegistered: {error}")
    call = manager.invoke(registered, None)
    manager.wait_one(call)
    print(f"{call.state.name} at {call.ended:.3f}")


sim.run()
