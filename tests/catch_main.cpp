// The main function of the test programs, compiled once for all of them.
#define CATCH_CONFIG_MAIN
#include <catch.hpp>
