// Anything that follows the first cue of a SubRip file.
#include "cue_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const file = tarina::media::read_subtitles("1\n00:00:00,000 --> 00:00:00,500\nBegin\n\n" + std::string(fuzz::text_of(data, size)));
  fuzz::check(static_cast<bool>(file) || size > 100'000 || fuzz::text_of(data, size).find('\0') != std::string_view::npos, "the first cue is read whatever follows");
  if (!file) return 0;
  fuzz::check_cues(file->cues);
  fuzz::check_webvtt_round(file->cues);
  fuzz::check_srt_round(file->cues);
  return 0;
}
