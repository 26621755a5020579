// The vocabularies between data files and tables.
#pragma once
#include "catalog/database.hpp"
#include "catalog/vocabulary.hpp"

namespace tarina::catalog {

/// The data files this program carries, read and checked. Throws std::runtime_error naming file and line.
Vocabulary read_vocabulary_files();
/// Brings the tables in step: new and changed rows are written, rows not in `from` are no longer listed.
void store_vocabulary(Database&, Vocabulary const& from);
/// Everything in the tables, unlisted rows and embed sites included.
Vocabulary load_vocabulary(Database&);

} // namespace tarina::catalog
