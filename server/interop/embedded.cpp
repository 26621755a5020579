#include "server/interop/embedded.hpp"
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tarina::server {

std::vector<std::pair<std::string_view, std::string_view>> const& embedded_interop(); // made by the build

std::string_view embedded_file(std::string_view name) {
  for (auto const& [file, content] : embedded_interop())
    if (file == name) return content;
  throw std::out_of_range("no embedded file " + std::string(name));
}

} // namespace tarina::server
