#include "transcode/codec_name.hpp"
#include <cstdint>
#include <fmt/format.h>
#include <stdexcept>
#include <string_view>

namespace tarina::transcode {
namespace {

/// The payload of a NAL unit without its emulation prevention bytes (ISO/IEC 23008-2 7.3.1.1).
std::string unescape(std::string_view bytes) {
  std::string plain;
  int zeros = 0;
  for (char c : bytes) {
    if (zeros >= 2 && c == 3) {
      zeros = 0;
      continue;
    }
    zeros = c == 0 ? zeros + 1 : 0;
    plain += c;
  }
  return plain;
}

/// Where the payload of the first Annex B NAL unit begins whose header `is_wanted`; npos without one.
template <class Wanted> std::size_t find_nal(std::string_view data, Wanted is_wanted) {
  for (std::size_t i = 0; i + 3 < data.size(); ++i)
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1 && is_wanted(static_cast<unsigned char>(data[i + 3]))) return i + 3;
  return std::string_view::npos;
}

std::string name_h264(std::string_view extradata) {
  auto const at = find_nal(extradata, [](unsigned head) { return (head & 0x1f) == 7; });
  if (at == std::string_view::npos || extradata.size() < at + 4) throw std::runtime_error("the H.264 encoder gave no sequence parameter set");
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(extradata[at + i]); };
  return fmt::format("avc1.{:02x}{:02x}{:02x}", byte(1), byte(2), byte(3));
}

/// ISO/IEC 14496-15 E.3: profile, compatibility flags reversed, tier and level, constraint bytes without trailing zeros.
std::string name_hevc(std::string_view extradata) {
  auto const at = find_nal(extradata, [](unsigned head) { return (head >> 1 & 0x3f) == 33; });
  auto const set = at == std::string_view::npos ? std::string() : unescape(extradata.substr(at, 40));
  if (set.size() < 15) throw std::runtime_error("the HEVC encoder gave no sequence parameter set");
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(set[i]); };
  auto const tier = byte(3); // after the NAL header and the ids
  std::uint32_t reversed = 0;
  for (unsigned bit = 0; bit < 32; ++bit) reversed |= (byte(4 + bit / 8) >> (7 - bit % 8) & 1U) << bit;
  auto name = fmt::format("hvc1.{}.{:x}.{}{}", tier & 0x1f, reversed, (tier & 0x20) != 0 ? 'H' : 'L', byte(14));
  std::size_t last = 13;
  while (last > 7 && byte(last) == 0) --last;
  for (std::size_t i = 8; i <= last; ++i) name += fmt::format(".{:X}", byte(i));
  return name;
}

/// AV1 Codec ISO Media File Format Binding 5, from the sequence header (AV1 specification 5.5.1).
std::string name_av1(std::string_view extradata) {
  auto const byte = [&](std::size_t i) { return i < extradata.size() ? static_cast<unsigned char>(extradata[i]) : 0U; };
  // "av1C" holds it ready to read; a bare sequence header begins with its OBU header.
  if (byte(0) == 0x81) return fmt::format("av01.{}.{:02}{}.08", byte(1) >> 5, byte(1) & 0x1f, (byte(2) & 0x80) != 0 ? 'H' : 'M');
  std::size_t at = 1;
  while ((byte(at) & 0x80) != 0) ++at; // the size, seven bits a byte
  std::size_t bit = (at + 1) * 8;
  auto const read = [&](int count) {
    unsigned value = 0;
    for (; count > 0; --count, ++bit) value = value << 1 | (byte(bit / 8) >> (7 - bit % 8) & 1U);
    return value;
  };
  auto const profile = read(3);
  auto const still = read(2);
  auto const timing = read(1);
  if ((byte(0) & 0x78) != 0x08 || still != 0 || timing != 0) throw std::runtime_error("the AV1 encoder gave a sequence header of another kind");
  read(1 + 5 + 12); // display delay, number of operating points, the first one's layers
  auto const level = read(5);
  auto const tier = level > 7 ? read(1) : 0;
  return fmt::format("av01.{}.{:02}{}.08", profile, level, tier != 0 ? 'H' : 'M');
}

} // namespace

std::string codec_name(AVCodecContext const& context) {
  std::string_view const header(reinterpret_cast<char const*>(context.extradata), static_cast<std::size_t>(context.extradata_size));
  if (context.codec_id == AV_CODEC_ID_HEVC) return name_hevc(header);
  return context.codec_id == AV_CODEC_ID_AV1 ? name_av1(header) : name_h264(header);
}

} // namespace tarina::transcode
