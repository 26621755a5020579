// Stories as templates see them: codes turned into names, times into words, packages into addresses.
#pragma once
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "server/page.hpp"

namespace tarina::server {

class Templates;

/// What every view needs to name things in the page's language.
struct Naming {
  Templates const& templates;
  catalog::Vocabulary const& vocabulary;
  std::string_view lang;

  std::string institution(std::string const& code) const; // the short name
  std::string unit(std::string const& institution, std::string const& code) const;
  std::string field(std::string const& code) const;
  std::string occupation(std::string const& code, std::string const& free_words) const;
  std::string qualification(std::string const& code) const;
};

/// {text, lang}: the words in the page's language or another one, and then which (for the lang attribute).
nlohmann::json local_text(catalog::LocalText const& text, std::string_view lang);

/// "/stream/{key}/stills/poster.jpg", or empty.
std::string poster_address(std::string const& stream_key, std::string const& poster);

/// For {{> story-card}}: id, href, title, poster, portrait, length, meta, teller, captions, field.
nlohmann::json card_view(Naming const& naming, catalog::StoryCard const& card);
nlohmann::json card_views(Naming const& naming, std::vector<catalog::StoryCard> const& cards);

/// "09" of "091": doors and tints go by the broad field.
std::string broad_field(std::string const& code);

/// "suomi, ruotsi".
std::string language_list(std::vector<std::string> const& codes, std::string_view lang);

/// Joined by " · ", leaving out what is empty.
std::string joined(std::vector<std::string> const& parts, std::string_view separator = " · ");

/// Plain text to paragraphs (blank lines) of lines: [{lines: ["…"]}].
nlohmann::json paragraphs(std::string_view text);

} // namespace tarina::server
