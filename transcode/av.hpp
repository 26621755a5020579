// The only owners of libav objects. Every stage includes this and nothing else of libav's memory rules.
#pragma once
#include "media/rendition.hpp"
#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

namespace tarina::transcode {

struct AvFree {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFilterGraph* p) const { avfilter_graph_free(&p); }
  void operator()(SwrContext* p) const { swr_free(&p); }
  void operator()(AVAudioFifo* p) const { av_audio_fifo_free(p); }
  void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
  void operator()(AVBSFContext* p) const { av_bsf_free(&p); }
  void operator()(AVDictionary* p) const { av_dict_free(&p); }
  void operator()(AVFilterInOut* p) const { avfilter_inout_free(&p); }
};

using Packet = std::unique_ptr<AVPacket, AvFree>;
using Frame = std::unique_ptr<AVFrame, AvFree>;
using CodecContext = std::unique_ptr<AVCodecContext, AvFree>;
using FilterGraph = std::unique_ptr<AVFilterGraph, AvFree>;
using Resampler = std::unique_ptr<SwrContext, AvFree>;
using BitstreamFilter = std::unique_ptr<AVBSFContext, AvFree>;
using AudioFifo = std::unique_ptr<AVAudioFifo, AvFree>;

// Allocation failures throw std::bad_alloc.
Packet make_packet();
Frame make_frame();
/// A second owner of the same pixels or samples.
Frame share(AVFrame const&);

std::string describe_av_error(int code);
/// Passes a libav return code through; throws std::runtime_error naming `what` when it is an error. For calls that can
/// only fail through our own fault or lack of memory, never for what the media says.
int check_av(int code, char const* what);

inline AVRational to_av(media::Fraction f) { return {f.num, f.den}; }
inline constexpr AVRational microseconds{1, 1000000};

// What differs between FFmpeg 5.1 (Debian 12) and 7 (Debian 13).
bool is_interlaced(AVFrame const&);
void set_key_frame_request(AVFrame&, bool key);
/// The stream's 3×3 display matrix (libavutil/display.h), or null.
std::int32_t const* find_display_matrix(AVStream const&);
/// Lets an output stream be shown the same way up.
void copy_display_matrix(AVStream& to, AVStream const& from);

} // namespace tarina::transcode
