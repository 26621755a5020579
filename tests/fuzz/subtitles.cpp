// Any bytes: read or refused, and what is read stays the same when written and read again.
#include "media/cues.hpp"
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::media;
  auto const file = read_subtitles({reinterpret_cast<char const*>(data), size});
  if (!file) return 0;
  auto const vtt = write_webvtt(file->cues);
  auto const again = read_subtitles(vtt);
  if (!again || again->cues.size() != file->cues.size() || write_webvtt(again->cues) != vtt) std::abort();
  auto const srt = write_srt(file->cues);
  write_transcript(file->cues);
  if (srt.empty()) std::abort();
  (void)read_subtitles(srt);
  return 0;
}
