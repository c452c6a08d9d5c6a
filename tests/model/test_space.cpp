// The ledger of a disk's or a memory's bytes: R2 to R4, R6.
#include "model/space.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace ws = wrench_serverless;
using ws::model::Space;
using Names = std::vector<std::string>;

namespace {

Space::Entry* put(Space& space, const std::string& name, ws::Bytes size) {
  Space::Entry* entry = space.hold(name, size);
  space.commit(entry);
  return entry;
}

} // namespace

TEST_CASE("R4 a place that is held counts, but the file does not exist yet") {
  Space space(100);
  Space::Entry* entry = space.hold("a", 60);
  CHECK(space.used() == 60);
  CHECK(space.free() == 40);
  CHECK(space.find("a") == nullptr);
  CHECK(space.names().empty());
  CHECK(space.evictable() == 0);
  CHECK_FALSE(space.make_room(41)); // it can't be evicted
  space.commit(entry);
  CHECK(space.find("a") == entry);
  CHECK(space.names() == Names{"a"});
  CHECK(space.used() == 60);
  CHECK(space.evictable() == 60);
}

TEST_CASE("R4 giving up a place that is held gives the bytes back and leaves the old file") {
  Space space(100);
  Space::Entry* old = put(space, "a", 30);
  Space::Entry* next = space.hold("a", 50);
  CHECK(space.used() == 80);
  space.erase(next);
  CHECK(space.used() == 30);
  CHECK(space.find("a") == old);
  CHECK(space.evictable() == 30);
}

TEST_CASE("R6 the least recently used goes first") {
  Space space(100);
  put(space, "a", 30);
  put(space, "b", 30);
  put(space, "c", 30);
  space.touch(space.find("a"));
  CHECK(space.oldest() == space.find("b"));
  CHECK(space.make_room(30));
  CHECK(space.names() == Names{"a", "c"});
  CHECK(space.make_room(70));
  CHECK(space.names() == Names{"a"});
}

TEST_CASE("R6 no more is evicted than has to be") {
  Space space(100);
  put(space, "a", 50);
  put(space, "b", 40);
  CHECK(space.make_room(10));
  CHECK(space.names() == Names{"a", "b"});
  CHECK(space.make_room(0));
  CHECK(space.make_room(11));
  CHECK(space.names() == Names{"b"});
}

TEST_CASE("R6 what is pinned stays; being pinned counts as a use") {
  Space space(90);
  put(space, "a", 30);
  put(space, "b", 30);
  put(space, "c", 30);
  space.pin(space.find("a"));
  CHECK(space.evictable() == 60);
  space.pin(space.find("a"));
  space.unpin(space.find("a"));
  CHECK(space.evictable() == 60); // one pin is left
  CHECK(space.make_room(60));
  CHECK(space.names() == Names{"a"});
  CHECK_FALSE(space.make_room(61));
  put(space, "d", 30);
  space.unpin(space.find("a"));
  CHECK(space.oldest() == space.find("d"));
}

TEST_CASE("R6 touching what is pinned does nothing") {
  Space space(90);
  put(space, "a", 30);
  put(space, "b", 30);
  space.pin(space.find("a"));
  space.touch(space.find("a"));
  CHECK(space.evictable() == 30);
  CHECK(space.oldest() == space.find("b"));
}

TEST_CASE("R6 making room is all or nothing") {
  Space space(100);
  put(space, "a", 30);
  put(space, "b", 30);
  put(space, "c", 40);
  space.pin(space.find("c"));
  CHECK_FALSE(space.make_room(61));
  CHECK(space.names() == Names{"a", "b", "c"});
  CHECK(space.oldest() == space.find("a"));
  CHECK_FALSE(space.make_room(101));
  CHECK(space.used() == 100);
  CHECK(space.make_room(60));
  CHECK(space.names() == Names{"c"});
}

TEST_CASE("a file that is replaced goes at once, or with its last reader") {
  Space space(100);
  Space::Entry* old = put(space, "a", 30);
  space.pin(old);
  space.pin(old);
  Space::Entry* next = put(space, "a", 20);
  CHECK(space.find("a") == next);
  CHECK(space.names() == Names{"a"});
  CHECK(space.used() == 50); // the old one's bytes are still read
  CHECK(space.evictable() == 20);
  space.unpin(old);
  CHECK(space.used() == 50);
  space.unpin(old);
  CHECK(space.used() == 20);
  CHECK(space.find("a") == next);
  put(space, "a", 10);
  CHECK(space.used() == 10);
  CHECK(space.evictable() == 10);
}

