#include "server/kept_answers.hpp"
#include "server/send.hpp"
#include <array>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr std::size_t target_limit = 512;
// Larger files cost less by sendfile(2), also than copying from mapped pages does (measured with tests/bench/serve).
constexpr std::int64_t memory_limit = 32 * 1024;

/// What an answer depends on, in one piece: scheme, coding ('f' for files, which are never coded) and target.
class Key {
public:
  Key(bool https, char coding, std::string_view target) : size_(target.size() + 2) {
    bytes_[0] = https ? 's' : 'p';
    bytes_[1] = coding;
    std::memcpy(bytes_.data() + 2, target.data(), target.size());
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

private:
  std::array<char, target_limit + 2> bytes_;
  std::size_t size_;
};

char letter_of(Coding coding) { return coding == Coding::br ? 'b' : coding == Coding::gzip ? 'g' : 'i'; }
std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string read_whole(media::OpenFile const& file) {
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  return ::pread(file.fd(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) ? bytes : std::string();
}

KeptAnswers::Ptr write_down(Request const& request, Response const& response) {
  auto made = std::make_shared<KeptAnswer>();
  made->route = request.route;
  made->etag = view(response.headers[http::field::etag]);
  for (auto const& field : response.headers)
    append_field(field.name() == http::field::content_type ? made->type_line : made->fields, view(field.name_string()), view(field.value()));
  std::string body;
  if (auto const* text = std::get_if<std::string>(&response.body)) {
    body = *text;
    made->size = static_cast<std::int64_t>(body.size());
  } else {
    made->file = std::get<FileBody>(response.body).file;
    made->size = made->file->size();
    if (made->size <= memory_limit) body = read_whole(*made->file);
  }
  made->whole = fmt::format("HTTP/1.1 200 OK\r\n{}{}Content-Length: {}\r\nDate: ", made->fields, made->type_line, made->size);
  made->date_at = made->whole.size();
  made->whole += date_now();
  made->whole += "\r\n\r\n";
  made->head_size = made->whole.size();
  made->whole += body;
  made->until = response.repeat->until;
  return made;
}

} // namespace

void KeptAnswers::renew(std::uint64_t version) {
  if (version <= version_) return;
  version_ = version;
  by_key_.clear();
  recent_.clear();
  bytes_ = 0;
}

void KeptAnswers::erase(std::list<Entry>::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  recent_.erase(entry);
}

KeptAnswers::Ptr KeptAnswers::find_key(std::string_view key, std::int64_t now) {
  auto const found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->answer->until < now) return erase(found->second), nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->answer;
}

KeptAnswers::Ptr KeptAnswers::find(std::uint64_t version, bool https, std::string_view target, std::string_view accept_encoding, std::int64_t now) {
  renew(version);
  if (recent_.empty() || target.size() > target_limit) return nullptr;
  if (auto file = find_key(Key(https, 'f', target).view(), now)) return file;
  return find_key(Key(https, letter_of(choose_coding(accept_encoding)), target).view(), now);
}

void KeptAnswers::keep(Request const& request, Response const& response, std::uint64_t version) {
  renew(version);
  if (!response.repeat || response.status != 200 || request.method != http::verb::get) return;
  if (response.repeat->version < version || request.target.size() > target_limit || request.target.find('?') != std::string::npos) return;
  bool const text = std::holds_alternative<std::string>(response.body);
  auto const coding = text ? letter_of(choose_coding(request.header(http::field::accept_encoding))) : 'f';
  std::string key(Key(request.scheme == "https", coding, request.target).view());
  if (auto const old = by_key_.find(key); old != by_key_.end()) {
    if (old->second->answer->until >= response.repeat->until) return; // asked for in a way the lane leaves to others
    erase(old->second);
  }
  auto answer = write_down(request, response);
  auto const bytes = sizeof(KeptAnswer) + key.size() + answer->whole.size() + answer->fields.size();
  if (bytes > byte_limit_ / 8) return;
  recent_.push_front({std::move(key), std::move(answer), bytes});
  by_key_[recent_.front().key] = recent_.begin();
  bytes_ += bytes;
  while (recent_.size() > count_limit_ || bytes_ > byte_limit_) erase(std::prev(recent_.end()));
}

} // namespace tarina::server
