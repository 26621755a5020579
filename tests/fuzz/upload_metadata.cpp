// Any Upload-Metadata: what is understood, written again, is understood as the same; what is kept names nobody.
#include "check.hpp"
#include "server/api/upload_checksum.hpp"
#include "server/api/upload_metadata.hpp"
#include <algorithm>
#include <sodium.h>

namespace {

std::string encode(std::string const& bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back(); // its NUL
  return out;
}

bool is_secret(std::string key) {
  for (auto& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key == "invite" || key == "mine" || key == "story";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::server;
  auto const header = fuzz::text_of(data, size);
  if (auto const bytes = decode_base64(header)) fuzz::check(encode(*bytes) == header, "there is one way to write bytes");
  if (auto sum = Checksum::parse(header)) {
    sum->add(header);
    (void)sum->holds();
  }

  auto const values = parse_upload_metadata(header);
  auto const kept = storable_upload_metadata(header);
  if (!values) return 0;
  std::string again;
  for (auto const& [key, value] : *values) again += (again.empty() ? "" : ",") + key + " " + encode(value);
  auto const twice = parse_upload_metadata(again);
  fuzz::check(again.size() > 8192 || (twice && *twice == *values), "what is written again is the same");

  auto expected = *values;
  std::erase_if(expected, [](auto const& pair) { return is_secret(pair.first); });
  auto const stored = parse_upload_metadata(kept);
  fuzz::check(stored && *stored == expected, "all is stored but what is secret");
  return 0;
}
