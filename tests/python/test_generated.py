"""Scenarios at random, and what holds of every one of them: R16, R26, R28, R29, R38, and the scale of time.

`python tests/python/run_generated.py --cases 10000` runs more of them, others each time.
"""

from __future__ import annotations

from collections import Counter

import scenario_rules as rules
from hypothesis import given, settings
from scenario_run import Run
from scenarios import Scenario, scenarios, stretched


def prove(scenario: Scenario) -> Counter[str]:
    """Run it three times in all: with all checks, again, stretched; count what happened."""
    run = Run(scenario)
    outcome = run.go()
    rules.check(scenario, outcome)
    if outcome.deadlock is None:
        run.check_all_is_given_back()
    again = Run(scenario).go()
    assert again.digest() == outcome.digest()  # R29
    # A power of two: then each product and quotient is exact, and so are all the dates that follow.
    k = (4.0, 0.5, 1024.0, 0.125)[scenario.seed]
    told = rules.check_stretched(scenario, outcome, Run(stretched(scenario, k), k).go(), k)
    return rules.figures(outcome) + Counter({"scenarios stretched": told})


@settings(max_examples=200)
@given(scenarios())
def test_R26_R28_R29_generated_scenarios_keep_the_rules(scenario: Scenario) -> None:
    prove(scenario)
