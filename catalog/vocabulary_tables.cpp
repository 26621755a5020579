#include "catalog/vocabulary_tables.hpp"
#include "catalog/rows.hpp"
#include <nlohmann/json.hpp>

namespace tarina::catalog {
namespace {

std::string_view letter(Mark mark) { return mark == Mark::verified ? "V" : mark == Mark::inferred ? "I" : "D"; }
Mark mark_of(std::string const& text) { return text == "V" ? Mark::verified : text == "I" ? Mark::inferred : Mark::derived; }

} // namespace

void store_vocabulary(Database& db, Vocabulary const& from) {
  for (auto const* table : {"field", "qualification", "title", "institution", "unit"}) db.execute(std::string("UPDATE ") + table + " SET listed = 0");
  int position = 0;
  for (auto const& f : from.fields)
    db.run("INSERT INTO field (code, parent, fi, sv, en, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
           " ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, fi = excluded.fi, sv = excluded.sv, en = excluded.en, position = excluded.position, listed = 1",
           f.code, f.parent, f.name.fi, f.name.sv, f.name.en, ++position);
  for (auto const& q : from.qualifications)
    db.run("INSERT INTO qualification (code, fi, sv, en, broad_field, narrow_field, broad_mark, narrow_mark, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
           " ON CONFLICT (code) DO UPDATE SET fi = excluded.fi, sv = excluded.sv, en = excluded.en, broad_field = excluded.broad_field, narrow_field = excluded.narrow_field,"
           " broad_mark = excluded.broad_mark, narrow_mark = excluded.narrow_mark, position = excluded.position, listed = 1",
           q.code, q.name.fi, q.name.sv, q.name.en, q.broad_field, q.narrow_field, letter(q.broad_mark), letter(q.narrow_mark), ++position);
  for (auto const& t : from.titles)
    db.run("INSERT INTO title (code, fi, sv, en, qualification, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
           " ON CONFLICT (code) DO UPDATE SET fi = excluded.fi, sv = excluded.sv, en = excluded.en, qualification = excluded.qualification, position = excluded.position, listed = 1",
           t.code, t.name.fi, t.name.sv, t.name.en, t.qualification, ++position);
  for (auto const& i : from.institutions) {
    db.run("INSERT INTO institution (code, fi, sv, en, short_name, numbers, oid, provider, provider_id, website, valid_from, valid_to, mark, note, position)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
           " ON CONFLICT (code) DO UPDATE SET fi = excluded.fi, sv = excluded.sv, en = excluded.en, short_name = excluded.short_name, numbers = excluded.numbers, oid = excluded.oid,"
           " provider = excluded.provider, provider_id = excluded.provider_id, website = excluded.website, valid_from = excluded.valid_from, valid_to = excluded.valid_to,"
           " mark = excluded.mark, note = excluded.note, position = excluded.position, listed = 1",
           i.code, i.name.fi, i.name.sv, i.name.en, i.short_name, nlohmann::json(i.numbers).dump(), i.oid, i.provider, i.provider_id, i.website, i.valid_from, i.valid_to, letter(i.mark), i.note, ++position);
    for (auto const& u : i.units)
      db.run("INSERT INTO unit (code, institution, fi, sv, en, number, oid, kind, valid_from, valid_to, mark, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
             " ON CONFLICT (code) DO UPDATE SET institution = excluded.institution, fi = excluded.fi, sv = excluded.sv, en = excluded.en, number = excluded.number, oid = excluded.oid,"
             " kind = excluded.kind, valid_from = excluded.valid_from, valid_to = excluded.valid_to, mark = excluded.mark, position = excluded.position, listed = 1",
             u.code, i.code, u.name.fi, u.name.sv, u.name.en, u.number, u.oid, u.kind, u.valid_from, u.valid_to, letter(u.mark), ++position);
  }
}

Vocabulary load_vocabulary(Database& db) {
  Vocabulary v;
  for (auto q = db.query("SELECT code, parent, fi, sv, en, listed FROM field ORDER BY position, code"); q.step();) {
    auto& f = v.fields.emplace_back();
    f.code = q.text();
    f.parent = q.text();
    f.name = read_local(q);
    f.listed = q.flag();
  }
  for (auto q = db.query("SELECT code, fi, sv, en, broad_field, narrow_field, broad_mark, narrow_mark, listed FROM qualification ORDER BY position, code"); q.step();) {
    auto& e = v.qualifications.emplace_back();
    e.code = q.text();
    e.name = read_local(q);
    e.broad_field = q.text();
    e.narrow_field = q.text();
    e.broad_mark = mark_of(q.text());
    e.narrow_mark = mark_of(q.text());
    e.listed = q.flag();
  }
  for (auto q = db.query("SELECT code, fi, sv, en, qualification, listed FROM title ORDER BY position, code"); q.step();) {
    auto& t = v.titles.emplace_back();
    t.code = q.text();
    t.name = read_local(q);
    t.qualification = q.text();
    t.listed = q.flag();
  }
  for (auto q = db.query("SELECT code, fi, sv, en, short_name, numbers, oid, provider, provider_id, website, valid_from, valid_to, mark, note, listed FROM institution ORDER BY position, code"); q.step();) {
    auto& i = v.institutions.emplace_back();
    i.code = q.text();
    i.name = read_local(q);
    i.short_name = q.text();
    i.numbers = nlohmann::json::parse(q.text()).get<std::vector<std::string>>();
    i.oid = q.text();
    i.provider = q.text();
    i.provider_id = q.text();
    i.website = q.text();
    i.valid_from = q.text();
    i.valid_to = q.text();
    i.mark = mark_of(q.text());
    i.note = q.text();
    i.listed = q.flag();
    for (auto u = db.query("SELECT code, fi, sv, en, number, oid, kind, valid_from, valid_to, mark, listed FROM unit WHERE institution = ?1 ORDER BY position, code", i.code); u.step();) {
      auto& unit = i.units.emplace_back();
      unit.code = u.text();
      unit.name = read_local(u);
      unit.number = u.text();
      unit.oid = u.text();
      unit.kind = u.text();
      unit.valid_from = u.text();
      unit.valid_to = u.text();
      unit.mark = mark_of(u.text());
      unit.listed = u.flag();
    }
    for (auto s = db.query("SELECT origin FROM embed_site WHERE institution = ?1 ORDER BY position", i.code); s.step();) i.embed_sites.push_back(s.text());
  }
  return v;
}

} // namespace tarina::catalog
