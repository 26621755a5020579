#include "server/interop/embed_code.hpp"
#include "server/page.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tarina::server {

EmbedSize embed_size(int width, int height, int max_width, int max_height) {
  double const ratio = width > 0 && height > 0 ? static_cast<double>(width) / height : 16.0 / 9;
  double w = ratio >= 1 ? 640 : 640 * ratio;
  if (max_width > 0) w = std::min<double>(w, max_width);
  if (max_height > 0 && w / ratio > max_height) w = max_height * ratio;
  w = std::max(w, 1.0);
  return {static_cast<int>(std::lround(w)), static_cast<int>(std::lround(w / ratio))};
}

namespace {

std::string frame_code(std::string const& address, std::string const& title, EmbedSize size) {
  return fmt::format("<iframe src=\"{}\" title=\"{}\" width=\"{}\" height=\"{}\" "
                     "style=\"border:0;max-width:100%;height:auto;aspect-ratio:{}/{}\" loading=\"lazy\" "
                     "referrerpolicy=\"strict-origin-when-cross-origin\" allow=\"fullscreen; picture-in-picture\" allowfullscreen></iframe>",
                     address, escape_html(title), size.width, size.height, size.width, size.height);
}

} // namespace

std::string embed_code(std::string const& origin, std::string const& story, std::string const& title, EmbedSize size) {
  return frame_code(origin + "/embed/" + story, title, size);
}

EmbedSize list_embed_size(int max_width, int max_height) { return embed_size(640, 416, max_width, max_height); }

std::string list_embed_code(std::string const& origin, std::string const& list, std::string const& title, EmbedSize size) {
  return frame_code(origin + "/embed/list/" + list, title, size);
}

} // namespace tarina::server
