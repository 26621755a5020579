// The worker program's first seconds: it proves its sandbox, and does not work where the kernel cannot give it one.
#include <catch2/catch.hpp>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

enum class Kernel { whole, without_landlock, without_seccomp };

constexpr int landlock_create_ruleset = 444;

/// In the child, before it becomes the worker: system calls that answer as on a kernel that never had them.
bool take_away(Kernel kernel) {
  if (kernel == Kernel::whole) return true;
  auto* filter = seccomp_init(SCMP_ACT_ALLOW);
  int code = 0;
  if (kernel == Kernel::without_landlock) code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), landlock_create_ruleset, 0, nullptr);
  if (kernel == Kernel::without_seccomp) {
    scmp_arg_cmp const install = SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP);
    code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &install);
    if (code == 0) code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0, nullptr);
  }
  if (code == 0) code = seccomp_load(filter);
  seccomp_release(filter);
  return code == 0;
}

struct Ended {
  std::string words;
  bool by_itself = false;
  int status = 0;
};

/// Starts tarina-worker for a server that is not there, and reads what it says until it ends or says `until`.
Ended start_worker(Kernel kernel, std::string const& until, std::vector<std::string> const& more = {}) {
  auto const folder = fs::temp_directory_path() / ("tarina-startup-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "token") << "secret\n";
  std::vector<std::string> words{tarina_worker, "--server", "http://127.0.0.1:1", "--token-file", folder / "token", "--cache", folder / "cache"};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  auto const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    if (take_away(kernel)) ::execv(arguments[0], arguments.data());
    ::_exit(99);
  }
  ::close(ends[1]);
  Ended ended;
  char buffer[4096];
  while (until.empty() || ended.words.find(until) == std::string::npos) {
    auto const count = ::read(ends[0], buffer, sizeof buffer);
    if (count <= 0) {
      ended.by_itself = true;
      break;
    }
    ended.words.append(buffer, static_cast<std::size_t>(count));
  }
  if (!ended.by_itself) ::kill(child, SIGKILL);
  ::waitpid(child, &ended.status, 0);
  ::close(ends[0]);
  fs::remove_all(folder);
  return ended;
}

} // namespace

TEST_CASE("a worker tries all six ways out of its sandbox before it asks for work, and says that they are shut") {
  auto const started = start_worker(Kernel::whole, "the server is away");
  INFO(started.words);
  CHECK_FALSE(started.by_itself);
  CHECK(started.words.find("sandbox: 6/6 ways out are shut") < started.words.find("the server is away"));
}

TEST_CASE("where the kernel has no Landlock or no seccomp a worker refuses to start and says what to do") {
  for (auto const kernel : {Kernel::without_landlock, Kernel::without_seccomp}) {
    auto const started = start_worker(kernel, "the server is away");
    INFO(started.words);
    CHECK(started.by_itself);
    REQUIRE(WIFEXITED(started.status));
    CHECK(WEXITSTATUS(started.status) == 1);
    CHECK(started.words.find("does not work here (0/6 held)") != std::string::npos);
    CHECK(started.words.find(kernel == Kernel::without_landlock ? "no Landlock" : "seccomp") != std::string::npos);
    CHECK(started.words.find("--sandbox=off") != std::string::npos);
  }
}

TEST_CASE("an operator may decide to work without a sandbox, and is told so at every start") {
  auto const started = start_worker(Kernel::without_landlock, "the server is away", {"--sandbox=off"});
  INFO(started.words);
  CHECK_FALSE(started.by_itself);
  CHECK(started.words.find("uploads are decoded without a sandbox") != std::string::npos);
}
