// The record: stories, people, consent, vocabularies, uploads, work, subtitles, audit. SQLite behind it.
#pragma once
#include "catalog/audit.hpp"
#include "catalog/consent.hpp"
#include "catalog/harvest.hpp"
#include "catalog/interest.hpp"
#include "catalog/invite.hpp"
#include "catalog/job.hpp"
#include "catalog/person.hpp"
#include "catalog/search/index.hpp"
#include "catalog/story.hpp"
#include "catalog/subtitle.hpp"
#include "catalog/upload.hpp"
#include "catalog/vocabulary.hpp"
#include "media/error.hpp"
#include "media/kept_files.hpp"
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>

namespace tarina::catalog {

/// `open`: the constructor brings the search index in step, even when it must be built anew. `later`: it serves what it
/// has until it is settled or built anew. `never`: for a process beside the server, which owns the index; nothing is searched or updated.
enum class SearchStart { open, later, never };

struct StoryRecord; // catalog/story_record.hpp: a story as it goes from one record to another
enum class ImportState;
class Lists;  // catalog/lists.hpp: lesson lists and collections, kept in the same record
class Fixity; // catalog/fixity.hpp: checksums, what was found damaged, and its repair

struct CatalogOptions {
  std::filesystem::path folder;          // catalog.sqlite and search.sqlite live here; created when missing
  Clock clock = system_clock();
  SteadyClock steady = steady_clock();
  int readers = 4;                       // reader connections; further readers wait
  milliseconds lease{60'000};            // how long a worker may be silent
  media::Profile profile = {};             // of encoding what is uploaded from now on
  milliseconds undo = std::chrono::days(7); // how long a withdrawal can be undone before the story is erased
  std::string voikko_dictionary;         // see SearchOptions
  SearchStart search = SearchStart::open;
  std::function<void(TaskEnd const&)> task_ended = {}; // called from any thread when it is durable; for figures
};

/// Every call blocks and may be made from any thread. A call that changes something returns when the change is durable
/// (one writer thread commits what came together). Expected failures are values whose keys stand beside each method;
/// a broken database throws. What lies outside the actor's scope is Errc::not_found like what does not exist.
/// Times come from the clock handed in. Ids and tokens are strings as they appear in URLs.
class Catalog {
public:
  /// Opens or creates the files, brings schema and vocabularies up to date, gives the leases of an earlier run a fresh
  /// term and brings the search index in step. Throws when the database is newer than this program or broken.
  explicit Catalog(CatalogOptions);
  ~Catalog();
  Catalog(Catalog const&) = delete;

  // --- vocabulary ----------------------------------------------------------------------------------------------
  /// A snapshot in memory; cheap.
  std::shared_ptr<Vocabulary const> vocabulary() const;
  /// Administrators, and coordinators for their own whole institution. Origins "https://host[:port]"; Errc::invalid "embed_site.invalid".
  result<void> set_embed_sites(Actor const&, std::string const& institution, std::vector<std::string> const& origins);

  // --- people (people.cpp) ---------------------------------------------------------------------------------------
  /// Administrators; coordinators create editors of their institution. Errc::invalid "person.email_invalid",
  /// "person.name_missing", "person.institution_unknown", "person.institution_missing"; Errc::conflict "person.email_taken".
  result<Person> create_person(Actor const&, NewPerson const&);
  result<Person> update_person(Actor const&, std::string const& id, NewPerson const&); // ends sessions when the role or scope changed
  result<Person> person(Actor const&, std::string const& id) const;      // also oneself
  result<Person> person_by_email(std::string const& email) const;        // Errc::not_found "person.unknown"; for the server itself
  std::vector<Person> people(Actor const&) const;                        // in scope, by name
  result<void> set_disabled(Actor const&, std::string const& id, bool disabled); // ends sessions and links
  /// Argon2id string, or empty when there is none or the person is unknown or disabled.
  std::string password_hash(std::string const& email) const;
  result<void> set_password(std::string const& id, std::string const& hash); // ends sessions and links
  /// A fresh session token for the cookie.
  result<std::string> open_session(std::string const& person, milliseconds lifetime);
  /// Errc::unauthenticated "session.ended" when unknown, expired, closed or disabled.
  result<Session> session(std::string const& token) const;
  void close_session(std::string const& token);
  void close_sessions(std::string const& person);
  /// A token for a link that signs in once; the ones before stop working.
  result<std::string> create_sign_in_link(Actor const&, std::string const& person, milliseconds lifetime);
  /// Whose it is, without using it up. Errc::unauthenticated "sign_in_link.unknown", "sign_in_link.used", "sign_in_link.expired".
  result<Person> sign_in_link(std::string const& token) const;
  /// Uses it up; the same errors.
  result<Person> use_sign_in_link(std::string const& token);
  bool has_administrator() const;

