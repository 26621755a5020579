// Spoken Finnish written down: what a word of a transcript stands for in the written language.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// Lemmas that a folded word form stands for whatever the dictionary says of it: "oon" → olla.
std::vector<std::string> spoken_lemmas(std::string_view folded);
/// Lemmas that a lemma brings along: "duuni" → työ.
std::vector<std::string> companion_lemmas(std::string_view lemma);
/// A reading that the dictionary allows and speakers hardly mean: "muuta" (also "muutakin") as a form of muuttaa. Two
/// words joined by "_" are the second behind the first: "koko_ajan".
bool is_unlikely(std::string_view folded, std::string_view lemma);
/// The lemmas that bring others along.
std::vector<std::string> slang_lemmas();
/// The lemma of a form of a word that the dictionary lacks: "amikseen" → amis. Empty when there is none.
std::string lacking_lemma(std::string_view folded);

/// How a form unknown to the dictionary may be written in the standard language, likeliest first, each by one regular
/// change of speech or dialect: "menny" → mennyt, "tehä" → tehdä, "haluisin" → haluaisin, "vaikee" → vaikea, "kolomen" →
/// kolmen, "pittää" → pitää. Most are no words: they are to be tried against the dictionary.
std::vector<std::string> standard_spellings(std::string_view folded);

} // namespace tarina::catalog
