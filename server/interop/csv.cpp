#include "server/interop/csv.hpp"
#include "server/url.hpp"

namespace tarina::server {

namespace {

/// Also the full-width forms of the same signs (U+FF1D, U+FF0B, U+FF0D, U+FF20): some spreadsheets fold them.
bool begins_like_formula(std::string_view text) {
  auto const first = text.find_first_not_of(" \"");
  if (first == std::string_view::npos) return false;
  auto const rest = text.substr(first);
  for (std::string_view sign : {"=", "+", "-", "@", "＝", "＋", "－", "＠"})
    if (rest.starts_with(sign)) return true;
  return false;
}

bool may_split(char c) { return c == ';' || c == ',' || c == '\t' || c == '\r' || c == '\n'; }

void add_cell(std::string& out, std::string const& given) {
  auto cell = with_valid_utf8(given);
  std::erase(cell, '\0');
  std::string_view const text = cell;
  auto const first = text.find_first_not_of(' ');
  bool const blank_start = first != std::string_view::npos && std::string_view("\t\r\n").find(text[first]) != std::string_view::npos;
  out += '"';
  if (blank_start || begins_like_formula(text)) out += '\'';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') out += '"';
    out += text[i];
    if (may_split(text[i]) && begins_like_formula(text.substr(i + 1))) out += '\'';
  }
  out += '"';
}

} // namespace

void add_csv_row(std::string& out, std::vector<std::string> const& cells, char delimiter) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += delimiter;
    add_cell(out, cells[i]);
  }
  out += "\r\n";
}

} // namespace tarina::server
