// Memory in blocks of 2 MB, straight from the system, and all of it back when it is given back: the heap would keep it
// in pieces, and grow from one simulation to the next. Who does not touch a part of a block does not use that memory.
#pragma once

#include <cstddef>

namespace wrench_serverless::model::memory_block {

constexpr std::size_t bytes = std::size_t{2} << 20;

// At least so many bytes, aligned for anything. Large: as one large page, if the system has such. Throws
// std::bad_alloc.
void* take(std::size_t size, bool large);
void give_back(void* memory, std::size_t size);
// Of memory from elsewhere: asks for large pages where whole ones fit in.
void prefer_large(void* memory, std::size_t size);

} // namespace wrench_serverless::model::memory_block
