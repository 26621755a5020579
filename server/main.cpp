// tarina-server [--config FILE] [--data DIR] [--port N] COMMAND: serve, create-admin, reindex, check, backup, restore, verify, export, import
#include "catalog/catalog.hpp"
#include "server/backup/backup.hpp"
#include "server/bagit/bagit.hpp"
#include "server/config.hpp"
#include "server/fixity/verify_data.hpp"
#include "server/file_lock.hpp"
#include "server/log.hpp"
#include "server/memory.hpp"
#include "server/service.hpp"
#include "server/supervisor.hpp"
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sstream>
#include <sys/resource.h>

namespace {

using namespace tarina;

std::string read_text(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + path);
  return std::move(text).str();
}

/// Every connection and every open segment is a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string address_of(server::Config const& config, std::uint16_t port) {
  if (!config.base_url.empty()) return config.base_url;
  bool const everywhere = config.listen == "0.0.0.0" || config.listen == "::";
  bool const v6 = !everywhere && config.listen.find(':') != std::string::npos;
  auto const host = everywhere ? "localhost" : v6 ? "[" + config.listen + "]" : config.listen;
  return fmt::format("http://{}:{}", host, port);
}

bool is_loopback(std::string const& listen) { return listen.starts_with("127.") || listen == "::1" || listen == "localhost"; }

/// What can change while it runs does; the log names the rest.
void reload(std::string const& file, std::string& text_before) {
  if (file.empty()) return;
  try {
    auto text = read_text(file);
    auto const fresh = server::parse_config(text);
    for (auto const& key : server::changed_keys(text_before, text))
      if (key != "log_level") spdlog::warn("the new value of {} counts from the next start", key);
    spdlog::set_level(spdlog::level::from_str(fresh.log_level));
    text_before = std::move(text);
    spdlog::info("the configuration was read again");
  } catch (std::exception const& failure) {
    spdlog::error("the configuration stays as it was: {}", failure.what());
  }
}

int serve(server::Config const& config, std::string const& config_file) {
  if (config.base_url.empty() && !is_loopback(config.listen))
    spdlog::warn("base_url is not configured: links and embeds will carry whatever host a visitor's request names");
  // Blocked before any thread exists, so that only sigwait below receives them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_descriptor_limit();
  server::set_up_memory();
  auto config_text = config_file.empty() ? std::string("{}") : read_text(config_file);
  server::Service service(config, server::supervisor::inherited_sockets());
  service.start();
  if (service.tls_port() != 0) std::cout << "HTTPS is spoken on port " << service.tls_port() << std::endl;
  std::cout << "Tarina listens at " << address_of(config, service.port()) << "/" << std::endl;
  server::supervisor::tell_ready();
  auto const period = server::supervisor::watchdog_period();
  auto const pause = period.count() > 0 ? period : std::chrono::microseconds(std::chrono::hours(1));
  timespec const wait{std::chrono::duration_cast<std::chrono::seconds>(pause).count(), (pause.count() % 1'000'000) * 1000};
  for (;;) {
    int const received = sigtimedwait(&signals, nullptr, &wait);
    if (received == SIGUSR1) {
      service.reindex();
    } else if (received == SIGHUP) {
      server::supervisor::tell_reloading();
      reload(config_file, config_text);
      service.reload_tls();
      server::supervisor::tell_ready();
    } else if (received > 0) {
      break;
    } else if (period.count() > 0) {
      if (service.responds(pause)) server::supervisor::tell_alive();
      else spdlog::error("nothing answers; the watchdog is not told otherwise");
    }
  }
  server::supervisor::tell_stopping();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr); // a second one ends the program at once
  spdlog::info("stopping");
  bool const clean = service.stop();
  spdlog::info(clean ? "stopped" : "stopped; some answers were cut off at the deadline");
  return 0;
}

catalog::CatalogOptions options_of(server::Config const& config) {
  catalog::CatalogOptions options;
  options.folder = config.data;
  options.voikko_dictionary = config.finnish_dictionary;
  return options;
}

int create_admin(server::Config const& config, std::string const& email, std::string const& name) {
  auto options = options_of(config);
  options.search = catalog::SearchStart::never; // a server may be running
  catalog::Catalog catalog(std::move(options));
  auto const actor = catalog::Actor::system();
  auto person = catalog.person_by_email(email);
  if (!person) {
    catalog::NewPerson wanted;
    wanted.email = email;
    wanted.name = name;
    wanted.role = catalog::Role::administrator;
    person = catalog.create_person(actor, wanted);
  }
  if (!person) throw std::runtime_error(person.error().detail);
  auto const link = catalog.create_sign_in_link(actor, person->id, std::chrono::hours(48));
  if (!link) throw std::runtime_error(link.error().detail);
  std::cout << "Sign in once, within 48 hours: " << address_of(config, config.port) << "/sign-in/" << *link << std::endl;
  return 0;
}

