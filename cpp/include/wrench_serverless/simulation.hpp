// A simulation: a platform, the services on it, the controllers that use them, and the run.
//
// One can be alive at a time in a process: creating the next one closes the one before, unless that is running.
// Results, and what invocations gave, stay.
#pragma once

#include "wrench_serverless/bare_metal_service.hpp"
#include "wrench_serverless/function_manager.hpp"
#include "wrench_serverless/host.hpp"
#include "wrench_serverless/platform.hpp"
#include "wrench_serverless/results.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"
#include "wrench_serverless/signals.hpp"
#include "wrench_serverless/storage_service.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrench_serverless {

// Who works out what each gets of more computations than a host has cores: we, by SimGrid's rule, or SimGrid. The dates
// are the same but for rounding; SimGrid takes several times as long.
enum class CpuSharing { Fast, SimGrid };

// What an operation of a disk weighs beside the streams that pass through it (R1): as much as they do on average, or 1,
// as SimGrid has it, where a stream weighs the reciprocal of its round-trip time in seconds.
enum class DiskSharing { Weighted, SimGrid };

struct SimulationOptions {
  std::uint64_t seed = 0;
  std::vector<std::string> config = {}; // SimGrid's options: "network/model:CM02"
  // Add up all books between any two events, and throw std::logic_error where they are wrong: slow. Default: what the
  // environment variable WRENCH_SERVERLESS_CHECK says, 0 or 1.
  std::optional<bool> check = {};
  RecordMode records = RecordMode::All;
  double sample = 0.01; // the share of invocations that is recorded, if they are sampled
  // Streamed: takes the rows of invocations that have ended, so many at a time, and the rest at the end of each run().
  std::function<void(const std::shared_ptr<const InvocationTable>&)> rows = {};
  std::size_t rows_at_a_time = 1'000'000;
  CpuSharing cpu_sharing = CpuSharing::Fast;
  DiskSharing disk_sharing = DiskSharing::Weighted;
};

class Simulation {
public:
  // A SimGrid platform file, or a Platform. PlatformError: it can't be, and the simulation before is still there.
  explicit Simulation(const std::string& platform_file, const SimulationOptions& options = {});
  explicit Simulation(const Platform& platform, const SimulationOptions& options = {});
  ~Simulation();
  // Throws what the constructor would, and changes nothing.
  static void check(const Platform& platform, const SimulationOptions& options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // What is created lives as long as the simulation.
  StorageService& create_storage_service(const std::string& host, const StorageOptions& options);
  ServerlessComputeService& create_serverless_compute_service(const std::string& head,
                                                              const std::vector<std::string>& nodes,
                                                              const ServerlessOptions& options = {});
  BareMetalComputeService& create_bare_metal_service(const std::string& host, std::optional<int> slots = {});
  // `routing`: where calls go whose function has several providers; default: to the first.
  FunctionManager& create_function_manager(const std::string& host, std::shared_ptr<RoutingPolicy> routing = {});
  // A process of the user's, which may block; it starts with the run, or at once during one.
  void add_controller(const std::string& host, std::function<void()> code, const std::string& name = "controller");

  Host host(const std::string& name) const;
  Link link(const std::string& name) const;
  // Calls the function at the date (s), outside any fibre, if the simulation lasts as long; it does not make it last.
  void at(double time, std::function<void()> function);

  // Observers, called as things happen. They must not block.
  void on_invocation_state(std::function<void(const Invocation&)> observer); // each new state
  void on_container_start(std::function<void(const ContainerEvent&)> observer);
  void on_container_end(std::function<void(const ContainerEvent&)> observer);
  void on_transfer_start(std::function<void(const TransferEvent&)> observer);
  void on_transfer_end(std::function<void(const TransferEvent&)> observer);

  // To the end, or to the date, from where it was. Throws Deadlock, and the first exception that ended a controller;
  // the simulation is closed then. Rows that could not be given away meanwhile are in results().
  Results run(std::optional<double> until = {});
  // Gives streamed rows away that are still here; run() does it at its end.
  void flush_records();
  // As it stands.
  Results results() const;
  double now() const;
  std::size_t ended_invocations() const; // so far
  std::vector<std::string> host_names() const;
  // Ends everything, and gives streamed rows away that are still here; only results() can be asked afterwards. The
  // destructor does it too.
  void close();
  // The same, but for the rows.
  void end();

  Runtime& runtime() const { return *runtime_; }
  const std::shared_ptr<Runtime>& shared_runtime() const { return runtime_; }

private:
  struct Core;
  explicit Simulation(Core core);
  void give_away_rows() const;

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Records> records_;
  std::vector<std::shared_ptr<StorageService>> storage_services_;
  std::vector<std::unique_ptr<ServerlessComputeService>> providers_;
  std::vector<std::unique_ptr<BareMetalComputeService>> bare_metal_;
  std::vector<std::unique_ptr<FunctionManager>> managers_;
};

// In controllers and bodies. NotInSimulation elsewhere.
double now();
void sleep(double seconds);
void compute(double flops); // on the host of the caller, shared with whoever computes there
Invocation current_invocation();

} // namespace wrench_serverless
