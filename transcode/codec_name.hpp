// What a player must know of a picture's codec before it fetches any of it.
#pragma once
#include "transcode/av.hpp"
#include <string>

namespace tarina::transcode {

/// The RFC 6381 name of what an opened H.264, HEVC or AV1 encoder makes, from its global header: "avc1.64001f",
/// "hvc1.1.6.L93.90", "av01.0.08M.08". Throws std::runtime_error for a header it cannot read.
std::string codec_name(AVCodecContext const&);

} // namespace tarina::transcode
