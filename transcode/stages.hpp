// The kinds of task as functions of an open file. They run inside the box, but know nothing of it.
#pragma once
#include "transcode/outputs.hpp"

namespace tarina::transcode {

/// Finds out what the file really is: a pass over all packets for times, then decoding the beginning of the main
/// tracks. Fails with the keys of media/tasks.hpp.
outcome<media::SourceFacts> probe(int fd, Outputs&);

/// One decode, every rendition. With more than one of `threads`, cores to keep busy, each rendition has a thread of its own.
outcome<void> encode_video(int fd, media::VideoTask const&, int threads, Outputs&);

/// The whole sound as one rendition, silence where there is none, ending with the story; then what was found in it.
outcome<void> encode_audio(int fd, media::AudioTask const&, Outputs&);
/// How many samples that has; a little more than the story where otherwise the last segment would have no frame of its own.
std::int64_t count_samples(media::AudioTask const&);

/// The source's own packets as segments; see media::RemuxTask.
outcome<void> remux(int fd, media::RemuxTask const&, Outputs&);

/// One progressive MP4 of finished tracks; see media::DownloadTask.
outcome<void> make_download(int fd, media::DownloadTask const&, Outputs&);

/// Subtitles and chapters as text. A track that cannot be read is left out.
outcome<void> read_texts(int fd, media::TextsTask const&, Outputs&);

/// Cover pictures as poster candidates. One that cannot be decoded is left out.
outcome<void> make_covers(int fd, media::CoverTask const&, Outputs&);

/// Poster candidates, best first, and storyboard sheets.
outcome<void> make_stills(int fd, media::StillsTask const&, Outputs&);

} // namespace tarina::transcode
