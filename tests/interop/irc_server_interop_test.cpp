// Clients that other people wrote, against our server: irssi in a terminal of its own (tmux), and
// Twisted's IRC client. Both are started and stopped here; without them the tests are skipped.
#include "support/guards.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/table.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <bight/endpoint.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/reactor.h>

#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

namespace
{

// The server on a port of its own, on the native loop of this thread.
class World
{
  public:
    World()
    {
        bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

        options.motd = "This is a test.\n";
        reactor = bight_reactor_new();
        EXPECT_EQ(bight_irc_server_new(reactor, &options, &server), BIGHT_OK);
        EXPECT_EQ(bight_irc_server_listen(server, "tcp:127.0.0.1:0", nullptr), BIGHT_OK);
        endpoint = bight_irc_server_get_endpoint(server, 0);
        port = endpoint.substr(endpoint.rfind(':') + 1);
    }

    ~World()
    {
        bight_irc_server_free(server);
        bight_reactor_free(reactor);
    }
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    void turn() const
    {
        struct pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};

        poll(&ready, 1, 20);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    }

    bool until(const std::function<bool()> &condition) const
    {
        return support::waitUntil(condition, support::patience, [this] { turn(); });
    }

    bight_reactor *reactor = nullptr;
    bight_irc_server *server = nullptr;
    std::string endpoint, port;
};

// Somebody to talk to, who looks at the bare lines.
class Partner
{
  public:
    Partner(const World &world, const std::string &nick) : world_(world)
    {
        bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

        options.ending = bight_view_of("\r\n");
        EXPECT_EQ(bight_line_session_new(&options, &ops, this, &session_), BIGHT_OK);
        bight_deferred *connecting = bight_connect(world.reactor, world.endpoint.c_str(),
                                                   bight_line_session_get_protocol(session_));
        EXPECT_TRUE(world.until([&] { return bight_deferred_is_done(connecting); }));
        bight_deferred_free(connecting);
        send("NICK " + nick);
        send("USER " + nick + " 0 * :The partner");
        send("JOIN #c");
        EXPECT_TRUE(hears(" 366 " + nick + " #c "));
    }

    ~Partner()
    {
        bight_line_session_free(session_);
    }
    Partner(const Partner &) = delete;
    Partner &operator=(const Partner &) = delete;

    void send(const std::string &line)
    {
        EXPECT_EQ(bight_line_session_send(session_, line.data(), line.size(), nullptr), BIGHT_OK);
    }

    // Wait for a line that holds `text`.
    bool hears(const std::string &text)
    {
        return world_.until([&] { return heard_.find(text) != std::string::npos; });
    }

    const std::string &heard() const
    {
        return heard_;
    }

  private:
    static void onLine(bight_line_session *, const uint8_t *bytes, size_t size, void *data)
    {
        static_cast<Partner *>(data)
            ->heard_.append(reinterpret_cast<const char *>(bytes), size)
            .append("\n");
    }

    static const bight_line_session_ops ops;

    const World &world_;
    bight_line_session *session_ = nullptr;
    std::string heard_;
};

const bight_line_session_ops Partner::ops =
    support::tableOf<bight_line_session_ops>([](auto &table) { table.line = onLine; });

// irssi in a tmux server of our own, which ends with it.
class Irssi
{
  public:
    Irssi(const World &world, const std::string &nick) : world_(world)
    {
        // Everything in one window, and none of irssi's own pacing: 2 seconds between commands.
        directory_.write("config", "settings = {\n"
                                   "  \"irc/core\" = { cmd_queue_speed = \"1msec\"; };\n"
                                   "  \"fe-common/core\" = { autocreate_windows = \"no\";\n"
                                   "    use_status_window = \"no\"; use_msgs_window = \"no\"; };\n"
                                   "};\n");
        // In the foreground, so that it cannot outlive a test that crashes.
        terminal_ = std::make_unique<support::Process>(
            tmux({"-D", "-f", "/dev/null"}),
            std::vector<std::string>{"TERM=xterm", "LC_ALL=C.UTF-8", "TMUX="});
        EXPECT_TRUE(support::waitUntil(
            [this] { return support::run(tmux({"list-commands"})).succeeded(); }));
        start_ = support::run(tmux({"new-session", "-d", "-x", "160", "-y", "50", "irssi",
                                    "--home=" + directory_.path(), "--connect=127.0.0.1",
                                    "--port=" + world.port, "--nick=" + nick}));
    }

    ~Irssi()
    {
        support::run(tmux({"kill-server"}));
    }
    Irssi(const Irssi &) = delete;
    Irssi &operator=(const Irssi &) = delete;

    const support::Completed &start() const
    {
        return start_;
    }

    void type(const std::string &line)
    {
        support::run(tmux({"send-keys", "-l", line}));
        support::run(tmux({"send-keys", "Enter"}));
    }

    std::string screen()
    {
        return support::run(tmux({"capture-pane", "-p", "-J"})).output;
    }

    bool shows(const std::string &text)
    {
        bool shown = world_.until([&] { return screen().find(text) != std::string::npos; });

        EXPECT_TRUE(shown) << "'" << text << "' is not on the screen:\n" << screen();
        return shown;
    }

    bool hasEnded()
    {
        return !support::run(tmux({"has-session"})).succeeded();
    }

