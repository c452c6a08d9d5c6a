"""What calls cost at the price of AWS Lambda, and what the provider pays for idle containers."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "two_nodes.xml"
sim = ws.Simulation(PLATFORM, seed=1)
registry = sim.create_storage_service("user", capacity="10GB")

provider = sim.create_serverless_compute_service(
    "head", nodes=["node-0", "node-1"], image_store="10GB", slots=8, **ws.presets.aws_lambda()
)
manager = sim.create_function_manager("user")
image = manager.create_image("python", registry.create_file("python.sqsh", "10MB"), memory="5MB")


def nap(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)


registered = manager.register_function(
    manager.create_function("nap", nap, image), [provider], **ws.presets.aws_lambda_function(memory="512MiB")
)


@sim.controller("user")
def main() -> None:
    for seconds in (0.1, 0.2504, 1.0):
        manager.wait_one(manager.invoke(registered, seconds))
        ws.sleep(60)


results = sim.run()
for billed, cost in zip(results.invocations["billed_seconds"], results.invocations["cost"], strict=True):
    print(f"{billed:.3f} s billed: ${1e6 * cost:.4f} for a million")
summary = results.summary()
print(f"all: ${summary['cost']:.9f}; {summary['billed']:.3f} GB-s billed, {summary['idle']:.3f} GB-s idle")
