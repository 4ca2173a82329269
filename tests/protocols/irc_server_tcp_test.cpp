// The server on real sockets: addresses, crowds, and peers that do not read.
#include "support/certificates.hpp"
#include "support/guards.hpp"
#include "support/network.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <bight/endpoint.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/reactor.h>

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

namespace
{

class World
{
  public:
    explicit World(const std::function<void(bight_irc_server_options &)> &change = nullptr)
    {
        bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

        options.line_interval = 0;
        if (change)
            change(options);
        EXPECT_EQ(bight_irc_server_new(reactor, &options, &server), BIGHT_OK);
    }

    ~World()
    {
        bight_irc_server_free(server);
        bight_reactor_free(reactor);
    }
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    bool listen(const std::string &endpoint)
    {
        return bight_irc_server_listen(server, endpoint.c_str(), nullptr) == BIGHT_OK;
    }

    std::string endpoint(size_t index = 0) const
    {
        return bight_irc_server_get_endpoint(server, index);
    }

    bool until(const std::function<bool()> &condition) const
    {
        return support::waitUntil(condition, support::patience, [this] {
            struct pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};

            poll(&ready, 1, 10);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
    }

    bight_irc_server_stats stats() const
    {
        bight_irc_server_stats stats;

        stats.size = sizeof(stats);
        bight_irc_server_get_stats(server, &stats);
        return stats;
    }

    bight_reactor *reactor = bight_reactor_new();
    bight_irc_server *server = nullptr;
};

class Client
{
  public:
    Client(const World &world, const std::string &nick, size_t endpoint = 0)
        : Client(world, nick, world.endpoint(endpoint))
    {
    }

    Client(const World &world, const std::string &nick, const std::string &endpoint)
        : world_(world), nick_(nick)
    {
        bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

        EXPECT_EQ(bight_line_session_new(&options, &ops, this, &session_), BIGHT_OK);
        bight_deferred_free(bight_connect(world.reactor, endpoint.c_str(),
                                          bight_line_session_get_protocol(session_)));
    }

