// Waiting at the head for an image: R16, and what it means for R17, R20, R21 and R37.
#include "at_head.hpp"

using Catch::Matchers::Contains;

TEST_CASE("R16 the smallest case: a call with an idle container does not wait for another function's far image") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1});
  const auto a = cloud.sleeper("a", provider, {}, cloud.image("small", 50_MB));
  const auto b = cloud.sleeper("b", provider, {}, cloud.image("large", 800_MB)); // 8 s to the head, 8 s to the node
  cloud.run([&] {
    cloud.call(a, 1);
    Cloud::sleep_until(10);
    const auto far = cloud.invoke(b, 1);
    ws::sleep(1);
    const auto warm = cloud.invoke(a, 1);
    CHECK(warm.started() == at(11));
    cloud.manager.wait_all({far, warm});
    CHECK(far.started() == at(10 + 8 + 8 + 0.5));
  });
}

TEST_CASE("R16 before_image: a claim is made, and holds its slot, while the image is on its way to the head") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1, .claims = ws::Claims::BeforeImage});
  const auto a = cloud.sleeper("a", provider, {}, cloud.image("small", 50_MB));
  const auto b = cloud.sleeper("b", provider, {}, cloud.image("large", 800_MB));
  cloud.run([&] {
    cloud.call(a, 1);
    Cloud::sleep_until(10);
    const auto far = cloud.invoke(b, 1);
    CHECK(used_slots(provider) == 1);
    ws::sleep(1);
    const auto warm = cloud.invoke(a, 1);
    cloud.manager.wait_all({far, warm});
    CHECK(far.started() == at(10 + 8 + 8 + 0.5));
    CHECK(warm.started() == at(far.ended()));
  });
}

TEST_CASE("R16 calls at the head hold nothing, are queued, and claim when the image is there") {
  Cloud cloud(2);
  auto& provider = cloud.provider({}, 2);
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(f, 1);
    CHECK(first.state() == State::Queued);
    CHECK(first.admitted() == 0);
    CHECK(provider.queued() == 2);
    for (std::uint32_t node = 0; node < 2; ++node) {
      const auto view = provider.cluster().node(ws::NodeId(node));
      CHECK(view.used_slots() == 0);
      CHECK(view.free_memory() + view.reclaimable_memory() == view.memory());
      CHECK(view.free_storage() + view.reclaimable_storage() == view.storage());
    }
    Cloud::sleep_until(0.9);
    CHECK(used_slots(provider) == 0);
    Cloud::sleep_until(1.1);
    CHECK(used_slots(provider) == 2);
    CHECK(provider.queued() == 2);
    cloud.manager.wait_all({first, second});
    CHECK(first.assigned() == at(staging));
    CHECK(provider.queued() == 0);
  });
  CHECK_THAT(results.containers->claimed, all_at({1, 1}));
  CHECK(results.transfers->size() == 2); // for both
}

TEST_CASE("R16 the fetch starts at once, whether or not a node has room") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1, .keep_alive = 0});
  const auto hog = cloud.sleeper("hog", provider);
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(hog, 10);
    Cloud::sleep_until(5);
    const auto second = cloud.invoke(f, 1);
    cloud.manager.wait_all({first, second});
    CHECK(second.started() == at(first.ended() + 1 + 0.5)); // a copy and a load
  });
  CHECK(results.transfers->started[2] == at(5));
}

TEST_CASE("R16 calls join the queue together, in the order of their admission, behind those already in it") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1, .keep_alive = 0});
  const auto here = cloud.image("here", 100_MB, 0);
  const auto far = cloud.image("far", 300_MB, 0); // 3 s to the head
  const auto hog = cloud.sleeper("hog", provider, {}, here);
  const auto near = cloud.sleeper("near", provider, {}, here);
  const auto x = cloud.sleeper("x", provider, {}, far);
  const auto y = cloud.sleeper("y", provider, {}, far);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> calls{cloud.invoke(hog, 20)};
    for (const auto& function : {y, x, y, near, x}) {
      Cloud::sleep_until(ws::now() < 5 ? 5 : ws::now() + 0.5);
      calls.push_back(cloud.invoke(function, 1));
    }
    Cloud::sleep_until(9);                  // the image came at 8
    calls.push_back(cloud.invoke(near, 1)); // behind all
    calls.push_back(cloud.invoke(y, 1));
    cloud.manager.wait_all(calls);
    const std::vector<std::size_t> order{4, 1, 2, 3, 5, 6, 7};
    for (std::size_t i = 1; i < order.size(); ++i) {
      CAPTURE(i);
      CHECK(calls[order[i - 1]].ended() <= calls[order[i]].assigned());
    }
  });
  CHECK(fetches(results, "far") == 1);
}

