#include "transcode/box.hpp"
#include "transcode/limits.hpp"
#include "transcode/result_builder.hpp"
#include "transcode/run_task.hpp"
#include "transcode/sandbox.hpp"
#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace tarina::transcode {
namespace {

[[noreturn]] void fail(char const* what) { throw std::system_error(errno, std::generic_category(), what); }

/// A descriptor that closes itself.
class Fd {
public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_ = -1;
};

/// Out of the way of the numbers the child expects.
Fd duplicate_high(int fd) {
  Fd high(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
  if (high.get() < 0) fail("duplicating a descriptor");
  return high;
}

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  Pipe const pipe{Fd(ends[0]), Fd(ends[1])};
  return {duplicate_high(pipe.read.get()), duplicate_high(pipe.write.get())};
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keep_stderr = true; // their reports
#else
constexpr bool keep_stderr = false;
#endif

} // namespace

struct Box::Child {
  Child(asio::any_io_executor executor) : outputs(executor), exit(executor), watchdog(executor) {}
  ~Child() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL); // not reaped yet, so the number is still its own
    ::waitpid(pid, nullptr, 0);
  }
  pid_t pid = -1;
  asio::posix::stream_descriptor outputs;
  asio::posix::stream_descriptor exit; // pidfd, readable when the child has ended
  asio::steady_timer watchdog;
  bool stalled = false;

  void kill() {
    if (pid > 0) ::kill(pid, SIGKILL);
  }
  /// Kills the child unless somebody calls again within `time`.
  void expect_life(std::chrono::steady_clock::duration time) {
    watchdog.expires_after(time);
    watchdog.async_wait([this](boost::system::error_code ec) {
      if (ec) return;
      stalled = true;
      kill();
    });
  }
};

Box::Box(asio::any_io_executor executor, BoxOptions options) : executor_(std::move(executor)), options_(std::move(options)) {}

Box::~Box() = default;

void Box::kill() {
  if (child_) child_->kill();
}

void Box::start(nlohmann::json order, int source) {
  order["sandbox"] = options_.sandbox;
  auto input = make_pipe();
  auto output = make_pipe();
  auto const original = duplicate_high(source);
  auto const text = order.dump();
  if (text.size() > 60'000) throw std::runtime_error("a task's description is too long"); // must fit the pipe
  if (::write(input.write.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("writing the task");
  input.write = Fd();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read.get(), task_fd);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  if (!keep_stderr) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, original.get(), source_fd);
  posix_spawn_file_actions_adddup2(&actions, output.write.get(), output_fd);
  posix_spawn_file_actions_addclosefrom_np(&actions, output_fd + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  // A group of its own: Ctrl-C is for the worker, which ends its children in order.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  auto program = options_.program.string();
  std::string name = "tarina-worker", argument = "--run-task";
  std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  std::string locale = "LC_ALL=C", arenas = "MALLOC_ARENA_MAX=2", svt_av1 = "SVT_LOG=-1", sanitizer;
  std::array<char*, 5> environment{locale.data(), arenas.data(), svt_av1.data(), nullptr, nullptr};
  if (auto const* asan = std::getenv("ASAN_OPTIONS")) sanitizer = std::string("ASAN_OPTIONS=") + asan, environment[3] = sanitizer.data();

  auto child = std::make_unique<Child>(executor_);
  int const code = ::posix_spawn(&child->pid, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) {
    child->pid = -1;
    throw std::system_error(code, std::generic_category(), "starting " + program);
  }
  output.write = Fd();
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child->pid, 0))); // glibc 2.36 declares its wrapper without C linkage
  if (pidfd.get() < 0) fail("pidfd_open");
  child->exit.assign(pidfd.release());
  child->outputs.assign(output.read.release());
  child_ = std::move(child);
}

asio::awaitable<int> Box::wait_for_exit() {
  boost::system::error_code ec;
  co_await child_->exit.async_wait(asio::posix::stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, ec));
  int status = 0;
  rusage used{};
  ::wait4(child_->pid, &status, 0, &used);
  child_->pid = -1;
  auto const seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  usage_ = {.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime), .peak_bytes = static_cast<std::int64_t>(used.ru_maxrss) * 1024};
  co_return status;
}

