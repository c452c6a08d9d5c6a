// Containers: how long they live, what goes first when room is needed, and what a body finds in one: R9, R10, R23, R27.
#include "cloud.hpp"

using Catch::Matchers::Contains;
using End = ws::ContainerEnd;

namespace {

std::vector<End> ends(const ws::Results& results) {
  std::vector<End> reasons;
  for (const auto reason : results.containers->reason)
    reasons.push_back(static_cast<End>(reason));
  return reasons;
}

} // namespace

TEST_CASE("R27 an idle container is kept for its time, and the next invocation is warm until then") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 10});
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    const double end = cloud.call(f, 1).ended();
    cloud.sleep_until(end + 9.999);
    const auto warm = cloud.call(f, 1);
    CHECK_FALSE(warm.cold());
    cloud.sleep_until(warm.ended() + 9.999); // counted anew from its last invocation
    CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 1);
    ws::sleep(0.002);
    CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 0);
    CHECK(cloud.call(f, 1).cold());
  });
  const auto& table = *results.containers;
  REQUIRE(table.size() == 2);
  CHECK(ends(results) == std::vector{End::Expired, End::Alive});
  CHECK(table.claimed[0] == at(1)); // when its image was at the head
  CHECK(table.ready[0] == at(staging));
  CHECK(table.ended[0] == at(staging + 1 + 9.999 + 1 + 10));
  CHECK(table.invocations == std::vector<std::uint32_t>{2, 1});
  CHECK(table.busy_seconds[0] == at(2));
  CHECK(table.memory[0] == 128e6);
  CHECK(std::isnan(table.ended[1]));
}

TEST_CASE("R27 with a keep-alive of zero a container ends with its invocation") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 0});
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    for (int i = 0; i < 3; ++i)
      CHECK(cloud.call(f, 1).cold());
    CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 0);
  });
  CHECK(ends(results) == std::vector(3, End::Expired));
  CHECK_THAT(results.containers->ended, all_at({3.5, 4.5, 5.5}));
}

TEST_CASE("R27 with an infinite keep-alive a container stays, and the simulation ends nevertheless") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.keep_alive = infinity}));
  const auto results = cloud.run([&] {
    cloud.call(f, 1);
    ws::sleep(1e9);
    CHECK_FALSE(cloud.call(f, 1).cold());
  });
  CHECK(ends(results) == std::vector{End::Alive});
  CHECK(results.now == at(1e9 + staging + 2));
}

TEST_CASE("R27 a simulation does not wait for idle containers to expire") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.keep_alive = 600}));
  CHECK(cloud.run([&] { cloud.call(f, 1); }).now == at(staging + 1));
}

TEST_CASE("R27 a keep-alive policy of the user's is asked with function and date, and its answer is checked") {
  struct Growing final : ws::KeepAlivePolicy {
    std::vector<double> asked;
    double answer = 5;
    std::string name() const override { return "Growing"; }
    ws::KeepAlive keep_alive(ws::FunctionId, double now) override {
      asked.push_back(now);
      return answer += 5;
    }
  };
  const auto policy = std::make_shared<Growing>();
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.keep_alive_policy = policy}));
  SECTION("good answers") {
    const auto results = cloud.run([&] {
      cloud.call(f, 1);
      cloud.call(f, 1);
      ws::sleep(100);
    });
    CHECK_THAT(policy->asked, all_at({3.5, 4.5}));
    CHECK_THAT(results.containers->ended, all_at({4.5 + 15}));
  }
  SECTION("a bad one") {
    policy->answer = -100;
    CHECK_THROWS_WITH(cloud.run([&] { cloud.call(f, 1); }), Contains("Growing") && Contains("-95") && Contains("'f'"));
  }
}

TEST_CASE("R9 R10 when room is needed idle containers go, oldest idle first, and busy ones never") {
  const bool memory = GENERATE(true, false);
  CAPTURE(memory);
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto image = cloud.image("shared");
  const auto limits = [&](ws::Bytes share) { // of 4 GB of memory, or of 10 GB of storage
    return memory ? ws::FunctionLimits{.memory = share * 4, .ephemeral_storage = 1_MB}
                  : ws::FunctionLimits{.memory = 1_MB, .ephemeral_storage = share * 10};
  };
  const auto f = cloud.sleeper("f", provider, limits(300_MB), image);
  const auto g = cloud.sleeper("g", provider, limits(300_MB), image);
  const auto busy = cloud.sleeper("busy", provider, limits(200_MB), image);
  const auto big = cloud.sleeper("big", provider, limits(400_MB), image);
  const auto results = cloud.run([&] {
    const auto working = cloud.invoke(busy, 100);
    const auto first = cloud.invoke(f, 2);
    const auto second = cloud.invoke(g, 1);
    cloud.manager.wait_all({first, second}); // g is idle for longer
    const auto third = cloud.call(big, 1);
    CHECK(third.cold());
    CHECK(third.started() == at(third.requested())); // the image is in memory
    CHECK_FALSE(cloud.call(f, 1).cold());
    CHECK(cloud.call(g, 1).cold());
    CHECK(working.is_running());
    // 200 are busy, and 900 can't be had before they are not.
    const auto whole = cloud.sleeper("whole", provider, limits(900_MB), image);
    const auto last = cloud.call(whole, 1);
    CHECK(last.started() == at(working.ended()));
  });
  CHECK(ends(results)[2] == End::Evicted); // rows: busy, f, g, big …
  CHECK(results.containers->ended[2] == at(staging + 2));
  CHECK(ends(results)[0] == End::Evicted);
}

