"""Runs as many generated scenarios as you like, others each time: `run_generated.py --cases 10000 --seed 1`.

It stops at the first that breaks a rule, makes it smaller for a while, and prints it with what went wrong.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

os.environ["WRENCH_SERVERLESS_CHECK"] = "1"

from hypothesis import HealthCheck, Phase, given, seed, settings
from scenarios import Scenario, scenarios
from test_generated import prove


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--no-shrink", action="store_true", help="print the first failure as it is")
    arguments = parser.parse_args()
    figures: Counter[str] = Counter()
    phases = [Phase.generate] if arguments.no_shrink else [Phase.generate, Phase.shrink]

    @seed(arguments.seed)
    @settings(
        max_examples=arguments.cases, phases=phases, database=None, deadline=None, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(scenarios())
    def cases(scenario: Scenario) -> None:
        figures.update(prove(scenario))

    begun = time.perf_counter()
    try:
        cases()
    finally:
        seconds = time.perf_counter() - begun
        print(f"seed {arguments.seed}: {figures['scenarios']} scenarios in {seconds:.0f} s")
        for name, count in sorted(figures.items()):
            print(f"  {name}: {count}")


if __name__ == "__main__":
    main()
