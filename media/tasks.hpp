// The messages between server and worker, with their JSON. Both sides include this; neither includes the other.
#pragma once
#include "media/cues.hpp"
#include "media/error.hpp"
#include "media/package.hpp"
#include <nlohmann/json.hpp>
#include <variant>

namespace tarina::media {

/// Decode enough to know what the file really is.
struct ProbeTask {};

/// Encode segments [first_segment, first_segment+segment_count) of every rendition from one decode.
struct VideoTask {
  VideoFacts source;
  Grid grid;
  int first_segment = 0;
  int segment_count = 0;
  std::vector<Rendition> renditions; // highest first
  bool lowest_first = false;         // somebody waits: the lowest rendition runs ahead until its first segment is sent
};

/// Encode the whole of one sound once, levelled to -16 LUFS; segment boundaries follow the video grid's (every 6 s
/// without video). With it come its waveform and a map of speech, and without video a drawn cover (media/sound_data.hpp).
struct AudioTask {
  AudioFacts source;
  AudioRendition rendition;
  milliseconds duration{};
  Grid grid; // frames == 0 without video
};

/// Poster candidates and storyboard sheets.
struct StillsTask {
  VideoFacts source;
  milliseconds duration{};
};

/// Put the source's own packets into segments, so that a preview plays at once. Only for previews: the tracks
/// "original" and "original-sound" are never part of a package and go when it is published. What cannot be remuxed
/// after all is only encoded, as everything is.
struct RemuxTask {
  VideoFacts video;
  std::optional<AudioFacts> audio;
};
inline constexpr std::string_view original_picture = "original";
inline constexpr std::string_view original_sound = "original-sound";

/// Bring subtitles and chapters that are in the file as text into drafts for the editor.
struct TextsTask {
  std::int64_t start_us = 0; // container time, in microseconds, of story time 0
  milliseconds duration{};   // of the story
};

/// Make poster candidates of the pictures that are attached to the file.
struct CoverTask {
  std::vector<int> streams;
};
inline constexpr std::size_t most_covers = 4;

/// Put a finished rendition and the sound into one progressive MP4, without encoding anything. Its source is not the
/// original but the files of both tracks in a row: initialization segment and media segments of the picture, then of the
/// sound. Either may be missing.
struct DownloadTask {
  std::string picture;            // name of the track, or empty
  std::string sound;
  std::int64_t picture_bytes = 0; // of all its files
  std::int64_t sound_bytes = 0;
  std::string language;           // of the sound, as the container said it
};
/// How much longer than its source a download may be: its index.
inline constexpr std::int64_t download_index_bytes = 64 << 20;

using Task = std::variant<ProbeTask, VideoTask, AudioTask, StillsTask, RemuxTask, TextsTask, CoverTask, DownloadTask>;

/// "probe", "video", "audio", "stills", "remux", "texts", "cover", "download".
std::string_view task_kind(Task const&);

/// What follows a probe, in the order to run: a remux where one is possible, the opening of the picture (the lowest
/// rendition ahead of the others unless a remux is seen before), the sound, stills, alternate sounds, and the rest of the picture in chunks
/// which any worker may take. Chunks get shorter towards the end, so that many workers end together. The profile's further
/// codecs come last.
std::vector<Task> plan_tasks(SourceFacts const&, Profile const& = {});

/// What follows when everything else is made: the highest H.264 rendition whose shorter side is at most 720, and the first
/// sound. Nothing where a track does not say how large its files are.
std::optional<DownloadTask> plan_download(Package const&, std::string const& language);

/// A task without which the story is whole all the same: when it fails it is given up.
bool is_dispensable(Task const&);

/// A task people wait for: the picture's first segments.
bool is_opening(Task const&);

/// A task without which nothing can be played: the opening, the main sound, a remux.
bool is_awaited(Task const&);

/// A leased task as the worker sees it.
struct Lease {
  std::string task_id;
  std::int64_t token = 0;        // fencing token, rises with every lease of the task
  milliseconds expires_in{};     // renew before, by reporting progress
  std::int64_t source_bytes = 0;
  std::string source_sha256;
  Task task;
};

struct StillsResult {
  std::vector<std::string> posters;
  std::optional<Storyboard> storyboard;
};

/// Text that came with the video. Nobody has checked it.
struct EmbeddedText {
  bool chapters = false;   // titles of parts instead of what is said
  std::string language;    // BCP 47, or empty where the file does not say
  std::string label;       // the track's name in the file, or empty
  std::vector<Cue> cues;   // in story time, in order
};
inline constexpr std::size_t most_texts = 12;
inline constexpr std::size_t most_text_bytes = std::size_t{4} << 20; // of all cues together

struct TextsResult {
  std::vector<EmbeddedText> texts;
};

/// What a finished task reports: SourceFacts for probe, tracks with the segments made for video, audio and remux, posters
/// for stills and covers.
using TaskResult = std::variant<SourceFacts, std::vector<Track>, StillsResult, TextsResult, Download>;

/// Why a task cannot succeed. `key` is translated for people as "error.<key>":
/// media.unreadable, media.no_streams, media.unsupported_codec, media.damaged, media.too_long, media.too_large_picture,
/// media.too_many_streams, media.timeout, worker.crashed, worker.failed.
struct TaskFailure {
  std::string key;
  std::string detail;     // English, for editors and logs
  bool permanent = false; // true: no other worker would do better
};

// JSON (explicit, in tasks.cpp). Reading throws nlohmann::json::exception on a wrong shape.
void to_json(nlohmann::json&, Task const&);
void from_json(nlohmann::json const&, Task&);
void to_json(nlohmann::json&, Lease const&);
void from_json(nlohmann::json const&, Lease&);
void to_json(nlohmann::json&, TaskResult const&);
void from_json(nlohmann::json const&, TaskResult&);
void to_json(nlohmann::json&, TaskFailure const&);
void from_json(nlohmann::json const&, TaskFailure&);
void to_json(nlohmann::json&, SourceFacts const&);
void from_json(nlohmann::json const&, SourceFacts&);
void to_json(nlohmann::json&, Package const&);
void from_json(nlohmann::json const&, Package&);

} // namespace tarina::media