TEST_CASE("R9 images that nobody uses go before idle containers") {
  Cloud cloud;
  auto& provider = cloud.provider({.node_store = 400_MB});
  const ws::FunctionLimits small{.memory = 10_MB, .ephemeral_storage = 10_MB};
  const auto unused = cloud.sleeper("unused", provider, small, cloud.image("unused", 100_MB, 0));
  const auto kept = cloud.sleeper("kept", provider, small, cloud.image("kept", 100_MB, 0));
  const auto next =
      cloud.sleeper("next", provider, {.memory = 10_MB, .ephemeral_storage = 150_MB}, cloud.image("next", 100_MB, 0));
  cloud.run([&] {
    cloud.call(unused, 1);
    const auto first = cloud.call(kept, 1);
    CHECK(cloud.call(next, 1).cold()); // 110 + 110 + 250 of 400: the container of `unused`, and its image
    CHECK_FALSE(cloud.call(kept, 1).cold());
    CHECK(first.is_done());
  });
}

TEST_CASE("R10 a footprint that was dropped is read again from the node's disk") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 0});
  const auto f = cloud.sleeper("f", provider, {.memory = 1_GB});
  const auto hog = cloud.sleeper("hog", provider, {.memory = 4_GB}, cloud.image("hog", 1_MB, 0));
  const auto results = cloud.run([&] {
    cloud.call(f, 1);
    cloud.call(hog, 1);
    const auto again = cloud.call(f, 1);
    CHECK(again.assigned() - again.requested() == at(0.5));
  });
  CHECK(results.transfers->size() == 4); // both images, twice each
}

TEST_CASE("R23 a body finds storage of exactly its limit, empty at each start") {
  Cloud cloud;
  auto& provider = cloud.provider();
  int runs = 0;
  std::weak_ptr<ws::StorageService> kept;
  const auto f = cloud.add("f",
                           [&](const ws::FunctionInput&, ws::StorageService& storage) -> ws::FunctionOutput {
                             ++runs;
                             kept = storage.weak_from_this();
                             CHECK(storage.capacity() == 300_MB);
                             CHECK(storage.free_space() == 300_MB);
                             CHECK(storage.files().empty());
                             CHECK(storage.host() == "node-0");
                             const double start = ws::now();
                             storage.write("a", 200_MB);
                             CHECK(ws::now() - start == at(2));
                             storage.read("a", 100_MB);
                             CHECK(ws::now() - start == at(3));
                             CHECK_THROWS_AS(storage.write("b", 101_MB), ws::StorageFull);
                             storage.write("b", 100_MB);
                             CHECK(storage.free_space() == 0);
                             return {};
                           },
                           {&provider}, {.ephemeral_storage = 300_MB});
  cloud.run([&] {
    const auto first = cloud.manager.invoke(f);
    CHECK(cloud.manager.wait_one(first) == State::Completed);
    const auto second = cloud.manager.invoke(f);
    CHECK(cloud.manager.wait_one(second) == State::Completed);
    CHECK_FALSE(second.cold());
    CHECK(second.started() == second.requested()); // emptying takes no time
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.free_storage() + node.reclaimable_storage() == 10_GB);
  });
  CHECK(runs == 2);
}

TEST_CASE("R27 what a container had is gone with it, also for those who kept a handle") {
  Cloud cloud;
  std::shared_ptr<ws::StorageService> kept;
  const auto f = cloud.add("f",
                           [&](const ws::FunctionInput&, ws::StorageService& storage) -> ws::FunctionOutput {
                             kept = storage.shared_from_this();
                             return {};
                           },
                           {&cloud.provider({.keep_alive = 1})});
  cloud.run([&] {
    cloud.manager.wait_one(cloud.manager.invoke(f));
    CHECK_FALSE(kept->destroyed());
    kept->create_file("x", 1_MB);
    ws::sleep(2);
    CHECK(kept->destroyed());
    CHECK_THROWS_WITH(kept->create_file("y", 1_MB), Contains("gone"));
  });
}

TEST_CASE("R27 a failed or timed-out body leaves its container usable") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput& input, ws::StorageService& storage) -> ws::FunctionOutput {
                             CHECK(storage.files().empty());
                             storage.write("left behind", 100_MB);
                             if (std::any_cast<double>(input) < 0)
                               throw std::runtime_error("negative");
                             ws::sleep(std::any_cast<double>(input));
                             return {};
                           },
                           {&cloud.provider()}, {.time_limit = 5});
  const auto results = cloud.run([&] {
    CHECK(cloud.call(f, -1).state() == State::Failed);
    const auto second = cloud.call(f, 100);
    CHECK(second.state() == State::TimedOut);
    CHECK_FALSE(second.cold());
    const auto third = cloud.call(f, 1);
    CHECK(third.state() == State::Completed);
    CHECK_FALSE(third.cold());
  });
  CHECK(results.containers->size() == 1);
  CHECK(results.containers->invocations[0] == 3);
}
