#include "transcode/filters.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
}

namespace tarina::transcode {
namespace {

bool is_high_dynamic_range(AVFrame const& f) { return f.color_trc == AVCOL_TRC_SMPTE2084 || f.color_trc == AVCOL_TRC_ARIB_STD_B67; }

bool is_full_range(AVFrame const& f) {
  auto const* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(f.format));
  return f.color_range == AVCOL_RANGE_JPEG || (name != nullptr && std::string_view(name).starts_with("yuvj"));
}

/// swscale's name of a picture's matrix; untagged material follows the habit of its size.
char const* matrix_of(AVFrame const& f) {
  switch (f.colorspace) {
  case AVCOL_SPC_BT709: return "bt709";
  case AVCOL_SPC_BT470BG:
  case AVCOL_SPC_SMPTE170M: return "bt601";
  case AVCOL_SPC_SMPTE240M: return "smpte240m";
  case AVCOL_SPC_FCC: return "fcc";
  case AVCOL_SPC_BT2020_NCL:
  case AVCOL_SPC_BT2020_CL: return "bt2020";
  default: return std::min(f.width, f.height) >= 720 ? "bt709" : "bt601";
  }
}

AVFilterContext* add_source(AVFilterGraph& graph, AVFrame const& picture, AVRational time_base) {
  AVFilterContext* context = nullptr;
  auto const arguments = fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect=1/1", picture.width, picture.height,
                                     picture.format, time_base.num, time_base.den);
  check_av(avfilter_graph_create_filter(&context, avfilter_get_by_name("buffer"), "in", arguments.c_str(), nullptr, &graph), "picture source");
  return context;
}

AVFilterContext* add_sink(AVFilterGraph& graph, std::string const& name) {
  AVFilterContext* context = nullptr;
  check_av(avfilter_graph_create_filter(&context, avfilter_get_by_name("buffersink"), name.c_str(), nullptr, nullptr, &graph), "picture sink");
  return context;
}

using InOut = std::unique_ptr<AVFilterInOut, AvFree>;

InOut make_pad(std::string const& name, AVFilterContext* context) {
  InOut pad(avfilter_inout_alloc());
  if (!pad) throw std::bad_alloc();
  pad->name = av_strdup(name.c_str());
  pad->filter_ctx = context;
  pad->pad_idx = 0;
  pad->next = nullptr;
  return pad;
}

FilterGraph make_graph() {
  FilterGraph graph(avfilter_graph_alloc());
  if (!graph) throw std::bad_alloc();
  graph->nb_threads = 1; // tasks run side by side instead
  return graph;
}

void connect(AVFilterGraph& graph, std::string const& description, AVFilterContext* input, std::vector<AVFilterContext*> const& outputs) {
  auto open_output = make_pad("in", input);
  InOut open_inputs;
  for (auto i = outputs.size(); i-- > 0;) {
    auto pad = make_pad(fmt::format("o{}", i), outputs[i]);
    pad->next = open_inputs.release();
    open_inputs = std::move(pad);
  }
  auto* ins = open_inputs.release();
  auto* outs = open_output.release();
  int const parsed = avfilter_graph_parse_ptr(&graph, description.c_str(), &ins, &outs, nullptr);
  avfilter_inout_free(&ins);
  avfilter_inout_free(&outs);
  check_av(parsed, "picture filters");
  check_av(avfilter_graph_config(&graph, nullptr), "picture filters");
}

/// The largest even size of this shape inside `box`.
Size fit(double shape, Size box) {
  auto even = [](double side, int most) { return std::clamp(static_cast<int>(std::lround(side / 2)) * 2, 2, most); };
  if (shape * box.height > box.width) return {box.width, even(box.width / shape, box.height)};
  return {even(box.height * shape, box.width), box.height};
}

/// Limited range, BT.709 and 4:2:0 before and after. swscale's bicubic kernel, by zimg, which needs two thirds of its time.
std::string resized(Size size) { return fmt::format("zscale=w={}:h={}:filter=bicubic:param_a=0:param_b=0.6:dither=none,format=yuv420p", size.width, size.height); }

/// HLG or PQ in BT.2020 to BT.709: 100 cd/m² becomes linear 1, Hable's curve rolls off what is above, up to 1000 cd/m².
/// A phone's mastering figures are not to be trusted, so the peak is fixed.
std::string tone_map(AVFrame const& picture) {
  return fmt::format("format=yuv420p10,setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc:range={},zscale=t=linear:npl=100,"
                     "format=gbrpf32le,zscale=p=709,tonemap=tonemap=hable:desat=0:peak=10,zscale=t=709:m=709:r=limited,format=yuv420p",
                     picture.color_trc == AVCOL_TRC_SMPTE2084 ? "smpte2084" : "arib-std-b67", is_full_range(picture) ? "pc" : "tv");
}

} // namespace

PictureFilter::PictureFilter(media::VideoFacts source, std::vector<Size> sizes, Colours colours)
    : source_(std::move(source)), sizes_(std::move(sizes)), colours_(colours) {}

