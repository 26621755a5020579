// What a task reports when the media does not allow it: a value, because bad media is expected.
#pragma once
#include "media/tasks.hpp"
#include <boost/system/result.hpp>
#include <stdexcept>

namespace tarina::media {
// Found by argument-dependent lookup when a result without a value is asked for one.
[[noreturn]] inline void throw_exception_from_error(TaskFailure const& f, boost::source_location const&) {
  throw std::runtime_error("unexpected failure: " + f.key + ": " + f.detail);
}
} // namespace tarina::media

namespace tarina::transcode {

template <class T> using outcome = boost::system::result<T, media::TaskFailure>;

/// The file itself is the reason: no other worker would do better.
inline media::TaskFailure bad_media(std::string key, std::string detail) { return {std::move(key), std::move(detail), true}; }

} // namespace tarina::transcode
