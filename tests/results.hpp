// Lets REQUIRE(call()) and CHECK(call()) take a result<T> and show its error. Precompiled into every test program.
#pragma once
#include "tests/places.hpp"
#include "media/error.hpp"
#include <catch2/catch.hpp>

namespace Catch {
// boost's own operator<< exists for every result but only compiles when T and the error can be printed.
template <class T> struct StringMaker<boost::system::result<T, tarina::Error>> {
  static std::string convert(boost::system::result<T, tarina::Error> const& r) { return r.has_value() ? "a value" : r.error().key + ": " + r.error().detail; }
};
} // namespace Catch
