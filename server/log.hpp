// The program's log, on standard error. Never a name, an address of a person, a token or a path that may hold one.
#pragma once
#include <string>

namespace tarina::server {

/// `format`: "text", or "json" for one object a line: {"time", "level", "message"}. `level`: trace, debug, info, warn,
/// error, critical, off.
void set_up_log(std::string const& format, std::string const& level);

} // namespace tarina::server
