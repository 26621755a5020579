#include "server/pages/studio_routes.hpp"

namespace tarina::server {

void add_studio_routes(Router& router, App& app) {
  add_sign_in_routes(router, app);
  add_studio_queue_routes(router, app);
  add_studio_story_routes(router, app);
  add_studio_action_routes(router, app);
  add_studio_download_routes(router, app);
  add_studio_poster_routes(router, app);
  add_studio_aoe_routes(router, app);
  add_studio_subtitle_routes(router, app);
  add_studio_invite_routes(router, app);
  add_studio_interest_routes(router, app);
  add_studio_collection_routes(router, app);
  add_studio_api_routes(router, app);
  add_invite_routes(router, app);
  add_mine_routes(router, app);
  add_admin_people_routes(router, app);
  add_admin_site_routes(router, app);
  add_admin_health_routes(router, app);
}

} // namespace tarina::server
