#include "catalog/search/compound.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

/// One "+" separated stretch of WORDBASES. "valmist(valmistaa)u(+ua)" is the text "valmistu" and the base "valmistua".
struct Piece {
  std::u32string text; // as in the word
  std::u32string base; // standing alone; for a suffix without its "+"
};

std::vector<Piece> read_pieces(std::string_view word_bases) {
  std::vector<Piece> pieces;
  bool inside = false, begun = false;
  std::u32string before, run, base; // text up to the last derivation, text since, what the parentheses hold
  auto finish = [&] {
    if (begun) {
      if (pieces.back().base.empty()) pieces.back().base = pieces.back().text;
    }
    before.clear(), run.clear();
  };
  for (char32_t c : to_utf32(fold(word_bases))) {
    if (inside) {
      if (c == ')') {
        inside = false;
        bool const suffix = !base.empty() && base.front() == '+';
        // A suffix stands for the run it ends: valmist + ua. A first base stands for the whole piece. Of a noun like
        // "liiku(liikkua)nnan(+ta)" Voikko leaves the n before the suffix out: liikunta.
        bool const nasal = suffix && !run.empty() && run.front() == U'n' && (base == U"+ta" || base == U"+tä" || base == U"+ti");
        pieces.back().base = suffix ? before + (nasal ? U"n" : U"") + base.substr(1) : base;
        before += run, run.clear(), base.clear();
      } else {
        base.push_back(c);
      }
    } else if (c == '+') {
      finish();
      pieces.emplace_back(), begun = true;
    } else if (begun && c == '(') {
      inside = true;
    } else if (begun) {
      pieces.back().text.push_back(c), run.push_back(c);
    }
  }
  finish();
  return pieces;
}

/// Offsets in code points where a new part begins, without the first.
std::vector<std::size_t> read_cuts(std::string_view structure) {
  std::vector<std::size_t> cuts;
  std::size_t at = 0;
  for (char c : structure) {
    if (c != '=') ++at;
    else if (at > 0) cuts.push_back(at);
  }
  return cuts;
}

std::u32string part_of_base(std::u32string const& base, std::size_t index) {
  std::size_t begin = 0;
  while (index--) {
    begin = base.find(U'=', begin);
    if (begin == base.npos) return {};
    ++begin;
  }
  return base.substr(begin, base.find(U'=', begin) - begin);
}

std::u32string without_joint(std::u32string part) {
  while (!part.empty() && part.back() == '-') part.pop_back();
  return part;
}

/// The lemma of the part that covers [begin, end) of the word, or the part itself when the pieces do not fit.
std::u32string part_lemma(std::vector<Piece> const& pieces, std::size_t begin, std::size_t end, std::u32string const& written) {
  std::size_t at = 0;
  std::u32string lemma;
  std::size_t const last = begin + without_joint(written).size();
  for (auto const& piece : pieces) {
    std::size_t const stop = at + piece.text.size();
    if (at <= begin && stop >= end && piece.base.find(U'=') != piece.base.npos) { // isoäiti(iso=äiti) spans parts
      auto found = part_of_base(piece.base, at == begin ? 0 : 1);
      return found.empty() ? without_joint(written) : found;
    }
    if (at >= begin && stop <= last) {
      if (stop == last) {
        lemma += piece.base;
        return lemma;
      }
      lemma += piece.text;
    }
    at = stop;
  }
  return without_joint(written);
}

} // namespace

std::size_t count_parts(Reading const& reading) { return 1 + read_cuts(reading.structure).size(); }

Compound cut_compound(Reading const& reading, std::string_view word) {
  Compound compound;
  auto base = to_utf32(fold(reading.base));
  base.erase(std::remove(base.begin(), base.end(), U'='), base.end());
  auto const surface = to_utf32(fold(word));
  auto cuts = read_cuts(reading.structure);
  // "uudessakaupungissa" bends inside: its base form has other lengths, so it stays whole.
  if (!cuts.empty() && (base.size() <= cuts.back() || surface.size() < cuts.back() ||
                        !std::equal(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(cuts.back()), surface.begin())))
    cuts.clear();
  auto const pieces = read_pieces(reading.word_bases);
  std::size_t begin = 0;
  for (std::size_t cut : cuts) {
    auto const written = base.substr(begin, cut - begin);
    auto lemma = part_lemma(pieces, begin, cut, written);
    std::erase(lemma, U'=');
    compound.written.push_back(to_utf8(written));
    compound.lemmas.push_back(to_utf8(lemma));
    begin = cut;
  }
  compound.written.push_back(to_utf8(base.substr(begin)));
  compound.lemmas.push_back(compound.written.back());
  return compound;
}

std::string Compound::range(std::size_t first, std::size_t last) const {
  std::string text;
  for (std::size_t i = first; i < last; ++i) text += written[i];
  return text + lemmas[last];
}

std::string root_verb(Reading const& reading, bool of_agent) {
  if (reading.participle.empty() || (reading.participle == "agent" && !of_agent)) return {};
  auto const cuts = read_cuts(reading.structure);
  std::size_t const begin = cuts.empty() ? 0 : cuts.back();
  std::size_t at = 0;
  for (auto const& piece : read_pieces(reading.word_bases)) {
    if (at >= begin && piece.text != U"-") {
      auto const& verb = piece.base;
      bool const infinitive = verb.size() > 2 && (verb.back() == U'a' || verb.back() == U'ä');
      return infinitive && verb.find(U'=') == verb.npos ? to_utf8(verb) : std::string{};
    }
    at += piece.text.size();
  }
  return {};
}

} // namespace tarina::catalog
