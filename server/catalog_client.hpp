// The catalog as coroutines see it: synchronous calls, awaited.
#pragma once
#include "server/work_pool.hpp"

namespace tarina::catalog { class Catalog; }

namespace tarina::server {

class CatalogClient {
public:
  CatalogClient(catalog::Catalog& catalog, WorkPool& pool) : catalog_(&catalog), pool_(&pool) {}

  /// Runs `call(Catalog&)` on the catalog's threads and resumes the caller on its own. Put several catalog calls into
  /// one lambda rather than several runs. Name the lambda first:
  ///   auto call = [&](catalog::Catalog& c) { return c.story(id); };
  ///   auto story = co_await app.catalog.run(call);
  template <class F> awaitable<std::invoke_result_t<F&, catalog::Catalog&>> run(F call) {
    auto bound = [catalog = catalog_, &call] { return call(*catalog); };
    co_return co_await pool_->run(bound);
  }

  /// For calls that touch no disk (access_version()), and for those who already run on a pool's thread.
  catalog::Catalog& direct() const { return *catalog_; }

private:
  catalog::Catalog* catalog_;
  WorkPool* pool_;
};

} // namespace tarina::server