asio::awaitable<outcome<media::TaskResult>> Box::run(media::Task task, int source, TakeOutput take, TakeProgress progress, TakeTracks made) {
  bool const opening = media::is_opening(task);
  start({{"task", task}, {"escape", ""}, {"yield", options_.priority == Priority::normal ? "no" : media::is_awaited(task) ? "to_all_but_tasks" : "to_all"},
         {"threads", opening ? options_.cores : 1}}, source);
  ResultBuilder builder(std::move(task));
  std::string broken;
  std::chrono::steady_clock::duration left = std::chrono::seconds(limits::wall_seconds); // of what the child may take, our own time not counted
  while (!builder.ended()) {
    auto const asked = std::chrono::steady_clock::now();
    child_->expect_life(std::min<std::chrono::steady_clock::duration>(left, std::chrono::seconds(limits::stall_seconds)));
    boost::system::error_code ec;
    MessageHead head;
    co_await asio::async_read(child_->outputs, asio::buffer(&head, sizeof head), asio::redirect_error(asio::use_awaitable, ec));
    if (ec) break;
    if (head.size < 0 || head.size > limits::output_bytes) {
      broken = "the task's process broke its rules: size of an output";
      break;
    }
    std::string payload(static_cast<std::size_t>(head.size), '\0');
    co_await asio::async_read(child_->outputs, asio::buffer(payload), asio::redirect_error(asio::use_awaitable, ec));
    if (ec) break;
    child_->watchdog.cancel(); // what follows is our own time
    left -= std::min(left, std::chrono::steady_clock::now() - asked);
    if (head.kind == MessageKind::progress && progress) progress(static_cast<double>(head.start) / 1e6);
    std::optional<Output> output;
    try {
      output = builder.take(head, std::move(payload));
    } catch (std::exception const& e) {
      broken = e.what();
      break;
    }
    if (!output) continue;
    co_await take(std::move(*output));
    if (made && head.kind == MessageKind::segment) co_await made(builder.tracks());
  }
  if (!broken.empty()) child_->kill();
  child_->expect_life(std::chrono::seconds(10));
  bool const stalled = child_->stalled;
  int const status = co_await wait_for_exit();
  child_.reset();
  if (builder.ended()) co_return *builder.ended();
  if (!broken.empty()) co_return media::TaskFailure{"worker.crashed", broken, false};
  if (stalled && left < std::chrono::seconds(limits::stall_seconds)) co_return media::TaskFailure{"media.timeout", "the task took longer than one may", true};
  if (stalled) co_return media::TaskFailure{"media.timeout", "no sign of life for minutes", false};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) co_return media::TaskFailure{"media.timeout", "the task took more processor time than one may", true};
  co_return media::TaskFailure{"worker.crashed", WIFSIGNALED(status) ? fmt::format("the task's process was ended by signal {}", WTERMSIG(status))
                                                                   : fmt::format("the task's process ended with status {}", WEXITSTATUS(status)), false};
}

asio::awaitable<std::string> Box::test_sandbox(std::string way) {
  Fd const nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  start({{"task", media::Task(media::ProbeTask{})}, {"escape", way}, {"yield", "no"}, {"threads", 1}}, nothing.get());
  child_->expect_life(std::chrono::seconds(30));
  std::string said;
  boost::system::error_code ec;
  std::array<char, 4096> buffer;
  for (;;) {
    auto const count = co_await child_->outputs.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
    if (ec) break;
    said.append(buffer.data(), count);
  }
  int const status = co_await wait_for_exit();
  child_.reset();
  bool const killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
  if (way == "open" ? WIFEXITED(status) && WEXITSTATUS(status) == 0 : killed) co_return std::string();
  auto const failure = nlohmann::json::parse(said.size() > sizeof(MessageHead) ? said.substr(sizeof(MessageHead)) : "", nullptr, false);
  co_return failure.is_object() ? failure.value("detail", "no words") : fmt::format("unexpected end of the test process, status {}", status);
}

} // namespace tarina::transcode
