#include "engine/child_trial.hpp"

#include "engine/trial_memory.hpp"
#include "model/interrupts.hpp"
#include "model/utf8.hpp"

#include <xbt/asserts.h>
#include <xbt/log.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <sstream>
#include <string_view>

extern bool do_install_signal_handlers; // exported by SimGrid, in no public header

namespace wrench_serverless {
namespace {

constexpr unsigned time_limit = 60;       // s of CPU time: other programs may be busy
constexpr unsigned wall_time_limit = 600; // s, for a child that waits
constexpr std::size_t longest_message = 1000;
constexpr std::size_t most_output = std::size_t{1} << 20;

// The child ends its output with this and one letter: it worked, it threw (the message follows), it died (the reason
// follows). The exit status would not do: where a program ignores SIGCHLD or waits for every child, it may be gone.
constexpr char separator = '\x1e';
constexpr char worked = 'w';
constexpr char threw = 't';
constexpr char died = 'd';

// Written by the child alone, and read in its signal handler.
std::array<char, longest_message> death_reason{};

// The next functions run in the child.

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR)
      return;
    if (count > 0)
      text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void put_end(char letter, std::string_view message) {
  const std::array<char, 2> head{separator, letter};
  put({head.data(), head.size()});
  put(message);
}

// No core dump, no handler of the parent's, no stack trace: say why, and go.
void on_death(int signal) {
  const bool late = signal == SIGALRM || signal == SIGPROF;
  put_end(died,
          late ? std::string_view("SimGrid does not come to an end with it") : std::string_view(death_reason.data()));
  _exit(1);
}

void guard_child() {
  static std::array<char, 65536> stack; // the stack itself may be what overflowed
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  sigaltstack(&alternative, nullptr);
  struct sigaction action{};
  action.sa_handler = on_death;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGPROF})
    sigaction(signal, &action, nullptr);
  // Ctrl-C is for the parent to handle, which then ends the child.
  action.sa_handler = SIG_IGN;
  sigaction(SIGINT, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  do_install_signal_handlers = false;
  alarm(wall_time_limit);
  trial_takes_at_most(time_limit);
}

[[noreturn]] void child(int output, const std::function<void()>& function) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  guard_child();
  model::set_interrupts(nullptr); // they are of the parent's program
  limit_trial_memory();
  xbt_log_no_loc = 1; // no stack trace
  xbt_log_control_set("root.thres:error root.fmt:%m%n");
  try {
    function();
    put_end(worked, {});
  } catch (const std::bad_alloc&) {
    put_end(threw, "it takes SimGrid more memory than there is");
  } catch (const std::exception& error) {
    put_end(threw, error.what());
  } catch (...) {
    put_end(threw, "unknown exception");
  }
  _exit(0);
}

// Has the child ended for sure when it goes out of scope, whatever is thrown.
class Child {
public:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  ~Child() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      wait(0);
    }
    close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int output() const { return output_; }
  int status() const { return status_; }
  bool ended() const { return ended_; }
  void wait(int options) {
    pid_t waited = 0;
    do
      waited = waitpid(pid_, &status_, options);
    while (waited < 0 && errno == EINTR);
    ended_ = waited != 0; // or somebody else has waited for it already
  }

private:
  pid_t pid_;
  int output_;
  int status_ = 0;
  bool ended_ = false;
};

// Reads until the child has ended. Its end of the pipe may stay open in a process that another thread forked meanwhile,
// so that the end of the file is not enough. Throws when somebody wants to stop.
std::string read_all(Child& child) {
  std::string output;
  std::array<char, 4096> buffer{};
  fcntl(child.output(), F_SETFL, O_NONBLOCK);
  for (;;) {
    if (!child.ended()) {
      pollfd ready{child.output(), POLLIN, 0};
      model::wait_with_interrupts([&ready] { poll(&ready, 1, 50); });
      model::check_interrupts();
    }
    const ssize_t count = read(child.output(), buffer.data(), buffer.size());
    if (count > 0) {
      if (output.size() > most_output) // the beginning and the end say enough
        output.erase(most_output / 2, buffer.size());
      output.append(buffer.data(), static_cast<std::size_t>(count));
      continue;
    }
    if (child.ended()) // once more, for what was left in the pipe
      return output;
    child.wait(count == 0 ? 0 : WNOHANG);
  }
}

