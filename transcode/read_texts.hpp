// Subtitle and chapter tracks of a container, as text.
#pragma once
#include "transcode/demuxer.hpp"
#include <string>
#include <string_view>

namespace tarina::transcode {

/// True for subtitles that are text; pictures of text are not.
bool is_text(AVStream const&);

/// "  Luku\t1 " → "Luku 1": one line without control characters, at most `most` bytes of whole characters; what is not
/// UTF-8 is replaced by question marks.
std::string clean_line(std::string_view text, std::size_t most);

} // namespace tarina::transcode
