#include "server/routes.hpp"

namespace tarina::server {

Router make_router(App&) {
  Router router;
  return router;
}

} // namespace tarina::server
