// A resolver on a manual clock, and the name server that it asks, on the same reactor: loopback
// delivers at once, so a test only has to let the reactor settle.
#ifndef BIGHT_TESTS_CORE_RESOLVER_SUPPORT_HPP
#define BIGHT_TESTS_CORE_RESOLVER_SUPPORT_HPP

#include "adapters/conformance.hpp"
#include "adapters/name_server.hpp"
#include "support/temp_dir.hpp"

#include <bight/crank.h>
#include <bight/resolver.h>

namespace resolving
{

using conformance::addressRecord;
using conformance::answer;
using conformance::Lookup;
using conformance::NameServer;
using conformance::Question;
using Packets = std::vector<std::string>;
using Texts = std::vector<std::string>;

class Cranked : public testing::Test
{
  protected:
    ~Cranked() override
    {
        bight_resolver_free(resolver);
        server.reset();
        bight_reactor_free(reactor);
    }
    // Makes the resolver; it asks the server if there is one.
    void use(const bight_resolver_options &given)
    {
        bight_resolver_options wanted = given;
        std::string servers = server ? server->servers() : "";
        if (server && wanted.servers == nullptr && wanted.configuration == nullptr)
            wanted.servers = servers.c_str();
        ASSERT_EQ(bight_resolver_new(reactor, &wanted, &resolver), BIGHT_OK);
    }
    void serve(NameServer::Handler handler)
    {
        server = std::make_unique<NameServer>(reactor, std::move(handler));
    }
    // What a lookup without any waiting brings.
    Texts found(const std::string &name, bight_family family = BIGHT_FAMILY_ANY)
    {
        Lookup lookup(resolver, name, family);
        bight_crank_settle(reactor);
        EXPECT_TRUE(lookup.done) << name;
        return lookup.addresses;
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    std::unique_ptr<NameServer> server;
    bight_resolver *resolver = nullptr;
    bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;
    support::TempDir folder;
};

} // namespace resolving

#endif
