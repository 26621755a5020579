#include "server/supervisor.hpp"
#include <stdexcept>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <string>

namespace tarina::server::supervisor {

int inherited_socket() {
  int const count = sd_listen_fds(1); // and not for our children
  if (count == 0) return -1;
  if (count != 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
    throw std::runtime_error("the service manager must hand over one listening TCP socket");
  return SD_LISTEN_FDS_START;
}

void tell_ready() { sd_notify(0, "READY=1"); }
void tell_stopping() { sd_notify(0, "STOPPING=1"); }
void tell_alive() { sd_notify(0, "WATCHDOG=1"); }

void tell_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto const us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us)).c_str());
}

std::chrono::microseconds watchdog_period() {
  std::uint64_t us = 0;
  if (sd_watchdog_enabled(0, &us) <= 0) return {};
  return std::chrono::microseconds(static_cast<std::int64_t>(us / 2));
}

} // namespace tarina::server::supervisor