std::string PictureFilter::describe_graph(AVFrame const& picture) const {
  bool const quarter = source_.rotation == 90 || source_.rotation == 270;
  auto const largest = sizes_.front();
  Size inner = largest;
  if (picture.width != source_.coded_width || picture.height != source_.coded_height) {
    // The size changed in the middle: keep the new shape, with bars around it if it differs.
    double const stored = static_cast<double>(source_.coded_width) / source_.coded_height;
    double const shown = static_cast<double>(quarter ? source_.height : source_.width) / (quarter ? source_.width : source_.height);
    double shape = static_cast<double>(picture.width) / picture.height * shown / stored;
    if (quarter) shape = 1 / shape;
    if (std::abs(shape * largest.height / largest.width - 1) > 0.03) inner = fit(shape, largest);
  }

  bool const hdr = is_high_dynamic_range(picture);
  bool const full = is_full_range(picture);
  std::string_view const from_matrix = matrix_of(picture);
  auto const* matrix = colours_ == Colours::jpeg ? "bt601" : "bt709";
  auto const* range = colours_ == Colours::jpeg ? "pc" : "tv";
  auto const* format = colours_ == Colours::jpeg ? "yuvj420p" : "yuv420p";
  // Turning costs less on the small picture, so scale first, to the size seen before turning.
  Size const before{quarter ? inner.height : inner.width, quarter ? inner.width : inner.height};
  auto const converted = [&](std::string_view matrix_now, bool full_now) {
    return fmt::format("scale={}:{}:flags=bicubic:in_color_matrix={}:in_range={}:out_color_matrix={}:out_range={},format={}", before.width, before.height, matrix_now,
                       full_now ? "pc" : "tv", matrix, range, format);
  };
  std::string chain = "[in]";
  if (hdr) {
    chain += fmt::format("scale={}:{}:flags=bicubic,", before.width, before.height) + tone_map(picture);
    if (colours_ == Colours::jpeg) chain += "," + converted("bt709", false);
  } else if (colours_ == Colours::video && picture.format == AV_PIX_FMT_YUV420P && !full && from_matrix == matrix) {
    // Most pictures are as they should be; naming their colours would make swscale copy every one.
    chain += before.width == picture.width && before.height == picture.height ? "null" : resized(before);
  } else {
    chain += converted(from_matrix, full);
  }
  if (source_.rotation == 90) chain += ",transpose=clock";
  if (source_.rotation == 180) chain += ",hflip,vflip";
  if (source_.rotation == 270) chain += ",transpose=cclock";
  if (source_.mirrored) chain += ",hflip";
  if (inner.width != largest.width || inner.height != largest.height) chain += fmt::format(",pad={}:{}:(ow-iw)/2:(oh-ih)/2", largest.width, largest.height);
  chain += ",setsar=1";

  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    if (i > 0) chain += fmt::format("[s{}]", i) + (colours_ == Colours::video ? resized(sizes_[i]) : fmt::format("scale={}:{}:flags=bicubic,format={}", sizes_[i].width, sizes_[i].height, format)) + ",setsar=1";
    chain += i + 1 < sizes_.size() ? fmt::format(",split[o{}][s{}];", i, i + 1) : fmt::format("[o{}]", i);
  }
  return chain;
}

void PictureFilter::build(AVFrame const& picture) {
  graph_ = make_graph();
  graph_->scale_sws_opts = nullptr;
  input_ = add_source(*graph_, picture, {1, 1});
  outputs_.clear();
  for (std::size_t i = 0; i < sizes_.size(); ++i) outputs_.push_back(add_sink(*graph_, fmt::format("o{}", i)));
  connect(*graph_, describe_graph(picture), input_, outputs_);
  width_ = picture.width, height_ = picture.height, format_ = picture.format;
  transfer_ = picture.color_trc, range_ = picture.color_range, matrix_ = picture.colorspace;
}

std::vector<Frame> PictureFilter::apply(AVFrame const& picture) {
  if (!graph_ || width_ != picture.width || height_ != picture.height || format_ != picture.format || transfer_ != picture.color_trc ||
      range_ != picture.color_range || matrix_ != picture.colorspace) {
    build(picture);
  }
  auto input = share(picture);
  // The graph names every colour property itself; what the frame says would only contradict it.
  input->colorspace = AVCOL_SPC_UNSPECIFIED;
  input->color_range = AVCOL_RANGE_UNSPECIFIED;
  input->color_trc = AVCOL_TRC_UNSPECIFIED;
  input->color_primaries = AVCOL_PRI_UNSPECIFIED;
  input->sample_aspect_ratio = {1, 1};
  set_key_frame_request(*input, false);
  while (input->nb_side_data > 0) av_frame_remove_side_data(input.get(), input->side_data[0]->type);
  check_av(av_buffersrc_add_frame(input_, input.get()), "picture into the filters");

  std::vector<Frame> pictures;
  for (auto* output : outputs_) {
    auto frame = make_frame();
    check_av(av_buffersink_get_frame(output, frame.get()), "picture out of the filters");
    pictures.push_back(std::move(frame));
  }
  return pictures;
}

void Deinterlacer::build(AVFrame const& picture) {
  graph_ = make_graph();
  input_ = add_source(*graph_, picture, time_base_);
  output_ = add_sink(*graph_, "o0");
  connect(*graph_, "[in]bwdif=mode=send_frame:parity=auto:deint=all[o0]", input_, {output_});
  width_ = picture.width, height_ = picture.height, format_ = picture.format;
}

void Deinterlacer::send(AVFrame const* picture) {
  if (picture == nullptr) {
    if (graph_) check_av(av_buffersrc_add_frame(input_, nullptr), "end into the deinterlacer");
    return;
  }
  if (!graph_ || width_ != picture->width || height_ != picture->height || format_ != picture->format) build(*picture);
  auto input = share(*picture);
  input->pts = picture->best_effort_timestamp;
  check_av(av_buffersrc_add_frame(input_, input.get()), "picture into the deinterlacer");
}

Frame Deinterlacer::receive() {
  if (!graph_) return nullptr;
  auto frame = make_frame();
  if (av_buffersink_get_frame(output_, frame.get()) < 0) return nullptr;
  if (frame->pts != AV_NOPTS_VALUE) frame->pts = av_rescale_q(frame->pts, av_buffersink_get_time_base(output_), time_base_);
  frame->best_effort_timestamp = frame->pts;
  return frame;
}

} // namespace tarina::transcode
