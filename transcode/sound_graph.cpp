#include "transcode/sound_graph.hpp"
#include <fmt/format.h>
#include <new>

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace tarina::transcode {
namespace {

using InOut = std::unique_ptr<AVFilterInOut, AvFree>;

InOut make_pad(char const* name, AVFilterContext* context) {
  InOut pad(avfilter_inout_alloc());
  if (!pad) throw std::bad_alloc();
  pad->name = av_strdup(name);
  pad->filter_ctx = context;
  return pad;
}

} // namespace

SoundGraph::SoundGraph(int sample_rate, int channels, std::string const& description) : graph_(avfilter_graph_alloc()) {
  if (!graph_) throw std::bad_alloc();
  graph_->nb_threads = 1; // tasks run side by side instead
  auto const source = fmt::format("sample_rate={0}:sample_fmt=fltp:channel_layout={1}:time_base=1/{0}", sample_rate, channels == 1 ? "mono" : "stereo");
  check_av(avfilter_graph_create_filter(&in_, avfilter_get_by_name("abuffer"), "in", source.c_str(), nullptr, graph_.get()), "sound source");
  check_av(avfilter_graph_create_filter(&out_, avfilter_get_by_name("abuffersink"), "out", nullptr, nullptr, graph_.get()), "sound sink");
  auto* outputs = make_pad("in", in_).release();
  auto* inputs = make_pad("out", out_).release();
  int const parsed = avfilter_graph_parse_ptr(graph_.get(), description.c_str(), &inputs, &outputs, nullptr);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  check_av(parsed, "sound filters");
  check_av(avfilter_graph_config(graph_.get(), nullptr), "sound filters");
}

void SoundGraph::send(AVFrame const& sound) {
  auto frame = share(sound);
  frame->pts = samples_;
  samples_ += frame->nb_samples;
  check_av(av_buffersrc_add_frame(in_, frame.get()), "sound into the filters");
}

void SoundGraph::finish() { check_av(av_buffersrc_add_frame(in_, nullptr), "end of the filters"); }

Frame SoundGraph::receive() {
  auto frame = make_frame();
  int const code = av_buffersink_get_frame(out_, frame.get());
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return nullptr;
  check_av(code, "sound filters");
  return frame;
}

} // namespace tarina::transcode
