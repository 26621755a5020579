// Numbers, lengths and dates as people read them.
#pragma once
#include "catalog/clock.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace tarina::server {

/// "3:05", "1:02:03".
std::string format_clock(std::chrono::milliseconds);
/// ISO 8601 duration for machines: "PT3M5S".
std::string format_iso_duration(std::chrono::milliseconds);
/// Length for ears: "3 min 5 s" (fi, sv), "3 min 5 sec" (en).
std::string format_length(std::chrono::milliseconds, std::string_view language);
/// Finnish wall time: "23.11.2026" (fi, sv), "23 Nov 2026" (en).
std::string format_date(catalog::Time, std::string_view language);
/// "23.11.2026 klo 14.05", "23.11.2026 kl. 14.05", "23 Nov 2026, 14:05".
std::string format_date_time(catalog::Time, std::string_view language);
/// "12,5 Mt", "12,5 MB", "12.5 MB"; units of 1000.
std::string format_size(std::int64_t bytes, std::string_view language);
/// A level with one decimal: "−23,4" (fi, sv), "−23.4" (en).
std::string format_level(double decibels, std::string_view language);
/// The name of a language: "suomi", "finska", "Finnish"; the code itself when unknown.
std::string language_name(std::string_view code, std::string_view in_language);

} // namespace tarina::server
