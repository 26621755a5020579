#include "catalog/database.hpp"
#include <algorithm>
#include <sqlite3.h>

namespace tarina::catalog {

bool DatabaseError::file_broken() const {
  auto const codes = {SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_DATA, SQLITE_IOERR_CORRUPTFS};
  auto const primary = code_ & 0xFF;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || std::find(codes.begin(), codes.end(), code_) != codes.end();
}

Statement::Statement(Database& database, std::string key, sqlite3_stmt* statement)
    : database_(&database), key_(std::move(key)), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), key_(std::move(other.key_)), statement_(other.statement_), parameter_(other.parameter_), column_(other.column_) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (!statement_) return;
  sqlite3_reset(statement_); // its failure was thrown by step() already
  sqlite3_clear_bindings(statement_);
  try {
    database_->idle_[key_].push_back(statement_);
  } catch (...) {
    sqlite3_finalize(statement_);
  }
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_->fail(code, key_);
}

Statement& Statement::bind(std::int64_t value) { check(sqlite3_bind_int64(statement_, ++parameter_, value)); return *this; }
Statement& Statement::bind(double value) { check(sqlite3_bind_double(statement_, ++parameter_, value)); return *this; }
Statement& Statement::bind(std::nullopt_t) { check(sqlite3_bind_null(statement_, ++parameter_)); return *this; }

Statement& Statement::bind(std::string_view value) {
  // An empty view may have no data; SQLite would take that for NULL.
  check(sqlite3_bind_text64(statement_, ++parameter_, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

bool Statement::step() {
  column_ = 0;
  int const code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_->fail(code, key_);
}

bool Statement::next_is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }
std::int64_t Statement::integer() { return sqlite3_column_int64(statement_, column_++); }
double Statement::real() { return sqlite3_column_double(statement_, column_++); }

std::string Statement::text() {
  auto const* data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column_));
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
  return data ? std::string(data, size) : std::string();
}

std::optional<Time> Statement::maybe_time() {
  if (!next_is_null()) return time();
  ++column_;
  return std::nullopt;
}

std::optional<std::int64_t> Statement::maybe_integer() {
  if (!next_is_null()) return integer();
  ++column_;
  return std::nullopt;
}

Database::Database(std::filesystem::path const& file, Mode mode) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::writer) flags |= SQLITE_OPEN_CREATE;
  int const code = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    std::string const why = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    sqlite3_close(handle_);
    throw DatabaseError(code, "cannot open " + file.string() + ": " + why);
  }
  try {
    sqlite3_busy_timeout(handle_, 10'000);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    if (mode == Mode::writer)
      execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;");
    else // every commit empties a reader's cache (sqlite.org/wal.html), and the system's is there for all of them
      execute("PRAGMA query_only = ON; PRAGMA foreign_keys = ON; PRAGMA cache_size = -512;");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  for (auto& [sql, statements] : idle_)
    for (auto* statement : statements) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Statement Database::prepare(std::string_view sql) {
  if (auto found = idle_.find(sql); found != idle_.end() && !found->second.empty()) {
    auto* statement = found->second.back();
    found->second.pop_back();
    return Statement(*this, std::string(sql), statement);
  }
  sqlite3_stmt* statement = nullptr;
  int const code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
  return Statement(*this, std::string(sql), statement);
}

void Database::execute(std::string const& sql) {
  int const code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_); }
int Database::changes() const { return sqlite3_changes(handle_); }
bool Database::autocommit() const { return sqlite3_get_autocommit(handle_) != 0; }

void Database::fail(int code, std::string_view doing) const {
  throw DatabaseError(code, std::string("SQLite ") + std::to_string(code) + ": " + sqlite3_errmsg(handle_) + " in: " + std::string(doing.substr(0, 200)));
}

} // namespace tarina::catalog
