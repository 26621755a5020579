// One place for the pages that SQLite keeps of all databases (sqlite.org/malloc.html#_page_cache_memory).
#pragma once

namespace tarina::catalog {

/// Before the first database of the process: the pages of all connections lie together from then on, 6 MiB. They come and go
/// for hours, and on the heap leave holes between everything else. What does not fit in comes from the heap.
void gather_page_caches();

} // namespace tarina::catalog
