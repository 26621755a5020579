// Turns a child's messages into named outputs and the task's result. What the child says is checked like any input:
// it may have been taken over by the media it decoded.
#pragma once
#include "transcode/box.hpp"
#include "transcode/hash.hpp"
#include "transcode/outputs.hpp"
#include <optional>

namespace tarina::transcode {

class ResultBuilder {
public:
  explicit ResultBuilder(media::Task task);

  /// Takes one message; gives the file to store, if it is one. Throws std::runtime_error when the child breaks the rules.
  std::optional<Output> take(MessageHead const& head, std::string payload);

  /// The tracks with the segments taken so far, in the task's order.
  std::vector<media::Track> const& tracks() const { return tracks_; }

  /// Set once the child said how the task ended.
  std::optional<outcome<media::TaskResult>> const& ended() const { return ended_; }

private:
  media::Track& track(MessageHead const& head);
  void describe_track(media::Track& track, nlohmann::json const& said) const;
  Output take_segment(MessageHead const& head, std::string payload);
  void take_text(std::string const& payload);
  Output take_piece(MessageHead const& head, std::string payload);
  Output take_still(MessageHead const& head, std::string payload);
  void take_loudness(std::string const& payload);
  void take_shots(std::string const& payload);
  /// One of the files beside a sound's segments.
  Output take_data(MessageHead const& head, std::string payload);
  void finish();

  media::Task task_;
  std::vector<media::Track> tracks_;
  int first_segment_ = 0;
  int segments_ = 0; // expected of each track
  bool told_shots_ = false;
  bool any_segments_ = false; // a remux: they are where the source's key frames are
  media::StillsResult stills_;
  std::vector<std::string> sheets_;
  media::TextsResult texts_;
  std::size_t text_bytes_ = 0;
  media::Download download_;
  std::optional<Sha256> download_hash_;
  std::int64_t bytes_ = 0;
  std::optional<outcome<media::TaskResult>> ended_;
};

/// ISO 639-2 as containers have it to BCP 47, "fin" → "fi"; unknown codes stay.
std::string language_tag(std::string const& iso639);

} // namespace tarina::transcode
