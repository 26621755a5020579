#include "server/metrics.hpp"
#include "server/process_figures.hpp"
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace tarina::server {
namespace {

/// Field 22 of proc_pid_stat(5) stands after the name, which may hold anything but is closed by the last parenthesis.
double start_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string const text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  std::uint64_t ticks = 0;
  fields >> ticks;
  timespec now{}, up{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &up); // what /proc/self/stat counts by; /proc/stat may be hidden from a service
  return static_cast<double>(now.tv_sec - up.tv_sec) + static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

double seconds_of(timeval const& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

} // namespace

std::string process_figures() {
  std::string out;
  auto add = [&out](char const* name, char const* type, char const* help, double value) {
    describe(out, name, type, help);
    out += fmt::format("{} {}\n", name, value);
  };
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  std::filesystem::directory_iterator const open("/proc/self/fd");
  add("process_cpu_seconds_total", "counter", "Processor time used.", seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  add("process_resident_memory_bytes", "gauge", "Memory resident.", static_cast<double>(resident_bytes()));
  add("process_open_fds", "gauge", "Descriptors open.", static_cast<double>(std::distance(begin(open), end(open))));
  add("process_max_fds", "gauge", "Descriptors there may be.", static_cast<double>(files.rlim_cur));
  add("process_start_time_seconds", "gauge", "When the program began, in seconds since 1970.", start_seconds());
  return out;
}

} // namespace tarina::server
