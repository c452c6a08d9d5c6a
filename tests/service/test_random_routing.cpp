// Routing policies against a second reading of what they promise, from nothing but the handles of the calls.
#include "../random.hpp"
#include "cloud.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace {

// A call as the test knows it.
struct Sent {
  Function function;
  ws::Invocation call;
  bool routed; // else its provider was named, or there is only one
};

struct Ledger {
  std::vector<Sent> sent;
  std::map<std::uint32_t, int> slots; // by provider

  static std::uint32_t row(const ws::RouteView& view, std::size_t index) { return view.provider(index).id().value; }
  int outstanding(std::uint32_t provider) const {
    return static_cast<int>(std::ranges::count_if(
        sent, [&](const Sent& one) { return !one.call.is_done() && one.call.record().provider.value == provider; }));
  }
};

std::size_t fewest_calls(const Ledger& ledger, const ws::RouteView& view) {
  std::size_t best = 0;
  for (std::size_t index = 0; index < view.size(); ++index)
    if (ledger.outstanding(Ledger::row(view, index)) < ledger.outstanding(Ledger::row(view, best)))
      best = index;
  return best;
}

std::size_t next_in_turn(const Ledger& ledger, const ws::RouteView& view) {
  return static_cast<std::size_t>(std::ranges::count_if(
             ledger.sent, [&](const Sent& one) { return one.routed && one.function.get() == &view.function(); })) %
         view.size();
}

// Images are empty and memory is plenty, and nothing waits at the head (R16): a call holds a slot, or waits for one.
std::size_t first_with_a_slot(const Ledger& ledger, const ws::RouteView& view) {
  for (std::size_t index = 0; index < view.size(); ++index) {
    const bool room = ledger.outstanding(Ledger::row(view, index)) < ledger.slots.at(Ledger::row(view, index));
    CHECK(view.has_room(index) == room);
    if (room)
      return index;
  }
  return 0;
}

constexpr double weight = 0.3, forget = 4;

std::size_t soonest(const Ledger& ledger, const ws::RouteView& view) {
  std::vector<double> expected;
  for (std::size_t index = 0; index < view.size(); ++index) {
    std::vector<std::pair<double, double>> ends; // date, seconds
    std::vector<std::pair<double, bool>> all;    // date, completed
    bool tried = false;
    for (const Sent& one : ledger.sent) {
      const ws::InvocationRecord& record = one.call.record();
      if (!one.routed || one.function.get() != &view.function() || record.provider.value != Ledger::row(view, index))
        continue;
      tried = tried || !one.call.is_done();
      if (record.state == State::Completed)
        ends.emplace_back(record.ended, record.ended - record.requested);
      if (one.call.is_done())
        all.emplace_back(record.ended, record.state == State::Completed);
    }
    std::ranges::sort(ends);
    std::optional<double> mean;
    double last = -infinity;
    for (const auto& [date, seconds] : ends) {
      mean = mean && date - last <= forget ? *mean + weight * (seconds - *mean) : seconds;
      last = date;
    }
    if (mean && view.now() - last > forget)
      mean = std::nullopt;
    std::ranges::stable_sort(all, {}, [](const auto& one) { return one.first; });
    const auto failed =
        std::find_if(all.rbegin(), all.rend(), [](const auto& one) { return one.second; }) - all.rbegin();
    const bool broken = failed >= 2 && view.now() - all.back().first <= forget;
    expected.push_back(broken ? infinity : mean.value_or(tried ? infinity : -1));
  }
  return static_cast<std::size_t>(std::ranges::min_element(expected) - expected.begin());
}

using Reading = std::size_t (*)(const Ledger&, const ws::RouteView&);

// Asks the policy, and holds its answer against the second reading.
struct Judge final : ws::RoutingPolicy {
  ws::RoutingPolicy& policy;
  const Ledger& ledger;
  Reading reading;
  int asked = 0;

