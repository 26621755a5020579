// Tables that open in spreadsheets: RFC 4180, in UTF-8 with the mark that Excel knows it by.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

inline constexpr std::string_view csv_start = "\xEF\xBB\xBF";

/// What spreadsheets of that language split at: where the comma is the decimal sign, it is the semicolon.
constexpr char csv_delimiter(std::string_view lang) { return lang == "en" ? ',' : ';'; }

/// One line of quoted cells, ended by CRLF. A cell that a spreadsheet would take for a formula (= + - @, tab or line end in
/// front, also behind spaces) begins with an apostrophe, which makes it text. So does what follows a ; , tab or line end
/// within a cell: a spreadsheet of another language may split there. https://owasp.org/www-community/attacks/CSV_Injection
void add_csv_row(std::string& out, std::vector<std::string> const& cells, char delimiter);

} // namespace tarina::server
