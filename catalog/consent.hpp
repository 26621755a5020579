// What a teller agreed to. Consent is the access control of this archive (GDPR Art. 7: provable, and as easy to
// withdraw as to give).
#pragma once
#include "catalog/clock.hpp"
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tarina::catalog {

/// The four uses a teller is asked about, and `preview`, which needs no consent: studio and the teller's own page.
enum class Use { watch, class_download, embed, feeds, preview };
inline constexpr std::array<Use, 4> consent_uses{Use::watch, Use::class_download, Use::embed, Use::feeds};
std::string_view use_name(Use); // "watch", "class_download", "embed", "feeds", "preview"
std::optional<Use> use_from_name(std::string_view);

/// Ticked or not, one by one.
struct Uses {
  bool watch = false;
  bool class_download = false;
  bool embed = false;
  bool feeds = false;
  bool allows(Use) const; // preview: always
  bool any() const { return watch || class_download || embed || feeds; }
  bool operator==(Uses const&) const = default;
};

struct NewConsent {
  Uses uses;
  std::string text_version; // "2026-1"
  std::string text_hash;    // SHA-256 of the text shown, lower-case hex
  std::string language;     // in which it was shown
};

/// One act of consenting. A change of uses is a new record that ends the one before; nothing is overwritten.
struct Consent : NewConsent {
  std::int64_t number = 0; // 1, 2, … within the story
  Time given_at{};
  std::optional<Time> ended_at; // superseded or withdrawn
  bool withdrawn = false;
};

/// The answer to "may this be shown here?" when it is yes.
struct Access {
  std::string story;
  std::string package;    // current generation; may be empty for Use::preview
  std::string stream_key; // for /stream/{key}/, this package and this use only; empty for Use::preview
};

/// What the key of a /stream/{key}/ opens, and for which use it was given out.
struct ResolvedStream {
  std::string package;
  Use use = Use::watch;
};

} // namespace tarina::catalog