TEST_CASE("R16 calls whose image comes while the queue is long join behind it, however early they came") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1});
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  cloud.run([&] {
    cloud.call(f, 1);
    const auto running = cloud.invoke(f, 1);
    const auto early = cloud.invoke(g, 1);
    std::vector<ws::Invocation> later;
    for (int i = 0; i < 3; ++i)
      later.push_back(cloud.invoke(f, 1));
    cloud.manager.wait_one(early);
    for (const auto& call : later)
      CHECK(call.ended() <= early.assigned());
  });
}

TEST_CASE("R16 two functions of one image: one fetch, and both wait for it") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto image = cloud.image("shared");
  const auto f = cloud.sleeper("f", provider, {}, image);
  const auto g = cloud.sleeper("g", provider, {}, image);
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    ws::sleep(0.5);
    const auto second = cloud.invoke(g, 1);
    CHECK(used_slots(provider) == 0);
    cloud.manager.wait_all({first, second});
    CHECK(first.assigned() == at(staging));
    CHECK(second.assigned() == at(staging));
  });
  CHECK(results.transfers->size() == 2);
}

TEST_CASE("R16 an image on a node is at hand, though the head has it no longer") {
  Tight s(1);
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    s.cloud.call(s.g, 1); // drops f at the head
    const auto again = s.cloud.call(s.f, 1);
    CHECK(again.assigned() == at(again.requested()));
  });
  CHECK(fetches(results, "f.img") == 1);
}

TEST_CASE("R16 a copy that the head has lost: no claim is made, and the calls keep their places") {
  Tight s(2, {.keep_alive = 0});
  const auto results = s.cloud.run([&] {
    std::vector<ws::Invocation> calls{s.cloud.invoke(s.f, 30)}; // on node-0
    Cloud::sleep_until(4);
    s.cloud.call(s.g, 1); // on node-1; drops f at the head
    Cloud::sleep_until(10);
    calls.push_back(s.cloud.invoke(s.f, 1)); // into the queue, as node-0 has it; node-1 would need a copy
    CHECK(used_slots(s.provider) == 1);
    CHECK(s.provider.queued() == 1);
    Cloud::sleep_until(10.5);
    calls.push_back(s.cloud.invoke(s.g, 5)); // takes the slot that nobody holds
    CHECK(calls[2].assigned() == at(10.5));
    Cloud::sleep_until(12);
    calls.push_back(s.cloud.invoke(s.g, 1)); // behind f's, which came to the queue at 10
    s.cloud.manager.wait_all(calls);
    CHECK(calls[1].assigned() == at(15.5 + 1 + 0.5));
    CHECK(calls[1].node() == "node-1");
    CHECK(calls[3].assigned() >= calls[1].ended());
  });
  CHECK(fetches(results, "f.img") == 2);
}

TEST_CASE("R16 R17 calls in the queue that wait for a copy take an idle container that comes first") {
  Tight s(2);
  const auto results = s.cloud.run([&] {
    const auto first = s.cloud.invoke(s.f, 8); // on node-0, from 2.5 to 10.5
    Cloud::sleep_until(4);
    s.cloud.call(s.g, 1);
    Cloud::sleep_until(10);
    const auto second = s.cloud.invoke(s.f, 1); // would get its copy at 11
    s.cloud.manager.wait_all({first, second});
    CHECK(second.assigned() == at(10.5));
    CHECK_FALSE(second.cold());
    ws::sleep(10);
    CHECK(used_slots(s.provider) == 0);
  });
  CHECK(fetches(results, "f.img") == 2);
  CHECK(results.containers->size() == 2);
}

TEST_CASE("R16 R17 calls that wait for a copy claim where none is needed") {
  Tight s(2, {.keep_alive = 0});
  s.cloud.run([&] {
    const auto first = s.cloud.invoke(s.f, 8); // on node-0, until 10.5
    Cloud::sleep_until(4);
    s.cloud.call(s.g, 1);
    Cloud::sleep_until(10);
    const auto second = s.cloud.invoke(s.f, 1);
    s.cloud.manager.wait_all({first, second});
    CHECK(second.node() == "node-0"); // which has the image in memory
    CHECK(second.assigned() == at(10.5));
  });
}

