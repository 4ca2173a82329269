// Connecting to a name: which address is tried when.
#include "adapters/connections.hpp"
#include "core/resolver_support.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace resolving;
using conformance::Server;
using support::Peer;

namespace
{

// An address that answers nobody: the queue of its listener is full.
class Wall
{
  public:
    Wall(const std::string &host, unsigned short port)
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, host.c_str(), &address.sin_addr);
        auto *where = reinterpret_cast<sockaddr *>(&address);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        stands = bind(listener_, where, sizeof(address)) == 0 && listen(listener_, 0) == 0;
        for (int &one : fillers_) {
            one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            if (connect(one, where, sizeof(address)) != 0 && errno != EINPROGRESS)
                stands = false;
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
    int listener_;
    int fillers_[4];
};

class Race : public Cranked
{
  protected:
    // Makes bight_connect() ask the server.
    void start()
    {
        use(options);
        bight_resolver_make_default(resolver);
    }
    std::string endpoint(const Server &to) const
    {
        return "tcp:host.test:" + std::to_string(to.port());
    }
};

TEST_F(Race, reachesTheTenthAddressAlthoughNineAreSilent)
{
    Server echo(reactor, "tcp:127.0.0.1:0");
    std::vector<std::unique_ptr<Wall>> walls;
    std::vector<std::string> addresses;
    for (int i = 2; i < 11; i++) {
        addresses.push_back("127.0.0." + std::to_string(i));
        walls.push_back(std::make_unique<Wall>(addresses.back(), echo.port()));
        if (!walls.back()->stands)
            GTEST_SKIP() << addresses.back() << " cannot be used here";
    }
    addresses.emplace_back("127.0.0.1");
    serve(NameServer::knowing("host.test", addresses));
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, endpoint(echo), client);
    bight_crank_settle(reactor);
    bight_crank_advance(reactor, 9 * BIGHT_MSEC(250) - 1);
    EXPECT_FALSE(client.connected);
    bight_crank_advance(reactor, 1);
    EXPECT_TRUE(client.connected) << outcome->message;
}

TEST_F(Race, beginsAtOnceWithIpv6)
{
    Server echo(reactor, "tcp:[::1]:0");
    serve([](const Question &question) {
        if (question.type == conformance::TypeA)
            return Packets();
        return Packets{answer(question, {addressRecord("host.test", "::1")})};
    });
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, endpoint(echo), client);
    bight_crank_settle(reactor);
    EXPECT_TRUE(client.connected) << outcome->message;
}

TEST_F(Race, usesAddressesThatComeWhileItGoesOn)
{
    Server echo(reactor, "tcp:[::1]:0");
    Wall wall("127.0.0.2", echo.port());
    if (!wall.stands)
        GTEST_SKIP() << "127.0.0.2 cannot be used here";
    Question late;
    serve([&](const Question &question) {
        if (question.type == conformance::TypeA)
            return Packets{answer(question, {addressRecord("host.test", "127.0.0.2")})};
        late = question;
        return Packets();
    });
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, endpoint(echo), client);
    bight_crank_settle(reactor);
    bight_crank_advance(reactor, BIGHT_MSEC(60));
    server->say(late, answer(late, {addressRecord("host.test", "::1")}));
    bight_crank_settle(reactor);
    EXPECT_FALSE(client.connected) << "the first has its moment";
    bight_crank_advance(reactor, BIGHT_MSEC(250));
    EXPECT_TRUE(client.connected) << outcome->message;
    EXPECT_EQ(server->questions, 2u);
}

TEST_F(Race, waitsForTheOtherFamilyWhenTheFirstHasLost)
{
    Server echo(reactor, "tcp:127.0.0.1:0");
    Question late;
    serve([&](const Question &question) {
        if (question.type == conformance::TypeAaaa)
            return Packets{answer(question, {addressRecord("host.test", "::1")})};
        late = question;
        return Packets();
    });
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, endpoint(echo), client);
    bight_crank_settle(reactor);
    EXPECT_FALSE(outcome->done) << outcome->message;
    server->say(late, answer(late, {addressRecord("host.test", "127.0.0.1")}));
    bight_crank_settle(reactor);
    EXPECT_TRUE(client.connected) << outcome->message;
}

TEST_F(Race, failsWithTheAddressThatFailedLast)
{
    Server gone(reactor, "tcp:127.0.0.1:0");
    std::string where = endpoint(gone), port = std::to_string(gone.port());
    gone.stopListening();
    serve([](const Question &question) {
        if (question.type == conformance::TypeAaaa)
            return Packets{answer(question, {addressRecord("host.test", "::1")})};
        return Packets{answer(question, {}, 3)};
    });
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, where, client);
    bight_crank_settle(reactor);
    EXPECT_EQ(outcome->message,
              "connect to " + where + " (tcp:[::1]:" + port + "): Connection refused");
}

TEST_F(Race, isCancelledWhileTheRestIsLookedUp)
{
    Server gone(reactor, "tcp:127.0.0.1:0");
    std::string where = endpoint(gone);
    gone.stopListening();
    serve([](const Question &question) {
        if (question.type == conformance::TypeA)
            return Packets();
        return Packets{answer(question, {addressRecord("host.test", "::1")})};
    });
    start();
    Peer client;
    auto outcome = conformance::connect(reactor, where, client);
    bight_crank_settle(reactor);
    EXPECT_FALSE(outcome->done) << outcome->message;
    bight_deferred_cancel(outcome->deferred);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
}

} // namespace
