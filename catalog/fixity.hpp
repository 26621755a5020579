// Fixity: which bytes every kept file must have, when each was last read, what is wrong, and what is done about it.
#pragma once
#include "catalog/catalog.hpp"
#include "media/kept_files.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

enum class FileProblem { damaged, missing, unreadable };
std::string_view problem_name(FileProblem);

/// An original, or a published package with all its files.
struct FixityTarget {
  enum class Kind { original, package };
  Kind kind = Kind::original;
  std::string id;
  std::string story;
  std::vector<media::FileSum> files; // one without a name for an original; without a checksum when none is known yet
};

struct FileTrouble {
  std::string name;
  FileProblem problem = FileProblem::damaged;
  std::string detail; // plain English, for the operator
};

/// What reading a target whole has brought.
struct FixityOutcome {
  std::int64_t files = 0, bytes = 0;      // read
  std::vector<FileTrouble> troubles;
  std::vector<media::FileSum> first_seen; // files without a known checksum, as they are
};

/// One walk through everything that is kept.
struct FixityWalk {
  std::int64_t number = 0; // 0: not a walk, only the night of the first start
  std::int64_t night = 0;  // days since 1970, local time
  Time began_at{};
  std::optional<Time> finished_at;
  std::int64_t files = 0, bytes = 0;
};

/// What becomes of a damaged package; the names are those of the record.
enum class Mending {
  none,       // a new video is on its way, or nothing is wrong
  wanted,     // a new generation will be made when the original is found whole
  begun,      // it is being made
  failed,     // it could not be made; the next walk that finds the damage tries again
  impossible, // the original is damaged itself
  given_up,   // tried Fixity::most_repairs times
};
std::string_view mending_name(Mending);

/// What is wrong with one original or package at present.
struct Finding {
  FixityTarget::Kind kind = FixityTarget::Kind::original;
  std::string id;
  std::string story;
  int files = 0;                      // with a problem
  std::vector<FileTrouble> first;     // at most three of them, by name
  std::string filename;               // of the original, as its teller sent it
  Time found_at{};                    // the first of them
  Mending mending = Mending::none;    // of a package
};

struct FixityFigures {
  std::int64_t damaged = 0, missing = 0, unreadable = 0; // files
  std::optional<FixityWalk> finished;                    // the newest finished walk
  std::optional<FixityWalk> under_way;
};

/// Part of the Catalog, in a header of its own: `Fixity(catalog).next(walk)`. The same promises: calls block, changes are
/// durable when they return. Withdrawn stories, replaced originals and packages that are still being made are left out.
class Fixity {
public:
  explicit Fixity(Catalog& catalog) : state_(*catalog.state_) {}

  /// Repairs one original may lead to without somebody asking.
  static constexpr int most_repairs = 3;

  std::optional<FixityWalk> newest_walk() const;
  /// Number 0, when there is none yet: remembers the night of the first start.
  void note_first_night(std::int64_t night);
  FixityWalk begin_walk(std::int64_t night);
  void finish_walk(std::int64_t number);

  /// What this walk has not read yet, the longest unread first; nothing when it is through.
  std::optional<FixityTarget> next(std::int64_t walk) const;
  /// Everything there is to verify, without the files.
  std::vector<FixityTarget> everything() const;
  /// The same target with its files; nothing when it is no longer to be verified.
  std::optional<FixityTarget> target(FixityTarget::Kind, std::string const& id) const;

  /// Whether its files may still be wanted, now or after a withdrawal is undone. False for good once its row has gone or the
  /// story's time is over.
  bool may_be_wanted(FixityTarget::Kind, std::string const& id) const;

  /// Keeps what was found: findings, first checksums, the time. `walk` 0: outside of one. A damaged package of a whole
  /// original becomes Mending::wanted. False when the target is no longer to be verified (withdrawn, replaced or erased
  /// meanwhile): then nothing is kept, its troubles are none.
  bool record(FixityTarget const&, FixityOutcome const&, std::int64_t walk);

  std::vector<Finding> findings() const; // originals first
  FixityFigures figures() const;

  /// The package to repair next, with the original that must be whole first.
  struct Repair { std::string package; FixityTarget original; };
  std::optional<Repair> next_repair() const;
  /// Begins a new generation, which takes the damaged one's place when it is ready; until then that stays in use. False
  /// when it is no longer wanted.
  bool begin_repair(std::string const& package);
  /// The original was found damaged too.
  void refuse_repair(std::string const& package);
  /// An administrator wants it tried (again). Errc::not_found "fixity.nothing_to_repair".
  result<void> want_repair(Actor const&, std::string const& package);

private:
  Catalog::State& state_;
};

} // namespace tarina::catalog
