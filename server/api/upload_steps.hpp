// What every upload protocol does with an upload: who may begin one, room for it, its end.
#pragma once
#include "catalog/person.hpp"
#include "catalog/upload.hpp"
#include "server/api/upload_locks.hpp"
#include "server/app.hpp"

namespace tarina::server {

struct Uploads {
  explicit Uploads(App& all) : app(all) {}
  App& app;
  UploadLocks locks;
};

inline constexpr std::string_view uploads_path = "/api/v1/uploads";
/// How long a request waits for one that works on the same upload and was told to stop.
inline constexpr std::chrono::seconds lock_patience{10};

using UploadMetadata = std::map<std::string, std::string, std::less<>>;

/// A whole number of 0 and above in decimal digits.
std::optional<std::int64_t> whole_number(std::string_view text);
/// When an upload that makes progress now would expire.
catalog::Time upload_expiry(Config const& config);
/// What the request may add a video to.
struct Beginner {
  catalog::Actor actor;
  std::string story;
};
/// Who may add a video to which story: an accepted invitation, the teller's own link, or a signed-in editor.
/// Errc::unauthenticated "upload.not_authorized"; Errc::conflict "invite.not_accepted".
awaitable<result<Beginner>> authorize_upload(App& app, Request const& request, UploadMetadata const& metadata);
/// The story, names, metadata and expiry of an upload that the request begins.
catalog::NewUpload describe_upload(App& app, Request const& request, UploadMetadata const& metadata, std::string story);

/// Makes the row and the file. Errc::no_space "upload.no_space" when it would leave less than the disk floor.
awaitable<result<catalog::Upload>> begin_upload(App& app, catalog::Actor actor, catalog::NewUpload wanted);
awaitable<result<catalog::Upload>> find_upload(App& app, std::string id);
/// Errc::no_space "upload.no_space" when `more` bytes would leave less than half of the disk floor.
awaitable<result<void>> check_room(App& app, std::int64_t more);
/// The last byte is durable: keeps the file as original and wakes the workers.
awaitable<result<void>> finish_upload(App& app, std::string id);
/// Forgets an unfinished upload and its file. The caller holds its lock.
awaitable<result<void>> end_upload(App& app, std::string id);
/// DELETE, in every protocol.
awaitable<Response> terminate_upload(Uploads& uploads, Request& request);

/// 423, when the request that holds the upload does not let go.
Response upload_busy(Request const& request);
/// 409 that ends the connection: the body did not come to its end.
Response upload_interrupted(Request const& request);

} // namespace tarina::server
