// The allocator of the C library, held to what the server uses (glibc's mallopt(3), malloc_trim(3)).
#pragma once

namespace tarina::server {

/// Before the first thread: one arena a core. The default is eight, and each keeps for itself what once was its peak: after
/// half an hour of pages and searches more than half of the server's memory was free memory nobody could use.
void share_arenas();

/// Pages of the heap that are free go back to the system, from wherever they lie; of its own accord glibc gives back only
/// the end of an arena. Takes about a millisecond, and holds each arena's lock meanwhile.
void give_back_free_memory();

} // namespace tarina::server
