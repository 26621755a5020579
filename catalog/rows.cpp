#include "catalog/rows.hpp"

namespace tarina::catalog {

std::vector<std::string> texts(Statement q) {
  std::vector<std::string> all;
  while (q.step()) all.push_back(q.text());
  return all;
}

LocalText read_local(Statement& q) {
  LocalText text;
  text.fi = q.text();
  text.sv = q.text();
  text.en = q.text();
  return text;
}

} // namespace tarina::catalog
