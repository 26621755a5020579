// CMAF (ISO/IEC 23000-19): one initialization segment, then one moof and mdat a segment.
#pragma once
#include "transcode/av.hpp"
#include <string>

namespace tarina::transcode {

/// Writes the fragments of one track. Decode times (tfdt) continue over chunks, because they come from the packets' own
/// times: video pictures' composition offsets are negative where needed, so that decode time 0 is shown at 0 and no edit
/// list is wanted; audio keeps the encoder's priming and an edit list that hides it.
class Segmenter {
public:
  /// `timescale` in ticks per second; packets come in `encoder.time_base`.
  Segmenter(AVCodecContext const& encoder, int timescale);
  ~Segmenter();
  Segmenter(Segmenter const&) = delete;
  Segmenter& operator=(Segmenter const&) = delete;

  void write(AVPacket& packet);
  /// The fragment of everything written since the last call.
  std::string finish_segment();
  /// The bytes of "init.mp4"; for audio known after the first segment.
  std::string const& init() const { return init_; }

private:
  void flush();
  AVFormatContext* format_ = nullptr;
  AVRational from_;
  std::string init_;
  std::string bytes_; // written since the last flush
};

/// Ticks per second for a grid: whole ticks a frame, and fine enough for players' clocks.
int timescale_for(media::Fraction frame_rate);

} // namespace tarina::transcode