// "[0.000000] [root/CRITICAL] words": SimGrid's log, where it was not yet ours.
std::string_view without_log_prefix(std::string_view line) {
  while (line.starts_with('[') && line.find(']') != std::string_view::npos) {
    line.remove_prefix(line.find(']') + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  return line;
}

// "Parse error at path:12: words" to "line 12: words"; the path is the caller's to say.
std::string with_short_position(std::string_view line) {
  constexpr std::string_view start = "Parse error at ";
  if (!line.starts_with(start))
    return std::string(line);
  for (std::size_t end = line.find(": "); end != std::string_view::npos; end = line.find(": ", end + 1)) {
    const std::size_t digits = line.find_last_not_of("0123456789", end - 1) + 1;
    if (digits < end && line[digits - 1] == ':')
      return "line " + std::string(line.substr(digits));
  }
  return std::string(line);
}

// Stack traces and positions in SimGrid's sources.
bool is_noise(std::string_view line) {
  const auto has = [line](std::string_view part) { return line.find(part) != std::string_view::npos; };
  return line.starts_with("->") || line.starts_with('#') || has("acktrace") || has("Exiting now") || has(".cpp:") ||
         has(".hpp:") || has(".c:") || has(".h:");
}

// SimGrid may quote half of a character of a file, or any byte, and Python takes UTF-8 only.
std::string as_utf8(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = model::utf8_length(text, i);
    if (length == 0)
      text[i] = '?';
    i += std::max<std::size_t>(1, length);
  }
  return text;
}

// SimGrid's own words, without where in its sources they come from, in one line.
std::string clean(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line) && result.size() < longest_message;) {
    std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    std::string_view words = without_log_prefix(line);
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    words = words.substr(0, words.find_last_not_of(' ') + 1);
    if (words.starts_with("Existing config keys")) // a list of a hundred
      break;
    if (words.empty() || is_noise(words))
      continue;
    result += (result.empty() ? "" : "; ") + with_short_position(words);
  }
  if (result.size() > longest_message)
    result.resize(longest_message);
  return as_utf8(result);
}

std::optional<std::string> judge(const std::string& output, int status) {
  const std::size_t end = output.rfind(separator);
  if (end == std::string::npos || end + 1 >= output.size()) {
    std::string words = clean(output);
    if (words.empty())
      words = WIFSIGNALED(status) ? std::string("SimGrid died of '") + strsignal(WTERMSIG(status)) + "'"
                                  : std::string("SimGrid ended the process");
    return words;
  }
  const char letter = output[end + 1];
  if (letter == worked)
    return std::nullopt;
  const std::string words = clean(output.substr(0, end));
  std::string reason = clean(output.substr(end + 2));
  if (letter == threw)
    return reason.empty() ? words : reason;
  if (reason.empty())
    return words.empty() ? "SimGrid crashes on it" : words;
  return words.empty() ? reason : reason + " (" + words + ")";
}

} // namespace

void trial_dies_of(const std::string& reason) {
  const std::size_t size = std::min(reason.size(), death_reason.size() - 1);
  std::memcpy(death_reason.data(), reason.data(), size);
  death_reason[size] = '\0';
}

void trial_takes_at_most(unsigned seconds) {
  const itimerval limit{.it_interval = {}, .it_value = {.tv_sec = static_cast<time_t>(seconds), .tv_usec = 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
}

std::optional<std::string> try_in_child(const std::function<void()>& function) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::string("no pipe to a child process: ") + std::strerror(errno);
  const pid_t pid = fork();
  if (pid == 0)
    child(ends[1], function);
  const int error = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return std::string("no child process to try it in: ") + std::strerror(error);
  }
  Child running(pid, ends[0]);
  const std::string output = read_all(running);
  return judge(output, running.status());
}

} // namespace wrench_serverless
