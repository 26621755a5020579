#include "server/compress.hpp"
#include <boost/beast/core/string.hpp>
#include <brotli/encode.h>
#include <cstdint>
#include <stdexcept>
#include <zlib.h>

namespace tarina::server {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "0", "0.5", "1.000" in thousandths (RFC 9110 12.4.2); 1000 when broken.
int weight_of(std::string_view parameters) {
  auto const q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  auto const text = parameters.substr(q + 2);
  if (text.empty() || text[0] != '0') return 1000;
  int weight = 0;
  int unit = 100;
  for (std::size_t i = 2; i < text.size() && i < 5 && std::isdigit(static_cast<unsigned char>(text[i])); ++i, unit /= 10)
    weight += (text[i] - '0') * unit;
  return weight;
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int const status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

std::string brotli(std::string_view text, int quality) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  if (!BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                             reinterpret_cast<std::uint8_t const*>(text.data()), &size, reinterpret_cast<std::uint8_t*>(out.data())))
    throw std::runtime_error("BrotliEncoderCompress");
  out.resize(size);
  return out;
}

} // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
  case Coding::gzip: return "gzip";
  case Coding::br: return "br";
  case Coding::identity: break;
  }
  return "identity";
}

Coding choose_coding(std::string_view header) {
  int br = -1, gzip_weight = -1, any = -1;
  while (!header.empty()) {
    auto const comma = header.find(',');
    auto const item = header.substr(0, comma);
    auto const semicolon = item.find(';');
    auto const name = trimmed(item.substr(0, semicolon));
    int const weight = semicolon == std::string_view::npos ? 1000 : weight_of(item.substr(semicolon + 1));
    if (boost::beast::iequals({name.data(), name.size()}, "br")) br = weight;
    if (boost::beast::iequals({name.data(), name.size()}, "gzip")) gzip_weight = weight;
    if (name == "*") any = weight;
    if (comma == std::string_view::npos) break;
    header.remove_prefix(comma + 1);
  }
  if (br < 0) br = any;
  if (gzip_weight < 0) gzip_weight = any;
  if (br > 0 && br >= gzip_weight) return Coding::br;
  return gzip_weight > 0 ? Coding::gzip : Coding::identity;
}

std::string compress(Coding coding, std::string_view text, bool thorough) {
  switch (coding) {
  case Coding::br: return brotli(text, thorough ? 9 : 4);
  case Coding::gzip: return gzip(text, thorough ? 9 : 5);
  case Coding::identity: break;
  }
  return std::string(text);
}

bool is_compressible(std::string_view type) {
  type = trimmed(type.substr(0, type.find(';')));
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") || type == "application/json" ||
         type == "application/xml" || type == "application/javascript" || type == "application/vnd.apple.mpegurl";
}

} // namespace tarina::server
