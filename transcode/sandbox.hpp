// Shuts the calling process in before it touches an upload: nothing but memory, threads and the descriptors it holds.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace tarina::transcode {

/// Exit status of a child that could not be confined, so that the parent can refuse to work.
inline constexpr int sandbox_exit_status = 125;

/// Transcoding never delays a viewer's request on the same machine: SCHED_IDLE, or where tasks too shall give way, the
/// lowest ordinary priority.
void yield_to_others(bool to_tasks_too);

/// Own user id when started as root, resource limits, no_new_privs, Landlock without any rule, and a seccomp allowlist
/// that kills. Irreversible. Returns what failed, empty when everything holds; a caller must not go on otherwise.
std::string confine_this_process();

/// Every forbidden thing a child can be told to try.
inline constexpr std::array<std::string_view, 6> ways_to_escape{"socket", "execve", "open", "fork", "kill", "ptrace"};

/// Tries one forbidden thing: "open", "socket", "execve", "fork", "kill", "ptrace". Confined, "open" returns empty and
/// the others never return, because the kernel kills the process with SIGSYS. Returns what was possible otherwise.
std::string try_to_escape(std::string_view way);

// The parts, each returning what failed.
std::string apply_landlock();
std::string apply_seccomp();

} // namespace tarina::transcode
