// What a person typed, as an FTS5 query that cannot be misread: user text never reaches FTS5 as syntax.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

constexpr std::size_t longest_query = 1000; // bytes read; the rest is ignored
constexpr std::size_t most_query_words = 16;

/// The words to look for, as typed. Anything but letters and digits is dropped, and so are "ja", "och", "and" and their
/// kind while any other word is there.
std::vector<std::string> query_words(std::string_view text);

/// All words ("a" AND "b"), or any of them. Empty for no words. With `as_you_type` the last word is a beginning.
std::string match_all(std::vector<std::string> const& words, bool as_you_type = false);
std::string match_any(std::vector<std::string> const& words, bool as_you_type = false);

} // namespace tarina::catalog
