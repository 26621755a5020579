#include "media/sound_data.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarina::media {
namespace {

void append_little_endian(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
}

} // namespace

std::string write_peaks(std::string_view pairs, int sample_rate) {
  std::string file;
  for (auto const number : {2U, 1U, static_cast<std::uint32_t>(sample_rate), static_cast<std::uint32_t>(samples_per_peak(sample_rate)),
                            static_cast<std::uint32_t>(pairs.size() / 2), 1U}) // version, 8-bit, rate, samples a peak, peaks, channels
    append_little_endian(file, number);
  return file.append(pairs);
}

std::string write_speech(std::vector<SpeechSpan> const& spans) {
  auto list = nlohmann::json::array();
  for (auto const& span : spans) list.push_back({span.start.count(), span.end.count()});
  return nlohmann::json{{"version", 1}, {"spans", std::move(list)}}.dump();
}

std::string data_file(Track const& track, std::string_view name) {
  auto const found = std::find_if(track.data.begin(), track.data.end(), [&](DataFile const& file) { return file.name == name; });
  return found == track.data.end() ? std::string() : track.name + "/" + found->name;
}

} // namespace tarina::media
