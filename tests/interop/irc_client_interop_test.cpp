// Two client sessions talk through a real server: ngircd as Debian has it, and the server of this
// library. What one says the other has to hear, whole.
#include "irc_client_recorder.hpp"

#include "support/guards.hpp"
#include "support/paths.hpp"
#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <bight/irc_server.h>
#include <bight/reactor.h>

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>

namespace
{

using irc::Lines;

// A server that the clients connect to.
class Server
{
  public:
    virtual ~Server() = default;
    virtual std::string endpoint() const = 0;
    virtual void start() = 0;
    virtual void stop() = 0;
};

class Ngircd : public Server
{
  public:
    static std::string program()
    {
        for (const char *path : {"/usr/sbin/ngircd", "/usr/local/sbin/ngircd"})
            if (std::filesystem::exists(path))
                return path;
        return support::inPath("ngircd") ? "ngircd" : "";
    }

    std::string endpoint() const override
    {
        return "tcp:127.0.0.1:" + std::to_string(port_);
    }

    void start() override
    {
        std::string config = directory_.write("ngircd.conf", configuration());

        process_ = std::make_unique<support::Process>(
            std::vector<std::string>{program(), "-n", "-f", config});
        ASSERT_TRUE(support::waitUntil([&] { return process_->saw("Now listening on"); }))
            << process_->output() << process_->errors();
    }

    void stop() override
    {
        process_.reset();
    }

  private:
    std::string configuration() const
    {
        return "[Global]\nName = irc.interop.test\nInfo = Interop\nListen = 127.0.0.1\nPorts = " +
               std::to_string(port_) +
               "\nMotdPhrase = Hello from ngircd\n"
               "[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 16\nMaxPenaltyTime = 0\n"
               "[Options]\nDNS = no\nIdent = no\nPAM = no\n";
    }

    support::TempDir directory_;
    uint16_t port_ = support::freePort();
    std::unique_ptr<support::Process> process_;
};

class Ours : public Server
{
  public:
    explicit Ours(bight_reactor *reactor) : reactor_(reactor) {}
    ~Ours() override
    {
        bight_irc_server_free(server_);
    }

    std::string endpoint() const override
    {
        return endpoint_;
    }

    void start() override
    {
        bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

        options.name = "irc.interop.test";
        options.line_interval = 0;
        ASSERT_EQ(bight_irc_server_new(reactor_, &options, &server_), BIGHT_OK);
        ASSERT_EQ(bight_irc_server_listen(server_, endpoint_.c_str(), nullptr), BIGHT_OK);
        endpoint_ = bight_irc_server_get_endpoint(server_, 0);
    }

    void stop() override
    {
        bight_irc_server_free(server_);
        server_ = nullptr;
    }

  private:
    bight_reactor *reactor_;
    bight_irc_server *server_ = nullptr;
    std::string endpoint_ = "tcp:127.0.0.1:0";
};

// A client, and what it told.
struct Person {
    irc::Recorder recorder;
    bight_irc_client *client = nullptr;