  // --- invites and the teller's own link (invites.cpp) ---------------------------------------------------------------
  /// Errc::invalid "invite.institution_unknown", "invite.unit_unknown".
  result<CreatedInvite> create_invite(Actor const&, NewInvite const&);
  std::vector<Invite> invites(Actor const&) const;                       // newest first
  result<void> revoke_invite(Actor const&, std::string const& id);       // Errc::conflict "invite.already_accepted"
  /// Errc::not_found "invite.unknown"; Errc::gone "invite.expired", "invite.revoked" (not once accepted).
  result<Invite> invite(std::string const& token) const;
  /// Makes the draft story with its consent. Errc::conflict "invite.already_accepted"; Errc::invalid "consent.nothing_ticked".
  result<AcceptedInvite> accept_invite(std::string const& token, Acceptance const&);
  /// A mine token for the story this invite led to (the alumnus opens the invitation again).
  result<std::string> continue_invite(std::string const& token);
  /// The story id. Errc::not_found "mine.unknown". Works after withdrawal too, to show the receipt.
  result<std::string> story_of_mine(std::string const& token) const;
  /// A further mine token, for a coordinator to send; older ones keep working.
  result<std::string> issue_mine_token(Actor const&, std::string const& story);

  // --- interest in taking part (interests.cpp) --------------------------------------------------------------------------
  /// From anybody. Errc::invalid "interest.name_missing", "interest.contact_missing", "interest.too_long",
  /// "interest.institution_unknown"; Errc::unavailable "interest.full" while too many wait for an answer.
  result<void> add_interest(NewInterest const&);
  std::vector<Interest> interests(Actor const&) const;                   // coordinators of that institution; newest first
  /// Answered: the row goes. Errc::not_found "interest.unknown".
  result<void> remove_interest(Actor const&, std::string const& id);

  // --- consent (consents.cpp) ------------------------------------------------------------------------------------------
  /// THE question of every public path. Errc::not_found "story.unknown": unknown, not published, or no consent for this
  /// use, or withdrawn before it was ever published. Errc::gone "story.withdrawn". Use::preview asks only that the story exists and is not withdrawn.
  result<Access> access(std::string const& story, Use use) const;
  /// The package and the use behind /stream/{key}/; Errc::not_found "stream.unknown", Errc::gone "story.withdrawn" or
  /// "stream.ended" (the use, the publication or the generation has ended).
  result<ResolvedStream> resolve_stream(std::string const& key) const;
  /// Rises whenever an answer of access() or resolve_stream() may have changed. Touches no disk.
  std::uint64_t access_version() const;
  /// The first consent or a change of uses. Tellers, and coordinators who hold a signed paper. Errc::gone "story.withdrawn".
  result<void> give_consent(Actor const&, std::string const& story, NewConsent const&);
  result<std::vector<Consent>> consents(Actor const&, std::string const& story) const; // oldest first

