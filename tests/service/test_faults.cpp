// R37, R38: hosts and links that go off and on in the middle of everything. In check mode: nothing may leak.
#include "cloud.hpp"

#include <set>

using Catch::Matchers::Contains;

namespace {

struct Faulty : Cloud {
  ws::ServerlessComputeService* service = nullptr;
  Function nap;
  explicit Faulty(int nodes = 1, const ws::ServerlessOptions& options = {}, const ws::FunctionLimits& limits = {},
                  ws::Bytes footprint = 50_MB)
      : Cloud(nodes) {
    service = &provider(options, nodes);
    nap = sleeper("nap", *service, limits, image("image", 100_MB, footprint));
  }
  void off(const char* host) { sim.host(host).turn_off(); }
  void on(const char* host) { sim.host(host).turn_on(); }
  void off_and_on_at(double date, const char* host) {
    sim.at(date, [this, host] {
      off(host);
      on(host);
    });
  }
  // Once all is over: no slot, memory or storage is in use but by idle containers, which are `idle`.
  void check_given_back(std::size_t idle) const {
    std::size_t found = 0;
    for (std::uint32_t index = 0; index < service->cluster().size(); ++index) {
      const ws::NodeView node = service->cluster().node(ws::NodeId(index));
      CHECK(node.used_slots() == 0);
      CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
      CHECK(node.free_storage() + node.reclaimable_storage() == node.storage());
      found += node.idle_containers();
    }
    CHECK(found == idle);
  }
};

} // namespace

TEST_CASE("R37 a node that goes off and on at one date starts again from its disk, whatever was on its way") {
  // To the head 1 s, to the node 1 s, into memory 0.5 s, cold start 1 s, body 2 s.
  const double date = GENERATE(0.0, 0.5, 1.0, 1.5, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0);
  CAPTURE(date);
  Faulty cloud(1, {.cold_start_overhead = 1});
  cloud.off_and_on_at(date, "node-0");
  std::vector<ws::Invocation> calls;
  cloud.run([&] {
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(cloud.nap, 2));
    cloud.manager.wait_all(calls);
    calls.push_back(cloud.call(cloud.nap, 2)); // all is well again
  });
  CHECK(calls[3].state() == State::Completed);
  for (int i = 0; i < 3; ++i) {
    const bool lost = date > 2.5; // it had its container
    CHECK(calls[i].state() == (lost ? State::Failed : State::Completed));
    if (lost)
      CHECK_THAT(message<ws::HostFailure>(calls[i].failure()), Contains("node-0"));
    // A transfer to the node starts anew; one to the head goes on; what is on the node's disk stays there. What would
    // have ended at that very date has not: its place is gone.
    const double staged = date < 1 ? 2.5 : date <= 2 ? date + 1.5 : date + 0.5;
    if (!lost)
      CHECK(calls[i].started() == at(staged + 1));
  }
  cloud.check_given_back(3 - (calls[0].state() == State::Failed ? 2 : 0));
}

TEST_CASE("R37 an image without a footprint is not in memory because it was about to be when its node went off") {
  Faulty cloud(1, {}, {}, 0);
  cloud.sim.on_transfer_end([&](const ws::TransferEvent& event) {
    if (event.destination == "provider/node-0" && event.completed && event.time < 2.5)
      cloud.sim.at(event.time, [&] {
        cloud.off("node-0");
        cloud.on("node-0");
      });
  });
  cloud.run([&] { CHECK(cloud.call(cloud.nap, 1).state() == State::Completed); });
  cloud.check_given_back(1);
}

TEST_CASE("R37 a claim is placed again while its image's transfer to the node that went off still has to be told") {
  Faulty cloud(2);
  cloud.sim.at(1.5, [&] {
    cloud.off("node-0");
    cloud.on("node-0");
    cloud.off("node-1");
  });
  cloud.run([&] {
    const auto call = cloud.call(cloud.nap, 1);
    CHECK(call.state() == State::Completed);
    CHECK(call.node() == "node-0");
    CHECK(call.started() == at(3));
  });
}

TEST_CASE("R37 a node that goes off at the very date at which an image arrives, or is in memory") {
  const double date = GENERATE(2.0, 2.5);
  Faulty cloud(1);
  cloud.main([&] {
    Cloud::sleep_until(date); // a fibre: it is resumed before SimGrid's activities of that date are told of
    cloud.off("node-0");
    ws::sleep(1);
    cloud.on("node-0");
  });
  cloud.run([&] {
    const auto call = cloud.call(cloud.nap, 1);
    CHECK(call.state() == State::Completed);
    CHECK(call.started() == at(date + 1 + (date == 2.0 ? 1.5 : 0.5)));
  });
  cloud.check_given_back(1);
}

TEST_CASE("R34 R37 a node goes off in the middle of the cold start of a container with several invocations") {
  const double date = GENERATE(2.7, 3.2, 4.0);
  Faulty cloud(2, {.cold_start_overhead = 1}, {.concurrency = 3});
  cloud.sim.at(date, [&] { cloud.off("node-0"); });
  std::vector<ws::Invocation> calls;
  const auto results = cloud.run([&] {
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(cloud.nap, 2));
    cloud.manager.wait_all(calls);
    CHECK(ws::now() == at(date));
    calls.push_back(cloud.call(cloud.nap, 2));
  });
  for (int i = 0; i < 3; ++i) {
    CHECK(calls[i].state() == State::Failed);
    CHECK(calls[i].ended() == at(date));
    CHECK(std::isnan(calls[i].started()) == (date < 3.5));
  }
  CHECK(calls[3].node() == "node-1");
  const ws::ContainerTable& containers = *results.containers;
  REQUIRE(containers.size() == 2);
  CHECK(containers.reason[0] == static_cast<int>(ws::ContainerEnd::Failed));
  CHECK(std::isnan(containers.ready[0]) == (date < 3.5));
  CHECK(containers.invocations[0] == 3);
  cloud.check_given_back(1);
}

