#include "transcode/sandbox.hpp"
#include "transcode/limits.hpp"
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tarina::transcode {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true; // they reserve terabytes of addresses
#else
constexpr bool sanitized = false;
#endif

std::string failed(char const* what) { return std::string(what) + ": " + std::strerror(errno); }

std::string limit(int resource, rlim_t value, char const* what) {
  rlimit const both{value, value};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0 ? std::string() : failed(what);
}

std::string apply_limits() {
  std::string problem;
  auto set = [&](int resource, std::int64_t value, char const* what) {
    if (problem.empty()) problem = limit(resource, static_cast<rlim_t>(value), what);
  };
  if (!sanitized) set(RLIMIT_AS, limits::memory_bytes, "memory limit");
  set(RLIMIT_CPU, limits::cpu_seconds, "CPU limit");
  set(RLIMIT_FSIZE, 0, "file size limit");
  set(RLIMIT_NOFILE, 16, "descriptor limit");
  set(RLIMIT_CORE, 0, "core dump limit");
  return problem;
}

/// Every child gets a user id nobody else has, so that children cannot touch each other. Where the user namespace has
/// no such id, "nobody" must do.
std::string become_nobody() {
  if (::geteuid() != 0) return {};
  auto const own = static_cast<uid_t>(0x60000000U + static_cast<unsigned>(::getpid()));
  for (uid_t id : {own, static_cast<uid_t>(65534)}) {
    if (::setgroups(0, nullptr) == 0 && ::setresgid(id, id, id) == 0 && ::setresuid(id, id, id) == 0) return {};
  }
  return failed("giving up root");
}

} // namespace

void yield_to_others(bool to_tasks_too) {
  // A wish: without it the task only competes.
  sched_param const none{};
  ::sched_setscheduler(0, to_tasks_too ? SCHED_IDLE : SCHED_BATCH, &none);
  if (!to_tasks_too) ::setpriority(PRIO_PROCESS, 0, 19);
}

std::string confine_this_process() {
  if (::close_range(5, ~0U, 0) != 0) return failed("closing other descriptors");
  if (auto problem = apply_limits(); !problem.empty()) return problem;
  if (auto problem = become_nobody(); !problem.empty()) return problem;
  // After the change of user, which clears it. A parent that is already gone closed the pipe, and writing ends us.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed("dying with the parent");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("hiding from debuggers");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  if (auto problem = apply_landlock(); !problem.empty()) return problem;
  return apply_seccomp();
}

std::string try_to_escape(std::string_view way) {
  if (way == "open") {
    if (::open("/etc/hostname", O_RDONLY | O_CLOEXEC) >= 0 || ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0) return "files can be opened";
    return {};
  }
  if (way == "socket") ::socket(AF_INET, SOCK_STREAM, 0);
  if (way == "execve") ::execl("/bin/true", "true", nullptr);
  if (way == "fork" && ::fork() == 0) ::_exit(0);
  if (way == "kill") ::kill(::getppid(), 0);
  if (way == "ptrace") ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  return std::string(way) + " did not end the process";
}

} // namespace tarina::transcode