  // --- stories (stories.cpp, story_lists.cpp, publishing.cpp, withdrawals.cpp) ----------------------------------------------
  /// A draft. Errc::invalid "story.institution_unknown", "story.field_unknown", … see edit_story.
  result<Story> create_story(Actor const&, StoryDetails const&);
  result<Story> story(Actor const&, std::string const& id) const;       // studio and own page, any state
  /// The same answer as access(), and the story's tracks in their newest checked versions only.
  result<Story> public_story(std::string const& id, Use use) const;
  /// Replaces the details; a teller reaches only texts, shown name, graduation year and languages, before publication.
  /// Returns the new revision. Errc::conflict "story.changed_meanwhile", or a publish_gate() key that a published story would come to lack; Errc::gone "story.withdrawn"; Errc::invalid
  /// "story.title_too_long", "story.summary_too_long", "story.description_too_long", "story.name_too_long", "story.too_many_tags", "story.tag_too_long",
  /// "story.institution_unknown", "story.unit_unknown", "story.field_unknown", "story.qualification_unknown",
  /// "story.occupation_unknown", "story.language_unknown", "story.year_invalid".
  result<std::int64_t> edit_story(Actor const&, std::string const& id, StoryDetails const&, std::int64_t expected_revision);
  /// For the studio: most recently changed first, withdrawn ones only when asked for.
  StoryList list_stories(Actor const&, StudioFilter const&) const;
  std::map<StoryState, int> count_stories(Actor const&) const;
  /// For the public: newest published first.
  StoryList published(PublishedFilter const&) const;
  std::vector<StoryCard> related(std::string const& story, int limit) const; // same field, then same institution
  /// Cards of these stories in this order, those left out to which access() would say no.
  std::vector<StoryCard> cards(std::vector<std::string> const& ids, Use use) const;

  /// For open catalogs (harvest.cpp): what they may know, and what they were told and must forget.
  HarvestPage harvest(HarvestQuery const&) const;
  std::optional<HarvestItem> harvest_one(std::string const& story) const; // with its record; nothing when never told of
  Time earliest_change() const;                                          // no stamp is older; whole seconds

  /// What is missing before publication, as keys: "publish.consent_missing", "publish.processing_unfinished",
  /// "publish.title_missing", "publish.field_missing", "publish.language_missing", "publish.captions_missing".
  result<std::vector<std::string>> publish_gate(Actor const&, std::string const& story) const;
  /// Editors and coordinators. Errc::conflict with the first missing key, or "story.not_in_review".
  result<void> publish(Actor const&, std::string const& story);
  result<void> unpublish(Actor const&, std::string const& story);        // back to review; Errc::conflict "story.not_published"
  /// Tellers and coordinators, here and in the next two. At once: access is gone, tasks are cancelled; erasure follows after
  /// CatalogOptions::undo. Repeating is fine.
  result<void> withdraw(Actor const&, std::string const& story);
  /// Everything as it was, under a new record of the same consent; a package in the making starts anew.
  /// Errc::conflict "story.not_withdrawn"; Errc::gone "story.erased" (also when it is about to be).
  result<void> undo_withdrawal(Actor const&, std::string const& story);
  /// Ends the time to undo. Errc::conflict "story.not_withdrawn". Repeating is fine.
  result<void> erase_now(Actor const&, std::string const& story);
  /// Stories to erase: the time to undo is over, or erasure was asked for at once; from here on nothing brings them back.
  /// The server removes the files, then calls finish_erasure, which erases texts, names, cues, versions, uploads, tasks;
  /// consents stay as receipt, a tombstone stays. While the search index waits to be built anew the erasure stays pending.
  std::vector<Erasure> pending_erasures();
  void finish_erasure(std::string const& story);
  result<Tombstone> tombstone(std::string const& story) const;

  /// Whether the story could be brought in (story_import.cpp); `words` name the codes that this record may not know.
  /// Errc::invalid "import.invalid"; Errc::gone "story.withdrawn" when it was taken back here; Errc::conflict
  /// "import.differs" when it is here otherwise.
  result<ImportState> check_import(StoryRecord const&, Vocabulary const& words) const;
  /// Brings in a fresh one under its own id, its video kept before as `record.original->id`. One transaction: everything
  /// known of it, and the making of its package; a published one is shown when that is ready.
  result<void> import_story(StoryRecord const&, Vocabulary const& words);

