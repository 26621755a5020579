// Anything that follows a WebVTT header.
#include "cue_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const file = tarina::media::read_subtitles("WEBVTT\n\n" + std::string(fuzz::text_of(data, size)));
  if (!file) return 0;
  fuzz::check_cues(file->cues);
  fuzz::check_webvtt_round(file->cues);
  return 0;
}
