// What all services that compute have in common, in the tradition of WRENCH: a name, a host, and jobs, which most of
// ours do not take (R8).
#pragma once

#include <string>

namespace wrench_serverless {

class ComputeService {
public:
  ComputeService(std::string name, std::string host) : name_(std::move(name)), host_(std::move(host)) {}
  virtual ~ComputeService() = default;
  ComputeService(const ComputeService&) = delete;
  ComputeService& operator=(const ComputeService&) = delete;

  const std::string& name() const { return name_; }
  const std::string& host() const { return host_; }

  // R8: these raise NotSupported with the method's name.
  virtual void submit_standard_job() { not_supported("submit_standard_job"); }
  virtual void submit_compound_job() { not_supported("submit_compound_job"); }
  virtual void submit_pilot_job() { not_supported("submit_pilot_job"); }
  virtual void terminate_standard_job() { not_supported("terminate_standard_job"); }
  virtual void terminate_compound_job() { not_supported("terminate_compound_job"); }
  virtual void terminate_pilot_job() { not_supported("terminate_pilot_job"); }

protected:
  virtual const char* kind() const = 0;
  [[noreturn]] void not_supported(const char* method) const;

private:
  std::string name_;
  std::string host_;
};

} // namespace wrench_serverless