    Person() = default;
    Person(const Person &) = delete;
    Person &operator=(const Person &) = delete;
    ~Person()
    {
        leave();
    }
    void leave()
    {
        bight_irc_client_free(client);
        client = nullptr;
    }
    bight_irc_channel *channel(const char *name) const
    {
        return bight_irc_client_find_channel(client, name);
    }
    bight_irc_member *member(const char *nick) const
    {
        return channel("#c") ? bight_irc_channel_find_member(channel("#c"), nick) : nullptr;
    }
};

class IrcInterop : public ::testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        if (std::string(GetParam()) == "ngircd") {
            if (Ngircd::program().empty())
                GTEST_SKIP() << "ngircd is not installed";
            server = std::make_unique<Ngircd>();
        } else {
            server = std::make_unique<Ours>(reactor);
        }
        server->start();
        options.real_name = "A test";
        options.send_interval = 0;
        options.reconnect_min = BIGHT_MSEC(20);
        options.reconnect_max = BIGHT_MSEC(200);
        options.reconnect_attempts = 0;
    }

    void TearDown() override
    {
        ada.leave();
        bob.leave();
        server.reset();
        bight_reactor_free(reactor);
    }

    // Let the loop turn until it holds.
    bool eventually(const std::function<bool()> &condition)
    {
        return support::waitUntil(condition, support::patience, [this] {
            pollfd fd = {bight_reactor_fd(reactor), POLLIN, 0};

            poll(&fd, 1, 20);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
    }

    bool hears(Person &person, const std::string &event)
    {
        bool heard = eventually([&] { return person.recorder.saw(event); });

        EXPECT_TRUE(heard) << event << " is not in\n"
                           << ::testing::PrintToString(person.recorder.told());
        return heard;
    }

    bool hearsStart(Person &person, const std::string &start)
    {
        bool heard = eventually([&] { return person.recorder.sawStart(start); });

        EXPECT_TRUE(heard) << start << "... is not in\n"
                           << ::testing::PrintToString(person.recorder.told());
        return heard;
    }

    void connect(Person &person, const char *nick)
    {
        options.nick = nick;
        ASSERT_EQ(bight_irc_client_new(reactor, &options, &irc::Recorder::events, &person.recorder,
                                       &person.client),
                  BIGHT_OK);
        ASSERT_EQ(bight_irc_client_connect(person.client, server->endpoint().c_str()), BIGHT_OK);
    }

    // Both are there and in #c, ada as its operator.
    void meet()
    {
        connect(ada, "ada");
        ASSERT_TRUE(hears(ada, "state ready"));
        connect(bob, "bob");
        ASSERT_TRUE(hears(bob, "state ready"));
        ASSERT_EQ(bight_irc_client_join(ada.client, "#c", nullptr), BIGHT_OK);
        ASSERT_TRUE(hears(ada, "members of #c"));
        ASSERT_EQ(bight_irc_client_join(bob.client, "#c", nullptr), BIGHT_OK);
        ASSERT_TRUE(hears(bob, "members of #c"));
        ASSERT_TRUE(eventually([&] { return ada.member("bob") != nullptr; }));
    }

    // "bob!user@host", as the others see it.
    std::string address(const Person &person)
    {
        const Person &other = &person == &ada ? bob : ada;
        bight_irc_member *member = other.member(bight_irc_client_get_nick(person.client));

        return member
                   ? std::string(bight_irc_member_get_nick(member)) + "!" +
                         bight_irc_member_get_user(member) + "@" + bight_irc_member_get_host(member)
                   : "nobody";
    }

    support::ThreadGuard threads;
    bight_reactor *reactor = bight_reactor_new();
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    std::unique_ptr<Server> server;
    Person ada, bob;
};

TEST_P(IrcInterop, registersAndLearnsWhatTheServerIs)
{
    connect(ada, "ada");
    ASSERT_TRUE(hears(ada, "state ready"));
    EXPECT_STREQ(bight_irc_client_get_nick(ada.client), "ada");
    EXPECT_TRUE(bight_irc_client_has_capability(ada.client, "multi-prefix"));
    EXPECT_TRUE(bight_irc_client_is_channel(ada.client, "#c"));
    EXPECT_FALSE(bight_irc_client_is_channel(ada.client, "ada"));
    ASSERT_NE(bight_irc_client_get_feature(ada.client, "NICKLEN"), nullptr);
    EXPECT_NE(std::string(bight_irc_client_get_network(ada.client)), "");
}

TEST_P(IrcInterop, membersAndRanksAreTheSameForBoth)
{
    meet();
    for (Person *person : {&ada, &bob}) {
        bight_irc_member *first = bight_irc_channel_get_member(person->channel("#c"), 0);

        EXPECT_STREQ(bight_irc_member_get_nick(first), "ada");
        EXPECT_NE(std::string(bight_irc_member_get_prefixes(first)), "");
    }
    ASSERT_EQ(bight_irc_client_mode(ada.client, "#c", "+ov bob bob"), BIGHT_OK);
    for (Person *person : {&ada, &bob})
        EXPECT_TRUE(eventually([&] {
            return std::string(bight_irc_member_get_prefixes(person->member("bob"))) == "@+";
        }));
}

TEST_P(IrcInterop, wordsArriveInBothDirections)
{
    meet();
    // NAMES does not tell ada's address to bob everywhere; her words do.
    ASSERT_EQ(bight_irc_client_raw(bob.client, "WHO #c"), BIGHT_OK);
    ASSERT_TRUE(hearsStart(bob, "updated #c @ada"));
    ASSERT_EQ(bight_irc_client_say(ada.client, "#c", "Hello bob, \xc3\xa9t\xc3\xa9"), BIGHT_OK);
    EXPECT_TRUE(hears(bob, "message in [#c] from " + address(ada) +
                               " (mention): Hello bob, \xc3\xa9t\xc3\xa9"));
    EXPECT_TRUE(hears(ada, "message in [#c] from " + address(ada) +
                               "(self): Hello bob, \xc3\xa9t\xc3\xa9"));
    ASSERT_EQ(bight_irc_client_act(bob.client, "#c", "waves"), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "action in [#c] from " + address(bob) + ": waves"));
    ASSERT_EQ(bight_irc_client_say(bob.client, "ada", ":secret"), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "message in [bob] from " + address(bob) + ": :secret"));
    EXPECT_TRUE(hears(bob, "message in [ada] from " + address(bob) + "(self): :secret"));
    ASSERT_EQ(bight_irc_client_notice(ada.client, "bob", "note"), BIGHT_OK);
    EXPECT_TRUE(hears(bob, "notice in [ada] from " + address(ada) + ": note"));
    ASSERT_EQ(bight_irc_client_ctcp(ada.client, "bob", "VERSION", nullptr), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "ctcp reply VERSION from " + address(bob) + ": Bight"));
}

