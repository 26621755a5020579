// The real program, killed while it takes in an upload, again and again: what it acknowledged it still has.
#include "service_fixture.hpp"
#include "small_server.hpp"
#include <csignal>
#include <random>
#include <sys/wait.h>
#include <thread>

using namespace fixture;

namespace {

class Program {
public:
  explicit Program(fs::path const& config_file) {
    int pipe_ends[2];
    REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
    auto const config = config_file.string();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe_ends[1], STDOUT_FILENO);
      ::execl(tarina_server, tarina_server, "--config", config.c_str(), "serve", nullptr);
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string said;
    char c = 0;
    while (::read(pipe_ends[0], &c, 1) == 1 && c != '\n') said += c;
    ::close(pipe_ends[0]);
    auto const colon = said.rfind(':');
    REQUIRE(colon != std::string::npos);
    port_ = static_cast<std::uint16_t>(std::stoi(said.substr(colon + 1)));
  }
  ~Program() { end(SIGKILL); }
  Program(Program const&) = delete;
  std::uint16_t port() const { return port_; }
  /// The status of waitpid.
  int end(int signal) {
    if (pid_ <= 0) return 0;
    int status = 0;
    ::kill(pid_, signal);
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

struct Installation {
  Installation() {
    make_web(folder.path() / "web");
    std::ofstream(folder.path() / "tarina.jsonc") << "{ \"data\": \"" << data().string() << "\", \"web\": \"" << (folder.path() / "web").string()
                                                  << "\", \"port\": 0, \"disk_floor_bytes\": 0, \"log_level\": \"off\", \"drain_deadline_seconds\": 20 }";
  }
  fs::path data() const { return folder.path() / "data"; }
  fs::path config() const { return folder.path() / "tarina.jsonc"; }
  TempFolder folder;
};

} // namespace

TEST_CASE("an upload survives twenty kills of the server at random moments, byte for byte") {
  Installation here;
  std::string mine;
  {
    Site site([&](server::Config& c) { c.data = here.data(); });
    mine = site.mine_token(site.make_story());
  }
  auto const bytes = small::pattern(48'000'000);
  std::mt19937 random(20261123);
  auto program = std::make_unique<Program>(here.config());
  auto const path = create_upload(program->port(), mine, bytes.size());
  std::size_t acknowledged = 0;
  auto ask_offset = [&] {
    auto const head = tus(program->port(), "HEAD", path);
    REQUIRE(head.status == 200);
    auto const offset = std::stoul(head["upload-offset"]);
    CHECK(offset >= acknowledged);
    acknowledged = offset;
  };
  for (int kill = 0; kill < 20; ++kill) {
    ask_offset();
    if (acknowledged == bytes.size()) break;
    // The client sends all that is left; the server dies after a random part of it was handed to the system.
    auto const rest = std::string_view(bytes).substr(acknowledged);
    auto const dies_after = std::uniform_int_distribution<std::size_t>(0, std::min<std::size_t>(rest.size(), 12'000'000))(random);
    Wire wire(program->port());
    wire.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: " +
              std::to_string(acknowledged) + "\r\nContent-Length: " + std::to_string(rest.size()) + "\r\n\r\n");
    wire.send(rest.substr(0, dies_after));
    program->end(SIGKILL);
    program = std::make_unique<Program>(here.config());
  }
  ask_offset();
  if (acknowledged < bytes.size()) {
    auto const last = patch(program->port(), path, acknowledged, std::string_view(bytes).substr(acknowledged));
    REQUIRE(last.status == 204);
    CHECK(last["upload-offset"] == std::to_string(bytes.size()));
  }
  program->end(SIGKILL);

  Site site([&](server::Config& c) { c.data = here.data(); });
  auto const upload = site.catalog().upload(path.substr(path.rfind('/') + 1)).value();
  CHECK(upload.finished);
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of(bytes));
  CHECK(site.catalog().figures().tasks_waiting == 1);
  CHECK(site.catalog().check() == "");
}

TEST_CASE("SIGTERM lets the program finish a download and end well") {
  Installation here;
  { std::ofstream(here.folder.path() / "web" / "dist" / "big.txt") << std::string(8'000'000, 'x'); }
  Program program(here.config());
  Wire wire(program.port());
  wire.shrink_receive_buffer(32 * 1024);
  wire.send("GET /assets/big.txt HTTP/1.1\r\nHost: a\r\n\r\n");
  auto received = wire.read_bytes(1000);
  REQUIRE(received.size() > 0);
  int status = -1;
  std::thread ending([&] { status = program.end(SIGTERM); });
  for (;;) {
    auto const more = wire.read_bytes(1 << 20);
    if (more.empty()) break;
    received += more;
  }
  ending.join();
  CHECK(received.size() > 8'000'000);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
