// The consent text and its questions. The text lives in web/i18n/studio.*.json under "consent."; whoever changes a word
// of it raises "consent.version", and a test demands it.
#pragma once
#include "catalog/consent.hpp"
#include "server/request.hpp"
#include <nlohmann/json.hpp>

namespace tarina::server {

class Templates;

struct ConsentText {
  std::string version;
  std::string hash; // SHA-256 over the whole text in that language, lower-case hex
};

ConsentText consent_text(Templates const& templates, std::string_view lang);

/// Context "uses" of {{> consent-uses}}.
nlohmann::json consent_uses_view(Templates const& templates, std::string_view lang, catalog::Uses const& ticked);
/// The ticked "use" values of a form.
catalog::Uses read_uses(FormValues const& form);
/// What was shown in `lang`, with these uses.
catalog::NewConsent consent_to(Templates const& templates, std::string_view lang, catalog::Uses const& uses);
/// "Katselu Tarinan sivuilla, Oppitunnit ja lataaminen", or the word for none.
std::string uses_in_words(Templates const& templates, std::string_view lang, catalog::Uses const& uses);

} // namespace tarina::server