TEST_P(IrcInterop, longTextsArriveWhole)
{
    meet();
    std::string text, heard;

    for (int i = 0; i < 250; i++)
        text += "w\xc3\xb6rd" + std::to_string(i) + (i % 17 == 0 ? " \xf0\x9f\x98\x80" : "") + " ";
    text += "end";
    // Cut after spaces; ngircd takes one at the end of a line away.
    bob.recorder.onEvent = [&](const std::string &event) {
        if (event.rfind("message in [#c] from ada", 0) == 0)
            heard += event.substr(event.find(": ") + 2);
        if (!heard.empty() && heard.back() != ' ')
            heard += ' ';
    };
    text += ' ';
    ASSERT_EQ(bight_irc_client_say(ada.client, "#c", text.c_str()), BIGHT_OK);
    EXPECT_TRUE(eventually([&] { return heard.size() >= text.size(); })) << heard.size();
    EXPECT_EQ(heard, text);
}

TEST_P(IrcInterop, aNickThatIsTakenIsDecorated)
{
    connect(ada, "ada");
    ASSERT_TRUE(hears(ada, "state ready"));
    connect(bob, "ADA");
    ASSERT_TRUE(hears(bob, "state ready"));
    EXPECT_STREQ(bight_irc_client_get_nick(bob.client), "ADA_");
}

TEST_P(IrcInterop, nicksAndTopicsChange)
{
    meet();
    std::string was = address(bob);
    ASSERT_EQ(bight_irc_client_nick(bob.client, "robert"), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "nick " + was + " -> robert"));
    EXPECT_TRUE(hears(bob, "nick " + was + "(self) -> robert"));
    ASSERT_EQ(bight_irc_client_topic(ada.client, "#c", "New  topic"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(bob, "topic of #c by ada!"));
    EXPECT_STREQ(bight_irc_channel_get_topic(bob.channel("#c")), "New  topic");
    EXPECT_STREQ(bight_irc_channel_get_topic_setter(bob.channel("#c")), "ada");
}

