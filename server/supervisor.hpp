// What a service manager hands over and is told: sd_listen_fds(3), sd_notify(3). Without one nothing happens.
#pragma once
#include <chrono>

namespace tarina::server::supervisor {

/// The listening socket of a .socket unit, or -1. Throws std::runtime_error when it is not one TCP socket that listens.
int inherited_socket();

void tell_ready();
void tell_reloading();
void tell_stopping();

/// How often `tell_alive` is expected, half of WatchdogSec=; zero when no watchdog waits for it.
std::chrono::microseconds watchdog_period();
void tell_alive();

} // namespace tarina::server::supervisor
