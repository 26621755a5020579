// Any message between server and worker: understood or refused; what is understood survives another round, and what follows
// from a probe is a plan of bounded length.
#include "check.hpp"
#include "media/tasks.hpp"

namespace {

using namespace tarina::media;

template <class T> std::optional<T> read(nlohmann::json const& message) {
  try {
    auto value = message.get<T>();
    nlohmann::json const once = value;
    nlohmann::json const twice = once.get<T>();
    fuzz::check(once == twice, "another round changes nothing");
    (void)once.dump(); // text of ours is well-formed
    return value;
  } catch (nlohmann::json::exception const&) {
    return std::nullopt;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const message = nlohmann::json::parse(data, data + size, nullptr, false);
  if (!message.is_object()) return 0;
  read<Task>(message);
  read<Lease>(message);
  read<TaskFailure>(message);
  read<Package>(message);
  auto const result = read<TaskResult>(message);
  auto const* facts = result ? std::get_if<SourceFacts>(&*result) : nullptr;
  if (!facts || facts->duration > std::chrono::hours(1)) return 0; // long ones are long plans, and slow here
  auto const plan = plan_tasks(*facts);
  fuzz::check(plan.size() <= 3000, "a plan has a bound");
  for (auto const& task : plan) fuzz::check(nlohmann::json(nlohmann::json(task).get<Task>()) == nlohmann::json(task), "a planned task is understood");
  return 0;
}
