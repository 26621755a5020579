// What makes a story accessible, in the words of the W3C's Accessibility Properties for Discoverability Vocabulary.
#pragma once
#include "catalog/subtitle.hpp"
#include <string>
#include <vector>

namespace tarina::server {

/// Of tracks that are checked: "captions", "closedCaptions", "transcript", "audioDescription", "structuralNavigation".
/// "plainLanguage" is ours: the vocabulary has no word for easy language (selkokieli).
std::vector<std::string> accessibility_features(std::vector<catalog::TrackSummary> const& tracks);

} // namespace tarina::server
