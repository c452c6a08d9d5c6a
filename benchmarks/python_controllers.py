"""Live Python controllers: COUNT of them, each sleeping twice, all alive at the same time.

Usage: python_controllers.py COUNT. Prints one line of JSON.
"""

import json
import resource
import sys
import time

import wrench_serverless as ws


def main(count: int) -> None:
    """Run it once."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=1), seed=1)
    alive = 0
    most = 0

    def controller() -> None:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        ws.sleep(1.0)
        ws.sleep(1.0)
        alive -= 1

    begin = time.perf_counter()
    for _ in range(count):
        sim.add_controller("user", controller)
    sim.run()
    seconds = time.perf_counter() - begin
    assert most == count, f"only {most} were alive together"
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"controllers": count, "seconds": seconds, "rss_mb": rss}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
