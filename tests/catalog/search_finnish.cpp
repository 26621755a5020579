#include "catalog/search/compound.hpp"
#include "catalog/search/finnish.hpp"
#include "catalog/search/spoken.hpp"
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace tarina::catalog;

namespace {

using Set = std::set<std::string>;

Set indexed(Finnish& finnish, std::string const& text, std::size_t at = 0) {
  auto const terms = finnish.index_terms(text, split_words(text), at);
  return {terms.begin(), terms.end()};
}
Set searched(Finnish& finnish, std::string const& word) {
  auto const terms = finnish.query_terms(word);
  return {terms.begin(), terms.end()};
}
bool finds(Finnish& finnish, std::string const& query, std::string const& text) {
  for (std::size_t i = 0; i < split_words(text).size(); ++i)
    for (auto const& term : searched(finnish, query))
      if (indexed(finnish, text, i).count(term)) return true;
  return false;
}

#define NEEDS_DICTIONARY(finnish) \
  if (!(finnish).has_dictionary()) { WARN("no Finnish dictionary: " + (finnish).describe()); return; }

} // namespace

TEST_CASE("a compound is cut by its structure and its derived parts are rebuilt") {
  Reading hitsaaja{"hitsaajakoulutus", "=pppppppp=pppppppppppp", "+hitsa(hitsata)+a+ja(+ja)+koulutus(koulutus)", "nimisana", ""};
  auto const compound = cut_compound(hitsaaja, "hitsaajakoulutukseen");
  CHECK(compound.lemmas == std::vector<std::string>{"hitsaaja", "koulutus"});
  CHECK(compound.range(0, 1) == "hitsaajakoulutus");

  Reading truck{"kuorma-autonkuljettaja", "=ppppppp=ppppp=pppppppppppp",
                "+kuorma(kuorma)+-+auton(auto)+kuljetta(kuljettaa)+ja(+ja)", "nimisana", ""};
  auto const parts = cut_compound(truck, "Kuorma-autonkuljettajan");
  CHECK(parts.lemmas == std::vector<std::string>{"kuorma", "auto", "kuljettaja"});
  CHECK(parts.range(0, 1) == "kuorma-auto");
  CHECK(parts.range(1, 2) == "autonkuljettaja");

  Reading alumni{"alumnitoiminta", "=pppppp=pppppppp", "+alumni(alumni)+toimi(toimia)+n+ta(+ta)", "nimisana", ""};
  CHECK(cut_compound(alumni, "alumnitoiminta").lemmas == std::vector<std::string>{"alumni", "toiminta"});

  Reading sport{"liikunnanohjaaja", "=ppppppppp=pppppppp", "+liiku(liikkua)+nnan(+ta)+ohja(ohjata)+a+ja(+ja)", "nimisana", ""};
  CHECK(cut_compound(sport, "liikunnanohjaaja").lemmas == std::vector<std::string>{"liikunta", "ohjaaja"});
  Reading air{"ilmastointiasentaja", "=ppppppppppp=pppppppp", "+ilmastoi(ilmastoida)+nti(+ti)+asenta(asentaa)+ja(+ja)", "nimisana", ""};
  CHECK(cut_compound(air, "ilmastointiasentajan").lemmas == std::vector<std::string>{"ilmastointi", "asentaja"});
}

TEST_CASE("a participle knows its verb, an agent participle only when asked") {
  CHECK(root_verb({"valmistunut", "=pppppppppppp", "+valmist(valmistaa)u(+ua)+n+ut(+ut)", "laatusana", "past_active"}) == "valmistua");
  CHECK(root_verb({"opiskellut", "=pppppppppp", "+opiskel(opiskella)+l+ut(+ut)", "laatusana", "past_active"}) == "opiskella");
  CHECK(root_verb({"tekemä", "=ppppppppp", "+teke(tehdä)+m+ä(+ä)", "nimisana", "agent"}).empty());
  CHECK(root_verb({"tekemä", "=ppppppppp", "+teke(tehdä)+m+ä(+ä)", "nimisana", "agent"}, true) == "tehdä");
  CHECK(root_verb({"koulu", "=ppppp", "+koulu(koulu)", "nimisana", ""}).empty());
}

TEST_CASE("attributes that fit nothing are survived") {
  for (auto const* bases : {"", "+", "((((", "+a(b", "+a(b)c(+", ")))", "+=(=)=", "+-+-+-"})
    for (auto const* structure : {"", "====", "=p=", "ppp=pppppppppppppppppppppppp", "=-=-="})
      for (auto const* base : {"", "a", "ab=c", "\xFF\xFE"}) {
        Reading const reading{base, structure, bases, "", "past_active"};
        auto const compound = cut_compound(reading, "abc");
        CHECK(compound.written.size() == compound.lemmas.size());
        CHECK_NOTHROW(root_verb(reading));
      }
}

