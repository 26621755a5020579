// Runs a whole story through boxed tasks, as server and worker together would, and keeps what came out.
#pragma once
#include "media/package.hpp"
#include "media/tasks.hpp"
#include "transcode/box.hpp"
#include <filesystem>
#include <map>

namespace tarina::test {

struct Story {
  std::optional<media::TaskFailure> failure; // of the first task that failed
  media::SourceFacts facts;
  media::Package package;
  media::Package original;                   // the remuxed source, where it can be
  std::map<std::string, std::string> files; // by output name
};

/// Probe, then every planned task, chunks put together. `chunk` overrides the number of segments in a video task.
Story make_story(std::filesystem::path const& source, int chunk = 0, media::Profile const& = {});

/// One task in a box of the built tarina-worker.
transcode::outcome<media::TaskResult> run_task(media::Task task, std::filesystem::path const& source, std::map<std::string, std::string>* files = nullptr);

/// All segments of all renditions as one task.
media::VideoTask whole_film(std::filesystem::path const& source);

/// The download that the server would order for a finished story, made of its tracks' files. Nothing where none is planned.
struct MadeDownload {
  media::DownloadTask task;
  media::Download said;
  std::string bytes;
};
std::optional<MadeDownload> make_download(Story const&);

transcode::BoxOptions box_options();

/// Writes a story's files, for a look from outside.
void write_files(Story const&, std::filesystem::path const& folder);

/// "../shared/clips" or TARINA_CLIPS; empty when there are none.
std::filesystem::path clips();
/// A file of tests/fixtures.
std::filesystem::path fixture(std::string const& name);

} // namespace tarina::test
