#include "catalog/search/cursor.hpp"
#include <bit>
#include <charconv>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

char letter(SearchSort sort) {
  switch (sort) {
    case SearchSort::relevance: return 'r';
    case SearchSort::newest: return 'n';
    case SearchSort::shortest: return 's';
    case SearchSort::longest: break;
  }
  return 'l';
}

template <class T> bool read_number(std::string_view& text, T& value, int base) {
  auto const done = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (done.ec != std::errc{} || done.ptr == text.data() + text.size() || *done.ptr != '.') return false;
  text.remove_prefix(static_cast<std::size_t>(done.ptr - text.data()) + 1);
  return true;
}

} // namespace

bool comes_before(SearchSort sort, Ranked const& a, Ranked const& b) {
  if (sort == SearchSort::relevance && a.score != b.score) return a.score > b.score;
  if (sort == SearchSort::shortest && a.duration_ms != b.duration_ms) return a.duration_ms < b.duration_ms;
  if (sort == SearchSort::longest && a.duration_ms != b.duration_ms) return a.duration_ms > b.duration_ms;
  if (a.published_ms != b.published_ms) return a.published_ms > b.published_ms;
  return a.id < b.id;
}

std::string write_cursor(SearchSort sort, Ranked const& last) {
  return fmt::format("{}{:x}.{}.{}.{}", letter(sort), std::bit_cast<std::uint64_t>(last.score), last.published_ms,
                     last.duration_ms, last.id);
}

std::optional<Ranked> read_cursor(SearchSort sort, std::string_view text) {
  if (text.empty() || text.size() > 200 || text.front() != letter(sort)) return {};
  text.remove_prefix(1);
  Ranked last;
  std::uint64_t score = 0;
  if (!read_number(text, score, 16) || !read_number(text, last.published_ms, 10) || !read_number(text, last.duration_ms, 10) ||
      text.empty())
    return {};
  last.score = std::bit_cast<double>(score);
  if (last.score != last.score) return {}; // NaN orders nothing
  last.id = text;
  return last;
}

} // namespace tarina::catalog