    ~Client()
    {
        bight_line_session_free(session_);
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    void send(const std::string &line)
    {
        EXPECT_EQ(bight_line_session_send(session_, line.data(), line.size(), nullptr), BIGHT_OK);
    }

    bool heard(const std::string &text) const
    {
        return heard_.find(text) != std::string::npos;
    }

    bool hears(const std::string &text) const
    {
        bool found = world_.until([&] { return heard(text); });

        EXPECT_TRUE(found) << nick_ << " did not hear '" << text << "' but:\n" << heard_;
        return found;
    }

    void pause()
    {
        bight_line_session_pause(session_);
    }

    bool closed = false;

  private:
    static Client *of(void *data)
    {
        return static_cast<Client *>(data);
    }

    static const bight_line_session_ops ops;

    const World &world_;
    std::string nick_, heard_;
    bight_line_session *session_ = nullptr;
};

const bight_line_session_ops Client::ops = {
    sizeof(bight_line_session_ops),
    [](bight_line_session *, void *data) {
        of(data)->send("NICK " + of(data)->nick_);
        of(data)->send("USER u 0 * :u");
    },
    [](bight_line_session *, const uint8_t *bytes, size_t size, void *data) {
        of(data)->heard_.append(reinterpret_cast<const char *>(bytes), size).append("\n");
    },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    [](bight_line_session *, const bight_error *, void *data) { of(data)->closed = true; },
    nullptr,
};

TEST(IrcServerTcp, theHostIsTheAddress)
{
    support::FdGuard guard;
    World world;

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    Client four(world, "four");
    four.hears(" 001 four :Welcome to the Bight IRC Network four!~u@127.0.0.1");
}

TEST(IrcServerTcp, anIpv6HostDoesNotBeginWithAColon)
{
    World world;

    if (!world.listen("tcp:[::1]:0"))
        GTEST_SKIP() << "this machine has no IPv6";
    Client six(world, "six");
    six.hears("six!~u@0::1");
    six.send("WHOIS six");
    six.hears(" 311 six six ~u 0::1 * :u");
}

TEST(IrcServerTcp, severalEndpointsAreServed)
{
    support::TempDir directory;
    World world([](bight_irc_server_options &options) { options.max_per_address = 1; });

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    ASSERT_TRUE(world.listen("unix:" + directory.file("irc")));
    EXPECT_EQ(bight_irc_server_get_endpoint(world.server, 2), nullptr);
    Client tcp(world, "tcp", 0), one(world, "one", 1), two(world, "two", 1);
    one.hears("one!~u@localhost");
    two.hears("two!~u@localhost");
    tcp.hears(" 001 tcp ");
    one.send("PRIVMSG tcp :across");
    tcp.hears(":one!~u@localhost PRIVMSG tcp :across");
}

TEST(IrcServerTcp, whereItCannotListenItSaysWhy)
{
    World world, other;
    bight_error *error = nullptr;

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    EXPECT_EQ(bight_irc_server_listen(other.server, world.endpoint().c_str(), &error),
              BIGHT_ERROR_ADDRESS_IN_USE);
    ASSERT_NE(error, nullptr);
    EXPECT_NE(std::string(bight_error_get_message(error)).find(world.endpoint()),
              std::string::npos);
    bight_error_unref(error);
    EXPECT_FALSE(other.listen("nonsense"));
    EXPECT_EQ(bight_irc_server_get_endpoint(other.server, 0), nullptr);
}

TEST(IrcServerTcp, oneAddressHasALimit)
{
    World world([](bight_irc_server_options &options) { options.max_per_address = 2; });

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    auto one = std::make_unique<Client>(world, "one");
    Client two(world, "two");
    one->hears(" 001 ");
    two.hears(" 001 ");
    Client three(world, "three");
    three.hears("ERROR :Closing Link: 127.0.0.1 (Too many connections from your address)");
    EXPECT_TRUE(world.until([&] { return three.closed && world.stats().connections == 2; }));
    one.reset();
    EXPECT_TRUE(world.until([&] { return world.stats().connections == 1; }));
    Client four(world, "four");
    four.hears(" 001 four ");
}

const char *const tooMany = "(Too many connections from your address)";

// A socket of both families calls 127.0.0.1 ::ffff:127.0.0.1.
TEST(IrcServerTcp, anIpv4AddressIsOneOnSocketsOfBothFamilies)
{
    World world([](bight_irc_server_options &options) { options.max_per_address = 2; });

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    ASSERT_TRUE(world.listen("tcp:0"));
    std::string any = world.endpoint(1), port = any.substr(any.rfind(':'));
    Client one(world, "one"), two(world, "two", "tcp:127.0.0.1" + port);
    one.hears("one!~u@127.0.0.1");
    two.hears("two!~u@127.0.0.1");
    Client three(world, "three", "tcp:127.0.0.1" + port), four(world, "four");
    three.hears(tooMany);
    four.hears(tooMany);
}

TEST(IrcServerTcp, anAddressHasItsNameAndItsLimitOverTls)
{
    World world([](bight_irc_server_options &options) { options.max_per_address = 1; });
    support::Authority authority;
    support::Identity identity = authority.issue();
    support::TempDir directory;
    std::string options = "?name=server.test&ca=" + directory.write("ca", authority.certificate());

    ASSERT_TRUE(
        world.listen("tls:127.0.0.1:0?cert=" + directory.write("cert", identity.certificate) +
                     "&key=" + directory.write("key", identity.key)));
    Client one(world, "one", world.endpoint() + options);
    one.hears("one!~u@127.0.0.1");
    Client two(world, "two", world.endpoint() + options);
    two.hears(tooMany);
}

TEST(IrcServerTcp, addressesOfOneSlash64AreCountedTogether)
{
    bool ran = support::runInOwnNetwork(
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:3::1"}, [] {
            World world([](bight_irc_server_options &options) { options.max_per_address = 1; });

            ASSERT_TRUE(world.listen("tcp:0"));
            std::string any = world.endpoint(), port = any.substr(any.rfind(':'));
            Client one(world, "one", "tcp:[2001:db8:1:2::1]" + port);
            one.hears("one!~u@2001:db8:1:2::1");
            Client two(world, "two", "tcp:[2001:db8:1:2:ffff::2]" + port);
            two.hears(tooMany);
            Client three(world, "three", "tcp:[2001:db8:1:3::1]" + port);
            three.hears("three!~u@2001:db8:1:3::1");
        });

