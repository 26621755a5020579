#include "server/api/upload_metadata.hpp"
#include <algorithm>
#include <sodium.h>

namespace tarina::server {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  // libsodium 1.0.18 takes some bytes above 0x7F for digits.
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; })) return std::nullopt;
  std::string out(text.size(), '\0');
  std::size_t length = 0;
  char const* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  out.resize(length);
  return out;
}

result<std::map<std::string, std::string, std::less<>>> parse_upload_metadata(std::string_view header) {
  Error const broken{Errc::invalid, "upload.metadata_invalid", "the Upload-Metadata header is malformed"};
  std::map<std::string, std::string, std::less<>> values;
  if (header.size() > 8192) return broken;
  if (trimmed(header).empty()) return values;
  for (;;) {
    auto const comma = header.find(',');
    auto const pair = trimmed(header.substr(0, comma));
    auto const space = pair.find(' ');
    auto const key = pair.substr(0, space);
    bool const plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    auto value = space == std::string_view::npos ? std::optional<std::string>("") : decode_base64(trimmed(pair.substr(space + 1)));
    if (!plain || !value || !values.emplace(std::string(key), std::move(*value)).second) return broken;
    if (comma == std::string_view::npos) return values;
    header.remove_prefix(comma + 1);
  }
}

std::string storable_upload_metadata(std::string_view header) {
  constexpr std::string_view kept_out[] = {"invite", "mine", "story"};
  auto const same = [](std::string_view key, std::string_view name) {
    return std::equal(key.begin(), key.end(), name.begin(), name.end(), [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  };
  std::string kept;
  while (!header.empty()) {
    auto const comma = header.find(',');
    auto const pair = trimmed(header.substr(0, comma));
    auto const key = pair.substr(0, pair.find(' '));
    bool const secret = std::any_of(std::begin(kept_out), std::end(kept_out), [&](std::string_view name) { return same(key, name); });
    if (!pair.empty() && !secret) kept.append(kept.empty() ? "" : ",").append(pair);
    header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
  }
  return kept;
}

} // namespace tarina::server
