#include "catalog/search/voikko.hpp"
#include <cstring>
#include <dlfcn.h>
#include <libvoikko/voikko.h>
#include <mutex>

namespace tarina::catalog {
namespace {

/// The calls we need, as voikko.h declares them.
struct Library {
  decltype(&voikkoInit) init = nullptr;
  decltype(&voikkoTerminate) terminate = nullptr;
  decltype(&voikkoGetVersion) version = nullptr;
  decltype(&voikkoAnalyzeWordCstr) analyse = nullptr;
  decltype(&voikko_free_mor_analysis) free_analyses = nullptr;
  decltype(&voikko_mor_analysis_keys) keys = nullptr;
  decltype(&voikko_mor_analysis_value_cstr) value = nullptr;
  decltype(&voikko_free_mor_analysis_value_cstr) free_value = nullptr;
  decltype(&voikkoSpellCstr) spell = nullptr;
  decltype(&voikkoSuggestCstr) suggest = nullptr;
  decltype(&voikkoFreeCstrArray) free_texts = nullptr;
  decltype(&voikko_list_dicts) list = nullptr;
  decltype(&voikko_free_dicts) free_list = nullptr;
  decltype(&voikko_dict_description) description = nullptr;
  decltype(&voikko_dict_language) language = nullptr;
  std::string problem;

  Library() {
    void* const so = dlopen("libvoikko.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!so) {
      problem = "libvoikko is not installed";
      return;
    }
    auto find = [&](auto& call, char const* name) {
      call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(dlsym(so, name));
      if (!call) problem = "this libvoikko is too old";
    };
    find(init, "voikkoInit");
    find(terminate, "voikkoTerminate");
    find(version, "voikkoGetVersion");
    find(analyse, "voikkoAnalyzeWordCstr");
    find(free_analyses, "voikko_free_mor_analysis");
    find(keys, "voikko_mor_analysis_keys");
    find(value, "voikko_mor_analysis_value_cstr");
    find(free_value, "voikko_free_mor_analysis_value_cstr");
    find(spell, "voikkoSpellCstr");
    find(suggest, "voikkoSuggestCstr");
    find(free_texts, "voikkoFreeCstrArray");
    find(list, "voikko_list_dicts");
    find(free_list, "voikko_free_dicts");
    find(description, "voikko_dict_description");
    find(language, "voikko_dict_language");
  }
};

Library const& library() {
  static Library const one;
  return one;
}

// Opening and closing touch state shared by all handles; only use is free of it (voikko.h).
std::mutex opening;

} // namespace

Voikko::Voikko(std::string const& path) {
  if (path == "none") {
    problem_ = "turned off";
    return;
  }
  auto const& lib = library();
  if (!lib.problem.empty()) {
    problem_ = lib.problem;
    return;
  }
  std::lock_guard lock(opening);
  char const* const folder = path.empty() ? nullptr : path.c_str();
  char const* error = nullptr;
  handle_ = lib.init(&error, "fi", folder);
  if (!handle_) {
    problem_ = std::string("no Finnish dictionary: ") + (error ? error : "unknown reason");
    return;
  }
  version_ = std::string("voikko ") + lib.version();
  if (auto** dictionaries = lib.list(folder)) {
    for (auto** d = dictionaries; *d; ++d)
      if (!std::strcmp(lib.language(*d), "fi")) {
        version_ += std::string(" (") + lib.description(*d) + ")";
        break;
      }
    lib.free_list(dictionaries);
  }
}

Voikko::~Voikko() {
  if (!handle_) return;
  std::lock_guard lock(opening);
  library().terminate(handle_);
}

std::vector<Reading> Voikko::analyse(std::string const& word) {
  std::vector<Reading> readings;
  if (!handle_) return readings;
  auto const& lib = library();
  auto** const analyses = lib.analyse(handle_, word.c_str());
  if (!analyses) return readings;
  for (auto** a = analyses; *a; ++a) {
    Reading reading;
    for (auto const** key = lib.keys(*a); key && *key; ++key) {
      std::string* const into = !std::strcmp(*key, "BASEFORM")     ? &reading.base
                                : !std::strcmp(*key, "STRUCTURE")  ? &reading.structure
                                : !std::strcmp(*key, "WORDBASES")  ? &reading.word_bases
                                : !std::strcmp(*key, "CLASS")      ? &reading.word_class
                                : !std::strcmp(*key, "SIJAMUOTO")  ? &reading.noun_case
                                : !std::strcmp(*key, "NUMBER")     ? &reading.number
                                : !std::strcmp(*key, "COMPARISON") ? &reading.comparison
                                : !std::strcmp(*key, "POSSESSIVE") ? &reading.possessive
                                : !std::strcmp(*key, "PARTICIPLE") ? &reading.participle
                                                                   : nullptr;
      if (!into) continue;
      if (char* value = lib.value(*a, *key)) {
        *into = value;
        lib.free_value(value);
      }
    }
    readings.push_back(std::move(reading));
  }
  lib.free_analyses(analyses);
  return readings;
}

bool Voikko::spell(std::string const& word) {
  return handle_ && library().spell(handle_, word.c_str()) == VOIKKO_SPELL_OK;
}

std::vector<std::string> Voikko::suggest(std::string const& word) {
  std::vector<std::string> words;
  if (!handle_) return words;
  auto const& lib = library();
  auto** const texts = lib.suggest(handle_, word.c_str());
  if (!texts) return words;
  for (auto** text = texts; *text; ++text) words.emplace_back(*text);
  lib.free_texts(texts);
  return words;
}

} // namespace tarina::catalog
