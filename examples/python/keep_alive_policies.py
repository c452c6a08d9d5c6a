"""Fixed keep-alive against the hybrid histogram: cold starts of the 75th-percentile application, and memory wasted.

The shape of figures 14 and 15 of Shahrad et al., "Serverless in the Wild" (USENIX ATC 2020), on a synthetic workload.
The numbers are not the paper's: its trace is of a week or two, and here what the histogram keeps for its whole range
until it has learnt weighs more in two days. Nor is the policy quite the paper's: no forecast by ARIMA, and a histogram
for each function instead of each application. `--picture FILE` draws it.
"""

from __future__ import annotations

import argparse

import numpy as np

import wrench_serverless as ws

HOUR = 3600.0
END = 48 * HOUR
APPLICATIONS = 120
POLICIES: dict[str, ws.KeepAlivePolicy] = {
    **{f"fixed {minutes} min": ws.Fixed(60 * minutes) for minutes in (5, 10, 20, 30, 60, 120)},
    **{f"hybrid {hours} h": ws.HybridHistogram(range=hours * HOUR, fallback=hours * HOUR) for hours in (1, 2, 4)},
}


def arrivals(rng: np.random.Generator) -> np.ndarray:
    """When one application is called: by a timer, or by people, who come at random or in bursts."""
    kind = rng.random()
    if kind < 0.4:  # a timer of 10 minutes to 3 hours, a little late each time
        period = 600 * 18 ** rng.random()
        times = np.arange(rng.uniform(0, period), END, period)
        return times + rng.uniform(0, 0.02 * period, times.size)
    mean = 60 * 240 ** rng.random()  # from each minute to each 4 hours
    gaps = rng.exponential(mean, int(2 * END / mean) + 20)
    if kind < 0.7:
        gaps = np.where(rng.random(gaps.size) < 0.8, 0.2 * gaps, 4.2 * gaps)
    times = np.cumsum(gaps)
    return times[times < END]


def simulate(policy: ws.KeepAlivePolicy, calls: list[np.ndarray], durations: list[np.ndarray]) -> ws.Results:
    platform = ws.Platform.cluster(nodes=1, cores=64, ram="1TB", disk="1TB")
    sim = ws.Simulation(platform)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], slots=1000, keep_alive=policy)
    manager = sim.create_function_manager("user")
    image = manager.create_image("runtime", registry.create_file("runtime", "50MB"), memory="50MB")
    functions = []
    for index in range(len(calls)):
        function = manager.create_function(f"application-{index}", ws.Profile(ws.Sleep()), image)
        functions.append(manager.register_function(function, [provider], memory="170MB", ephemeral_storage="1MB"))
    which = np.repeat(np.arange(len(calls)), [times.size for times in calls])
    load = ws.Workload(functions, np.concatenate(calls), np.concatenate(durations), which=which)

    @sim.controller("user")
    def main() -> None:
        manager.wait_all([manager.replay(load)])

    return sim.run()


def cold_share_at(results: ws.Results, percentile: float) -> float:
    """Of the application at that percentile: how many of its invocations were cold, in per cent."""
    function, cold = results.invocations["function"], results.invocations["cold"]
    shares = np.bincount(function, cold) / np.bincount(function)
    return float(100 * np.percentile(shares, percentile))


def wasted_memory(results: ws.Results) -> float:
    """GB-s of containers while no body ran in them."""
    table = results.containers
    ended = np.where(np.isnan(table["ended"]), results.now, table["ended"])
    return float(np.sum((ended - table["claimed"] - table["busy_seconds"]) * table["memory"]) / 1e9)


def draw(points: dict[str, tuple[float, float]], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for kind, color in (("fixed", "tab:red"), ("hybrid", "tab:green")):
        names = [name for name in points if name.startswith(kind)]
        axes.plot([points[n][0] for n in names], [points[n][1] for n in names], "o-", color=color, label=kind)
        for name in names:
            axes.annotate(name.split(" ", 1)[1], points[name], xytext=(5, 5), textcoords="offset points", fontsize=8)
    axes.set_xlabel("cold starts of the 75th-percentile application (%)")
    axes.set_ylabel("memory wasted (% of fixed 10 min)")
    axes.set_xlim(0, 112)
    axes.set_ylim(0, 1.1 * max(wasted for _, wasted in points.values()))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", help="a file for the picture")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    calls = [arrivals(rng) for _ in range(APPLICATIONS)]
    calls = [times for times in calls if times.size >= 2]
    durations = [rng.lognormal(-0.4, 0.8, times.size) for times in calls]
    results = {name: simulate(policy, calls, durations) for name, policy in POLICIES.items()}
    base = wasted_memory(results["fixed 10 min"])
    points = {name: (cold_share_at(one, 75), 100 * wasted_memory(one) / base) for name, one in results.items()}
    print(f"{len(calls)} applications, {sum(times.size for times in calls)} invocations in {END / HOUR:.0f} h")
    print("policy         cold starts of the   memory wasted")
    print("               75th percentile (%)  (% of fixed 10 min)")
    for name, (cold, wasted) in points.items():
        print(f"{name:<14} {cold:19.1f} {wasted:20.1f}")
    if arguments.picture:
        draw(points, arguments.picture)


if __name__ == "__main__":
    main()
