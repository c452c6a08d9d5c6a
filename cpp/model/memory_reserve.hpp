// What is left when memory runs out: enough to finish the event under way and to close the simulation.
//
// Where an allocation fails in the middle of an event, no book is right any more. So the first one that fails gets the
// reserve instead (by C++'s new handler), and the loop, which asks between any two events, ends the run. Only an
// allocation larger than the reserve still fails where it is.
#pragma once

#include <cstddef>

namespace wrench_serverless::model::memory_reserve {

// Of the address space; no page is ever written to.
constexpr std::size_t bytes = std::size_t{32} << 20;
constexpr std::size_t ahead = std::size_t{8} << 20;

// From now on there is one, unless it would leave less than that.
void keep();
void drop();
// True: it has just been given back, so an allocation that failed may be tried again.
bool release();
// It was released since keep().
bool spent();
// To be called every few hundred events: releases it if little more could be allocated. SimGrid allocates with malloc,
// too, and ends the process where that fails. Costs nothing unless the process has a limit (RLIMIT_AS).
void look_ahead();
// To be called before SimGrid starts anything: std::bad_alloc, where it could not allocate what it may need for that.
void before_simgrid_starts();

} // namespace wrench_serverless::model::memory_reserve
