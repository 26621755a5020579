#include "server/memory.hpp"
#include "catalog/page_caches.hpp"
#include <algorithm>
#include <malloc.h>
#include <thread>

namespace tarina::server {

void set_up_memory() {
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20); // what one request takes is not fetched anew for the next
  catalog::gather_page_caches();
}

void give_back_free_memory() { malloc_trim(0); }

} // namespace tarina::server