  // --- subtitles (subtitles.cpp) ---------------------------------------------------------------------------------------
  /// The newest checked version of a track of a story that access() allows for this use; the answers of access(), and "subtitles.unknown".
  result<SubtitleTrack> public_track(std::string const& story, Use use, std::string const& track) const;
  /// Any track, for studio and own page. Errc::not_found "subtitles.unknown".
  result<SubtitleTrack> track(Actor const&, std::string const& story, std::string const& track) const;
  /// Saves the whole track. Errc::conflict "subtitles.changed_meanwhile"; Errc::invalid "subtitles.empty",
  /// "subtitles.too_many", "subtitles.time_invalid", "subtitles.text_too_long", "subtitles.language_unknown".
  result<TrackSummary> save_track(Actor const&, std::string const& story, SaveTrack const&);
  /// Errc::conflict "subtitles.changed_meanwhile", "subtitles.needed_while_published" (the checked captions a story was published with).
  result<void> delete_track(Actor const&, std::string const& story, std::string const& track, std::int64_t expected_revision);
  result<std::vector<TrackVersion>> track_versions(Actor const&, std::string const& story, std::string const& track) const; // newest first
  result<SubtitleTrack> track_version(Actor const&, std::string const& story, std::string const& track, std::int64_t revision) const;
  /// Saves an earlier version as the newest.
  result<TrackSummary> restore_track(Actor const&, std::string const& story, std::string const& track, std::int64_t revision, std::int64_t expected_revision);

  // --- uploads (uploads.cpp) -------------------------------------------------------------------------------------------
  /// A teller has one upload under way, or the pieces of one: a new one ends those before it, whose files go with the next sweep.
  /// Errc::conflict "upload.story_published" (unpublish first); Errc::gone "story.withdrawn"; Errc::invalid "upload.size_missing".
  result<Upload> create_upload(Actor const&, NewUpload const&);
  /// Settles the length of an upload that began without one. Errc::conflict "upload.size_differs" when it was settled otherwise;
  /// Errc::invalid "upload.size_wrong" below what has come.
  result<Upload> settle_upload_size(std::string const& id, std::int64_t size);
  /// After MediaStore::concatenate(id, fresh.parts): a full upload `id` made of full pieces of the same story, which end with it.
  /// The same pieces again give the upload they went into. Errc::invalid "upload.parts_unknown"; Errc::conflict
  /// "upload.parts_incomplete"; otherwise as create_upload.
  result<Upload> concatenate_uploads(Actor const&, NewUpload const& fresh, std::string const& id);
  /// The unfinished or finished upload these pieces went into.
  std::optional<Upload> concatenation_of(std::string const& story, std::vector<std::string> const& parts) const;
  result<Upload> upload(std::string const& id) const;   // Errc::not_found "upload.unknown"; Errc::gone "upload.expired" (never of a full one)
  /// Records durable bytes and puts expiry off to `expires_at`. Errc::conflict "upload.offset_differs";
  /// Errc::gone "upload.expired".
  result<void> advance_upload(std::string const& id, std::int64_t from, std::int64_t to, Time expires_at);
  /// After MediaStore::keep_original(id, upload.original). One transaction: original, package, story processing, probe.
  /// Repeating gives the same answer. Errc::conflict "upload.incomplete".
  result<FinishedUpload> finish_upload(std::string const& id, std::string const& sha256);
  /// Forgets an unfinished upload; its file is the caller's to remove. Errc::conflict "upload.finished".
  result<void> terminate_upload(std::string const& id);
  /// What finish_upload() would refuse now, asked before the file is moved.
  result<void> check_finish(std::string const& id) const;
  std::vector<Upload> expired_uploads() const;           // not full, or full but for a published story; terminate them
  std::vector<Upload> stranded_uploads() const;          // full, long left alone, yet not finished: finish them
  std::vector<Upload> unfinished_uploads() const;        // after a restart: cut files to their offsets, finish full ones
  std::int64_t reserved_bytes() const;                   // still to come in unfinished, unexpired uploads
  KnownFiles known_files() const;

