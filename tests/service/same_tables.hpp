// Are two tables of results the same, to the last bit? NaN is NaN.
#pragma once

#include "wrench_serverless/results.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

template <class T> bool same(const std::vector<T>& one, const std::vector<T>& other) {
  return one.size() == other.size() &&
         (one.empty() || std::memcmp(one.data(), other.data(), one.size() * sizeof(T)) == 0);
}
inline bool same(const std::vector<std::string>& one, const std::vector<std::string>& other) { return one == other; }

// A new column has to be compared, too. All are vectors, so the size of a table says how many there are.
template <class Table> constexpr std::size_t columns = sizeof(Table) / sizeof(std::vector<double>);

inline bool same(const wrench_serverless::InvocationTable& one, const wrench_serverless::InvocationTable& other) {
  static_assert(columns<wrench_serverless::InvocationTable> == 15);
  return same(one.id, other.id) && same(one.function, other.function) && same(one.provider, other.provider) &&
         same(one.node, other.node) && same(one.state, other.state) && same(one.cold, other.cold) &&
         same(one.attempts, other.attempts) && same(one.failure, other.failure) &&
         same(one.requested, other.requested) && same(one.admitted, other.admitted) &&
         same(one.assigned, other.assigned) && same(one.started, other.started) && same(one.ended, other.ended) &&
         same(one.memory, other.memory) && same(one.billed_seconds, other.billed_seconds);
}
inline bool same(const wrench_serverless::ContainerTable& one, const wrench_serverless::ContainerTable& other) {
  static_assert(columns<wrench_serverless::ContainerTable> == 11);
  return same(one.function, other.function) && same(one.provider, other.provider) && same(one.node, other.node) &&
         same(one.claimed, other.claimed) && same(one.ready, other.ready) && same(one.ended, other.ended) &&
         same(one.reason, other.reason) && same(one.invocations, other.invocations) &&
         same(one.busy_seconds, other.busy_seconds) && same(one.memory, other.memory) &&
         same(one.provisioned, other.provisioned);
}
inline bool same(const wrench_serverless::TransferTable& one, const wrench_serverless::TransferTable& other) {
  static_assert(columns<wrench_serverless::TransferTable> == 7);
  return same(one.file, other.file) && same(one.source, other.source) && same(one.destination, other.destination) &&
         same(one.bytes, other.bytes) && same(one.started, other.started) && same(one.ended, other.ended) &&
         same(one.completed, other.completed);
}
