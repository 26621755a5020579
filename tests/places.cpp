#include "tests/places.hpp"

char const* const tarina_source_dir = TARINA_SOURCE_DIR;
char const* const tarina_server = TARINA_SERVER;
char const* const tarina_worker = TARINA_WORKER;
