#include "server/memory.hpp"
#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <sqlite3.h>
#include <thread>

namespace tarina::server {
namespace {

/// What does not fit in comes from the heap.
void gather_page_caches() {
  constexpr int page_bytes = 4096, pages = 1536; // two writers with 2 MB each and four busy readers with 512 KB
  int header = 0;
  if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &header) != SQLITE_OK) return;
  int const slot = (page_bytes + header + 7) / 8 * 8;
  auto* const slots = std::malloc(static_cast<std::size_t>(slot) * pages); // as long as the process lives
  if (slots && sqlite3_config(SQLITE_CONFIG_PAGECACHE, slots, slot, pages) != SQLITE_OK) std::free(slots);
}

} // namespace

void set_up_memory() {
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20); // what one request takes is not fetched anew for the next
  gather_page_caches();
}

void give_back_free_memory() { malloc_trim(0); }

} // namespace tarina::server
