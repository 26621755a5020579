// Any bytes, in any encoding: read or refused, and what is read stays the same when written and read again.
#include "cue_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const file = tarina::media::read_subtitles(fuzz::text_of(data, size));
  if (!file) return 0;
  fuzz::check_cues(file->cues);
  fuzz::check_webvtt_round(file->cues);
  fuzz::check_srt_round(file->cues);
  tarina::media::write_transcript(file->cues);
  return 0;
}
