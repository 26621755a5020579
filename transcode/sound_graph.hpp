// libavfilter for sound: one chain, frames in and frames out.
#pragma once
#include "transcode/av.hpp"

struct AVFilterContext;

namespace tarina::transcode {

class SoundGraph {
public:
  /// `description` in libavfilter's words ("volume=3dB"); input is planar float of that rate and number of channels.
  SoundGraph(int sample_rate, int channels, std::string const& description);
  void send(AVFrame const&);
  void finish();
  /// What has come out since, or null.
  Frame receive();

private:
  FilterGraph graph_;
  AVFilterContext* in_ = nullptr;
  AVFilterContext* out_ = nullptr;
  std::int64_t samples_ = 0;
};

} // namespace tarina::transcode