    if (!ran)
        GTEST_SKIP() << "a test gets no network of its own here";
}

TEST(IrcServerTcp, aBanOnAnAddressOfTheSixthVersionKeepsOut)
{
    bool ran = support::runInOwnNetwork({"2001:db8::1", "2001:db8::2"}, [] {
        World world;

        ASSERT_TRUE(world.listen("tcp:0"));
        std::string any = world.endpoint(), port = any.substr(any.rfind(':'));
        Client one(world, "one", "tcp:[2001:db8::1]" + port);
        one.hears("one!~u@2001:db8::1");
        one.send("JOIN #c");
        one.send("MODE #c +b *!*@2001:DB8:0::2");
        one.hears("MODE #c +b *!*@2001:db8::2");
        Client two(world, "two", "tcp:[2001:db8::2]" + port);
        two.hears("two!~u@2001:db8::2");
        two.send("JOIN #c");
        two.hears(" 474 two #c ");
    });

    if (!ran)
        GTEST_SKIP() << "a test gets no network of its own here";
}

TEST(IrcServerTcp, aCrowdHearsOneMessage)
{
    World world([](bight_irc_server_options &options) { options.max_per_address = 0; });
    std::vector<std::unique_ptr<Client>> crowd;

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    for (int i = 0; i < 200; i++)
        crowd.push_back(std::make_unique<Client>(world, "nick" + std::to_string(i)));
    for (auto &client : crowd) {
        ASSERT_TRUE(client->hears(" 001 "));
        client->send("JOIN #crowd");
    }
    for (auto &client : crowd)
        ASSERT_TRUE(client->hears(" 366 "));
    crowd[0]->send("PRIVMSG #crowd :hello everybody");
    for (size_t i = 1; i < crowd.size(); i++)
        ASSERT_TRUE(crowd[i]->hears("PRIVMSG #crowd :hello everybody"));
    EXPECT_EQ(world.stats().users, 200U);
}

TEST(IrcServerTcp, whoDoesNotReadIsDroppedAndOthersHearAll)
{
    World world([](bight_irc_server_options &options) { options.send_queue = 131072; });
    std::string text(400, 'x');

    ASSERT_TRUE(world.listen("tcp:127.0.0.1:0"));
    Client slow(world, "slow"), good(world, "good"), talker(world, "talker");
    for (Client *client : {&slow, &good, &talker}) {
        client->hears(" 001 ");
        client->send("JOIN #c");
        client->hears(" 366 ");
    }
    slow.pause();
    // More than the system's buffers for a socket take, on top of the queue.
    int sent = 0;
    while (sent < 40000 && world.stats().users == 3) {
        for (int i = 0; i < 50; i++)
            talker.send("PRIVMSG #c :" + std::to_string(sent++) + text);
        std::string last = "PRIVMSG #c :" + std::to_string(sent - 1) + "x";
        ASSERT_TRUE(world.until([&] { return good.heard(last); }));
    }
    EXPECT_EQ(world.stats().users, 2U);
    good.hears("QUIT :SendQ exceeded");
    for (int i = 0; i < sent; i += 777)
        EXPECT_TRUE(good.heard("PRIVMSG #c :" + std::to_string(i) + "x")) << i;
}

} // namespace