int check(server::Config const& config) {
  auto options = options_of(config);
  std::optional<server::FolderLock> lock;
  try {
    lock.emplace(config.data);
    options.search = catalog::SearchStart::later; // repairs nothing that is to be found
  } catch (std::runtime_error const& taken) {
    options.search = catalog::SearchStart::never;
    std::cout << taken.what() << ": the search index is left out of this check." << std::endl;
  }
  catalog::Catalog catalog(std::move(options));
  auto const wrong = catalog.check();
  std::cout << (wrong.empty() ? "The catalog is sound." : wrong) << std::endl;
  return wrong.empty() ? 0 : 1;
}

int reindex(server::Config const& config) {
  std::optional<server::FolderLock> lock;
  try {
    lock.emplace(config.data);
  } catch (std::runtime_error const& taken) {
    throw std::runtime_error(std::string(taken.what()) + " and owns the search index; send it SIGUSR1 (kill -USR1) and it builds the index anew while it serves");
  }
  auto options = options_of(config);
  options.search = catalog::SearchStart::later;
  catalog::Catalog catalog(std::move(options));
  auto const began = std::chrono::steady_clock::now();
  catalog.reindex();
  auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::cout << fmt::format("The search index is new: {} stories in {:.1f} s.", catalog.search_index().size(), seconds) << std::endl;
  return 0;
}

int backup(server::Config const& config, std::string const& folder, int keep, bool only_withdrawals) {
  if (only_withdrawals) {
    std::cout << fmt::format("{} withdrawn stories are noted.", server::note_withdrawals(config.data, folder)) << std::endl;
    return 0;
  }
  auto const done = server::take_backup(config.data, folder, keep, catalog::system_clock()());
  std::cout << fmt::format("Snapshot {}: {} files, {} of them new ({} bytes); {} old files removed.", done.snapshot, done.files, done.fresh_files, done.fresh_bytes, done.pruned) << std::endl;
  if (done.earlier_files > 0) std::cout << fmt::format("{} files are damaged or missing in the data folder and were taken over from an earlier snapshot: run verify --repair-from.", done.earlier_files) << std::endl;
  for (auto const& line : done.lacking) std::cout << "Not in this snapshot: " << line << std::endl;
  return 0;
}

int restore(server::Config const& config, std::string const& folder, std::string const& snapshot) {
  auto const done = server::restore_backup(folder, snapshot, config.data, catalog::system_clock());
  std::cout << fmt::format("Snapshot {} is back: {} files; {} videos are made again; {} stories withdrawn since are withdrawn again, {} erased; {} shown in fewer places, as their tellers wish since.", done.snapshot, done.files, done.begun_again, done.withdrawn, done.erased, done.narrowed) << std::endl;
  return 0;
}

int verify_live(server::Config const& config, std::int64_t mib_per_second, std::string const& backup) {
  server::VerifyDataOptions options;
  options.data = config.data;
  options.bytes_per_second = mib_per_second << 20;
  options.repair_from = backup;
  options.say = [](std::string const& line) { std::cout << line << std::endl; };
  auto const found = server::verify_data(options);
  if (found.first_seen > 0) std::cout << fmt::format("{} files had no checksum yet; what they are now is kept.", found.first_seen) << std::endl;
  if (found.brought_back > 0) std::cout << fmt::format("{} files were brought back from the backup.", found.brought_back) << std::endl;
  std::cout << fmt::format("{} files, {} bytes: {}", found.files, found.bytes, found.wrong == 0 ? "all sound" : fmt::format("{} DAMAGED", found.wrong)) << std::endl;
  return found.wrong == 0 ? 0 : 1;
}

int verify(std::string const& folder) {
  auto const found = server::verify_backup(folder);
  for (auto const& line : found.damage) std::cout << line << std::endl;
  std::cout << fmt::format("{} snapshots, {} files: {}", found.snapshots, found.objects, found.damage.empty() ? "all sound" : "DAMAGED") << std::endl;
  return found.damage.empty() ? 0 : 1;
}

int export_bags(server::Config const& config, std::string const& folder, std::vector<std::string> const& stories) {
  server::ExportOrder const order{config.data, folder, stories, config.organization, config.contact_email, config.base_url, catalog::system_clock()()};
  auto const done = server::export_stories(order, std::cout);
  std::cout << fmt::format("Bags: {} written, {} unchanged, {} failed, {} of stories that were taken back.", done.written, done.unchanged, done.failed, done.stale) << std::endl;
  return done.failed == 0 ? 0 : 1;
}

