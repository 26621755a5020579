// People with an account, what they may do, and who is acting.
#pragma once
#include "catalog/clock.hpp"
#include <optional>
#include <string>

namespace tarina::catalog {

/// Alumni have no account; they act through personal links (Actor::teller).
enum class Role { administrator, coordinator, editor };
std::string_view role_name(Role);                       // "administrator", "coordinator", "editor"
std::optional<Role> role_from_name(std::string_view);

struct NewPerson {
  std::string email;       // unique without regard to case
  std::string name;
  Role role = Role::editor;
  std::string institution; // code; empty means all (editors and administrators only)
  std::string unit;        // code; empty means all of the institution
  std::string language = "fi"; // of the pages and letters this person gets
};

struct Person : NewPerson {
  std::string id;
  bool disabled = false;
  bool has_password = false;
  Time created_at{};
  std::optional<Time> last_sign_in_at;
};

/// Whoever asks for something. Every method that is not public takes one; what lies outside its scope is not_found.
struct Actor {
  enum class Kind { system, person, teller };
  Kind kind = Kind::person;
  std::string person;      // id, for Kind::person
  Role role = Role::editor;
  std::string institution; // empty means all
  std::string unit;        // empty means all of the institution
  std::string story;       // the one story a teller may touch

  /// The service itself: timers, workers, command line.
  static Actor system() { return {.kind = Kind::system, .person = {}, .role = Role::administrator, .institution = {}, .unit = {}, .story = {}}; }
  static Actor of(Person const& p) { return {.kind = Kind::person, .person = p.id, .role = p.role, .institution = p.institution, .unit = p.unit, .story = {}}; }
  /// The alumnus of one story, proven by a mine or invite token.
  static Actor teller(std::string story_id) { return {.kind = Kind::teller, .person = {}, .role = Role::editor, .institution = {}, .unit = {}, .story = std::move(story_id)}; }

  bool sees_everything() const { return kind == Kind::system || (kind == Kind::person && role == Role::administrator); }
};

struct Session {
  Person person;
  Time expires_at{};
};

} // namespace tarina::catalog
