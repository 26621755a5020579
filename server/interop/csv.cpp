#include "server/interop/csv.hpp"
#include "server/url.hpp"

namespace tarina::server {

namespace {

/// Also the full-width forms of the same signs (U+FF1D, U+FF0B, U+FF0D, U+FF20): some spreadsheets fold them.
bool looks_like_formula(std::string_view cell) {
  auto const first = cell.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  auto const rest = cell.substr(first);
  if (std::string_view("=+-@\t\r\n").find(rest.front()) != std::string_view::npos) return true;
  for (std::string_view sign : {"＝", "＋", "－", "＠"})
    if (rest.starts_with(sign)) return true;
  return false;
}

void add_cell(std::string& out, std::string const& given) {
  auto cell = with_valid_utf8(given);
  std::erase(cell, '\0');
  if (looks_like_formula(cell)) cell.insert(0, "'");
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    out += cell;
    return;
  }
  out += '"';
  for (char const c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

} // namespace

void add_csv_row(std::string& out, std::vector<std::string> const& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    add_cell(out, cells[i]);
  }
  out += "\r\n";
}

} // namespace tarina::server
