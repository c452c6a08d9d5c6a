// A storage service: a slice of one disk with a capacity of its own (R2 to R6).
//
// write, read and copy take simulated time and only work in a controller or a body; the rest takes none. The handle
// stays safe to use after its simulation or its container has ended: then every call raises Error.
#pragma once

#include "wrench_serverless/units.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrench_serverless {

class Runtime;
class StorageService;
namespace model {
class Space;
}

struct StorageOptions {
  Bytes capacity = 0;     // required
  std::string disk = "/"; // by mount
  bool evict_lru = false; // R6: eviction="lru"
  std::string name = {};  // for messages and results; default: the host's name and the mount
};

// A file at a storage service: what an image is made of.
struct FileLocation {
  std::string file;
  std::shared_ptr<StorageService> storage;
};

class StorageService : public std::enable_shared_from_this<StorageService> {
public:
  struct Parts; // what the engine keeps of it
  explicit StorageService(std::unique_ptr<Parts> parts);
  ~StorageService();
  StorageService(const StorageService&) = delete;
  StorageService& operator=(const StorageService&) = delete;

  const std::string& name() const;
  const std::string& host() const;
  Bytes capacity() const;
  Bytes free_space() const; // without evicting anything
  std::vector<std::string> files() const;
  bool has(const std::string& file) const;
  Bytes size(const std::string& file) const; // FileNotFound

  // The file is there from the start: set-up, takes no simulated time. Replaces one of that name. StorageFull.
  FileLocation create_file(const std::string& file, Bytes size);
  // Replaces a file of that name once written. StorageFull at once, taking no time, if there is no room (R4).
  void write(const std::string& file, Bytes size);
  // The first `size` bytes, or all. From another host the bytes cross the network. FileNotFound.
  void read(const std::string& file, std::optional<Bytes> size = {});
  // One fluid stream, shared with whoever copies the same file there at that time (R5).
  void copy(const std::string& file, StorageService& to);
  // FileNotFound. Whoever reads it goes on to the end.
  void remove(const std::string& file);
  // A storage service made of this one's free space, which returns when it is destroyed (R3).
  std::shared_ptr<StorageService> carve(Bytes capacity, const std::string& name = {});
  // Gives the capacity back, with all files gone; what is under way fails. The destructor does it too.
  void destroy();
  bool destroyed() const;

  Parts& parts() const { return *parts_; }

private:
  std::unique_ptr<Parts> parts_;
};

} // namespace wrench_serverless
