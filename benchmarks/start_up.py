"""Start-up: from nothing to a provider of NODES nodes that is ready.

Usage: start_up.py NODES. Prints one line of JSON.
"""

import json
import sys
import time

begin = time.process_time()
import wrench_serverless as ws  # noqa: E402

imported = time.process_time()
nodes = int(sys.argv[1])
sim = ws.Simulation(ws.Platform.cluster(nodes=nodes, cores=10), seed=1)
provider = sim.create_serverless_compute_service("head", [f"node-{i}" for i in range(nodes)])
manager = sim.create_function_manager("user")
ready = time.process_time()
print(json.dumps({"nodes": nodes, "import": imported - begin, "seconds": ready - begin}))