TEST_CASE("R16 R37 a node that comes back with the image on its disk ends the wait") {
  Tight s(2);
  const auto slow = s.cloud.sleeper("slow", s.provider, {}, s.cloud.image("slow.img", 140_MB, 50_MB));
  s.cloud.run([&] {
    s.cloud.call(slow, 1); // on node-0
    s.cloud.call(s.g, 1);  // on node-0 too; drops it at the head
    Cloud::sleep_until(20);
    s.cloud.sim.host("node-0").turn_off();
    const auto call = s.cloud.invoke(slow, 1);
    CHECK(used_slots(s.provider) == 0);
    Cloud::sleep_until(20.5);
    s.cloud.sim.host("node-0").turn_on();
    const auto behind = s.cloud.invoke(slow, 1);
    s.cloud.manager.wait_all({call, behind});
    CHECK(call.assigned() == at(20.5 + 0.5));
    CHECK(call.node() == "node-0");
    CHECK(behind.assigned() >= call.assigned());
  });
}

TEST_CASE("R16 R37 a node that goes off with the only copy: its calls keep their places and wait for another") {
  Tight s(2);
  const auto results = s.cloud.run([&] {
    const auto running = s.cloud.invoke(s.f, 20); // on node-0
    Cloud::sleep_until(4);
    const auto other = s.cloud.invoke(s.g, 10); // on node-1, from 6.5 to 16.5
    Cloud::sleep_until(10);
    const auto call = s.cloud.invoke(s.f, 1); // both are full
    Cloud::sleep_until(11);
    s.cloud.sim.host("node-0").turn_off();
    Cloud::sleep_until(12);
    CHECK(s.provider.queued() == 1);
    const auto behind = s.cloud.invoke(s.f, 1); // its image is nowhere: it waits at the head
    CHECK(s.provider.queued() == 2);
    s.cloud.manager.wait_all({running, other, call, behind});
    CHECK(running.state() == State::Failed);
    CHECK(call.assigned() == at(16.5 + 1.5)); // the image came to the head at 13
    CHECK(behind.assigned() == at(call.ended()));
  });
  CHECK(fetches(results, "f.img") == 2);
}

TEST_CASE("R21 a fetch that fails fails all that wait for it, with its cause, and the next one tries again") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1});
  const auto f = cloud.sleeper("f", provider);
  const auto other = cloud.sleeper("other", provider);
  cloud.sim.at(1.5, [&] { cloud.sim.host("user").turn_off(); });
  cloud.sim.at(2, [&] { cloud.sim.host("user").turn_on(); });
  cloud.sim.add_controller("head", [&] {
    const auto fine = cloud.invoke(other, 5);
    Cloud::sleep_until(1);
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(f, 1));
    CHECK(cloud.manager.wait_all(calls) == std::vector(3, State::Failed));
    CHECK(ws::now() == at(1.5));
    for (const auto& call : calls) {
      CHECK_THAT(message<ws::TransferFailure>(call.failure()), Contains("f.img"));
      CHECK(std::isnan(call.assigned()));
    }
    Cloud::sleep_until(3);
    const auto again = cloud.invoke(f, 1);
    cloud.manager.wait_all({again, fine});
    CHECK(again.state() == State::Completed);
    CHECK(fine.state() == State::Completed);
  });
  cloud.sim.run();
}

TEST_CASE("R21 calls in the queue that wait for a copy fail with it; one that a claim is for does not") {
  Cloud cloud(4);
  auto& provider = cloud.provider({.image_store = 150_MB, .slots = 1, .keep_alive = 0}, 4);
  const auto f = cloud.sleeper("f", provider, {}, cloud.image("f.img", 100_MB, 500_MB)); // 5 s into memory
  const auto g = cloud.sleeper("g", provider);
  cloud.sim.at(14.5, [&] { cloud.sim.host("user").turn_off(); });
  cloud.sim.add_controller("head", [&] {
    const auto busy = cloud.invoke(f, 60); // on node-0
    Cloud::sleep_until(10);
    const auto claimed = cloud.invoke(f, 1); // on node-1
    Cloud::sleep_until(12);
    const auto other = cloud.invoke(g, 1); // on node-2; drops f at the head
    Cloud::sleep_until(14);
    const std::vector<ws::Invocation> waiting{cloud.invoke(f, 1), cloud.invoke(f, 1)}; // for a copy for node-3
    CHECK(used_slots(provider) == 3);
    CHECK(cloud.manager.wait_all(waiting) == std::vector(2, State::Failed));
    CHECK(ws::now() == at(14.5));
    CHECK_THAT(message<ws::TransferFailure>(waiting[0].failure()), Contains("f.img"));
    cloud.manager.wait_all({busy, claimed, other});
    CHECK(claimed.state() == State::Completed);
    CHECK(claimed.assigned() == at(16));
    CHECK(busy.state() == State::Completed);
  });
  cloud.sim.run();
}

