// Catch2 2.13 as Debian ships it has no ready-made main.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
