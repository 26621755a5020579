// An error as a page for people: what happened and what to do, never internals.
#include "server/answer.hpp"
#include "server/page.hpp"
#include "server/templates.hpp"
#include <fmt/format.h>

namespace tarina::server {

Response error_page(App& app, Request const& request, unsigned status, Error const& error) {
  auto const lang = page_language(request);
  auto const& text = app.templates;
  // The error's own sentence when there is one, else the status's, else a general one.
  auto const of_status = fmt::format("error.status.{}", status);
  auto const own = "error." + error.key;
  auto const sentence = text.has_text(own) ? own : text.has_text(of_status) ? of_status : std::string("error.status.other");
  auto const title_key = of_status + ".title";

  Page page{.name = "error", .title = text.text(lang, text.has_text(title_key) ? title_key : "error.status.other.title"), .context = nlohmann::json::object()};
  page.noindex = true;
  page.status = status;
  page.context = {{"title", page.title},
                  {"sentence", text.text(lang, sentence)},
                  {"status", status},
                  {"request_id", status >= 500 ? request.request_id : std::string{}},
                  {"lost", status == 404 || status == 410},
                  {"sign_in", status == 401}};
  return render_page(app, request, std::move(page));
}

} // namespace tarina::server