TEST_CASE("R16 R37 when the head goes off its fetches fail with HostFailure, and its store survives") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider, {}, cloud.image("far", 300_MB));
  cloud.sim.at(6, [&] { cloud.sim.host("head").turn_off(); });
  cloud.sim.at(8, [&] { cloud.sim.host("head").turn_on(); });
  const auto results = cloud.run([&] {
    cloud.call(f, 1);
    Cloud::sleep_until(5);
    std::vector<ws::Invocation> calls{cloud.invoke(g, 1), cloud.invoke(g, 1)};
    CHECK(cloud.manager.wait_all(calls) == std::vector(2, State::Failed));
    CHECK(ws::now() == at(6));
    for (const auto& call : calls)
      CHECK_THAT(message<ws::HostFailure>(call.failure()), Contains("head of provider 'provider'") && Contains("far"));
    CHECK_THROWS_AS(cloud.invoke(g, 1), ws::HostFailure);
    Cloud::sleep_until(9);
    CHECK(provider.image_store()->has("f.img"));
    CHECK(cloud.call(g, 1).assigned() == at(9 + 3 + 3 + 0.5));
  });
  CHECK(fetches(results, "far") == 2);
}

TEST_CASE("R16 R37 an image store beside the head: the fetch fails with the head all the same") {
  Cloud cloud(2);
  auto& store = cloud.sim.create_storage_service("node-1", {.capacity = 1_GB});
  auto& provider = cloud.provider({.image_store = store.shared_from_this()});
  const auto f = cloud.sleeper("f", provider);
  cloud.sim.at(0.5, [&] { cloud.sim.host("head").turn_off(); });
  cloud.sim.at(0.75, [&] { cloud.sim.host("head").turn_on(); });
  cloud.run([&] {
    const auto call = cloud.call(f, 1);
    CHECK(call.state() == State::Failed);
    CHECK(call.ended() == at(0.5));
    CHECK_FALSE(message<ws::HostFailure>(call.failure()).empty());
    Cloud::sleep_until(1);
    CHECK(cloud.call(f, 1).assigned() == at(1 + staging));
  });
}

TEST_CASE("R16 R37 a claim that needs a copy while the head is off fails its calls") {
  Tight s(2, {.keep_alive = 0});
  std::vector<ws::Invocation> calls;
  s.cloud.sim.at(20, [&] { s.cloud.sim.host("head").turn_off(); });
  s.cloud.run([&] {
    calls.push_back(s.cloud.invoke(s.f, 60)); // on node-0
    Cloud::sleep_until(4);
    calls.push_back(s.cloud.invoke(s.g, 20)); // on node-1, until 26.5; drops f at the head
    Cloud::sleep_until(15);
    calls.push_back(s.cloud.invoke(s.f, 1));
    s.cloud.manager.wait_one(calls[2]);
    CHECK(ws::now() == at(26.5));
    CHECK(calls[2].state() == State::Failed);
    CHECK_FALSE(message<ws::HostFailure>(calls[2].failure()).empty());
  });
}

TEST_CASE("R16 R35 an attempt whose image could not come is followed by another, which fetches it again") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider(), {.retries = ws::Retries{.count = 1, .delays = {2}}});
  cloud.sim.at(0.5, [&] { cloud.sim.host("head").turn_off(); });
  cloud.sim.at(1, [&] { cloud.sim.host("head").turn_on(); });
  cloud.run([&] {
    const auto call = cloud.call(f, 1);
    CHECK(call.state() == State::Completed);
    CHECK(call.attempts() == 2);
    CHECK(call.assigned() == at(0.5 + 2 + staging));
  });
}

TEST_CASE("R21 an image store that is destroyed fails what waits for it, and what comes later") {
  Cloud cloud;
  auto& store = cloud.sim.create_storage_service("head", {.capacity = 1_GB});
  const auto f = cloud.sleeper("f", cloud.provider({.image_store = store.shared_from_this()}));
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    ws::sleep(0.5);
    store.destroy();
    cloud.manager.wait_one(first);
    CHECK(first.state() == State::Failed);
    CHECK(cloud.call(f, 1).state() == State::Failed);
  });
}
