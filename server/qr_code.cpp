#include "server/qr_code.hpp"
#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <qrencode.h>
#include <stdexcept>

namespace tarina::server {

std::string qr_svg(std::string_view text) {
  struct Free {
    void operator()(QRcode* code) const { QRcode_free(code); }
  };
  std::unique_ptr<QRcode, Free> const code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<unsigned char const*>(text.data()), 0, QR_ECLEVEL_M));
  if (!code) throw std::runtime_error("the text does not fit into a QR code");
  constexpr int quiet = 4;
  int const side = code->width + 2 * quiet;
  std::string path;
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if (code->data[y * code->width + x] & 1) fmt::format_to(std::back_inserter(path), "M{} {}h1v1h-1z", x + quiet, y + quiet);
  return fmt::format(R"(<svg viewBox="0 0 {0} {0}" shape-rendering="crispEdges" aria-hidden="true" focusable="false"><rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{1}"/></svg>)", side, path);
}

} // namespace tarina::server
