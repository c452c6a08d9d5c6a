// SimGrid's options, and which of their values these simulations can be made with.
//
// SimGrid takes most values as they come, and aborts, never ends or computes nonsense later. A table of all options of
// SimGrid 4.1 says what each may be. Options that only matter to what we do not use (its model checker, its traces,
// MPI) are refused rather than ignored. Options that the table does not have are SimGrid's to judge.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

using OptionList = std::vector<std::pair<std::string, std::string>>; // names and values, in their order; the last wins

// "surf/precision" is another name of "precision/timing".
std::string option_name(std::string_view name);

// "name:value" to a name and a value. Throws std::invalid_argument if there is no colon.
std::pair<std::string, std::string> split_option(const std::string& option);

// What is wrong with the value, and what would be right, as a std::invalid_argument.
void check_option(const std::string& name, const std::string& value);

// What is wrong with some options together, as a std::invalid_argument. Who leaves the CPUs to SimGrid may use more.
void check_options_together(const OptionList& options, bool simgrid_shares_cpus);

// The names of all options of the table, for tests.
std::vector<std::string> known_options();

} // namespace wrench_serverless::model
