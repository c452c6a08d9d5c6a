"""A bare-metal service by itself: custom actions on a machine with two slots, the third waits for one."""

from __future__ import annotations

from pathlib import Path

import wrench_serverless as ws

PLATFORM = Path(__file__).resolve().parent.parent / "platforms" / "one_machine.xml"
sim = ws.Simulation(PLATFORM, seed=1)
machine = sim.create_bare_metal_service("machine", slots=2)


def crunch() -> None:
    ws.compute(3e9)  # 3 s of a 1 Gf core
    ws.sleep(0.5)


@sim.controller("machine")
def main() -> None:
    actions = [ws.CustomAction(f"crunch-{number}", crunch) for number in range(3)]
    for action in actions:
        machine.submit(action)
    for action in actions:
        action.wait()
        print(f"{action.name}: started {action.started:.3f}, ended {action.ended:.3f}")


sim.run()