  // --- work (jobs.cpp, packages.cpp) -------------------------------------------------------------------------------------
  /// The next task, or nothing. Counts the attempt before it starts; a third death quarantines: the package fails with
  /// "worker.crashed".
  std::optional<media::Lease> lease_task(std::string const& worker);
  /// Errc::not_found "task.unknown"; Errc::conflict "lease.lost" (stale token, here and in the next four).
  result<LeasedTask> leased_task(std::string const& task, std::int64_t token) const;
  /// `made`: what is finished already of a picture or a sound, for previews. What does not belong to the task is ignored.
  result<Renewal> renew_task(std::string const& task, std::int64_t token, double fraction, std::vector<media::Track> const& made = {});
  /// Stores the facts; a probe enqueues what follows in the same transaction. Errc::invalid "task.result_wrong".
  result<Completion> complete_task(std::string const& task, std::int64_t token, media::TaskResult const&);
  result<void> fail_task(std::string const& task, std::int64_t token, media::TaskFailure const&);
  /// Ends leases past their term; leasing does it as well. Returns how many.
  int expire_leases();
  result<PackageRecord> package(std::string const& id) const;            // Errc::not_found "package.unknown"
  /// Rises whenever package(id) of a package in the making may have changed. Touches no disk.
  std::uint64_t package_version(std::string const& id) const;
  /// Complete but not yet flipped (a crash in between): move the files, then publish_package.
  std::vector<std::string> complete_packages() const;
  /// After MediaStore::publish_package. Flips the story's pointer, processing → review. `sums`: of the files for which
  /// media::files_of() has none; what is left out is taken from the file when it is first verified. Repeating is fine.
  result<void> publish_package(std::string const& package, std::vector<media::FileSum> const& sums = {});
  /// Poster candidates of the current package, names in it, best first; for the studio.
  result<std::vector<std::string>> posters(Actor const&, std::string const& story) const;
  /// One of them becomes the story's picture. Errc::invalid "story.poster_unknown".
  result<void> choose_poster(Actor const&, std::string const& story, std::string const& poster);
  /// Ends the streams of packages that were replaced twelve hours ago by one made again from the same original.
  void end_replaced_packages();
  /// Generations no story points at any more and nobody may watch: remove their files, then forget_package.
  std::vector<std::string> retired_packages() const;
  void forget_package(std::string const& package);
  /// Videos that were replaced, of which no generation has been left for a week: remove their files, then forget_original.
  std::vector<std::string> superseded_originals() const;
  void forget_original(std::string const& original);
  /// A fresh try of a failed package, from the same original. Errc::conflict "processing.not_failed",
  /// "upload.story_published".
  result<void> retry_processing(Actor const&, std::string const& story);
  result<Processing> processing(Actor const&, std::string const& story) const;

  // --- audit, search, figures ---------------------------------------------------------------------------------------------
  result<std::vector<AuditEntry>> audit_of(Actor const&, std::string const& story) const;        // newest first
  std::vector<AuditEntry> audit_log(Actor const&, int limit, std::int64_t before = 0) const;      // newest first; before: a number

  result<SearchResult> search(SearchQuery const&) const;
  std::vector<Suggestion> suggestions(SuggestionQuery const&) const;
  std::vector<Moment> moments(std::string const& story, std::string const& text, int limit = 100) const;
  /// Builds the search index anew; what it serves meanwhile stays whole.
  /// False when stopped early: then it is as it was.
  bool reindex(std::stop_token = {});
  /// Repairs what the index is behind in. Afterwards SearchIndex::needs_rebuild() says whether it is only good to be built anew.
  void settle_search();
  SearchIndex const& search_index() const;

  /// The clock that ends things for good: see PatientClock.
  Time patient_now();

  /// For /metrics.
  struct Figures {
    std::map<StoryState, std::int64_t> stories;
    std::int64_t tasks_waiting = 0, tasks_leased = 0, tasks_quarantined = 0, uploads_unfinished = 0;
    milliseconds longest_waiting{}; // since the oldest waiting task could be taken; 0 when none waits
  };
  Figures figures() const;
  /// PRAGMA integrity_check, foreign keys and the search index's own with its drift; empty when sound, else what is wrong.
  std::string check();

private:
  friend class Lists;
  friend class Fixity;
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tarina::catalog
