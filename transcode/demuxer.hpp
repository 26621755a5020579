// Reads packets out of one untrusted file that somebody else opened.
#pragma once
#include "transcode/av.hpp"
#include "transcode/failure.hpp"
#include <vector>

namespace tarina::transcode {

/// Comma-separated decoder names that may run; everything else is refused.
char const* allowed_decoders();

/// A container over a descriptor. It can reach nothing but that descriptor: no URL, no protocol, no second file.
class Demuxer {
public:
  /// `fd` stays the caller's and must outlive the demuxer; it is only read with pread(2), so it may be shared.
  /// Fails with media.unreadable, media.no_streams or media.too_many_streams.
  static outcome<Demuxer> open(int fd) { return open(fd, 0, -1, true); }
  /// The same for reading what is known by then. Where the header tells all that decoders need (MP4, QuickTime), nothing
  /// is decoded to find out: up to twenty pictures, a tenth of a second.
  static outcome<Demuxer> open_again(int fd) { return open(fd, 0, -1, false); }
  /// Only `bytes` bytes from `first` on, as if they were the whole file; to its end when negative.
  static outcome<Demuxer> open(int fd, std::int64_t first, std::int64_t bytes) { return open(fd, first, bytes, true); }
  Demuxer(Demuxer&&) noexcept;
  Demuxer& operator=(Demuxer&&) noexcept;
  ~Demuxer();

  /// libavformat's name, "mov,mp4,m4a,3gp,3g2,mj2".
  std::string container() const;
  std::vector<AVStream*> streams() const;
  std::vector<AVChapter*> chapters() const;
  AVStream* stream(int index) const; // null when there is none of that number

  /// Only this stream's packets are read from now on.
  void select(int index);

  /// The next packet; false when nothing more can be read, be it the end or damage.
  bool read(AVPacket&);

  /// True when seeking lands on the last key frame at or before a time, as the file's own index says.
  bool has_trustworthy_index() const;
  /// Goes to the last key frame at or before `time` (stream's time base).
  bool seek(int stream, std::int64_t time);

private:
  static outcome<Demuxer> open(int fd, std::int64_t first, std::int64_t bytes, bool decode);
  struct Open;
  explicit Demuxer(std::unique_ptr<Open>);
  std::unique_ptr<Open> open_;
};

/// A packet's time in microseconds of container time; AV_NOPTS_VALUE when it has none.
std::int64_t time_of(AVPacket const&, AVStream const&);

} // namespace tarina::transcode
