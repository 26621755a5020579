// What every program says of itself to Prometheus (the client libraries' process collector), read from /proc.
#pragma once
#include <string>

namespace tarina::server {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds, process_start_time_seconds.
std::string process_figures();

} // namespace tarina::server
