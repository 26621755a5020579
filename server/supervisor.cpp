#include "server/supervisor.hpp"
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

namespace tarina::server::supervisor {

ListeningSockets inherited_sockets() {
  char** names = nullptr;
  int const count = sd_listen_fds_with_names(1, &names); // and not for our children
  ListeningSockets found;
  bool sound = true;
  for (int i = 0; i < count; ++i) {
    auto& place = std::string_view(names[i]) == "tls" ? found.tls : found.plain;
    sound = sound && place < 0 && sd_is_socket(SD_LISTEN_FDS_START + i, AF_UNSPEC, SOCK_STREAM, 1) > 0;
    place = SD_LISTEN_FDS_START + i;
    std::free(names[i]);
  }
  std::free(names);
  if (!sound) throw std::runtime_error("the service manager must hand over one listening TCP socket, and one more named tls");
  return found;
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
