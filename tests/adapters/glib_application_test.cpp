// A reactor that ends with its GApplication, and one that stands in its way without being told.
#include "adapters/floods.hpp"

#include <bight/glib.h>

using conformance::Floods;
using conformance::runUntil;
using conformance::Timer;

namespace
{

// It is held from activate until it is let go, as by a window.
class GlibApplication : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_NE(reactor, nullptr);
        g_signal_connect(
            application, "activate",
            G_CALLBACK(+[](GApplication *self, gpointer) { g_application_hold(self); }), nullptr);
    }
    void TearDown() override
    {
        floods.reset();
        bight_reactor_free(reactor);
        if (application != nullptr)
            g_object_unref(application);
    }
    void flood(size_t peers)
    {
        floods = std::make_unique<Floods>(reactor, peers);
        ASSERT_TRUE(runUntil(reactor, [&] { return floods->areRunning(); }));
    }
    void letGoSoon()
    {
        g_timeout_add(
            5,
            [](gpointer self) -> gboolean {
                g_application_release(G_APPLICATION(self));
                return G_SOURCE_REMOVE;
            },
            application);
    }
    GApplication *application = g_application_new(nullptr, G_APPLICATION_NON_UNIQUE);
    bight_reactor *reactor = bight_glib_reactor_new(nullptr);
    std::unique_ptr<Floods> floods;
};

TEST_F(GlibApplication, endsThoughPeersFloodAReactorThatItWasNotToldOf)
{
    flood(64);
    letGoSoon();
    EXPECT_EQ(g_application_run(application, 0, nullptr), 0);
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "glib") << "it is the program's still";
}

TEST_F(GlibApplication, freesTheReactorThatItHoldsWhenItEnds)
{
    bool gone = false, shutDown = false;
    struct Seen {
        bight_reactor *reactor;
        bool *shutDown;
    } seen = {reactor, &shutDown};

    flood(1);
    ASSERT_EQ(bight_reactor_post(
                  reactor, [](void *) {}, nullptr, nullptr),
              BIGHT_OK);
    g_signal_connect(application, "shutdown", G_CALLBACK(+[](GApplication *, gpointer data) {
                         auto *self = static_cast<Seen *>(data);
                         *self->shutDown = true;
                         // Posted where no turn comes any more: dropped when the reactor is freed.
                         EXPECT_EQ(bight_reactor_post(
                                       self->reactor, [](void *) { FAIL(); }, nullptr, nullptr),
                                   BIGHT_OK);
                     }),
                     &seen);
    ASSERT_EQ(bight_glib_application_hold(reactor, application), BIGHT_OK);
    EXPECT_EQ(bight_glib_application_hold(reactor, application), BIGHT_ERROR_STATE);
    floods->onAllClosed = [&] { gone = true; };
    letGoSoon();
    EXPECT_EQ(g_application_run(application, 0, nullptr), 0);
    EXPECT_TRUE(shutDown) << "its handlers come first";
    EXPECT_TRUE(gone) << "every connection was told";
    reactor = nullptr;
}

TEST_F(GlibApplication, doesNotMindAReactorThatWasFreedBefore)
{
    ASSERT_EQ(bight_glib_application_hold(reactor, application), BIGHT_OK);
    bight_reactor_free(std::exchange(reactor, nullptr));
    letGoSoon();
    EXPECT_EQ(g_application_run(application, 0, nullptr), 0);
}

TEST_F(GlibApplication, takesTheReactorWithItWhenItNeverRan)
{
    bool dropped = false;

    ASSERT_EQ(bight_reactor_post(
                  reactor, [](void *) {}, &dropped,
                  [](void *data) { *static_cast<bool *>(data) = true; }),
              BIGHT_OK);
    ASSERT_EQ(bight_glib_application_hold(reactor, application), BIGHT_OK);
    g_object_unref(std::exchange(application, nullptr));
    EXPECT_TRUE(dropped);
    reactor = nullptr;
}

TEST_F(GlibApplication, holdsOnlyWhatItsOwnContextCarries)
{
    GMainContext *other = g_main_context_new();
    bight_reactor *native = bight_reactor_new(), *elsewhere = bight_glib_reactor_new(other);

    EXPECT_EQ(bight_glib_application_hold(native, application), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_glib_application_hold(elsewhere, application), BIGHT_ERROR_STATE);
    bight_reactor_free(native);
    bight_reactor_free(elsewhere);
    g_main_context_unref(other);
}

} // namespace
