// The pages behind a sign-in or a personal link.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_sign_in_routes(Router&, App&);         // /sign-in, /sign-in/{token}, /sign-out
void add_studio_queue_routes(Router&, App&);    // /studio
void add_studio_story_routes(Router&, App&);    // /studio/stories/new, /studio/stories/{id}
void add_studio_action_routes(Router&, App&);   // /studio/stories/{id}/publish, …/unpublish, …/retry, …/mine, …/withdraw
void add_studio_download_routes(Router&, App&); // /studio/stories/{id}/download
void add_studio_poster_routes(Router&, App&);   // /studio/stories/{id}/poster
void add_studio_aoe_routes(Router&, App&);      // /studio/stories/{id}/aoe
void add_studio_subtitle_routes(Router&, App&); // /studio/stories/{id}/subtitles…
void add_studio_invite_routes(Router&, App&);   // /studio/invites
void add_studio_interest_routes(Router&, App&); // /studio/interests
void add_studio_collection_routes(Router&, App&); // /studio/collections…
void add_studio_api_routes(Router&, App&);      // /api/v1/studio/…
void add_invite_routes(Router&, App&);          // /invite/{token}
void add_mine_routes(Router&, App&);            // /mine/{token}
void add_admin_people_routes(Router&, App&);    // /admin/people
void add_admin_site_routes(Router&, App&);      // /admin/sites
void add_admin_health_routes(Router&, App&);    // /admin

/// All of the above.
void add_studio_routes(Router&, App&);

} // namespace tarina::server