int import_bags(server::Config const& config, std::string const& folder, bool dry_run) {
  auto const done = server::import_stories({config.data, folder, dry_run, config.disk_floor_bytes, catalog::system_clock()}, std::cout);
  std::cout << fmt::format("Stories: {} {}, {} here already. Bags refused: {}.", done.imported, dry_run ? "can be brought in" : "brought in", done.present, done.refused) << std::endl;
  return done.refused == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App commands{"Tarina, a video story archive"};
  std::string config_file, data, email = "admin@example.org", name = "Administrator";
  int port = -1;
  commands.add_option("--config", config_file, "JSONC configuration; deploy/tarina.jsonc shows every key")->check(CLI::ExistingFile);
  commands.add_option("--data", data, "data folder, instead of the configured one");
  commands.add_option("--port", port, "port, instead of the configured one")->check(CLI::Range(0, 65535));
  auto* serve_command = commands.add_subcommand("serve", "Serve until told to stop");
  auto* admin_command = commands.add_subcommand("create-admin", "Create an administrator, or a new link for one, and print the one-time sign-in address");
  admin_command->add_option("--email", email, "the administrator's address")->capture_default_str();
  admin_command->add_option("--name", name, "the administrator's name")->capture_default_str();
  auto* reindex_command = commands.add_subcommand("reindex", "Build the search index anew");
  auto* check_command = commands.add_subcommand("check", "Check the catalog's integrity");
  std::string backup_folder, snapshot;
  int keep = 30;
  bool only_withdrawals = false;
  auto* backup_command = commands.add_subcommand("backup", "Take a snapshot of the record and the media, also while a server runs");
  backup_command->add_option("folder", backup_folder, "where backups are kept")->required();
  backup_command->add_option("--keep", keep, "snapshots to keep")->capture_default_str()->check(CLI::PositiveNumber);
  backup_command->add_flag("--withdrawals-only", only_withdrawals, "only note who took their story back; for every minute");
  auto* restore_command = commands.add_subcommand("restore", "Bring a snapshot into an empty data folder; what was withdrawn since stays withdrawn");
  restore_command->add_option("folder", backup_folder, "where backups are kept")->required();
  restore_command->add_option("--snapshot", snapshot, "its name, instead of the newest");
  std::string repair_from;
  std::int64_t rate = 0;
  auto* verify_command = commands.add_subcommand("verify", "Read everything and say what is damaged: the data folder, also while a server runs, or a whole backup");
  auto* verified_folder = verify_command->add_option("folder", backup_folder, "where backups are kept; without it the data folder is verified");
  verify_command->add_option("--rate", rate, "MiB to read in a second; 0: as fast as the disk allows")->capture_default_str()->check(CLI::Range(0, 100'000))->excludes(verified_folder);
  verify_command->add_option("--repair-from", repair_from, "a backup to bring damaged files of the data folder back from")->excludes(verified_folder);
  std::string bags;
  std::vector<std::string> stories;
  bool all = false, dry_run = false;
  auto* export_command = commands.add_subcommand("export", "Write each story as a bag (BagIt, RFC 8493), also while a server runs");
  export_command->add_option("--to", bags, "the folder of bags")->required();
  auto* story_option = export_command->add_option("--story", stories, "only this story's id; may be repeated");
  export_command->add_flag("--all", all, "every story that is not taken back, as without --story")->excludes(story_option);
  auto* import_command = commands.add_subcommand("import", "Bring stories in from bags, while no server runs");
  import_command->add_option("--from", bags, "a bag, or a folder of bags")->required()->check(CLI::ExistingDirectory);
  import_command->add_flag("--dry-run", dry_run, "check everything, change nothing");
  commands.require_subcommand(1);
  commands.fallthrough();
  CLI11_PARSE(commands, argc, argv);
  try {
    auto config = config_file.empty() ? server::Config() : server::parse_config(read_text(config_file));
    if (!data.empty()) config.data = data;
    config.data = std::filesystem::absolute(config.data / "").parent_path(); // without a slash at its end
    if (port >= 0) config.port = static_cast<std::uint16_t>(port);
    server::set_up_log(config.log_format, config.log_level);
    if (serve_command->parsed()) return serve(config, config_file);
    if (admin_command->parsed()) return create_admin(config, email, name);
    if (reindex_command->parsed()) return reindex(config);
    if (check_command->parsed()) return check(config);
    if (backup_command->parsed()) return backup(config, backup_folder, keep, only_withdrawals);
    if (restore_command->parsed()) return restore(config, backup_folder, snapshot);
    if (verify_command->parsed()) return backup_folder.empty() ? verify_live(config, rate, repair_from) : verify(backup_folder);
    if (export_command->parsed()) return export_bags(config, bags, stories);
    if (import_command->parsed()) return import_bags(config, bags, dry_run);
  } catch (std::exception const& failure) {
    std::cerr << "tarina-server: " << failure.what() << std::endl;
    return 1;
  }
  return 1;
}
