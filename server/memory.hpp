// The C library's allocator and SQLite's, held to what the server uses at a time (mallopt(3), malloc_trim(3)).
#pragma once

namespace tarina::server {

/// Before the first thread and the first database. A process that serves for months must not be as large as its busiest
/// moments were, one upon the other:
/// - One arena a core. The default is eight, and each keeps for itself what once was its peak.
/// - Blocks of 64 KiB and more come from the system and go back to it at once; else glibc learns to keep even megabytes.
/// - The pages of all SQLite connections lie together (catalog/page_caches.hpp).
void set_up_memory();

/// Pages of the heap that are free go back to the system, from wherever they lie; of its own accord glibc gives back only
/// the end of an arena. Takes about a millisecond, and holds each arena's lock meanwhile.
void give_back_free_memory();

} // namespace tarina::server
