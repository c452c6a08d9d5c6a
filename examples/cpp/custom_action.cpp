// A bare-metal service by itself: custom actions on a machine with two slots, the third waits for one.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace ws = wrench_serverless;

int main() {
  ws::Simulation sim("examples/platforms/one_machine.xml", {.seed = 1});
  auto& machine = sim.create_bare_metal_service("machine", 2);

  sim.add_controller("machine", [&] {
    std::vector<std::shared_ptr<ws::CustomAction>> actions;
    for (int number = 0; number < 3; ++number) {
      actions.push_back(std::make_shared<ws::CustomAction>("crunch-" + std::to_string(number), [number]() -> std::any {
        ws::compute(3e9); // 3 s of a 1 Gf core
        ws::sleep(0.5);
        return number * number;
      }));
      machine.submit(actions.back());
    }
    std::printf("%.3f: %d of %d slots in use\n", ws::now(), machine.used_slots(), machine.slots());
    for (const auto& action : actions) {
      action->wait();
      std::printf("%s: started %.3f, ended %.3f, output %d\n", action->name().c_str(), action->started(),
                  action->ended(), std::any_cast<int>(action->output()));
    }
  });
  sim.run();
}
