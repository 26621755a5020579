// CMAF (ISO/IEC 23000-19): one initialization segment, then one moof and mdat a segment.
#pragma once
#include "transcode/av.hpp"
#include <string>

namespace tarina::transcode {

/// Writes the fragments of one track. Decode times (tfdt) begin at 0 and continue over chunks, because they come from
/// the packets' own times. The first packet's time before 0 (B-frame delay, AAC priming) becomes the edit list of the
/// initialization segment, so that presentation begins at 0 in every player; negative composition offsets would save
/// the edit list, but FFmpeg's players then show the picture late.
class Segmenter {
public:
  /// `timescale` in ticks per second; packets come in `encoder.time_base`.
  Segmenter(AVCodecContext const& encoder, int timescale);
  /// For packets copied from `source`, in its time base. `late`: the first one is shown after 0, which tfdt then says.
  /// Nothing but the codec's parameters and the way up is taken over: no names, no places, no dates.
  Segmenter(AVStream const& source, int timescale, bool late);
  ~Segmenter();
  Segmenter(Segmenter const&) = delete;
  Segmenter& operator=(Segmenter const&) = delete;

  void write(AVPacket& packet);
  /// The fragment of everything written since the last call.
  std::string finish_segment();
  /// The bytes of "init.mp4"; known after the first segment.
  std::string const& init() const { return init_; }

private:
  void begin(AVCodecParameters const&, AVRational frame_rate, int timescale, bool discontinuous, AVStream const* turned_like);
  void flush();
  AVFormatContext* format_ = nullptr;
  AVRational from_;
  std::string init_;
  std::string bytes_; // written since the last flush
};

/// Ticks per second for a grid: whole ticks a frame, and fine enough for players' clocks.
int timescale_for(media::Fraction frame_rate);
/// Ticks per second for copied packets.
int copy_timescale(AVCodecParameters const&);

} // namespace tarina::transcode
