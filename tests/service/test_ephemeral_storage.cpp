// R23: whatever a body leaves behind, the next one finds storage of exactly the size of its limit, empty.
#include "cloud.hpp"

TEST_CASE("R23 what an earlier body carved, or still copies, is gone when the next one starts") {
  Cloud cloud;
  ws::ServerlessComputeService& provider = cloud.provider();
  std::vector<std::shared_ptr<ws::StorageService>> carved;
  std::vector<ws::Bytes> found;
  const auto body = [&](const ws::FunctionInput&, ws::StorageService& storage) -> ws::FunctionOutput {
    found.push_back(storage.free_space());
    CHECK(storage.files().empty());
    carved.push_back(storage.carve(100_MB));
    storage.create_file("f", 100_MB);
    cloud.sim.add_controller("user", [&cloud, kept = storage.shared_from_this()] {
      try {
        kept->copy("f", cloud.registry); // goes on after the body's end
      } catch (const ws::Error&) {       // and fails if the storage goes first
      }
    });
    ws::sleep(0.1);
    return {};
  };
  const Function function = cloud.add("carver", body, {&provider}, {.ephemeral_storage = 300_MB});
  cloud.run([&] {
    for (int i = 0; i < 3; ++i)
      CHECK(cloud.call(function, 0).state() == State::Completed);
  });
  CHECK(found == std::vector<ws::Bytes>(3, 300_MB));
  REQUIRE(carved.size() == 3);
  CHECK(carved[0]->destroyed());
  CHECK(carved[1]->destroyed());
}
