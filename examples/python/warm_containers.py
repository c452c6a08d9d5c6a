"""Placement: warm containers stay while another node has room (R18), with each built-in policy.

Twelve functions of 512 MB are called in turn, one every 5 s, on four nodes of 4 GB. All twelve containers fit, two
thirds of the memory. So each function is cold once, whatever the policy. On one node seven fit: the others have to end
somebody's container, and in a round of twelve nobody comes back in time.
"""

import numpy as np

import wrench_serverless as ws

FUNCTIONS, ROUNDS = 12, 100
POLICIES = (
    ws.WarmestFirst,
    ws.LeastLoaded,
    ws.MostPacked,
    ws.RoundRobin,
    ws.Random,
    ws.PowerOfTwoChoices,
    ws.HashAffinity,
)


def simulate(nodes: int, policy: ws.PlacementPolicy) -> tuple[int, int]:
    """How many calls were cold, and how many containers had to go for others."""
    platform = ws.Platform.cluster(nodes=nodes, cores=16, ram="4GB", disk="100GB")
    sim = ws.Simulation(platform, seed=1)
    registry = sim.create_storage_service("user", capacity="10GB")
    names = [f"node-{index}" for index in range(nodes)]
    provider = sim.create_serverless_compute_service("head", names, keep_alive=600, placement=policy)
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "10MB"), memory="10MB")
    functions = [
        manager.register_function(
            manager.create_function(f"f{number}", ws.Profile(ws.Sleep()), image), [provider], memory="512MB"
        )
        for number in range(FUNCTIONS)
    ]
    calls = FUNCTIONS * ROUNDS
    manager.replay(
        ws.Workload(functions, 5.0 * np.arange(calls), np.full(calls, 0.1), which=np.arange(calls) % FUNCTIONS)
    )
    results = sim.run()
    return int(results.summary()["cold_starts"]), int(np.sum(results.containers.names("reason") == "EVICTED"))


print(f"{'':<20}{'4 nodes':>20}{'1 node':>20}")
print(f"{FUNCTIONS * ROUNDS:,} calls".ljust(20) + f"{'cold':>12}{'evicted':>8}" * 2)
for policy in POLICIES:
    counts = [f"{cold:>12}{evicted:>8}" for cold, evicted in (simulate(nodes, policy()) for nodes in (4, 1))]
    print(f"{policy.__name__:<20}" + "".join(counts))
