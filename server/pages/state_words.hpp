// Words and colours of states, for badges.
#pragma once
#include "catalog/story.hpp"
#include "media/cues.hpp"
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

class Templates;

/// "Tarkistettavana".
std::string state_word(Templates const& templates, std::string_view lang, catalog::StoryState state);
/// Class of the badge; the word says the same, so nothing is told by colour alone.
std::string_view state_badge(catalog::StoryState state);
/// The title in the reader's or another language, or "Nimetön tarina (id)".
std::string title_or_none(Templates const& templates, std::string_view lang, catalog::LocalText const& title, std::string const& id);
/// The same as {text, lang}; lang is null when the words are in the page's language.
nlohmann::json title_view(Templates const& templates, std::string_view lang, catalog::LocalText const& title, std::string const& id);
/// Published, and its teller lets the site show it. A story may be published for other uses alone.
bool shown_publicly(catalog::Story const& story);
/// "missing." of a gate key "publish.…": "Otsikko puuttuu".
std::string missing_word(Templates const& templates, std::string_view lang, std::string const& gate_key);
/// "Suomi: tekstitys".
std::string track_word(Templates const& templates, std::string_view lang, std::string const& language, catalog::TrackKind kind);
/// What a subtitle file's reader dropped or guessed: "Repliikki 3: loppu on ennen alkua. Repliikki jäi pois."
std::vector<std::string> cue_warning_words(Templates const& templates, std::string_view lang, std::vector<media::CueWarning> const& warnings);

} // namespace tarina::server
