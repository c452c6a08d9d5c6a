// Slab: ids that are used again, in an order that is the same on every run.
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <catch.hpp>

#include <memory>
#include <string>

namespace ws = wrench_serverless;
using Thing = ws::Id<struct ThingTag>;

TEST_CASE("a slab gives ids in order, and the last freed first") {
  ws::model::Slab<std::string, Thing> slab;
  CHECK(slab.size() == 0);
  const Thing a = slab.add("a");
  const Thing b = slab.add("b");
  const Thing c = slab.add("c");
  CHECK(a == Thing(0U));
  CHECK(c == Thing(2U));
  slab.remove(a);
  slab.remove(b);
  CHECK(slab.size() == 1);
  CHECK(slab.places() == 3);
  CHECK(slab.add("d") == b);
  CHECK(slab.add("e") == a);
  CHECK(slab.add("f") == Thing(3U));
  CHECK(slab[b] == "d");
  CHECK(slab[a] == "e");
  CHECK(slab[c] == "c");
  CHECK(slab.size() == 4);
}

TEST_CASE("references into a slab stay valid while it grows") {
  ws::model::Slab<std::string, Thing> slab;
  const Thing first = slab.add("first");
  const std::string* place = &slab[first];
  for (int i = 0; i < 10'000; ++i)
    slab.add(std::to_string(i));
  CHECK(place == &slab[first]);
  CHECK(*place == "first");
}

TEST_CASE("what takes a freed place replaces what was there") {
  ws::model::Slab<std::shared_ptr<int>, Thing> slab;
  const auto old = std::make_shared<int>(1);
  const Thing id = slab.add(old);
  slab.remove(id);
  CHECK(slab.add() == id);
  CHECK(slab[id] == nullptr);
  CHECK(old.use_count() == 1);
}

TEST_CASE("an id is none by default, and ids are ordered") {
  CHECK_FALSE(Thing());
  CHECK(Thing(0U));
  CHECK(Thing(1U) < Thing(2U));
  CHECK(Thing(2U) < Thing()); // none comes last
}
