#include "server/memory.hpp"
#include <algorithm>
#include <malloc.h>
#include <thread>

namespace tarina::server {

void share_arenas() { mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency()))); }

void give_back_free_memory() { malloc_trim(0); }

} // namespace tarina::server
