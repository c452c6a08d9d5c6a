#include "model/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
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

// What is in the way of the name, if links are followed.
std::string resolved(const std::string& path) {
  char* const target = realpath(path.c_str(), nullptr);
  if (target == nullptr)
    return path;
  const std::string result(target);
  std::free(target); // NOLINT(cppcoreguidelines-no-malloc): realpath's
  return result;
}

} // namespace

void write_whole_file(const std::string& path, std::string_view text) {
  const std::string target = resolved(path);
  struct stat status{};
  const bool there = stat(target.c_str(), &status) == 0;
  if (there && !S_ISREG(status.st_mode))
    return File(target, O_WRONLY, 0).write(text);
  const std::filesystem::path place(target);
  const std::string draft =
      (place.parent_path() / ("." + place.filename().string().substr(0, 100) + "." + std::to_string(getpid())))
          .string();
  try {
    const File file(draft, O_WRONLY | O_CREAT | O_TRUNC, 0666);
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
