// What a service manager hands over and is told: sd_listen_fds(3), sd_notify(3). Without one nothing happens.
#pragma once
#include <chrono>

namespace tarina::server {

/// Descriptors of sockets that listen already; -1: none.
struct ListeningSockets {
  int plain = -1;
  int tls = -1;
};

namespace supervisor {

/// The listening sockets of .socket units: one of them may be named "tls" (FileDescriptorName=). Throws std::runtime_error
/// when they are others than these two, or no TCP sockets that listen.
ListeningSockets inherited_sockets();

void tell_ready();
void tell_reloading();
void tell_stopping();

/// How often `tell_alive` is expected, half of WatchdogSec=; zero when no watchdog waits for it.
std::chrono::microseconds watchdog_period();
void tell_alive();

} // namespace supervisor
} // namespace tarina::server
