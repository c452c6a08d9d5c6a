// Observers and policies that change the simulation where they are called.
#include "cloud.hpp"
#include "wrench_serverless/errors.hpp"

using Catch::Matchers::Contains;

namespace {

// So many that every array which holds something of each function moves several times.
void register_many(Cloud& cloud, ws::ServerlessComputeService& provider, int& count) {
  for (const int end = count + 300; count < end; ++count) {
    const std::string name = "more-" + std::to_string(count);
    cloud.add(name, [](const auto&, auto&) { return ws::FunctionOutput(); }, {&provider}, {}, cloud.image(name, 1, 1));
  }
}

struct DestroysStorage final : ws::PlacementPolicy {
  explicit DestroysStorage(ws::StorageService*& given) : storage(given) {}
  std::string name() const override { return "DestroysStorage"; }
  ws::NodeId place(ws::FunctionId, const ws::ClusterView&) override {
    CHECK_THROWS_WITH(storage->destroy(), Contains("may look at the simulation, but not change it"));
    ++asked;
    return ws::NodeId(0U);
  }
  ws::StorageService*& storage;
  int asked = 0;
};

} // namespace

TEST_CASE("functions may be registered in any observer, whatever is under way") {
  for (const bool concurrent : {false, true}) {
    Cloud cloud(2);
    auto& provider = cloud.provider({.slots = 2, .keep_alive = 0.5, .concurrency = concurrent ? 3U : 1U}, 2);
    int count = 0;
    const auto observe = [&](const auto&) {
      if (count < 3000)
        register_many(cloud, provider, count);
    };
    cloud.sim.on_invocation_state(observe);
    cloud.sim.on_container_start(observe);
    cloud.sim.on_container_end(observe);
    cloud.sim.on_transfer_start(observe);
    cloud.sim.on_transfer_end(observe);
    const auto f = cloud.sleeper("f", provider);
    cloud.run([&] {
      for (int round = 0; round < 3; ++round) {
        std::vector<ws::Invocation> calls;
        for (int i = 0; i < 8; ++i)
          calls.push_back(cloud.invoke(f, 0.25));
        for (const State state : cloud.manager.wait_all(calls))
          CHECK(state == State::Completed);
        ws::sleep(2);
      }
    });
    CHECK(count >= 3000);
  }
}

TEST_CASE("a policy can not destroy a storage service") {
  Cloud cloud;
  ws::StorageService* storage = nullptr;
  const auto policy = std::make_shared<DestroysStorage>(storage);
  auto& provider = cloud.provider({.placement = policy}, 1);
  storage = &cloud.sim.create_storage_service("head", {.capacity = 1_MB});
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] { CHECK(cloud.manager.wait_one(cloud.invoke(f, 1)) == State::Completed); });
  CHECK(policy->asked == 1);
  storage->destroy();
  CHECK_THROWS_WITH(storage->create_file("f", 1), Contains("is gone"));
}
