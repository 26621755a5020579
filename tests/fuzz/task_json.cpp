// Any message from a worker: understood or refused, and what is understood survives another round.
#include "media/hls.hpp"
#include "media/tasks.hpp"
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::media;
  auto const message = nlohmann::json::parse(data, data + size, nullptr, false);
  if (message.is_discarded()) return 0;
  try {
    auto const outcome = message.get<TaskResult>();
    nlohmann::json const once = outcome;
    nlohmann::json const twice = once.get<TaskResult>();
    if (once != twice) std::abort();
  } catch (nlohmann::json::exception const&) {
  }
  return 0;
}
