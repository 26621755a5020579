// HLS playlists (RFC 8216, draft-pantos-hls-rfc8216bis) as values to text.
#pragma once
#include "media/package.hpp"

namespace tarina::media {

/// The multivariant playlist "main.m3u8": one variant a video track (audio-only: one a audio track), an audio group
/// with its own playlist, measured BANDWIDTH (peak segment) and AVERAGE-BANDWIDTH including audio, CODECS, RESOLUTION,
/// FRAME-RATE. URIs are relative to the package ("v720/index.m3u8").
std::string multivariant_playlist(Package const&);

/// A media playlist "index.m3u8" of one track: EXTINF from real ticks, EXT-X-MAP, independent segments.
/// `complete` gives VOD with ENDLIST, otherwise EVENT without.
std::string media_playlist(Track const&, bool complete = true);

/// DASH manifest "main.mpd" (ISO/IEC 23009-1, SegmentTimeline, live profile static) over the same segments.
std::string dash_manifest(Package const&);

/// WebVTT thumbnails track for a storyboard: a cue per tile, "storyboard-001.jpg#xywh=x,y,w,h" (Media Fragments URI 1.0).
std::string storyboard_webvtt(Storyboard const&, milliseconds duration);

} // namespace tarina::media
