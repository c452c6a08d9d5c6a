#include "model/text_file.hpp"

#include "wrench_serverless/errors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wrench_serverless::model {
namespace {

class Descriptor {
public:
  explicit Descriptor(const std::string& path)
      // Without O_NONBLOCK, opening a pipe waits for its other end.
      : number_(path.find('\0') == std::string::npos ? open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                                                     : -1) {}
  ~Descriptor() {
    if (number_ >= 0)
      close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

private:
  int number_;
};

} // namespace

std::optional<std::string> read_text_file(const std::string& path, const std::string& what) {
  const auto fail = [&](const std::string& why) { throw PlatformError(what + " '" + path + "'" + why); };
  errno = ENOENT;
  const Descriptor file(path);
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return std::nullopt;
    fail(errno == ENXIO ? " is not a regular file" : std::string(" cannot be read: ") + std::strerror(errno));
  }
  struct stat status{};
  if (fstat(file.number(), &status) != 0)
    fail(std::string(" cannot be read: ") + std::strerror(errno));
  if (S_ISDIR(status.st_mode))
    fail(" is a directory");
  if (!S_ISREG(status.st_mode))
    fail(" is not a regular file");
  if (static_cast<std::size_t>(status.st_size) > longest_text_file)
    fail(" is longer than 1 GiB");
  std::string text;
  text.resize(static_cast<std::size_t>(status.st_size));
  std::size_t length = 0;
  // Its length may have changed meanwhile, and files of /proc say that they have none.
  for (;;) {
    if (length == text.size())
      text.resize(length + 4096);
    const ssize_t count = read(file.number(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail(std::string(" cannot be read: ") + std::strerror(errno));
    if (count == 0)
      break;
    length += static_cast<std::size_t>(count);
    if (length > longest_text_file)
      fail(" is longer than 1 GiB");
  }
  text.resize(length);
  return text;
}

} // namespace wrench_serverless::model