  Judge(ws::RoutingPolicy& judged, const Ledger& calls, Reading second)
      : policy(judged), ledger(calls), reading(second) {}
  std::string name() const override { return policy.name(); }
  std::size_t route(const ws::RouteView& view) override {
    ++asked;
    for (std::size_t index = 0; index < view.size(); ++index)
      CHECK(static_cast<int>(view.outstanding(index)) == ledger.outstanding(Ledger::row(view, index)));
    const std::size_t answer = policy.route(view);
    CHECK(answer == reading(ledger, view));
    return answer;
  }
  void ended(const ws::RegisteredFunction& function, std::size_t provider, double now, double seconds,
             bool completed) override {
    policy.ended(function, provider, now, seconds, completed);
  }
};

struct Case {
  std::shared_ptr<ws::RoutingPolicy> policy;
  Reading reading;
};

Case policy_number(int number) {
  switch (number) {
  case 0:
    return {std::make_shared<ws::LeastOutstanding>(), fewest_calls};
  case 1:
    return {std::make_shared<ws::RoundRobinProviders>(), next_in_turn};
  case 2:
    return {std::make_shared<ws::FirstWithRoom>(), first_with_a_slot};
  default:
    return {std::make_shared<ws::LowestLatency>(weight, forget), soonest};
  }
}

} // namespace

TEST_CASE("each routing policy answers what a look at all calls says") {
  const int number = GENERATE(0, 1, 2, 3);
  const auto seed = GENERATE(range(0U, 25U));
  CAPTURE(number, seed);
  Random random(seed);
  const Case given = policy_number(number);
  Ledger ledger;
  const auto judge = std::make_shared<Judge>(*given.policy, ledger, given.reading);
  constexpr int nodes = 3;
  Cloud cloud(nodes);
  ws::FunctionManager& router = cloud.sim.create_function_manager("user", judge);
  std::vector<ws::ServerlessComputeService*> providers;
  for (int node = 0; node < nodes; ++node) {
    const int slots = 1 + static_cast<int>(random.below(3));
    const double late = 0.5 * random.below(3);
    providers.push_back(&cloud.sim.create_serverless_compute_service(
        "head", {"node-" + std::to_string(node)},
        {.image_store = 1_GB,
         .slots = slots,
         .cold_start_overhead = late,
         .warm_start_overhead = late,
         .claims = given.reading == first_with_a_slot ? ws::Claims::BeforeImage : ws::Claims::AtHead}));
    ledger.slots[providers.back()->id().value] = slots;
  }
  const std::vector<std::vector<ws::ServerlessComputeService*>> choices = {
      providers, {providers[2], providers[0]}, {providers[1]}};
  std::vector<Function> functions;
  for (std::size_t index = 0; index < choices.size(); ++index) {
    const std::string name = "f" + std::to_string(index);
    functions.push_back(cloud.add(
        name,
        [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
          const double seconds = std::any_cast<double>(input);
          ws::sleep(seconds);
          if (seconds > 4.5)
            throw std::runtime_error("too long");
          return input;
        },
        choices[index], {}, cloud.image(name + ".img", 0, 0)));
  }
  cloud.run([&] {
    for (int i = 0; i < 60; ++i) {
      ws::sleep(random.coin() ? 0 : 0.25 * random.below(6));
      const std::size_t which = random.below(functions.size());
      const auto& own = choices[which];
      ws::ServerlessComputeService* const named = random.below(5) == 0 ? own[random.below(own.size())] : nullptr;
      const double seconds = 0.1 * random.below(50) + 1e-4 * i; // no two end at one date
      const ws::Invocation call = router.invoke(functions[which], seconds, named);
      ledger.sent.push_back({functions[which], call, named == nullptr && own.size() > 1});
    }
    for (const Sent& one : ledger.sent)
      router.wait_one(one.call);
  });
  CHECK(judge->asked == std::ranges::count_if(ledger.sent, [](const Sent& one) { return one.routed; }));
}