TEST_P(IrcInterop, kickedThenInvitedBackIn)
{
    meet();
    ASSERT_EQ(bight_irc_client_mode(ada.client, "#c", "+ik key"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(bob, "modes of #c by ada!"));
    EXPECT_NE(std::string(bight_irc_channel_get_modes(bob.channel("#c"))).find('i'),
              std::string::npos);
    ASSERT_EQ(bight_irc_client_kick(ada.client, "#c", "bob", "be nice"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(bob, "left #c kicked by ada!"));
    EXPECT_EQ(bight_irc_client_count_channels(bob.client), 0u);
    EXPECT_TRUE(eventually([&] { return ada.member("bob") == nullptr; }));
    ASSERT_EQ(bight_irc_client_join(bob.client, "#c", "key"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(bob, "problem 473 [#c]"));
    ASSERT_EQ(bight_irc_client_invite(ada.client, "bob", "#c"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(bob, "invited to #c by ada!"));
    ASSERT_EQ(bight_irc_client_join(bob.client, "#c", "key"), BIGHT_OK);
    EXPECT_TRUE(eventually([&] { return ada.member("bob") != nullptr; }));
}

TEST_P(IrcInterop, peopleAndChannelsAreAskedFor)
{
    meet();
    ASSERT_EQ(bight_irc_client_whois(ada.client, "bob"), BIGHT_OK);
    ASSERT_TRUE(hearsStart(ada, "whois " + address(bob) + " (A test)"));
    ASSERT_EQ(bight_irc_client_list(ada.client, nullptr), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "list end"));
    EXPECT_TRUE(ada.recorder.sawStart("list #c 2 "));
    ASSERT_EQ(bight_irc_client_away(bob.client, "at lunch"), BIGHT_OK);
    EXPECT_TRUE(hears(bob, "I am away"));
    ASSERT_EQ(bight_irc_client_say(ada.client, "bob", "there?"), BIGHT_OK);
    EXPECT_TRUE(hears(ada, "away bob: at lunch"));
    ASSERT_EQ(bight_irc_client_whois(ada.client, "nobody"), BIGHT_OK);
    EXPECT_TRUE(hearsStart(ada, "problem 401 [nobody]"));
}

TEST_P(IrcInterop, quittingIsSeenAndEndsCleanly)
{
    meet();
    bight_irc_client_quit(bob.client, "good night");
    EXPECT_TRUE(hears(bob, "state offline"));
    EXPECT_TRUE(hearsStart(ada, "quit #c bob 1>- by bob!"));
    EXPECT_EQ(bight_irc_channel_count_members(ada.channel("#c")), 1u);
}

TEST_P(IrcInterop, aServerThatComesBackIsJoinedAgain)
{
    options.reconnect = true;
    options.join = "#always";
    meet();
    server->stop();
    EXPECT_TRUE(
        eventually([&] { return bight_irc_client_get_state(ada.client) == BIGHT_IRC_WAITING; }));
    EXPECT_EQ(bight_irc_client_count_channels(ada.client), 0u);
    server->start();
    EXPECT_TRUE(eventually([&] { return ada.channel("#always") && ada.member("bob"); }));
    EXPECT_TRUE(eventually([&] { return bob.channel("#always") && bob.member("ada"); }));
}

TEST_P(IrcInterop, nobodyThereIsToldWithTheEndpoint)
{
    server->stop();
    connect(ada, "ada");
    EXPECT_TRUE(hearsStart(ada, "state offline: "));
    Lines all = ada.recorder.told();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_NE(all[1].find("refused"), std::string::npos) << all[1];
    EXPECT_NE(all[1].find(server->endpoint()), std::string::npos) << all[1];
}

TEST_P(IrcInterop, everyEventOfAConnectionMayFreeOrQuit)
{
    options.join = "#c";
    for (bool quits : {false, true}) {
        bool reached = true;

        for (int last = 0; reached; last++) {
            int count = 0;

            reached = false;
            ada.recorder.told();
            ada.recorder.onEvent = [&](const std::string &) {
                if (count++ != last)
                    return;
                reached = true;
                if (quits)
                    bight_irc_client_quit(ada.client, "now");
                else
                    ada.leave();
            };
            connect(ada, "ada");
            ASSERT_TRUE(eventually([&] {
                return !ada.client || ada.recorder.saw("members of #c") ||
                       (quits && ada.recorder.saw("state offline"));
            })) << ::testing::PrintToString(ada.recorder.told());
            ada.recorder.onEvent = nullptr;
            ada.leave();
            ASSERT_LT(last, 100);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Server, IrcInterop, ::testing::Values("bight", "ngircd"),
                         [](const auto &each) { return std::string(each.param); });

} // namespace
