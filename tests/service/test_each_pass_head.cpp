// R18b: a head that takes time for requests notices everything else in between.
#include "each_pass.hpp"

using Catch::Matchers::Contains;

TEST_CASE("R18b R13 a busy head notices the end of an invocation after the requests that came before") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 1, .dispatch_overhead = 0.4}));
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    cloud.call(f, 1);
    Cloud::sleep_until(10);
    const auto first = cloud.invoke(f, 0.5);
    const auto second = cloud.invoke(f, 1); // admitted at 10.8
    CHECK(provider.running() == 1);
    cloud.sim.at(11, [&] {
      CHECK(provider.running() == 0);
      CHECK(used_slots(provider) == 1); // the head knows of nothing yet
    });
    const auto third = cloud.invoke(f, 1); // from 10.8 to 11.2
    cloud.manager.wait_all({first, second, third});
    CHECK(first.ended() == at(10.9));
    CHECK(second.started() == at(11.2));
    CHECK(third.started() == at(12.2));
  });
}

TEST_CASE("R18b R13 a busy head notices an image and an expiry after the requests that came before") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.dispatch_overhead = 0.4, .keep_alive = 1}));
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider, {}, cloud.image("g.img", 500_MB));
  cloud.run([&] {
    const auto cold = cloud.invoke(f, 1); // its image is at the head at 1.4
    Cloud::sleep_until(1.2);
    cloud.invoke(f, 1); // until 1.6, when both are planned
    cloud.manager.wait_one(cold);
    CHECK(cold.started() == at(1.6 + 1 + 0.5));
    CHECK(cold.ended() == at(4.1));
    Cloud::sleep_until(4.9);
    const auto warm = cloud.invoke(f, 1); // until 5.3; the time of its container is over at 5.1
    CHECK(warm.started() == at(5.3));
    CHECK_FALSE(warm.cold());
    cloud.manager.wait_one(warm);
    Cloud::sleep_until(7);
    CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 1);
    cloud.sim.at(7.39, [&] { CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 1); });
    cloud.invoke(g, 1); // until 7.4; the time of the container is over at 7.3
    ws::sleep(0.01);
    CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 0);
  });
}

TEST_CASE("R18b R13 R37 what a busy head has not noticed when it goes off waits for no requests any more") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 1, .dispatch_overhead = 10}));
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    cloud.call(f, 1);
    const auto call = cloud.invoke(f, 1);
    const double date = ws::now(); // its body ends while the next request is handled
    cloud.sim.at(date + 5, [&] {
      CHECK(call.is_done());
      CHECK(used_slots(provider) == 1);
      cloud.sim.host("head").turn_off();
    });
    cloud.sim.at(date + 5.5, [&] {
      CHECK(used_slots(provider) == 0);
      CHECK(provider.cluster().node(ws::NodeId(0U)).idle_containers() == 1);
      cloud.sim.host("head").turn_on();
    });
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::HostFailure);
    Cloud::sleep_until(date + 6);
    const auto next = cloud.invoke(f, 1);
    CHECK(next.started() == at(date + 16));
    CHECK_FALSE(next.cold());
    cloud.manager.wait_one(next);
  });
}

TEST_CASE("R18b R21 R37 calls whose image a busy head has, and has not noticed, fail by the copy that they need now") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.dispatch_overhead = 10}));
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    const auto cold = cloud.invoke(f, 1); // its image comes while the next request is handled
    const double date = ws::now();
    cloud.sim.at(date + 5, [&] { cloud.sim.host("head").turn_off(); });
    cloud.sim.at(date + 5, [&] { cloud.sim.host("head").turn_on(); });
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::HostFailure);
    CHECK(cloud.manager.wait_one(cold) == State::Failed);
    CHECK_THAT(message<ws::TransferFailure>(cold.failure()), Contains("from 'provider/images' to 'provider/node-0'"));
  });
}
