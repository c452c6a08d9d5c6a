// Utilisation: slots are held from the claim, or the warm take, to the end of the call (R28), measured where they are
// taken; and the category of a failure.
#include "cloud.hpp"

#include "../random.hpp"
#include "service/failure_name.hpp"
#include "service/records.hpp"

#include <map>
#include <stdexcept>

namespace {

std::map<std::string, double> figures(const ws::Results& results) {
  std::map<std::string, double> values;
  for (const ws::SummaryLine& line : results.summary())
    values[line.name] = line.value;
  return values;
}

// An image that is there at once.
std::shared_ptr<const ws::Image> no_image(Cloud& cloud) { return cloud.image("i", 1, 0); }

struct Busy : std::exception {};
template <class T> struct Broken {};

template <class Thrown> std::string name_of(Thrown&& thrown) {
  return ws::failure_name(std::make_exception_ptr(std::forward<Thrown>(thrown)));
}

} // namespace

TEST_CASE("R28 a slot is held by a cold start, and by a call that is warm, but not by an idle container") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1, .cold_start_overhead = 5, .warm_start_overhead = 1, .keep_alive = 60});
  const auto f = cloud.sleeper("f", provider, {}, no_image(cloud));
  const auto results = cloud.run([&] {
    cloud.sleep_until(7);
    cloud.call(f, 3); // 7 to 15
    cloud.sleep_until(17);
    cloud.call(f, 2); // 17 to 20
    cloud.sleep_until(90);
  });
  const auto values = figures(results);
  CHECK(values.at("utilisation") == Approx((8 + 3) / 13.0));
  CHECK(values.at("body_utilisation") == Approx((3 + 2) / 13.0));
  CHECK(values.at("cold_share") == 0.5);
}

TEST_CASE("R28 a replayed sleep holds its slot as a body does, in results that are taken meanwhile, too") {
  for (const bool observed : {false, true}) { // by an observer every call is kept live
    Cloud cloud;
    auto& provider = cloud.provider({.slots = 2, .cold_start_overhead = 1});
    const auto f = cloud.manager.register_function(
        cloud.manager.create_function("f", ws::Profile({ws::Sleep{}}), no_image(cloud)), {&provider});
    const std::vector<double> times{1, 2, 30}, seconds{5, 8, 4};
    ws::Workload load;
    load.functions = {f};
    load.times = times;
    load.values = {seconds};
    cloud.manager.replay(load);
    if (observed)
      cloud.sim.on_invocation_state([](const ws::Invocation&) {});
    // 1 to 7, 2 to 11, 30 to 34
    CHECK(figures(cloud.sim.run(4)).at("utilisation") == Approx((3 + 2) / 6.0));
    CHECK(figures(cloud.sim.run(9)).at("body_utilisation") == Approx((5 + 6) / 16.0));
    const auto values = figures(cloud.sim.run());
    CHECK(values.at("utilisation") == Approx((6 + 9 + 4) / 66.0));
    CHECK(values.at("body_utilisation") == Approx((5 + 8 + 4) / 66.0));
  }
}

TEST_CASE("R28 what rows say of slots is what was measured, where each call has a container to itself") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    Cloud cloud(3);
    auto& provider = cloud.provider({.slots = 2,
                                     .cold_start_overhead = random.below(3) * 1.0,
                                     .warm_start_overhead = random.below(2) * 0.5,
                                     .keep_alive = random.below(4) * 5.0},
                                    3);
    const auto image = no_image(cloud);
    std::vector<Function> functions;
    for (const char* name : {"f", "g", "h"})
      functions.push_back(cloud.sleeper(name, provider, {.time_limit = 4, .memory = 1_GB}, image));
    const auto results = cloud.run([&] {
      for (int call = 0; call < 100; ++call) {
        cloud.invoke(functions[random.below(3)], random.below(50) / 10.0);
        ws::sleep(random.below(10) / 10.0);
      }
    });
    const ws::InvocationTable& table = *results.invocations;
    double held = 0, body = 0, last = 0;
    for (std::size_t row = 0; row < table.size(); ++row) {
      held += table.ended[row] - table.assigned[row];
      body += table.ended[row] - table.started[row];
      last = std::max(last, table.ended[row]);
    }
    const auto values = figures(results);
    CHECK(values.at("utilisation") == Approx(held / (6 * (last - table.requested[0]))));
    CHECK(values.at("body_utilisation") == Approx(body / (6 * (last - table.requested[0]))));
  }
}

TEST_CASE("failures are recorded by the names of their types, without their namespaces") {
  CHECK(ws::failure_name(nullptr).empty());
  CHECK(name_of(ws::StorageFull("")) == "StorageFull");
  CHECK(name_of(std::runtime_error("")) == "runtime_error");
  CHECK(name_of(Busy{}) == "Busy");
  CHECK(name_of(Broken<std::string>{}).starts_with("Broken<std::"));
  CHECK(name_of(3) == "int");
  struct Local {};
  CHECK(name_of(Local{}) == "Local");
  CHECK(ws::unqualified_name("a::b<c::d>::E") == "E");
  CHECK(ws::unqualified_name("f(a::b)::{lambda(c::d)#1}::operator()(c::d) const::Bad") == "Bad");
  try {
    try {
      throw Busy{};
    } catch (...) {
      std::throw_with_nested(ws::PolicyError("it failed"));
    }
  } catch (...) {
    CHECK(ws::failure_name(std::current_exception()) == "PolicyError");
  }
}

TEST_CASE("types without end share one name") {
  ws::Records records;
  const auto code_of = [&](int number) {
    return records.failure(std::make_exception_ptr(ws::ForeignException{"Error" + std::to_string(number)}));
  };
  constexpr int most = 65'534;
  for (int number = 1; number <= most; ++number)
    REQUIRE(code_of(number) == number);
  CHECK(code_of(most + 1) == most + 1);
  CHECK(code_of(most + 2) == most + 1);
  CHECK(code_of(7) == 7);
  ws::Results results;
  records.fill(results);
  CHECK(results.failure_names.back() == "(other)");
}

TEST_CASE("R25 the summary counts failures by the types of what bodies threw") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto f = cloud.add(
      "f",
      [](const ws::FunctionInput& input, ws::StorageService& storage) -> ws::FunctionOutput {
        if (!input.has_value())
          throw Busy{};
        storage.write("x", 1_TB);
        return {};
      },
      {&provider}, {}, no_image(cloud));
  const auto results = cloud.run([&] {
    cloud.manager.wait_one(cloud.manager.invoke(f, {}));
    cloud.manager.wait_one(cloud.manager.invoke(f, 1));
    cloud.manager.wait_one(cloud.manager.invoke(f, {}));
  });
  CHECK(results.failures() == std::map<std::string, std::uint64_t>{{"Busy", 2}, {"StorageFull", 1}});
  CHECK(results.failure_names == std::vector<std::string>{"", "Busy", "StorageFull"});
  CHECK(results.invocations->failure == std::vector<std::uint16_t>{1, 2, 1});
}
