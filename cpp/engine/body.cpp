#include "engine/body.hpp"

#include "engine/runtime.hpp"

#include <stdexcept>

namespace wrench_serverless {

namespace {

class CppBody final : public Body {
public:
  explicit CppBody(FunctionBody code) : code_(std::move(code)) {}

  FibreId launch(Runtime& runtime, BodyRun& run) override {
    return runtime.fibres().spawn(run.job, [this, &run] { run.output = code_(*run.input, *run.storage); });
  }

private:
  FunctionBody code_;
};

class CppAction final : public Body {
public:
  explicit CppAction(std::function<std::any()> code) : code_(std::move(code)) {}

  FibreId launch(Runtime& runtime, BodyRun& run) override {
    return runtime.fibres().spawn(run.job, [this, &run] { run.output = code_(); });
  }

private:
  std::function<std::any()> code_;
};

} // namespace

std::shared_ptr<Body> make_action_body(std::function<std::any()> code) {
  if (!code)
    throw std::invalid_argument("code of the action is empty");
  return std::make_shared<CppAction>(std::move(code));
}

std::shared_ptr<Body> make_body(FunctionBody code) {
  if (!code)
    throw std::invalid_argument("body is empty");
  return std::make_shared<CppBody>(std::move(code));
}

} // namespace wrench_serverless
