// Where the tests find the sources and the programs. Only places.cpp depends on the folder that is built, so a compiler
// cache serves every checkout with the same objects.
#pragma once

extern char const* const tarina_source_dir; // the root of the repository
extern char const* const tarina_server;     // the programs under test
extern char const* const tarina_worker;