  private:
    std::vector<std::string> tmux(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"tmux", "-S", directory_.file("tmux")});
        return arguments;
    }

    const World &world_;
    support::TempDir directory_;
    std::unique_ptr<support::Process> terminal_;
    support::Completed start_;
};

class IrssiTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        for (const char *program : {"irssi", "tmux"})
            if (!support::inPath(program))
                GTEST_SKIP() << program << " is not installed";
    }
};

TEST_F(IrssiTest, aWholeConversation)
{
    World world;
    Partner ada(world, "ada");
    Irssi irssi(world, "visitor");

    ASSERT_TRUE(irssi.start().succeeded()) << irssi.start().errors;
    ASSERT_TRUE(irssi.shows("This is a test."));
    irssi.type("/join #c");
    EXPECT_TRUE(ada.hears("@127.0.0.1 JOIN #c"));
    irssi.shows("Irssi: #c: Total of 2 nicks");
    irssi.shows("Irssi: Join to #c was synced");
    irssi.type("grüße from a terminal");
    EXPECT_TRUE(ada.hears("PRIVMSG #c :grüße from a terminal"));
    irssi.type("/me waves");
    EXPECT_TRUE(ada.hears("PRIVMSG #c :\001ACTION waves\001"));
    ada.send("PRIVMSG #c :an answer from ada");
    irssi.shows("an answer from ada");
    ada.send("TOPIC #c :what we talk about");
    irssi.shows("ada changed the topic of #c to: what we talk about");

    irssi.type("/mode #c +m");
    irssi.shows("You're not channel operator");
    ada.send("MODE #c +o visitor");
    irssi.shows("mode/#c [+o visitor] by ada");
    irssi.type("/mode #c +mb *!*@10.0.0.0");
    EXPECT_TRUE(ada.hears("MODE #c +mb *!*@10.0.0.0"));
    irssi.type("/whois ada");
    irssi.shows("ircname  : The partner");
    irssi.shows("End of WHOIS");
    irssi.type("/away out for tea");
    irssi.shows("You have been marked as being away");
    ada.send("PRIVMSG visitor :are you there?");
    EXPECT_TRUE(ada.hears(" 301 ada visitor :out for tea"));
    irssi.type("/list -YES");
    irssi.shows("#c 2 what we talk about");
    irssi.type("/nick lodger");
    EXPECT_TRUE(ada.hears(" NICK :lodger"));
    irssi.type("/kick #c ada enough");
    EXPECT_TRUE(ada.hears("KICK #c ada :enough"));
    ada.send("JOIN #c");
    irssi.shows("ada [~ada@127.0.0.1] has joined #c");
    irssi.type("/quit so long");
    EXPECT_TRUE(ada.hears("QUIT :Quit: so long"));
    EXPECT_TRUE(world.until([&] { return irssi.hasEnded(); }));
}

// irssi asks for a lot when it joins (modes, who, bans); with several channels at once that must
// not count as a flood.
TEST_F(IrssiTest, joiningManyChannelsIsNoFlood)
{
    World world;
    Partner ada(world, "ada");
    Irssi irssi(world, "visitor");
    std::string channels = "#c0";

    ASSERT_TRUE(irssi.start().succeeded()) << irssi.start().errors;
    ASSERT_TRUE(irssi.shows("This is a test."));
    for (int i = 1; i < 20; i++)
        channels += ",#c" + std::to_string(i);
    irssi.type("/join " + channels);
    irssi.type("/msg ada all joined");
    EXPECT_TRUE(ada.hears("PRIVMSG ada :all joined"));
    irssi.type("/msg ada still here");
    EXPECT_TRUE(ada.hears("PRIVMSG ada :still here"));
}

TEST(TwistedTest, aWholeConversation)
{
    const std::string python = "/usr/bin/python3";
    std::string script = support::source("tests/interop/twisted_irc.py");

    if (!support::run({python, "-c", "import twisted.words.protocols.irc"}).succeeded())
        GTEST_SKIP() << "python3-twisted is not installed";
    support::FdGuard guard;
    World world;
    Partner ada(world, "ada");
    support::Process client({python, script, "127.0.0.1", world.port});

    EXPECT_TRUE(world.until([&] { return client.saw("signed on"); })) << client.errors();
    EXPECT_TRUE(ada.hears("JOIN #c"));
    EXPECT_TRUE(ada.hears("PRIVMSG #c :hello from twisted"));
    EXPECT_TRUE(world.until([&] { return client.saw("names ada twisted"); })) << client.output();
    EXPECT_TRUE(world.until([&] { return client.saw("supports NICKLEN=30"); })) << client.output();
    ada.send("PRIVMSG #c :hello twisted");
    EXPECT_TRUE(world.until([&] { return client.saw("heard ada: hello twisted"); }));
    ada.send("TOPIC #c :weather");
    EXPECT_TRUE(world.until([&] { return client.saw("topic weather"); }));
    ada.send("MODE #c +v twisted");
    EXPECT_TRUE(world.until([&] { return client.saw("mode +v twisted"); })) << client.output();
    ada.send("KICK #c twisted :out");
    EXPECT_TRUE(world.until([&] { return client.saw("kicked by ada: out"); }));
    EXPECT_TRUE(world.until([&] { return client.wait(std::chrono::milliseconds(0)).has_value(); }));
    EXPECT_TRUE(client.wait()->succeeded()) << client.errors();
}

} // namespace
