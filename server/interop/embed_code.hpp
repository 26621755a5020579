// The one <iframe> that other sites paste, and its size.
#pragma once
#include <string>

namespace tarina::server {

struct EmbedSize {
  int width = 0;
  int height = 0;
};

/// The story's own shape within the limits (0: none); 640 wide, or 640 high for portrait, when nothing else is asked.
/// Sound only (0×0) takes 16:9.
EmbedSize embed_size(int width, int height, int max_width, int max_height);

/// Titled, lazy, responsive, and without the page's address in the Referer path.
std::string embed_code(std::string const& origin, std::string const& story, std::string const& title, EmbedSize size);
/// The same for a list: 16:9 with room for its steps below, within the limits (0: none).
EmbedSize list_embed_size(int max_width, int max_height);
std::string list_embed_code(std::string const& origin, std::string const& list, std::string const& title, EmbedSize size);

} // namespace tarina::server
