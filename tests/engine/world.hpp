// A small world for tests of the engine: hosts a, b and c, exact network models, and code that blocks.
//
// a and b: a disk "/" that reads 100 MB/s and writes 50 MB/s, and one "/fast" ten times as fast; 200 MB/s between them.
// c: as a, but behind a link of 25 MB/s with a latency of 0.5 s. One core of 1 Gf each; disks of 1 GB.
#pragma once

#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/platform.hpp"

#include <catch.hpp>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace ws = wrench_serverless;
using namespace ws::literals;

inline ws::Platform small_platform() {
  ws::Platform platform;
  for (const char* host : {"a", "b", "c"}) {
    platform.add_host(host, {.cores = 1, .speed = 1e9, .ram = 1_GB});
    platform.add_disk(host, {.name = "disk", .size = 1_GB, .read_bandwidth = 1e8, .write_bandwidth = 5e7});
    platform.add_disk(host,
                      {.name = "fast", .size = 1_GB, .read_bandwidth = 1e9, .write_bandwidth = 5e8, .mount = "/fast"});
  }
  platform.add_link("quick", {.bandwidth = 2e8, .latency = 0, .sharing = ws::LinkSharing::SplitDuplex});
  platform.add_link("slow", {.bandwidth = 2.5e7, .latency = 0.5});
  platform.add_route("a", "b", {"quick"});
  platform.add_route("a", "c", {"slow"});
  platform.add_route("b", "c", {"slow"});
  return platform;
}

// Bandwidths and latencies as they are written: no TCP effects.
inline const std::vector<std::string>& exact_network() {
  static const std::vector<std::string> config{"network/model:CM02", "network/crosstraffic:no", "network/TCP-gamma:0"};
  return config;
}

inline Approx seconds(double value) { return Approx(value).epsilon(0).margin(1e-6); }

inline auto times(const std::vector<double>& values) { return Catch::Matchers::Approx(values).epsilon(0).margin(1e-6); }

struct World {
  std::shared_ptr<ws::Runtime> runtime;

  explicit World(const ws::PlatformSource& platform = small_platform(),
                 const std::vector<std::string>& config = exact_network()) {
    ws::Runtime::make_way();
    runtime = std::make_shared<ws::Runtime>(platform, 0, config);
  }
  ~World() { runtime->close(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::shared_ptr<ws::StorageService> storage(const std::string& host, ws::StorageOptions options) {
    return runtime->storages().create(runtime, host, std::move(options));
  }
  simgrid::s4u::Host& host(const std::string& name) { return *runtime->kernel().engine().host_by_name(name); }

  // A controller: what it throws ends the simulation.
  ws::FibreId start(const std::string& on, std::function<void()> code, const std::string& name = "main") {
    return spawn(on, std::move(code), name, runtime->controller_continuation());
  }
  ws::FibreId spawn(const std::string& on, std::function<void()> code, const std::string& name,
                    const ws::Continuation& ended) {
    ws::FibreJob job;
    job.host = &host(on);
    job.name = std::make_shared<const std::string>(name);
    job.role = "controller";
    job.ended = ended;
    return runtime->fibres().spawn(std::move(job), std::move(code));
  }

  double now() const { return runtime->now(); }
  void sleep(double time) {
    ws::Runtime& here = ws::Runtime::of_caller();
    here.fibres().block({"a sleep to its end"},
                        [&](const ws::Continuation& done) { return here.start_sleep(time, done); });
  }
  void compute(double flops) {
    const ws::FibreJob& job = runtime->fibres().job(runtime->fibres().current());
    runtime->fibres().block({"a computation to its end"},
                            [&](const ws::Continuation& done) { return runtime->start_compute(job, flops, done); });
  }
  // After so many seconds, in no fibre's name.
  void after(double time, std::function<void()> code) {
    calls_.push_back(std::make_unique<Call>(std::move(code)));
    runtime->schedule(time, *calls_.back(), 0, 0);
  }

  // To the end, or to the date; throws what ended a controller. Returns the date.
  double run(double until = std::numeric_limits<double>::infinity()) {
    runtime->begin_run();
    ws::Advance reached = ws::Advance::Tick;
    while (reached == ws::Advance::Tick)
      reached = runtime->advance(until);
    runtime->end_run();
    if (const ws::Outcome failure = runtime->take_failure())
      std::rethrow_exception(failure);
    return runtime->now();
  }

private:
  struct Call final : ws::EventSink {
    explicit Call(std::function<void()> what) : code(std::move(what)) {}
    void on_event(std::uint32_t, std::uint64_t) override { code(); }
    std::function<void()> code;
  };
  std::vector<std::unique_ptr<Call>> calls_;
};
