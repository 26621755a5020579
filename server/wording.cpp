#include "server/wording.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tarina::server {

using namespace std::chrono;

namespace {

/// 1:00 UTC on the last Sunday of a month, when European summer time begins (March) and ends (October); Directive 2000/84/EC.
sys_seconds last_sunday_at_one(year y, month m) { return sys_days{y / m / Sunday[last]} + hours{1}; }

/// Wall time in Finland: the archive's dates are read there, whatever the machine's own zone.
sys_time<milliseconds> in_finland(catalog::Time time) {
  auto const y = year_month_day{floor<days>(time)}.year();
  bool const summer = time >= last_sunday_at_one(y, March) && time < last_sunday_at_one(y, October);
  return time + hours{summer ? 3 : 2};
}

constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct LanguageNames {
  std::string_view code, fi, sv, en;
};
constexpr std::array<LanguageNames, 18> language_names{{
    {"fi", "suomi", "finska", "Finnish"},
    {"sv", "ruotsi", "svenska", "Swedish"},
    {"en", "englanti", "engelska", "English"},
    {"se", "pohjoissaame", "nordsamiska", "Northern Sámi"},
    {"smn", "inarinsaame", "enaresamiska", "Inari Sámi"},
    {"sms", "koltansaame", "skoltsamiska", "Skolt Sámi"},
    {"fse", "suomalainen viittomakieli", "finskt teckenspråk", "Finnish Sign Language"},
    {"fss", "suomenruotsalainen viittomakieli", "finlandssvenskt teckenspråk", "Finland-Swedish Sign Language"},
    {"et", "viro", "estniska", "Estonian"},
    {"ru", "venäjä", "ryska", "Russian"},
    {"uk", "ukraina", "ukrainska", "Ukrainian"},
    {"ar", "arabia", "arabiska", "Arabic"},
    {"so", "somali", "somaliska", "Somali"},
    {"fa", "persia", "persiska", "Persian"},
    {"ku", "kurdi", "kurdiska", "Kurdish"},
    {"de", "saksa", "tyska", "German"},
    {"fr", "ranska", "franska", "French"},
    {"es", "espanja", "spanska", "Spanish"},
}};

} // namespace

std::string format_clock(milliseconds length) {
  auto const s = floor<seconds>(std::max(length, milliseconds{0})).count();
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string format_iso_duration(milliseconds length) {
  auto const s = round<seconds>(std::max(length, milliseconds{0})).count();
  std::string out = "PT";
  if (s >= 3600) out += fmt::format("{}H", s / 3600);
  if (s / 60 % 60) out += fmt::format("{}M", s / 60 % 60);
  if (s % 60 || s == 0) out += fmt::format("{}S", s % 60);
  return out;
}

std::string format_length(milliseconds length, std::string_view language) {
  auto const s = floor<seconds>(std::max(length, milliseconds{0})).count();
  std::string_view const second = language == "en" ? "sec" : "s";
  std::string_view const hour = language == "fi" ? "t" : language == "sv" ? "h" : "hr";
  if (s < 60) return fmt::format("{} {}", s, second);
  if (s < 600) return s % 60 ? fmt::format("{} min {} {}", s / 60, s % 60, second) : fmt::format("{} min", s / 60);
  if (s < 3600) return fmt::format("{} min", (s + 30) / 60);
  return fmt::format("{} {} {} min", s / 3600, hour, s / 60 % 60);
}

std::string format_date(catalog::Time time, std::string_view language) {
  auto const date = year_month_day{floor<days>(in_finland(time))};
  auto const y = static_cast<int>(date.year());
  auto const m = static_cast<unsigned>(date.month());
  auto const d = static_cast<unsigned>(date.day());
  return language == "en" ? fmt::format("{} {} {}", d, months[m - 1], y) : fmt::format("{}.{}.{}", d, m, y);
}

std::string format_date_time(catalog::Time time, std::string_view language) {
  auto const local = in_finland(time);
  auto const minutes_of_day = floor<minutes>(local - floor<days>(local)).count();
  auto const h = minutes_of_day / 60, m = minutes_of_day % 60;
  auto const date = format_date(time, language);
  if (language == "en") return fmt::format("{}, {:02}:{:02}", date, h, m);
  return fmt::format("{} {} {}.{:02}", date, language == "sv" ? "kl." : "klo", h, m);
}

std::string format_level(double decibels, std::string_view language) {
  auto number = fmt::format("{:.1f}", std::abs(decibels));
  bool const negative = decibels < 0 && number != "0.0";
  if (language != "en") std::replace(number.begin(), number.end(), '.', ',');
  return (negative ? "\u2212" : "") + number;
}

std::string format_size(std::int64_t bytes, std::string_view language) {
  bool const finnish = language == "fi";
  if (bytes < 1000) return fmt::format("{} {}", bytes, language == "en" ? "bytes" : language == "sv" ? "byte" : "tavua");
  std::array<std::string_view, 4> const units =
      finnish ? std::array<std::string_view, 4>{"kt", "Mt", "Gt", "Tt"} : std::array<std::string_view, 4>{"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  auto number = value < 99.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  if (language != "en") std::replace(number.begin(), number.end(), '.', ',');
  return fmt::format("{} {}", number, units[unit]);
}

std::string language_name(std::string_view code, std::string_view in_language) {
  auto const primary = code.substr(0, code.find('-'));
  for (auto const& names : language_names)
    if (names.code == primary) return std::string(in_language == "sv" ? names.sv : in_language == "en" ? names.en : names.fi);
  return std::string(code);
}

} // namespace tarina::server
