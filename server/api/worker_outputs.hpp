// Which files a task may send, and whether they arrived as its result says. A worker decodes hostile media: what it
// claims is input.
#pragma once
#include "media/store.hpp"
#include "media/tasks.hpp"

namespace tarina::server {

/// "v720/00003.m4s" only from a task that makes v720, "stills/…jpg" only from the stills task, and so on.
bool may_write(media::Task const& task, std::string_view name);

/// The files of a download's source in a row, from byte `first` on: whole files up to some megabytes, at least one byte.
/// Errc::invalid "task.source_range" when there is no such byte. Blocking.
result<std::string> read_download_source(media::MediaStore const& store, std::string_view package, media::Package const& facts, media::DownloadTask const& task, std::int64_t first);

/// Every file the result names is in staging with the size and SHA-256 reported. Errc::invalid "task.outputs_differ",
/// Errc::invalid "task.result_wrong" for a result of another kind. Blocking.
result<void> check_outputs(media::MediaStore const& store, std::string_view package, media::Task const& task, media::TaskResult const& reported);

} // namespace tarina::server