TEST_CASE("R37 requests that the head has not handled when it goes off fail then") {
  Faulty cloud(1, {.dispatch_overhead = 1});
  std::vector<double> told;
  for (int i = 0; i < 3; ++i)
    cloud.main([&] {
      try {
        cloud.manager.wait_one(cloud.invoke(cloud.nap, 1));
      } catch (const ws::HostFailure&) {
        told.push_back(ws::now());
      }
    });
  cloud.sim.at(1.5, [&] { cloud.off("head"); });
  cloud.sim.at(1.75, [&] { cloud.on("head"); });
  cloud.run([&] {
    Cloud::sleep_until(1.8);
    CHECK(cloud.invoke(cloud.nap, 1).admitted() == at(2.8)); // it has forgotten the others
  });
  CHECK_THAT(told, all_at({1.5, 1.5}));
}

TEST_CASE("R21 R37 when the head goes off its transfers fail, and what is admitted later works") {
  const double date = GENERATE(0.5, 1.5);
  Faulty cloud(1);
  cloud.sim.at(date, [&] { cloud.off("head"); });
  cloud.sim.at(4, [&] { cloud.on("head"); });
  const auto results = cloud.run([&] {
    const auto call = cloud.call(cloud.nap, 1);
    CHECK(call.state() == State::Failed);
    CHECK(call.ended() == at(date));
    CHECK_THROWS_AS(cloud.invoke(cloud.nap, 1), ws::HostFailure);
    Cloud::sleep_until(4);
    CHECK(cloud.call(cloud.nap, 1).started() == at(4 + (date < 1 ? 2.5 : 1.5))); // the head's disk kept it
  });
  cloud.check_given_back(1);
}

TEST_CASE("R15 R38 payloads and control messages over a link that fails") {
  const bool control = GENERATE(false, true);
  ws::ServerlessOptions options;
  options.control_message_size = control ? 100_MB : 0; // 0.1 s
  Faulty cloud(1, options, {.ingress = 1_GB, .egress = 1_GB});
  const double lag = control ? 0.1 : 0;
  const auto link = [&](bool on) { on ? cloud.sim.link("wan").turn_on() : cloud.sim.link("wan").turn_off(); };
  cloud.run([&] {
    cloud.call(cloud.nap, 1);                // the image is there
    for (const double during : {0.5, 2.5}) { // ingress from 0 to 1, body to 2, egress to 3
      const double start = ws::now();
      cloud.sim.at(start + during + lag, [&, link] { link(false); });
      const auto call = cloud.invoke(cloud.nap, 1);
      cloud.manager.wait_one(call);
      CHECK(call.state() == State::Failed);
      CHECK(call.ended() == at(start + during + lag));
      CHECK_FALSE(message<ws::TransferFailure>(call.failure()).empty());
      link(true);
    }
    CHECK(cloud.call(cloud.nap, 1).state() == State::Completed);
  });
  cloud.check_given_back(1);
}

TEST_CASE("R38 a request that does not reach the head is refused, and leaves nothing") {
  ws::ServerlessOptions options;
  options.control_message_size = 100_MB;
  Faulty cloud(1, options);
  cloud.sim.at(0.05, [&] { cloud.sim.link("wan").turn_off(); });
  cloud.run([&] {
    CHECK_THROWS_AS(cloud.invoke(cloud.nap, 1), ws::TransferFailure);
    CHECK_THROWS_AS(cloud.invoke(cloud.nap, 1), ws::TransferFailure);
    cloud.sim.link("wan").turn_on();
    CHECK(cloud.call(cloud.nap, 1).state() == State::Completed);
  });
  cloud.check_given_back(1);
}

TEST_CASE("R37 a node goes off while claims of several functions wait there, and all run elsewhere") {
  Faulty cloud(2);
  std::vector<Function> functions{cloud.nap};
  for (const char* name : {"b", "c"})
    functions.push_back(cloud.sleeper(name, *cloud.service));
  cloud.sim.at(1.25, [&] { cloud.off("node-0"); });
  std::set<std::string> nodes;
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 2; ++i)
      for (const Function& function : functions)
        calls.push_back(cloud.invoke(function, 1));
    for (const State state : cloud.manager.wait_all(calls))
      CHECK(state == State::Completed);
    for (const auto& call : calls)
      nodes.insert(call.node());
  });
  CHECK(nodes == std::set<std::string>{"node-1"});
  // Each image reached the head once: the node's fault is no reason to fetch it again.
  int to_head = 0;
  for (const auto& destination : results.transfers->destination)
    to_head += destination == "provider/images";
  CHECK(to_head == 3);
  cloud.check_given_back(6);
}

TEST_CASE("observers may turn hosts and links off: it happens after what they observe") {
  Faulty cloud(2);
  int turned = 0;
  cloud.sim.on_container_start([&](const ws::ContainerEvent& event) {
    if (turned++ == 0)
      cloud.off(event.node.c_str());
  });
  cloud.sim.on_invocation_state([&](const ws::Invocation& call) {
    if (call.state() == State::Failed)
      cloud.on("node-0");
    if (call.state() == State::Queued && call.id() == 1)
      cloud.off("node-1");
  });
  cloud.run([&] {
    const auto first = cloud.call(cloud.nap, 1);
    CHECK(first.state() == State::Failed);
    CHECK(first.ended() == at(2.5));
    const auto second = cloud.call(cloud.nap, 1);
    CHECK(second.state() == State::Completed);
    CHECK(second.node() == "node-0");
  });
}
