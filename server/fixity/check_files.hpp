// Reads what is kept, whole, and says what is not as the record says.
#pragma once
#include "catalog/fixity.hpp"
#include "media/store.hpp"
#include "server/fixity/reading_pace.hpp"
#include <optional>

namespace tarina::server {

/// Reads past the page cache where the file system can (O_DIRECT): what counts is what the disk holds, and what viewers
/// keep in memory stays there. Nothing when `pace` said stop. Blocking.
std::optional<catalog::FixityOutcome> check_files(media::MediaStore const& store, catalog::FixityTarget const& target, ReadingPace& pace);

/// Where a target's file lies in the data folder, for people: "media/packages/{id}/v360/00001.m4s".
std::string place_of(catalog::FixityTarget::Kind kind, std::string const& id, std::string const& name);

} // namespace tarina::server
