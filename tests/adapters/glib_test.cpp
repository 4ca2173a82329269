// What is GLib's own: who goes first, loops that the program nests itself, neighbours in the
// context.
#include "adapters/conformance.hpp"

#include <bight/glib.h>
#include <bight/host.h>

using conformance::Peer;
using conformance::post;
using conformance::runUntil;
using conformance::Server;
using conformance::Timer;

namespace
{

// A context of the test's own with a reactor in it.
class Glib : public testing::Test
{
  protected:
    void SetUp() override
    {
        context = g_main_context_new();
        reactor = bight_glib_reactor_new(context);
        ASSERT_NE(reactor, nullptr);
    }
    void TearDown() override
    {
        bight_reactor_free(reactor);
        dropContext();
    }
    void dropContext()
    {
        if (context != nullptr)
            g_main_context_unref(std::exchange(context, nullptr));
    }
    void expectToWork()
    {
        bool posted = false;
        Timer timer(reactor, [&] { post(reactor, [&] { posted = true; }); });
        timer.start(BIGHT_USEC(100));
        EXPECT_TRUE(runUntil(reactor, [&] { return posted; }));
    }

    GMainContext *context = nullptr;
    bight_reactor *reactor = nullptr;

  private:
    support::FdGuard fds_;
};

TEST_F(Glib, theContextMayGoBeforeTheReactor)
{
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "glib");
    dropContext();
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "native");
    expectToWork();
}

TEST_F(Glib, aReactorWhoseContextIsGoneMovesToAnother)
{
    GMainContext *other = g_main_context_new();

    dropContext();
    ASSERT_EQ(bight_glib_attach(reactor, other, G_PRIORITY_DEFAULT, BIGHT_BUDGET_UNLIMITED),
              BIGHT_OK);
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "glib");
    expectToWork();
    bight_reactor_free(std::exchange(reactor, nullptr));
    g_main_context_unref(other);
}

TEST_F(Glib, aReactorIsCarriedOnceOnly)
{
    EXPECT_EQ(bight_glib_attach(reactor, context, 0, BIGHT_BUDGET_GUI), BIGHT_ERROR_STATE);
    expectToWork();
}

TEST_F(Glib, aNullReactorIsNamed)
{
    EXPECT_DEATH(
        {
            bight_status status = bight_glib_attach(nullptr, context, 0, BIGHT_BUDGET_GUI);
            FAIL() << status;
        },
        "the reactor is NULL");
    EXPECT_DEATH(
        {
            bight_status status = bight_glib_application_hold(nullptr, nullptr);
            FAIL() << status;
        },
        "the reactor is NULL");
}

TEST_F(Glib, theContextMayGoWithConnectionsOpen)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;

    conformance::connect(reactor, server.endpoint(), client);
    ASSERT_TRUE(runUntil(reactor, [&] { return client.connected; }));
    dropContext();
    client.write("alone now");
    EXPECT_TRUE(runUntil(reactor, [&] { return client.bytes == 9; }));
}

TEST_F(Glib, aLoopThatTheProgramNestsItselfGoesOnServing)
{
    GMainLoop *inner = g_main_loop_new(context, FALSE);
    int beats = 0;
    Timer beat(reactor, [&] {
        if (++beats == 5)
            g_main_loop_quit(inner);
    });
    post(reactor, [&] {
        beat.repeat(BIGHT_MSEC(1));
        g_main_loop_run(inner);
        bight_reactor_stop(reactor);
    });

    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_GE(beats, 5);
    g_main_loop_unref(inner);
}

TEST_F(Glib, aStopLeavesALoopOfTheProgramAboveItAlone)
{
    GMainLoop *inner = g_main_loop_new(context, FALSE);
    bool innerEndedByItself = false;
    Timer quit(reactor, [&] {
        innerEndedByItself = true;
        g_main_loop_quit(inner);
    });
    post(reactor, [&] {
        post(reactor, [&] { bight_reactor_stop(reactor); });
        quit.start(BIGHT_MSEC(5));
        g_main_loop_run(inner);
        EXPECT_TRUE(innerEndedByItself);
    });

    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_TRUE(innerEndedByItself);
    g_main_loop_unref(inner);
}

TEST_F(Glib, whatACallbackWroteLeavesWhileItSpinsWithoutWaiting)
{
    conformance::expectAnAnswerWhileSpinning(reactor,
                                             [&] { g_main_context_iteration(context, FALSE); });
}

// A window's redraw stands at this priority; at equal priority GLib runs both in each iteration.
TEST_F(Glib, aSaturatedNetworkLeavesEveryOtherTurnToAnEqual)
{
    int frames = 0;
    bool over = false;
    GSource *redraw = g_idle_source_new();
    std::function<void()> saturate = [&] {
        if (!over)
            post(reactor, saturate);
    };

    EXPECT_EQ(BIGHT_GLIB_PRIORITY, 120);
    g_source_set_priority(redraw, BIGHT_GLIB_PRIORITY);
    g_source_set_callback(
        redraw,
        [](gpointer data) -> gboolean {
            ++*static_cast<int *>(data);
            return G_SOURCE_CONTINUE;
        },
        &frames, nullptr);
    g_source_attach(redraw, context);
    post(reactor, saturate);
    uint64_t turns = conformance::stats(reactor).turns;
    conformance::runFor(reactor, BIGHT_MSEC(50));
    turns = conformance::stats(reactor).turns - turns;
    over = true;
    EXPECT_GE(frames, 10);
    EXPECT_NEAR(static_cast<double>(frames), static_cast<double>(turns), turns * 0.2 + 3);
    g_source_destroy(redraw);
    g_source_unref(redraw);
    conformance::runFor(reactor, BIGHT_MSEC(1));
}

TEST_F(Glib, theSourceOfAnotherMayFreeTheReactor)
{
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    struct Both {
        bight_reactor **reactor;
        GMainLoop *loop;
    } both = {&reactor, loop};
    GSource *source = g_idle_source_new();

    post(reactor, [] {});
    g_source_set_priority(source, BIGHT_GLIB_PRIORITY - 1); // in the same iteration, before ours
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
            auto *all = static_cast<Both *>(data);
            bight_reactor_free(std::exchange(*all->reactor, nullptr));
            g_main_loop_quit(all->loop);
            return G_SOURCE_REMOVE;
        },
        &both, nullptr);
    g_source_attach(source, context);
    g_main_loop_run(loop);
    EXPECT_EQ(reactor, nullptr);
    g_source_unref(source);
    g_main_loop_unref(loop);
}

TEST(GlibDefault, openServesTheDefaultContext)
{
    bight_reactor *reactor = bight_glib_reactor_open();
    bool ran = false;

    ASSERT_NE(reactor, nullptr);
    post(reactor, [&] { ran = true; });
    while (!ran)
        g_main_context_iteration(nullptr, TRUE);
    bight_reactor_free(reactor);
    EXPECT_TRUE(ran);
}

} // namespace
