#include "catalog/page_caches.hpp"
#include <cstdlib>
#include <sqlite3.h>

namespace tarina::catalog {

void gather_page_caches() {
  constexpr int page_bytes = 4096, pages = 1536; // two writers with 2 MB each and four busy readers with 512 KB
  int header = 0;
  if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &header) != SQLITE_OK) return;
  int const slot = (page_bytes + header + 7) / 8 * 8;
  auto* const slots = std::malloc(static_cast<std::size_t>(slot) * pages); // as long as the process lives
  if (slots && sqlite3_config(SQLITE_CONFIG_PAGECACHE, slots, slot, pages) != SQLITE_OK) std::free(slots);
}

} // namespace tarina::catalog
