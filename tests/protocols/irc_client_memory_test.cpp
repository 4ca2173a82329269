// A session for which memory runs out: whichever allocation fails, the call says so or the
// connection ends with a reason; nothing leaks, nothing crashes.
#include "irc_client_fixture.hpp"

#include "support/alloc.hpp"

#include <bight/irc_entry.h>

namespace irc
{
namespace
{

// A conversation in which every kind of thing is kept.
const char *const conversation =
    ":irc.test CAP * LS :multi-prefix echo-message\r\n"
    ":irc.test CAP me ACK :multi-prefix\r\n"
    ":irc.test 001 me :Welcome\r\n"
    ":irc.test 005 me PREFIX=(ov)@+ NETWORK=Net NICKLEN=9 :are supported\r\n"
    ":irc.test 005 me NICKLEN=12 -NETWORK :are supported\r\n"
    ":irc.test 376 me :End of MOTD\r\n"
    ":me!u@h JOIN #c\r\n"
    ":irc.test 332 me #c :Topic\r\n"
    ":irc.test 333 me #c ada!a@h 1\r\n"
    ":irc.test 353 me = #c :me @ada!a@h +bob b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13 b14 b15\r\n"
    ":irc.test 366 me #c :End\r\n"
    ":irc.test 324 me #c +ntk key\r\n"
    ":carl!c@h JOIN #c\r\n"
    ":carl!c@h PRIVMSG #c :Hello\r\n"
    ":carl!c@h PRIVMSG me :\x01VERSION\x01\r\n"
    ":carl!c@h NICK karl\r\n"
    ":karl!c@h CHGHOST d i\r\n"
    ":me!u@h CHGHOST d i\r\n"
    ":me!u@h NICK you\r\n"
    ":irc.test 396 you host :is now\r\n"
    ":irc.test 352 you #c u h s karl H :0 K\r\n"
    ":irc.test 311 you karl c h * :Karl\r\n"
    ":irc.test 319 you karl :#c\r\n"
    ":irc.test 319 you karl :#d\r\n"
    ":irc.test 312 you karl irc.test :x\r\n"
    ":irc.test 301 you karl :away\r\n"
    ":irc.test 330 you karl acc :is\r\n"
    ":irc.test 318 you karl :End\r\n"
    ":irc.test 353 you = #c :you karl\r\n"
    ":irc.test 366 you #c :End\r\n";

// Anything may fail here; what may not happen is found by the guard, or crashes.
class World
{
  public:
    World()
    {
        options.nick = "me";
        options.join = "#c,#d key";
        options.alternatives = "you";
        options.reconnect = true;
        options.send_interval = 0;
        if (reactor && bight_irc_client_new(reactor, &options, &Recorder::events, &recorder,
                                            &client) != BIGHT_OK)
            client = nullptr;
    }
    ~World()
    {
        bight_irc_completion_free(completion);
        bight_irc_client_free(client);
        bight_reactor_free(reactor);
    }
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    void run()
    {
        if (!client || bight_irc_client_connect(client, "unix:/nonexistent") != BIGHT_OK)
            return;
        bight_crank_settle(reactor);
        bight_protocol *protocol = bight_irc_client_get_protocol(client);
        if (!protocol || bight_pair_new(reactor, protocol, &peer) != BIGHT_OK)
            return;
        bight_crank_settle(reactor);
        peer.send(conversation);
        bight_crank_settle(reactor);
        act();
        bight_crank_settle(reactor);
        if (peer.transport)
            peer.close();
        bight_crank_settle(reactor);
    }

    bool wasReady = false;

  private:
    void act()
    {
        bight_irc_entry_result result;
        const char *out;
        size_t cursor;

        wasReady = bight_irc_client_get_state(client) == BIGHT_IRC_READY;
        for (const char *text :
             {"hello", "/me waves", "/nick other", "/join #x key", "/query ada hi", "/raw LUSERS",
              "/op a b", "/topic new", "two\nlines"}) {
            bight_status status = bight_irc_entry_run(client, "#c", text, &result);

            EXPECT_EQ(status == BIGHT_OK, result.todo != BIGHT_IRC_ENTRY_FAILED) << text;
        }
        if (completion)
            for (int i = 0; i < 3; i++)
                bight_irc_completion_next(completion, client, "#c", "ka", 2, false, &out, &cursor);
        bight_crank_settle(reactor);
        bight_irc_client_quit(client, "bye");
    }

    Recorder recorder;
    Peer peer;
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_client *client = nullptr;
    bight_irc_completion *completion = bight_irc_completion_new();
};

TEST(IrcClientMemory, everyAllocationMayFail)
{
    bool everReady = false;

    support::withEachAllocationFailing([&] {
        World world;

        world.run();
        everReady = everReady || world.wasReady;
    });
    EXPECT_TRUE(everReady);
}

TEST(IrcClientMemory, nothingIsLeftOfALongSession)
{
    support::AllocGuard guard;
    World world;

    world.run();
    EXPECT_TRUE(world.wasReady);
}

} // namespace
} // namespace irc
