#include "transcode/rendition_line.hpp"
#include "transcode/encoder.hpp"
#include "transcode/outputs.hpp"
#include "transcode/segmenter.hpp"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace tarina::transcode {
namespace {

constexpr std::size_t most_waiting = 8; // pictures; enough that the decoder's bursts hold nobody up

/// The rendition's encoder and segments.
class SegmentWriter {
public:
  SegmentWriter(RenditionLine::Order const& order, media::Rendition const& rendition, media::Grid const& grid, Outputs& outputs)
      : track_(order.track), rendition_(rendition), grid_(grid), segment_(order.first_segment), decoded_(grid.segment_start(segment_)),
        ticks_(timescale_for(grid.frame_rate) / grid.frame_rate.num * grid.frame_rate.den), encoder_(std::in_place, rendition, grid),
        segmenter_(encoder_->context(), timescale_for(grid.frame_rate)), outputs_(outputs) {
    MessageHead head;
    head.kind = MessageKind::track;
    head.track = static_cast<std::uint32_t>(track_);
    outputs_.send(head, nlohmann::json{{"codecs", encoder_->codecs()}, {"timescale", timescale_for(grid.frame_rate)}}.dump());
  }

  void write(AVFrame const& picture, std::int64_t n) {
    if (n == grid_.segment_start(1) && segment_ == 0) begin_anew();
    encoder_->encode(picture, n, take_);
  }

  void finish() {
    encoder_->finish(take_);
    if (frames_ > 0) send_segment();
  }

  bool has_sent_segment() const { return sent_segment_; }

private:
  /// The first segment has an encoder of its own: it need not wait for the pictures that an encoder looks ahead at.
  void begin_anew() {
    finish();
    encoder_.emplace(rendition_, grid_);
  }

  void take(AVPacket& packet) {
    // GOPs are closed, so in decoding order too a segment's pictures come before the next one's first.
    if (frames_ > 0 && packet.pts >= grid_.segment_start(segment_ + 1)) send_segment();
    ++frames_;
    // x264 counts decode times from what it has seen, which differs in a chunk of one or two pictures.
    packet.dts = decoded_++ - encoder_->reorder_delay();
    segmenter_.write(packet);
  }

  void send_segment() {
    auto const bytes = segmenter_.finish_segment();
    MessageHead head;
    head.track = static_cast<std::uint32_t>(track_);
    if (!sent_init_) {
      sent_init_ = true;
      head.kind = MessageKind::init;
      outputs_.send(head, segmenter_.init());
    }
    head.kind = MessageKind::segment;
    head.number = segment_;
    head.start = grid_.segment_start(segment_) * ticks_;
    head.duration = frames_ * ticks_;
    outputs_.send(head, bytes);
    ++segment_;
    frames_ = 0;
    sent_segment_ = true;
  }

  int track_;
  media::Rendition rendition_;
  media::Grid grid_;
  std::int64_t segment_;
  std::int64_t decoded_; // grid frames, in decoding order
  std::int64_t ticks_;   // a frame
  std::int64_t frames_ = 0; // in the segment being written
  bool sent_init_ = false;
  std::atomic<bool> sent_segment_ = false;
  std::optional<VideoEncoder> encoder_;
  Segmenter segmenter_;
  Outputs& outputs_;
  TakePacket take_ = [this](AVPacket& packet) { take(packet); };
};

struct Waiting {
  Frame picture;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

} // namespace

struct RenditionLine::Line {
  Line(Order const& order, media::Rendition const& rendition, media::Grid const& grid, Outputs& outputs)
      : writer(order, rendition, grid, outputs), room(std::max(order.waits_for, most_waiting)), held(order.waits_for > 0) {
    if (order.own_thread) thread = std::thread([this] { work(); });
  }

  ~Line() {
    if (!thread.joinable()) return;
    {
      std::lock_guard const lock(mutex);
      dropped = true;
    }
    changed.notify_all();
    thread.join();
  }

  void put(Waiting next) {
    if (!thread.joinable()) return encode(next);
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting.size() < room || problem; });
    if (problem) std::rethrow_exception(problem);
    waiting.push_back(std::move(next));
    changed.notify_all();
  }

  void release() {
    {
      std::lock_guard const lock(mutex);
      room = most_waiting;
      held = false;
    }
    changed.notify_all();
  }

  void finish() {
    if (!thread.joinable()) return writer.finish();
    {
      std::lock_guard const lock(mutex);
      complete = true;
      held = false;
    }
    changed.notify_all();
    thread.join();
    if (problem) std::rethrow_exception(problem);
  }

  SegmentWriter writer;

private:
  void encode(Waiting const& next) {
    for (auto n = next.first; n < next.first + next.count; ++n) writer.write(*next.picture, n);
  }

  enum class Next { picture, end, drop };

  Next wait_for(Waiting& next) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return (!waiting.empty() && !held) || complete || dropped; });
    if (dropped) return Next::drop;
    if (waiting.empty()) return Next::end;
    next = std::move(waiting.front());
    waiting.pop_front();
    changed.notify_all();
    return Next::picture;
  }

  void work() {
    try {
      for (;;) {
        Waiting next;
        auto const what = wait_for(next);
        if (what == Next::drop) return;
        if (what == Next::end) return writer.finish();
        encode(next);
      }
    } catch (...) {
      std::lock_guard const lock(mutex);
      problem = std::current_exception();
      changed.notify_all();
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Waiting> waiting;
  std::size_t room;
  bool held;
  bool complete = false;
  bool dropped = false;
  std::exception_ptr problem;
  std::thread thread; // last: it uses all of the above
};

RenditionLine::RenditionLine(Order order, media::Rendition const& rendition, media::Grid const& grid, Outputs& outputs)
    : line_(std::make_unique<Line>(order, rendition, grid, outputs)) {}

RenditionLine::~RenditionLine() = default;
RenditionLine::RenditionLine(RenditionLine&&) noexcept = default;

void RenditionLine::put(Frame picture, std::int64_t first, std::int64_t count) { line_->put({std::move(picture), first, count}); }

void RenditionLine::release() { line_->release(); }

bool RenditionLine::has_sent_segment() const { return line_->writer.has_sent_segment(); }

void RenditionLine::finish() { line_->finish(); }

} // namespace tarina::transcode