TEST_CASE("lähihoitaja finds lähihoitajaksi and not ympäristönhoitaja") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(finds(finnish, "lähihoitaja", "Valmistuin lähihoitajaksi keväällä."));
  CHECK(finds(finnish, "Lähihoitajat", "Valmistuin lähihoitajaksi keväällä."));
  CHECK(finds(finnish, "hoitaja", "Valmistuin lähihoitajaksi keväällä."));
  CHECK_FALSE(finds(finnish, "lähihoitaja", "Ympäristönhoitaja hoitaa puistoja."));
  CHECK_FALSE(finds(finnish, "lähihoitaja", "Lastenhoitajana päiväkodissa."));
}

TEST_CASE("inflection, participles and times of doing lead to the base form") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(finds(finnish, "kauppias", "kauppiaan työ"));
  CHECK(finds(finnish, "valmistua", "Olemme valmistuneet jo."));
  CHECK(finds(finnish, "valmistua", "Valmistuttuani muutin Ouluun."));
  CHECK(finds(finnish, "valmistuttuani", "Sitten valmistuin."));
  CHECK(finds(finnish, "opiskella", "olen opiskellut paljon"));
  CHECK(finds(finnish, "tehdä", "työ on tehty"));
}

TEST_CASE("a compound is read in the fewest parts") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK_FALSE(finds(finnish, "lapsi", "Ostin kahvilasta pullan."));
  CHECK(finds(finnish, "kahvila", "Ostin kahvilasta pullan."));
}

TEST_CASE("a typed base form means itself") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(searched(finnish, "kuusi") == Set{"kuusi"});
  CHECK_FALSE(finds(finnish, "kuusi", "Kuu paistaa."));
}

TEST_CASE("names of fields with an open hyphen are found by their full word") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(finds(finnish, "sosiaaliala", "sosiaali- ja terveysalan perustutkinto"));
  CHECK(finds(finnish, "terveysala", "sosiaali- ja terveysalan perustutkinto"));
  CHECK(finds(finnish, "metalliala", "kone-, metalli- ja sähköala"));
  CHECK(finds(finnish, "koneala", "kone-, metalli- ja sähköala"));
  CHECK(finds(finnish, "puutarhapalvelu", "puutarhatyöt ja -palvelut"));
}

TEST_CASE("acronyms and unknown words are found with their endings") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  for (auto const* text : {"OSAO:ssa", "OSAOssa", "osaossa", "Osaon"}) CHECK(finds(finnish, "OSAO", text));
  for (auto const* query : {"watti", "hanke", "WATTI-hanke", "wattihanke"}) CHECK(finds(finnish, query, "WATTI-hankkeessa kuvattiin"));
  CHECK(finds(finnish, "kuormaauto", "Ajan kuorma-autoa."));
  CHECK(finds(finnish, "C++", "Opin C++ ja Javaa."));
}

TEST_CASE("a keyboard without dots is understood, but a real word is left alone") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(finds(finnish, "lahihoitaja", "Valmistuin lähihoitajaksi."));
  CHECK(finds(finnish, "tyopaikalla", "ensimmäiseen työpaikkaan"));
  CHECK_FALSE(finds(finnish, "saa", "Sää oli kaunis."));
}

TEST_CASE("spoken forms are found by the written word and not the other way") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK(finds(finnish, "olla", "Mä oon töissä."));
  CHECK(finds(finnish, "mennä", "ei ois menny putkeen"));
  CHECK(finds(finnish, "tietää", "en ois tienny"));
  CHECK(finds(finnish, "tehdä", "pitää tehä hommia"));
  CHECK(finds(finnish, "haluta", "mä haluisin"));
  CHECK(finds(finnish, "vaikea", "se oli vaikee"));
  CHECK(finds(finnish, "amis", "menin amikseen"));
  CHECK(finds(finnish, "työ", "duunissa tehtaalla"));
  CHECK_FALSE(finds(finnish, "duuni", "töissä tehtaalla"));
}

TEST_CASE("words of up to sixty letters and four hyphens are analysed") {
  auto repeat = [](std::string const& text, int times) { std::string all; while (times--) all += text; return all; };
  CHECK(is_analysable(repeat("ä", 60)));
  CHECK_FALSE(is_analysable(repeat("ä", 61)));
  CHECK(is_analysable("a" + repeat("-a", 4)));
  CHECK_FALSE(is_analysable("a" + repeat("-a", 5)));
  CHECK(surface_term(repeat("ä", 100)) == "=" + repeat("ä", 60));
  CHECK(surface_term("abc") == "=abc");
}

