// Names of hosts, asked of a name server on the same loop and of /etc/hosts.
#ifndef BIGHT_TESTS_SOAK_LOOKUPS_HPP
#define BIGHT_TESTS_SOAK_LOOKUPS_HPP

#include "adapters/loop.hpp"
#include "adapters/name_server.hpp"
#include "soak/world.hpp"

namespace soak
{

class Lookups : public Actor
{
  public:
    explicit Lookups(World &world);
    ~Lookups() override;

    void stop() override;
    bool atRest() const override
    {
        return pending_ == 0;
    }
    const char *name() const override
    {
        return "lookups";
    }

  private:
    struct Question;

    void beat();
    static bight_result end(bight_result in, void *data);

    World &world_;
    conformance::NameServer server_;
    bight_resolver *resolver_;
    uint64_t pending_ = 0;
    conformance::Timer beat_;
};

} // namespace soak

#endif
