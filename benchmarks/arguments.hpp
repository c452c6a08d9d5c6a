// A benchmark's arguments: all positive whole numbers.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

// Ends the program, with the usage, unless there are as many as in `usage`.
inline std::vector<int> arguments_of(int argc, char** argv, int expected, const char* usage) {
  std::vector<int> values;
  try {
    for (int index = 1; index < argc; ++index)
      values.push_back(std::stoi(argv[index]));
  } catch (const std::logic_error&) {
    values.clear();
  }
  bool good = argc == expected + 1 && values.size() + 1 == static_cast<std::size_t>(argc);
  for (const int value : values)
    good = good && value > 0;
  if (!good) {
    std::fprintf(stderr, "usage: %s %s\n", argv[0], usage);
    std::exit(2);
  }
  return values;
}