TEST_CASE("a file that is removed while pinned goes with its last reader") {
  Space space(100);
  Space::Entry* entry = put(space, "a", 30);
  space.pin(entry);
  space.erase(entry);
  CHECK(space.find("a") == nullptr);
  CHECK(space.used() == 30);
  CHECK(space.evictable() == 0);
  Space::Entry* next = put(space, "a", 40); // the name is free
  CHECK(space.used() == 70);
  space.unpin(entry);
  CHECK(space.used() == 40);
  CHECK(space.find("a") == next);
}

TEST_CASE("a place that was pinned while it was held is evictable once written and unpinned") {
  Space space(100);
  Space::Entry* entry = space.hold("a", 30);
  space.pin(entry);
  space.commit(entry);
  CHECK(space.evictable() == 0);
  space.unpin(entry);
  CHECK(space.evictable() == 30);
  CHECK(space.make_room(100));
  CHECK(space.used() == 0);
}

TEST_CASE("R3 anonymous shares are never evicted") {
  Space space(100);
  put(space, "a", 30);
  space.take(60);
  CHECK(space.free() == 10);
  CHECK_FALSE(space.make_room(41));
  CHECK(space.make_room(40));
  CHECK(space.names().empty());
  space.give_back(60);
  CHECK(space.free() == 100);
}

TEST_CASE("a file of no bytes can be written, read and evicted") {
  Space space(10);
  put(space, "full", 10);
  put(space, "empty", 0);
  CHECK(space.used() == 10);
  CHECK(space.find("empty")->size == 0);
  CHECK(space.make_room(10));
  CHECK(space.names() == Names{"empty"}); // only as many as have to go
}

TEST_CASE("R6 random uses agree with a list in order of use") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  Space space(1'000);
  struct File {
    std::string name;
    ws::Bytes size;
    int pins;
  };
  std::vector<File> files; // least recently used first
  const auto used = [&] {
    ws::Bytes sum = 0;
    for (const File& file : files)
      sum += file.size;
    return sum;
  };
  const auto to_end = [&](std::vector<File>::iterator file) { std::rotate(file, file + 1, files.end()); };
  for (int step = 0; step < 3'000; ++step) {
    const std::string name = std::to_string(random.below(12));
    const auto found = std::find_if(files.begin(), files.end(), [&](const File& file) { return file.name == name; });
    if (found == files.end()) {
      const ws::Bytes size = random.below(400);
      auto left = files;
      ws::Bytes free = 1'000 - used();
      for (auto file = left.begin(); file != left.end() && free < size;) {
        if (file->pins > 0) {
          ++file;
          continue;
        }
        free += file->size;
        file = left.erase(file);
      }
      REQUIRE(space.make_room(size) == (free >= size));
      if (free >= size) {
        files = left;
        put(space, name, size);
        files.push_back({name, size, 0});
      }
    } else if (const auto what = random.below(4); what == 0 && found->pins == 0) {
      space.erase(space.find(name));
      files.erase(found);
    } else if (what == 1) {
      space.touch(space.find(name));
      if (found->pins == 0)
        to_end(found);
    } else if (what == 2 && found->pins < 3) {
      space.pin(space.find(name));
      ++found->pins;
    } else if (what == 3 && found->pins > 0) {
      space.unpin(space.find(name));
      if (--found->pins == 0)
        to_end(found);
    }
    Names names;
    ws::Bytes evictable = 0;
    const File* oldest = nullptr;
    for (const File& file : files) {
      names.push_back(file.name);
      evictable += file.pins == 0 ? file.size : 0;
      if (file.pins == 0 && oldest == nullptr)
        oldest = &file;
    }
    std::sort(names.begin(), names.end());
    REQUIRE(space.names() == names);
    REQUIRE(space.used() == used());
    REQUIRE(space.evictable() == evictable);
    REQUIRE((space.oldest() == nullptr ? "none" : space.oldest()->name) == (oldest == nullptr ? "none" : oldest->name));
  }
}
