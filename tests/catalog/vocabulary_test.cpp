#include "catalog/vocabulary_tables.hpp"
#include "catalog/migrations.hpp"
#include "tests/catalog/record.hpp"

namespace tarina::catalog {

TEST_CASE("the vocabularies hold every row of their sources with names and marks") {
  Record r;
  auto const v = r->vocabulary();
  CHECK(v->fields.size() == 45);
  CHECK(v->qualifications.size() == 47);
  CHECK(v->titles.size() == 459);
  CHECK(v->institutions.size() == 5);
  int broad = 0;
  for (auto const& f : v->fields) {
    CAPTURE(f.code);
    CHECK_FALSE(f.name.fi.empty());
    CHECK_FALSE(f.name.sv.empty());
    CHECK_FALSE(f.name.en.empty());
    if (f.parent.empty()) ++broad;
    else CHECK(v->find_field(f.parent));
  }
  CHECK(broad == 13); // twelve and preparatory education
  CHECK(v->find_field("091")->name.in("sv") == "Hälsovård");
  CHECK(v->find_field("TUVA")->name.fi == "Valmentava koulutus");
  CHECK(v->find_qualification("999908")->broad_field == "TUVA");

  auto const* house = v->find_qualification("351203");
  REQUIRE(house);
  CHECK(house->narrow_field == "073");
  CHECK(house->narrow_mark == Mark::verified);
  auto const* business = v->find_qualification("331101");
  CHECK(business->broad_mark == Mark::verified);
  CHECK(business->narrow_mark == Mark::derived);
  auto const* care = v->find_qualification("371101");
  CHECK(care->narrow_field.empty());
  CHECK(care->broad_mark == Mark::inferred);
  CHECK(v->find_qualification("361902")->broad_field == "05");
  CHECK(v->find_qualification("381241")->broad_field == "09");

  CHECK(v->find_title("10008")->name.sv == "Närvårdare");
  CHECK(v->find_title("10008")->qualification == "371101");
  CHECK(v->find_title("nope") == nullptr);
}

TEST_CASE("institutions carry numbers, units and validity") {
  Record r;
  auto const v = r->vocabulary();
  CHECK(v->find_institution("osao")->numbers == std::vector<std::string>{"10110"});
  CHECK(v->find_institution("osao")->oid == "1.2.246.562.10.2013110715495487451932");
  CHECK(v->find_institution("luovi")->numbers.size() == 2);
  CHECK(v->find_institution("opao")->numbers == std::vector<std::string>{"01399"});
  CHECK(v->find_institution("sdo")->numbers.front() == "01294");
  CHECK(v->find_institution("psk")->numbers == std::vector<std::string>{"02565"});
  auto const* liminka = v->find_institution("osao")->find_unit("osao-liminka");
  REQUIRE(liminka);
  CHECK(liminka->valid_on("2026-07-31"));
  CHECK_FALSE(liminka->valid_on("2026-08-01"));
  auto const* branch = v->find_institution("osao")->find_unit("osao-tekniikka");
  CHECK_FALSE(branch->valid_on("2025-12-31"));
  CHECK(branch->valid_on("2026-01-01"));
}

TEST_CASE("an updated vocabulary changes names, adds codes, and keeps what stories carry though it is no longer listed") {
  TempFolder folder;
  Database db(folder.path / "words.sqlite", Database::Mode::writer);
  migrate(db);
  auto files = read_vocabulary_files();
  store_vocabulary(db, files);
  files.qualifications.erase(files.qualifications.begin());
  files.fields[0].name.fi = "Uusi nimi";
  files.titles.push_back({"99999", {"Uusi ammatti", "", ""}, ""});
  store_vocabulary(db, files);
  auto const v = load_vocabulary(db);
  CHECK(v.find_field(files.fields[0].code)->name.fi == "Uusi nimi");
  CHECK(v.find_title("99999"));
  CHECK(v.qualifications.size() == 47);
  CHECK_FALSE(v.find_qualification("321141")->listed);
  CHECK(v.find_qualification("321204")->listed);
}

TEST_CASE("embed sites are set by the institution's own people and must be origins") {
  Record r;
  auto const coordinator = person_actor(Role::coordinator, "osao");
  auto const before = r->access_version();
  r->set_embed_sites(coordinator, "osao", {"https://www.osao.fi", "https://*.osao.fi:8443"}).value();
  CHECK(r->access_version() > before);
  CHECK(r->vocabulary()->find_institution("osao")->embed_sites == std::vector<std::string>{"https://www.osao.fi", "https://*.osao.fi:8443"});
  r.open(); // kept over an update of the data files
  CHECK(r->vocabulary()->find_institution("osao")->embed_sites.size() == 2);
  CHECK(error_of(r->set_embed_sites(coordinator, "luovi", {})).code == Errc::not_found);
  CHECK(error_of(r->set_embed_sites(person_actor(Role::editor, "osao"), "osao", {})).code == Errc::forbidden);
  auto const of_a_unit = person_actor(Role::coordinator, "osao", r->vocabulary()->find_institution("osao")->units.front().code);
  CHECK(error_of(r->set_embed_sites(of_a_unit, "osao", {})).code == Errc::not_found); // they are the whole institution's
  for (auto const* bad : {"osao.fi", "https://osao.fi/", "https://", "https://osao.fi; script-src *", "https://osao.fi 'unsafe-inline'", "javascript:alert(1)", "https://OSAO.fi", "https://osao.fi:", "https://osao.fi:99999999", "https://*"}) {
    CAPTURE(bad);
    CHECK(error_of(r->set_embed_sites(coordinator, "osao", {bad})).key == "embed_site.invalid");
  }
}

} // namespace tarina::catalog