TEST_CASE("speech and dialect are understood by their regular changes") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  struct Said { char const *form, *meant; };
  for (auto const& [form, meant] : std::vector<Said>{
           {"kolomen", "kolme"}, {"jäläkeen", "jälkeen"}, {"vanahana", "vanha"}, {"pittää", "pitää"}, {"ossaan", "osata"},  // northern
           {"kahestaan", "kaksi"}, {"meijän", "me"}, {"uuet", "uusi"}, {"hoijan", "hoitaa"}, {"tehhään", "tehdä"},            // d lost
           {"mettässä", "metsä"}, {"viitti", "viitsiä"}, {"itteluottamus", "itseluottamus"},                                  // tt for ts
           {"vaikeeta", "vaikea"}, {"oikeesti", "oikea"}, {"vaihtoehtoo", "vaihtoehto"}, {"kallista", "kallis"},              // long vowels
           {"harjottelu", "harjoittelu"}, {"semmosta", "sellainen"}, {"punanen", "punainen"},                                 // i lost
           {"koulus", "koulu"}, {"kaupast", "kauppa"}, {"kavereit", "kaveri"}, {"hitsaajaks", "hitsaaja"}, {"mitää", "mikään"}, // ends lost
           {"työllistyny", "työllistyä"}, {"tarjos", "tarjota"}, {"kannattas", "kannattaa"}, {"voisko", "voida"},
           {"vaikeeks", "vaikea"}, {"raksalla", "rakennus"}, {"opolta", "opinto-ohjaaja"}, {"webbisivuja", "sivu"}, {"discordkanava", "discord"}}) {
    CAPTURE(form, meant);
    CHECK(finds(finnish, meant, form));
  }
}

TEST_CASE("readings that nobody means are left out") {
  Finnish finnish;
  NEEDS_DICTIONARY(finnish);
  CHECK_FALSE(finds(finnish, "muuttaa", "ei muutakaan vaihtoehtoa"));
  CHECK_FALSE(finds(finnish, "ajaa", "koko ajan"));
  CHECK(finds(finnish, "ajaa", "Ajan kuorma-autoa."));
  CHECK_FALSE(finds(finnish, "vaihto", "vaihdoin alaa"));
  CHECK_FALSE(finds(finnish, "oma", "Datanomin tutkinto"));
  CHECK(finds(finnish, "datanomi", "Datanomin tutkinto"));
  CHECK_FALSE(finds(finnish, "kota", "hoivakodissa"));
  CHECK_FALSE(finds(finnish, "laki", "kaikenlaista"));
  CHECK_FALSE(finds(finnish, "oppi", "Photoshopilla"));
  CHECK_FALSE(finds(finnish, "elää", "elämä"));
  CHECK(finds(finnish, "kannustaa", "isäni kannustamana"));
  CHECK(finds(finnish, "elektroniikka-asentaja", "Elektroniikka- ja ICT-asentaja"));
}

TEST_CASE("huge and hostile words are not analysed but stay findable") {
  Finnish finnish;
  std::string const hyphens = [] { std::string s = "a"; for (int i = 0; i < 200; ++i) s += "-a"; return s; }();
  for (auto const& word : {hyphens, std::string(5000, 'x'), std::string("a:b:c:d:e:f:g"), std::string("1:2-3'4")}) {
    CHECK(finds(finnish, word, word));
    for (auto const& term : indexed(finnish, word)) CHECK(term.size() <= 2 * longest_analysed_word);
  }
}

TEST_CASE("terms depend on the text alone, however often they are asked for") {
  Finnish fresh, tiny({}, 1);
  std::string const text = "sosiaali- ja terveysala, OSAO:ssa OSAO:ssa WATTI-hanke menny lähihoitajaksi";
  auto const all = split_words(text);
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(fresh.index_terms(text, all, i) == tiny.index_terms(text, all, i));
}

TEST_CASE("without a dictionary Finnish runs on Snowball and says so") {
  auto const analyser = make_stem_analyser("finnish");
  CHECK(analyser->describe().find("snowball finnish") != std::string::npos);
  std::string const text = "lähihoitajaksi";
  auto const terms = analyser->index_terms(text, split_words(text), 0);
  CHECK(terms.front() == "=lähihoitajaksi");
  auto const wanted = analyser->query_terms("lähihoitaja");
  REQUIRE(wanted.size() == 1);
  CHECK(std::find(terms.begin(), terms.end(), wanted[0]) != terms.end());
}
