// Whose calls go first when several functions wait (R16).
#include "cloud.hpp"

#include "../random.hpp"

using Catch::Matchers::Contains;

namespace {

// One slot: calls wait, and are taken one after the other. All containers fit, so a call is warm after the first.
struct Line {
  Cloud cloud;
  ws::StorageService& images;
  ws::ServerlessComputeService& provider;
  std::vector<Function> functions;

  explicit Line(std::shared_ptr<ws::QueueingPolicy> policy, int slots = 1, std::size_t count = 3)
      : images(cloud.sim.create_storage_service("head", {.capacity = 1_GB})),
        provider(
            cloud.provider({.image_store = images.shared_from_this(), .slots = slots, .queueing = std::move(policy)})) {
    const auto image = cloud.manager.create_image("shared", images.create_file("shared", 0), 0); // nobody waits for it
    for (std::size_t i = 0; i < count; ++i)
      functions.push_back(cloud.sleeper(std::string(1, static_cast<char>('a' + i)), provider,
                                        {.memory = 10_MB, .ephemeral_storage = 10_MB}, image));
  }
  ws::Invocation invoke(char name, double seconds) { return cloud.invoke(functions[std::size_t(name - 'a')], seconds); }
  // The names in the order of their starts, of those invoked from the date on.
  static std::string order(const ws::Results& results, double from) {
    const auto& table = *results.invocations;
    std::vector<std::pair<double, std::size_t>> starts;
    for (std::size_t row = 0; row < table.size(); ++row)
      if (table.requested[row] >= from)
        starts.emplace_back(table.started[row], row);
    std::sort(starts.begin(), starts.end());
    std::string names;
    for (const auto& [date, row] : starts)
      names += results.function_names[table.function[row]];
    return names;
  }
};

} // namespace

TEST_CASE("R16 first come first served, whatever the functions") {
  const bool named = GENERATE(false, true);
  Line line(named ? std::make_shared<ws::FirstComeFirstServed>() : nullptr);
  const auto results = line.cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (const char name : std::string("aabcabc"))
      open.push_back(line.invoke(name, 1));
    line.cloud.manager.wait_all(open);
  });
  CHECK(Line::order(results, 0) == "aabcabc");
}

TEST_CASE("R16 the shortest expected goes first, and one that is not known yet before all") {
  Line line(std::make_shared<ws::ShortestExpectedFirst>());
  const auto results = line.cloud.run([&] {
    line.cloud.manager.wait_one(line.invoke('a', 5));
    line.cloud.manager.wait_one(line.invoke('b', 2));
    Cloud::sleep_until(20);
    std::vector<ws::Invocation> open{line.invoke('a', 1)}; // takes the slot
    for (const char name : std::string("aabbcc"))
      open.push_back(line.invoke(name, name == 'c' ? 10 : 1));
    line.cloud.manager.wait_all(open);
  });
  // c is tried; its mean is 10 then, b has 2, a (5 + 1) / 2 = 3.
  CHECK(Line::order(results, 20) == "acbbaac");
}

TEST_CASE("R16 a fair share: the function that holds the fewest slots goes first") {
  Line line(std::make_shared<ws::FairShare>(), 2);
  const auto results = line.cloud.run([&] {
    std::vector<ws::Invocation> open;
    open.push_back(line.invoke('a', 10));
    open.push_back(line.invoke('a', 12));
    for (const char name : std::string("aaabb"))
      open.push_back(line.invoke(name, 10));
    line.cloud.manager.wait_all(open);
  });
  // At 10 s a still holds one, so b goes; at 12 s b holds one and a none; at 20 s a one, b none; at 22 s b one …
  CHECK(Line::order(results, 0) == "aababaa");
}

TEST_CASE("R16 a fair share by weights") {
  Line line(std::make_shared<ws::FairShare>(std::map<std::string, double>{{"a", 3}}), 4);
  const auto results = line.cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (int i = 0; i < 4; ++i)
      open.push_back(line.invoke('c', 1 + i / 10.0));
    for (int i = 0; i < 8; ++i) {
      open.push_back(line.invoke('b', 100));
      open.push_back(line.invoke('a', 100));
    }
    line.cloud.manager.wait_all(open);
  });
  // Of four slots, a gets three: ranks (b, a) are (0, 0) → b, as it came first; (1, 0) → a; (1, 1/3) → a; (1, 2/3) → a.
  CHECK(Line::order(results, 0).substr(4, 4) == "baaa");
}

TEST_CASE("R16 within a function it is always first come first served, and nobody is lost") {
  struct Whimsical final : ws::QueueingPolicy {
    Random random{7};
    std::string name() const override { return "Whimsical"; }
    double rank(const ws::WaitingFunction&) override { return static_cast<double>(random.below(4)); }
  };
  const auto seed = GENERATE(range(0U, 12U));
  CAPTURE(seed);
  Random random(seed);
  std::shared_ptr<ws::QueueingPolicy> policy;
  switch (seed % 3) {
  case 0:
    policy = std::make_shared<Whimsical>();
    break;
  case 1:
    policy = std::make_shared<ws::ShortestExpectedFirst>();
    break;
  default:
    policy = std::make_shared<ws::FairShare>();
  }
  Line line(policy, static_cast<int>(random.between(1, 3)), 5);
  const auto results = line.cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (int i = 0; i < 150; ++i) {
      open.push_back(line.invoke(static_cast<char>('a' + random.below(5)), random.below(300) / 100.0));
      ws::sleep(random.below(100) / 100.0);
    }
    line.cloud.manager.wait_all(open);
  });
  const auto& table = *results.invocations;
  for (std::size_t row = 0; row < table.size(); ++row) {
    REQUIRE(table.state[row] == static_cast<std::uint8_t>(State::Completed));
    for (std::size_t other = row + 1; other < table.size(); ++other)
      if (table.function[row] == table.function[other])
        REQUIRE(table.assigned[row] <= table.assigned[other]);
  }
}

TEST_CASE("R16 a rank that is none names the policy and the function; bad weights are refused") {
  struct Nan final : ws::QueueingPolicy {
    std::string name() const override { return "Nan"; }
    double rank(const ws::WaitingFunction&) override { return std::nan(""); }
  };
  Line line(std::make_shared<Nan>());
  CHECK_THROWS_WITH(line.cloud.run([&] {
    line.invoke('a', 1);
    line.invoke('b', 1);
    ws::sleep(5);
  }),
                    Contains("Nan") && Contains("'b'"));
  CHECK_THROWS_WITH(ws::FairShare({{"f", 0}}), Contains("weight of 'f' is 0"));
}
