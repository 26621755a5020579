// The work behind a story: packages in the making and their tasks.
#pragma once
#include "catalog/clock.hpp"
#include "media/tasks.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

/// none: nothing was uploaded. waiting: no worker has begun. failed: see error_key.
enum class ProcessingState { none, waiting, running, ready, failed };
std::string_view processing_state_name(ProcessingState);

/// How far the newest upload of a story is, for people.
struct Processing {
  ProcessingState state = ProcessingState::none;
  int percent = 0;            // 0…100, by the work each task stands for
  std::optional<milliseconds> left; // about, at the pace of the work so far; nothing until there is some to judge by
  std::string error_key;      // "media.no_streams", translated as "error.<key>"; empty unless failed
  std::string package;        // the one being made, or the newest ready one
  bool previewable = false;   // some segments of every planned kind are there
};

/// What a worker's request about a leased task is about. Valid only with the token of the lease in force.
struct LeasedTask {
  std::string id;
  std::string story;
  std::string package;
  std::string original;
  media::Task task;
};

struct Renewal {
  milliseconds expires_in{};
  bool cancelled = false;     // stop; nobody wants the result
};

/// How a lease ended. given_up: failed for good, and the story is whole without it. lost: the worker died or went silent,
/// and another takes the task.
enum class TaskOutcome { done, retried, failed, given_up, lost, quarantined };
std::string_view task_outcome_name(TaskOutcome);

struct TaskEnd {
  std::string package;
  std::string_view kind;      // media::task_kind
  TaskOutcome outcome{};
  milliseconds worked{};      // since the lease, by the wall clock
};

struct Completion {
  std::string story;
  std::string package;
  bool package_complete = false; // last task: move the files, then Catalog::publish_package
};

/// A generation as far as it is known.
struct PackageRecord {
  std::string id;
  std::string story;
  bool complete = false;      // all tasks done
  bool published = false;     // files moved, pointer flipped
  bool failed = false;
  std::optional<media::Package> original; // while incomplete: the source's own packets, which a preview plays instead
  media::Package facts;       // segments in order; while incomplete only the unbroken run from the start of each track
};

} // namespace tarina::catalog
