// Chapter: names of hosts, looked up and connected to on the loop that is tested.
#include "adapters/conformance.hpp"
#include "adapters/name_server.hpp"
#include "support/port.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using conformance::connect;
using conformance::Lookup;
using conformance::NameServer;
using conformance::Peer;
using conformance::Question;
using conformance::Server;

namespace
{

class Names : public conformance::Conformance
{
  protected:
    // Has bight_connect() ask this server.
    void useServer(NameServer::Handler handler)
    {
        server = std::make_unique<NameServer>(reactor, std::move(handler));
        resolver = server->resolver(reactor);
        ASSERT_NE(resolver, nullptr);
        bight_resolver_make_default(resolver);
    }
    void TearDown() override
    {
        bight_resolver_free(resolver);
        server.reset();
        Conformance::TearDown();
    }

    std::unique_ptr<NameServer> server;
    bight_resolver *resolver = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Hosts, Names, testing::ValuesIn(conformance::hosts), conformance::nameOf);

// A port of 127.0.0.2 that answers nobody: its queue is full.
class Wall
{
  public:
    explicit Wall(unsigned short port)
    {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.2", &address_.sin_addr);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        stands = bind(listener_, address(), sizeof(address_)) == 0 && listen(listener_, 0) == 0;
        for (int &one : fillers_) {
            one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            stands = stands &&
                     (::connect(one, address(), sizeof(address_)) == 0 || errno == EINPROGRESS);
        }
    }
    ~Wall()
    {
        close(listener_);
        for (int one : fillers_)
            close(one);
    }
    bool stands;

  private:
    const sockaddr *address() const
    {
        return reinterpret_cast<const sockaddr *>(&address_);
    }
    sockaddr_in address_{};
    int listener_;
    int fillers_[4];
};

TEST_P(Names, areLookedUpWithoutAThread)
{
    useServer(NameServer::knowing("both.test", {"192.0.2.7", "2001:db8::7"}));
    size_t threads = support::countThreads();
    Lookup lookup(resolver, "both.test");
    Lookup four(resolver, "both.test", BIGHT_FAMILY_IPV4);
    Lookup six(resolver, "both.test", BIGHT_FAMILY_IPV6);

    EXPECT_FALSE(lookup.done) << "completed inside the call";
    EXPECT_EQ(support::countThreads(), threads);
    EXPECT_TRUE(runUntil([&] { return lookup.done && four.done && six.done; }));
    EXPECT_EQ(support::countThreads(), threads);
    EXPECT_EQ(lookup.addresses.size(), 2u);
    EXPECT_EQ(four.addresses, std::vector<std::string>{"192.0.2.7"});
    EXPECT_EQ(six.addresses, std::vector<std::string>{"2001:db8::7"});
}

TEST_P(Names, thatDoNotExistAreNamedInTheError)
{
    useServer(NameServer::knowing("there.test", {"192.0.2.7"}));
    Lookup lookup(resolver, "missing.test");

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(lookup.message, "look up missing.test: no such name");
}

TEST_P(Names, areConnectedTo)
{
    Server echo(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    useServer(NameServer::knowing("service.test", {"127.0.0.1"}));
    Peer client;
    auto outcome = connect(reactor, "tcp:service.test:" + std::to_string(echo.port()), client);

    EXPECT_FALSE(outcome->done) << "completed inside the call";
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    ASSERT_TRUE(client.connected) << outcome->message;
    client.write("by name");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 7; }));
    EXPECT_EQ(bight_transport_get_peer(client.transport), echo.endpoint());
}

TEST_P(Names, areConnectedToAtTheNextAddressWhenOneRefuses)
{
    Server echo(reactor, "tcp:127.0.0.1:0");
    useServer(NameServer::knowing("service.test", {"127.0.0.3", "::1", "127.0.0.1"}));
    Peer client;
    auto outcome = connect(reactor, "tcp:service.test:" + std::to_string(echo.port()), client);

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_TRUE(client.connected) << outcome->message;
}

TEST_P(Names, areConnectedToAtTheNextAddressWhenOneIsSilent)
{
    Server echo(reactor, "tcp:127.0.0.1:0");
    Wall wall(echo.port());
    if (!wall.stands)
        GTEST_SKIP() << "127.0.0.2 cannot be used here";
    useServer(NameServer::knowing("service.test", {"127.0.0.2", "127.0.0.1"}));
    Peer client;
    auto outcome = connect(reactor, "tcp:service.test:" + std::to_string(echo.port()), client);
    auto before = std::chrono::steady_clock::now();

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_TRUE(client.connected) << outcome->message;
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
}

TEST_P(Names, whereNobodyListensFailWithTheNameAndTheAddress)
{
    std::string port = std::to_string(support::freePort());
    useServer(NameServer::knowing("service.test", {"127.0.0.1"}));
    Peer client;
    auto outcome = connect(reactor, "tcp:service.test:" + port, client);

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(outcome->message, "connect to tcp:service.test:" + port + " (tcp:127.0.0.1:" + port +
                                    "): Connection refused");
}

TEST_P(Names, thatDoNotExistFailTheConnect)
{
    useServer(NameServer::knowing("service.test", {"127.0.0.1"}));
    Peer client;
    auto outcome = connect(reactor, "tcp:missing.test:80", client);

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(outcome->message,
              "connect to tcp:missing.test:80: look up missing.test: no such name");
    EXPECT_EQ(outcome->domain, BIGHT_DOMAIN_ARES);
    EXPECT_EQ(outcome->code, ARES_ENOTFOUND);
}

TEST_P(Names, thatAreNotAnsweredAreGivenUpByACancel)
{
    useServer([](const Question &) { return std::vector<std::string>(); });
    Peer client;
    auto outcome = connect(reactor, "tcp:silent.test:80", client);
    Lookup lookup(resolver, "silent.test");

    EXPECT_TRUE(runUntil([&] { return server->questions > 0; }));
    bight_deferred_cancel(outcome->deferred);
    bight_deferred_cancel(lookup.deferred);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(lookup.status, BIGHT_ERROR_CANCELLED);
    runFor(BIGHT_MSEC(5));
}

TEST_P(Names, areForgottenWhenTheReactorIsFreed)
{
    useServer([](const Question &) { return std::vector<std::string>(); });
    Peer client;
    auto outcome = connect(reactor, "tcp:silent.test:80", client);
    Lookup lookup(resolver, "silent.test");

    runFor(BIGHT_MSEC(2));
    server.reset();
    freeReactor();
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(lookup.status, BIGHT_ERROR_CANCELLED);
}

TEST_P(Names, areForgottenWhenAStepFreesTheResolver)
{
    useServer(NameServer::knowing("there.test", {"192.0.2.7"}));
    Lookup first(resolver, "there.test"), second(resolver, "also.test"),
        third(resolver, "192.0.2.1");
    auto freeIt = [&] { bight_resolver_free(std::exchange(resolver, nullptr)); };
    first.then = second.then = third.then = freeIt;

    EXPECT_TRUE(runUntil([&] { return first.done && second.done && third.done; }));
    EXPECT_EQ(resolver, nullptr);
}

} // namespace
