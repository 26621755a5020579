// The system calls a decoder and an encoder need, and no other: anything else kills the process.
#include "transcode/sandbox.hpp"
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <sched.h>
#include <seccomp.h>
#include <unistd.h>

namespace tarina::transcode {
namespace {

std::string failed(char const* what, int code) { return std::string("seccomp ") + what + ": " + std::strerror(-code); }

} // namespace

std::string apply_seccomp() {
  auto* filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return "seccomp is not available";
  int code = 0;
  auto allow = [&](std::initializer_list<int> calls) {
    for (int call : calls) {
      if (code == 0) code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 0, nullptr);
    }
  };
  auto answer = [&](int error, std::initializer_list<int> calls) {
    for (int call : calls) {
      if (code == 0) code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), call, 0, nullptr);
    }
  };
  allow({SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat)});
  allow({SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk)});
  allow({SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(geteuid)});
  allow({SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall)});
  allow({SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom)});
  allow({SCMP_SYS(exit), SCMP_SYS(exit_group)});
  // Threads yes, processes no. glibc tries clone3 first, whose flags a filter cannot see, and falls back.
  scmp_arg_cmp const thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
  if (code == 0) code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
  answer(ENOSYS, {SCMP_SYS(clone3)});
  // abort() of ourselves only.
  scmp_arg_cmp const self = SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()));
  if (code == 0) code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
  // Asked now and then by libraries that can do without.
  answer(EACCES, {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(newfstatat), SCMP_SYS(readlink), SCMP_SYS(readlinkat)});
  answer(EPERM, {SCMP_SYS(prctl), SCMP_SYS(ioctl), SCMP_SYS(prlimit64), SCMP_SYS(sysinfo), SCMP_SYS(sched_setaffinity), SCMP_SYS(set_mempolicy)});
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  allow({SCMP_SYS(getrusage), SCMP_SYS(poll), SCMP_SYS(pipe2)}); // the sanitizers' own housekeeping
#endif
  if (code == 0) code = seccomp_load(filter);
  seccomp_release(filter);
  return code == 0 ? std::string() : failed("filter", code);
}

} // namespace tarina::transcode
