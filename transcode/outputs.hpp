// How results leave the box: small messages over one pipe. The child says what a thing is; the parent names it.
#pragma once
#include "transcode/failure.hpp"
#include <mutex>
#include <string>
#include <string_view>

namespace tarina::transcode {

enum class MessageKind : std::uint32_t {
  track,      // JSON {codecs, timescale}: what is encoded as rendition `track`
  init,       // bytes of init.mp4 of rendition `track`
  segment,    // bytes of segment `number` (from 0) of rendition `track`, shown at `start` for `duration` ticks
  loudness,   // JSON of Loudness: the sound's, and the gain applied
  peaks,      // pairs of signed bytes, the sound's waveform as encoded
  speech,     // JSON [[start_ms, end_ms], …]
  cover,      // JPEG, of a story without picture
  poster,     // JPEG, candidate `number` from 0, best first
  sheet,      // JPEG, storyboard sheet `number` from 0
  shots,      // JSON [n, …]: grid frames from which on a new shot is shown
  text,       // JSON {chapters, language, label, subrip}: a track of text that came with the video
  file,       // piece `number` of the download, from byte `start` on
  progress,   // `start` is the share done in millionths
  facts,      // JSON of SourceFacts: the end of a probe
  storyboard, // JSON of a storyboard's measures without names
  failure,    // JSON of TaskFailure: the end of any task
  done,       // the end of any other task
};

/// Fixed-size head of a message, `size` bytes of payload follow. Both ends are the same program on the same machine.
struct MessageHead {
  MessageKind kind = MessageKind::done;
  std::uint32_t track = 0;
  std::int64_t number = 0;
  std::int64_t start = 0;
  std::int64_t duration = 0;
  std::int64_t size = 0;
};

/// The child's end, for any thread. Writing blocks while the parent is behind; a broken pipe ends the process by SIGPIPE.
class Outputs {
public:
  explicit Outputs(int fd) : fd_(fd) {}
  void send(MessageHead head, std::string_view payload = {});
  void send(MessageKind kind, nlohmann::json const& payload);
  void progress(double share);

private:
  int fd_;
  std::mutex mutex_;
  std::int64_t last_progress_ = -1;
};

} // namespace tarina::transcode
