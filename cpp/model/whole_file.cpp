#include "model/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>

namespace wrench_serverless::model {

namespace {

void check(bool works, const char* what) {
  if (!works)
    throw std::system_error(errno, std::generic_category(), what);
}

class File {
public:
  File(const std::string& path, int flags, mode_t mode) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, mode)) {
    check(descriptor_ >= 0, "open");
  }
  ~File() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(descriptor_, text.data(), text.size());
      check(count >= 0 || errno == EINTR, "write");
      text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
  }
  void set_mode(mode_t mode) const { check(fchmod(descriptor_, mode) == 0, "fchmod"); }
  // Not all file systems say at once that they are full.
  void sync() const { check(fsync(descriptor_) == 0, "fsync"); }

private:
  int descriptor_;
};

// The file that the name leads to, if links are followed; the name itself where there is none.
std::filesystem::path resolved(const std::string& path) {
  std::error_code none;
  const auto target = std::filesystem::canonical(path, none);
  return none ? std::filesystem::path(path) : target;
}

// The name of a new file beside it, which nobody else writes to.
std::string draft_of(const std::filesystem::path& target) {
  std::random_device random;
  return (target.parent_path() / ("." + std::to_string(random()) + std::to_string(random()) + ".draft")).string();
}

} // namespace

void write_whole_file(const std::string& path, std::string_view text) {
  const std::filesystem::path target = resolved(path);
  struct stat status{};
  const bool there = stat(target.c_str(), &status) == 0;
  if (there && !S_ISREG(status.st_mode))
    return File(target, O_WRONLY, 0).write(text);
  const std::string draft = draft_of(target);
  const File file(draft, O_WRONLY | O_CREAT | O_EXCL, 0666);
  try {
    file.write(text);
    if (there)
      file.set_mode(status.st_mode & 07777);
    file.sync();
    check(rename(draft.c_str(), target.c_str()) == 0, "rename");
  } catch (...) {
    unlink(draft.c_str());
    throw;
  }
}

} // namespace wrench_serverless::model
