#include "server/pages/consent_view.hpp"
#include "server/templates.hpp"
#include <array>
#include <sodium.h>

namespace tarina::server {

namespace {

// In the order shown; all of them together are what was agreed to.
constexpr std::array text_keys{
    "consent.title",         "consent.intro",         "consent.watch_title",   "consent.watch_text",         "consent.watch_without",
    "consent.class_download_title", "consent.class_download_text", "consent.embed_title", "consent.embed_text", "consent.feeds_title",
    "consent.feeds_text",    "consent.privacy_title", "consent.privacy_controller", "consent.privacy_kept",  "consent.privacy_free",
    "consent.privacy_withdraw", "consent.privacy_others", "consent.privacy_rights", "consent.guardian",      "consent.age"};

} // namespace

ConsentText consent_text(Templates const& templates, std::string_view lang) {
  ConsentText text{templates.text(lang, "consent.version"), {}};
  auto whole = text.version + "\n";
  for (auto const* key : text_keys) whole += templates.text(lang, key) + "\n";
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<unsigned char const*>(whole.data()), whole.size());
  text.hash.resize(digest.size() * 2 + 1);
  sodium_bin2hex(text.hash.data(), text.hash.size(), digest.data(), digest.size());
  text.hash.pop_back();
  return text;
}

nlohmann::json consent_uses_view(Templates const& templates, std::string_view lang, catalog::Uses const& ticked) {
  auto list = nlohmann::json::array();
  for (auto const use : catalog::consent_uses) {
    std::string const name(catalog::use_name(use));
    list.push_back({{"name", name},
                    {"title", templates.text(lang, "consent." + name + "_title")},
                    {"text", templates.text(lang, "consent." + name + "_text")},
                    {"without", use == catalog::Use::watch ? templates.text(lang, "consent.watch_without") : std::string()},
                    {"ticked", ticked.allows(use)}});
  }
  return list;
}

catalog::Uses read_uses(FormValues const& form) {
  catalog::Uses uses;
  for (auto const& name : form.all("use")) {
    auto const use = catalog::use_from_name(name);
    if (!use) continue;
    switch (*use) {
    case catalog::Use::watch: uses.watch = true; break;
    case catalog::Use::class_download: uses.class_download = true; break;
    case catalog::Use::embed: uses.embed = true; break;
    case catalog::Use::feeds: uses.feeds = true; break;
    case catalog::Use::preview: break;
    }
  }
  return uses;
}

catalog::NewConsent consent_to(Templates const& templates, std::string_view lang, catalog::Uses const& uses) {
  auto text = consent_text(templates, lang);
  return {uses, std::move(text.version), std::move(text.hash), std::string(lang)};
}

std::string uses_in_words(Templates const& templates, std::string_view lang, catalog::Uses const& uses) {
  std::string words;
  for (auto const use : catalog::consent_uses)
    if (uses.allows(use)) words += (words.empty() ? "" : ", ") + templates.text(lang, "consent." + std::string(catalog::use_name(use)) + "_title");
  return words.empty() ? templates.text(lang, "mine.history_none") : words;
}

} // namespace tarina::server
