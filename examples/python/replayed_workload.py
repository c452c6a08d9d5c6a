"""Declared work and a replayed workload: 20,000 calls of two functions, without a body and without a controller."""

import wrench_serverless as ws

sim = ws.Simulation(ws.Platform.cluster(nodes=4, cores=8, speed="1Gf"), seed=1)
registry = sim.create_storage_service("user", capacity="1TB")
provider = sim.create_serverless_compute_service(
    "head", ["node-0", "node-1", "node-2", "node-3"], cold_start_overhead=0.25, keep_alive=60
)
manager = sim.create_function_manager("user")
image = manager.create_image("py311", registry.create_file("py311.sqsh", "50MB"), memory="120MB")

wait = manager.create_function("wait", ws.Profile(ws.Sleep()), image)
resize = manager.create_function("resize", ws.Profile(ws.Sleep("20ms"), ws.Compute(), ws.Write("1MB")), image)
waits = manager.register_function(wait, [provider])
resizes = manager.register_function(resize, [provider])

# Poisson arrivals; durations in seconds, work in flops.
replays = [
    manager.replay(ws.Workload.poisson(waits, 10, lambda rng, n: rng.exponential(1, n), count=10_000, seed=1)),
    manager.replay(ws.Workload.poisson(resizes, 10, lambda rng, n: rng.uniform(1e8, 9e8, n), count=10_000, seed=2)),
]
results = sim.run()
for replay in replays:
    print(replay)
summary = results.summary()
for name in ("completed", "cold_starts", "latency_mean", "latency_p99", "utilisation"):
    print(f"{name}: {summary[name]:.4g}")
