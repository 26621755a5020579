// A thin RAII layer over SQLite: one connection, its cached statements, and savepoints.
#pragma once
#include "catalog/clock.hpp"
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace tarina::catalog {

/// SQLite failed in a way nobody expected. `code` is the extended result code (sqlite.org/rescode.html).
class DatabaseError : public std::runtime_error {
public:
  DatabaseError(int code, std::string const& what) : std::runtime_error(what), code_(code) {}
  int code() const { return code_; }
  /// SQLITE_FULL (sqlite.org/rescode.html).
  bool disk_full() const { return (code_ & 0xFF) == 13; }
  /// The file holds no sound database (SQLITE_CORRUPT, SQLITE_NOTADB), or bytes of it cannot be read (SQLITE_IOERR_READ,
  /// _SHORT_READ, _DATA, _CORRUPTFS). Other I/O errors say nothing of the file: the disk is full, memory is short.
  bool file_broken() const;

private:
  int code_;
};

class Database;

/// A running statement, borrowed from its connection's cache and given back clean. Binding copies what is bound.
class Statement {
public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Binds the next parameter (?1, ?2, … in order).
  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(bool value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bind(std::string const& value) { return bind(std::string_view(value)); }
  Statement& bind(char const* value) { return bind(std::string_view(value)); }
  Statement& bind(Time value) { return bind(static_cast<std::int64_t>(value.time_since_epoch().count())); }
  Statement& bind(milliseconds value) { return bind(static_cast<std::int64_t>(value.count())); }
  Statement& bind(std::nullopt_t);
  template <class T> Statement& bind(std::optional<T> const& value) { return value ? bind(*value) : bind(std::nullopt); }

  /// True while there is a row; reading starts again at the first column.
  bool step();

  // The next column of the row, in the order of the SELECT list.
  std::int64_t integer();
  int number() { return static_cast<int>(integer()); }
  bool flag() { return integer() != 0; }
  double real();
  std::string text();
  Time time() { return Time(milliseconds(integer())); }
  milliseconds duration() { return milliseconds(integer()); }
  std::optional<Time> maybe_time();
  std::optional<std::int64_t> maybe_integer();

private:
  friend class Database;
  Statement(Database& database, std::string key, sqlite3_stmt* statement);
  bool next_is_null() const;
  void check(int code) const;

  Database* database_;
  std::string key_;
  sqlite3_stmt* statement_;
  int parameter_ = 0;
  int column_ = 0;
};

/// One connection; used by one thread at a time.
class Database {
public:
  enum class Mode { writer, reader };
  /// Opens the file with the house's settings: WAL, synchronous=FULL, foreign keys, secure_delete; a reader can only query.
  Database(std::filesystem::path const& file, Mode mode);
  ~Database();
  Database(Database const&) = delete;

  /// Prepares (or takes from the cache) and binds all parameters.
  template <class... Values> Statement query(std::string_view sql, Values const&... values) {
    Statement statement = prepare(sql);
    (statement.bind(values), ...);
    return statement;
  }
  /// Runs to the end; returns how many rows changed.
  template <class... Values> int run(std::string_view sql, Values const&... values) {
    Statement statement = query(sql, values...);
    while (statement.step()) {}
    return changes();
  }
  /// Several statements in one text, without parameters.
  void execute(std::string const& sql);
  std::int64_t last_id() const;
  int changes() const;
  /// False while a transaction is open. SQLite ends one by itself on a full disk and the like.
  bool autocommit() const;
  /// For SQLite's own extensions: the search index registers its tokenizers.
  sqlite3* handle() const { return handle_; }

private:
  friend class Statement;
  Statement prepare(std::string_view sql);
  [[noreturn]] void fail(int code, std::string_view doing) const;

  sqlite3* handle_ = nullptr;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle_;
};

} // namespace tarina::catalog
