// Platform files: the good ones load, again and again; the bad ones are errors with the path and SimGrid's words, and
// the process lives on.
#include "engine/child_trial.hpp"
#include "engine/platform_file.hpp"
#include "engine/platform_query.hpp"
#include "engine/simgrid_config.hpp"
#include "model/simgrid_options.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/platform.hpp"

#include <catch.hpp>

#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Exec.hpp>
#include <simgrid/s4u/Link.hpp>
#include <xbt/config.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace ws = wrench_serverless;
namespace s4u = simgrid::s4u;
using Catch::Matchers::Contains;

namespace {

// A file that is gone at the end of the test.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string& text)
      : path_("/tmp/ws_file_" + std::to_string(getpid()) + "_" + std::to_string(count_++) + ".xml") {
    std::ofstream(path_) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

private:
  static inline int count_ = 0;
  std::string path_;
};

std::string zone(const std::string& body, const std::string& before = "") {
  return "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
         "<platform version=\"4.1\">\n" +
         before + "<zone id=\"z\" routing=\"Full\">\n" + body + "</zone>\n</platform>\n";
}

const std::string hosts = "<host id=\"a\" speed=\"1Gf\"/>\n<host id=\"b\" speed=\"1Gf\"/>\n";
const std::string good = zone(hosts + "<link id=\"l\" bandwidth=\"1MBps\" latency=\"1ms\"/>\n"
                                      "<route src=\"a\" dst=\"b\"><link_ctn id=\"l\"/></route>\n");

std::string problem_of(const std::string& text, const std::vector<std::string>& config = {}) {
  const TemporaryFile file(text);
  try {
    ws::check_platform_file(file.path(), config);
  } catch (const ws::PlatformError& error) {
    const std::string message = error.what();
    const std::string start = "platform file '" + file.path() + "': ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  }
  return "none";
}

} // namespace

TEST_CASE("a good file passes, and is tried once") {
  static int forks = 0;
  static const int counted = pthread_atfork([] { ++forks; }, nullptr, nullptr);
  REQUIRE(counted == 0);
  const TemporaryFile file(good);
  CHECK_NOTHROW(ws::check_platform_file(file.path(), {"network/model:CM02"}));
  CHECK(forks > 0);
  forks = 0;
  for (int i = 0; i < 100; ++i)
    ws::check_platform_file(file.path(), {"network/model:CM02"});
  CHECK(forks == 0);

  // Until it changes.
  std::ofstream(file.path()) << "nonsense";
  CHECK_THROWS_AS(ws::check_platform_file(file.path(), {"network/model:CM02"}), ws::PlatformError);
}

TEST_CASE("what is no readable file is an error without a child") {
  CHECK_THROWS_WITH(ws::check_platform_file("/nowhere/p.xml", {}),
                    Contains("'/nowhere/p.xml'") && Contains("No such file"));
  CHECK_THROWS_WITH(ws::check_platform_file("/tmp", {}), Contains("'/tmp'") && Contains("directory"));
  CHECK_THROWS_WITH(ws::check_platform_file("/dev/null", {}), Contains("not a regular file"));
  if (geteuid() != 0) {
    const TemporaryFile file(good);
    chmod(file.path().c_str(), 0);
    CHECK_THROWS_WITH(ws::check_platform_file(file.path(), {}), Contains("Permission denied"));
  }
}

TEST_CASE("a bad file is an error with the line") {
  CHECK_THAT(problem_of(""), Contains("line"));
  CHECK_THAT(problem_of("this is no XML"), Contains("line 1"));
  CHECK_THAT(problem_of("<?xml version='1.0'?>\n<platform version=\"4.1\"/>\n"), Contains("no host"));
  CHECK_THAT(problem_of(zone("<host id=\"a\" speed=\"1Gf\">")), Contains("line 5: ") && Contains("</host>"));
  CHECK_THAT(problem_of(zone("<gpu id=\"a\"/>")), Contains("line 5: Invalid XML"));
  CHECK_THAT(problem_of(zone("<host id=\"a\" speed=\"1 furlong\"/>")), Contains("line 5") && Contains("furlong"));
  CHECK_THAT(problem_of(zone("<host id=\"a\"/>")), Contains("speed"));
  CHECK_THAT(problem_of(zone(hosts + "<host id=\"a\" speed=\"1Gf\"/>")), Contains("a"));
  CHECK_THAT(problem_of(zone(hosts + "<route src=\"a\" dst=\"x\"><link_ctn id=\"l\"/></route>")),
             Contains("line 7") && Contains("dst of <route>: there is no host or router 'x'; the file has 'a', 'b'"));
  CHECK_THAT(problem_of(zone(hosts + "<route src=\"a\" dst=\"b\"><link_ctn id=\"m\"/></route>")),
             Contains("line 7: id of <link_ctn>: there is no link 'm'; the file has none"));
  CHECK_THAT(problem_of(zone(hosts + "<route src=\"a\" dst=\"b\"></route>")), Contains("Empty route"));
  CHECK_THAT(problem_of(zone("")), Contains("no host"));
  CHECK_THAT(problem_of("<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM "
                        "\"https://simgrid.org/simgrid.dtd\">\n<platform version=\"3\"></platform>\n"),
             Contains("TOO OLD"));
  CHECK_THAT(problem_of(zone("<include file=\"x.xml\"/>")), Contains("include"));
  // Nothing of SimGrid's sources, of its stack, or of its log's format.
  const std::string words = problem_of(zone("<storage id=\"s\" typeId=\"t\" attach=\"a\"/>"));
  CHECK_THAT(words, Contains("<storage> tag was removed"));
  for (const char* noise : {".cpp", "acktrace", "CRITICAL", "[0.0"})
    CHECK_THAT(words, !Contains(noise));
}

TEST_CASE("a file does without an XML declaration, but not without a document type") {
  CHECK(problem_of(good.substr(good.find("<!DOCTYPE"))) == "none");
  CHECK_THAT(problem_of(good.substr(good.find("<platform"))), Contains("line 1") && Contains("<!DOCTYPE platform"));
}

TEST_CASE("a bad option is an error that names it") {
  CHECK_THROWS_WITH(ws::check_simgrid_config({"network/model:NoSuch"}), Contains("NoSuch") && Contains("CM02"));
  CHECK_THROWS_WITH(ws::check_simgrid_config({"nosuch:1"}), Contains("nosuch") && !Contains("cpu/model"));
  CHECK_THROWS_WITH(ws::check_simgrid_config({"network/loopback-bw:fast"}), Contains("network/loopback-bw:fast"));
  CHECK_THROWS_WITH(ws::check_simgrid_config({"novalue"}), Contains("novalue") && Contains("name:value"));
  CHECK_THROWS_WITH(ws::check_simgrid_config({"contexts/factory:none"}), Contains("contexts/factory:none"));
  CHECK_NOTHROW(ws::check_simgrid_config({"network/model:CM02", "cpu/optim:Full"}));
  CHECK_THAT(problem_of(good, {"cpu/model:x"}), Contains("cpu/model:x"));
  CHECK_THAT(problem_of(zone(hosts, "<config><prop id=\"network/model\" value=\"x\"/></config>\n")),
             Contains("network model 'x'"));
}

TEST_CASE("every option that SimGrid lists has a rule") {
  const auto engine = std::make_unique<s4u::Engine>("test");
  const auto known = ws::model::known_options();
  std::size_t listed = 0;
  try {
    simgrid::config::get_value<int>("no-such-option");
  } catch (const std::out_of_range& answer) {
    std::istringstream lines(answer.what());
    for (std::string line; std::getline(lines, line);)
      if (const auto end = line.find(": ("); line.starts_with("  ") && end != std::string::npos) {
        ++listed;
        INFO(line);
        CHECK(std::ranges::find(known, line.substr(2, end - 2)) != known.end());
      }
  }
  CHECK(listed == known.size());
}

TEST_CASE("a file without a zone at its top leaves SimGrid's parser nowhere") {
  const TemporaryFile cluster("<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                              "<platform version=\"4.1\"><cluster id=\"c\" prefix=\"n-\" suffix=\"\" radical=\"0-1\" "
                              "speed=\"1Gf\" bw=\"1MBps\" lat=\"1ms\" bb_bw=\"1MBps\"/></platform>\n");
  CHECK_NOTHROW(ws::check_platform_file(cluster.path(), {}));
}

TEST_CASE("twenty simulations on platform files in one process") {
  const TemporaryFile plain(good);
  const TemporaryFile tuned(zone(hosts + "<link id=\"l\" bandwidth=\"1MBps\" latency=\"1ms\"/>\n"
                                         "<route src=\"a\" dst=\"b\"><link_ctn id=\"l\"/></route>\n",
                                 "<config><prop id=\"network/model\" value=\"CM02\"/></config>\n"));
  for (int round = 0; round < 20; ++round) {
    const bool odd = round % 2 == 1;
    const std::string& path = odd ? tuned.path() : plain.path();
    const std::vector<std::string> config =
        round % 4 == 0 ? std::vector<std::string>{"network/crosstraffic:no"} : std::vector<std::string>{};
    ws::check_platform_file(path, config);
    auto engine = std::make_unique<s4u::Engine>("test");
    ws::apply_simgrid_config(config, path);
    ws::load_platform_file(*engine, path);
    CHECK(simgrid::config::get_value<std::string>("network/model") == (odd ? "CM02" : "LV08"));
    CHECK(simgrid::config::get_value<bool>("network/crosstraffic") == (round % 4 != 0));

    const double start = s4u::Engine::get_clock();
    double end = -1;
    const auto comm = s4u::Comm::sendto_init(&ws::find_host(*engine, "a"), &ws::find_host(*engine, "b"));
    comm->set_payload_size(1e6)->start();
    s4u::Comm::on_completion_cb([&end](const s4u::Comm&) { end = s4u::Engine::get_clock(); });
    engine->run();
    // CM02 takes the numbers as they are, LV08 has a bandwidth factor 0.97 and a latency factor 13.01; the answers of
    // TCP take 5 %.
    const double seconds = (odd ? 1.0 : 1 / 0.97) * (round % 4 == 0 ? 1.0 : 1.05) + (odd ? 0.001 : 0.01301);
    CHECK(end - start == Approx(seconds).epsilon(1e-9));
    ws::release_platform_file();
  }
}

TEST_CASE("an engine that is alive is not in the way of a trial, and stays as it is") {
  const TemporaryFile file(good);
  const TemporaryFile bad("nonsense");
  ws::check_platform_file(file.path(), {});
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::load_platform_file(*engine, file.path());
  const auto hosts = engine->get_host_count();
  for (const auto& config : {std::vector<std::string>{"cpu/optim:Full"}, {"network/model:CM02", "cpu/optim:Full"}})
    CHECK_NOTHROW(ws::check_platform_file(file.path(), config));
  CHECK_NOTHROW(ws::check_simgrid_config({"network/model:CM02", "network/crosstraffic:no"}));
  CHECK_THROWS_WITH(ws::check_platform_file(bad.path(), {}), Contains(bad.path()));
  CHECK_THROWS_WITH(ws::check_simgrid_config({"network/model:NoSuch"}), Contains("NoSuch"));
  CHECK(s4u::Engine::get_instance() == engine.get());
  CHECK(engine->get_host_count() == hosts);
  engine->run();
  ws::release_platform_file();
}

TEST_CASE("a pair of hosts that SimGrid crashes on is an error") {
  const TemporaryFile file("<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                           "<platform version=\"4.1\">\n<zone id=\"z\" routing=\"Full\">\n"
                           "<zone id=\"y\" routing=\"Full\"><host id=\"a\" speed=\"1Gf\"/></zone>\n"
                           "<zone id=\"x\" routing=\"Full\"><host id=\"b\" speed=\"1Gf\"/></zone>\n"
                           "</zone>\n</platform>\n");
  ws::check_platform_file(file.path(), {});
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::apply_simgrid_config({}, file.path());
  ws::load_platform_file(*engine, file.path());
  const s4u::Host& a = ws::find_host(*engine, "a");
  CHECK_THROWS_WITH(ws::check_routes({{&a, &ws::find_host(*engine, "b")}}),
                    Contains("no route from host 'a' to host 'b'"));
  CHECK_NOTHROW(ws::check_routes({{&a, &a}}));
  CHECK_THROWS_WITH(ws::find_disk(a), Contains("it has no disk"));
  ws::release_platform_file();
}

TEST_CASE("disks of a file need a size, and may do without a mount if they are alone") {
  const TemporaryFile file(
      zone("<host id=\"a\" speed=\"1Gf\"><disk id=\"d\" read_bw=\"1MBps\" write_bw=\"1MBps\">"
           "<prop id=\"size\" value=\"10GiB\"/></disk><prop id=\"ram\" value=\"lots\"/></host>\n"
           "<host id=\"b\" speed=\"1Gf\"><disk id=\"d\" read_bw=\"1MBps\" write_bw=\"1MBps\"/></host>\n"));
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::apply_simgrid_config({}, file.path());
  ws::load_platform_file(*engine, file.path());
  const s4u::Host& a = ws::find_host(*engine, "a");
  CHECK(ws::disk_size(ws::find_disk(a)) == ws::Bytes{10} << 30);
  CHECK_THROWS_WITH(ws::host_ram(a), Contains("ram of host 'a'") && Contains("lots"));
  CHECK_THROWS_WITH(ws::disk_size(ws::find_disk(ws::find_host(*engine, "b"))), Contains("<prop id=\"size\""));
  ws::release_platform_file();
}

TEST_CASE("a trial survives whatever its function does") {
  CHECK_FALSE(ws::try_in_child([] {}).has_value());
  CHECK(ws::try_in_child([] { throw std::runtime_error("so it goes"); }) == "so it goes");
  CHECK(ws::try_in_child([] { throw std::runtime_error("né \xff \xc3"); }) == "né ? ?");
  CHECK(ws::try_in_child([] { throw 1; }) == "unknown exception");
  CHECK(ws::try_in_child([] { std::abort(); }).has_value());
  CHECK(ws::try_in_child([] { std::raise(SIGSEGV); }).has_value());
  CHECK_THAT(*ws::try_in_child([] { std::raise(SIGKILL); }), Contains("Killed"));
  CHECK(ws::try_in_child([] { _exit(0); }).has_value());
  CHECK(ws::try_in_child([] {
          ws::trial_dies_of("the reason");
          std::abort();
        }) == "the reason");

  SECTION("with limits of memory and time") {
    CHECK_FALSE(ws::try_in_child([] {
      rlimit limit{};
      getrlimit(RLIMIT_AS, &limit);
      if (limit.rlim_cur == RLIM_INFINITY)
        throw std::runtime_error("no limit");
    }));
    CHECK_THAT(*ws::try_in_child([] { throw std::bad_alloc(); }), Contains("more memory"));
    CHECK_THAT(*ws::try_in_child([] {
      ws::trial_takes_at_most(1);
      for (std::atomic<unsigned> turns = 0;; ++turns)
        ;
    }),
               Contains("does not come to an end"));
  }
  SECTION("with more output than a pipe holds") {
    const auto words = ws::try_in_child([] {
      for (int i = 0; i < 100'000; ++i)
        std::fputs("many words\n", stderr);
      std::abort();
    });
    REQUIRE(words.has_value());
    CHECK(words->size() < 1100);
  }
  SECTION("when somebody else takes the child's status") {
    const auto old = std::signal(SIGCHLD, SIG_IGN);
    CHECK_FALSE(ws::try_in_child([] {}).has_value());
    CHECK(ws::try_in_child([] { throw std::runtime_error("so it goes"); }) == "so it goes");
    CHECK(ws::try_in_child([] { std::raise(SIGKILL); }).has_value());
    std::signal(SIGCHLD, old);
  }
  SECTION("from a thread among threads that allocate") {
    std::atomic<bool> stop = false;
    std::thread busy([&stop] {
      while (!stop)
        std::make_unique<std::string>(1000, 'x')->append("y");
    });
    for (int i = 0; i < 50; ++i)
      CHECK_FALSE(ws::try_in_child([] { static_cast<void>(std::string(10'000, 'x')); }).has_value());
    stop = true;
    busy.join();
  }
}
