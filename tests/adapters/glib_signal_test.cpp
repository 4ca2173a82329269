// The signals of GLib and those of a reactor on the same loop: both are told.
#include "adapters/conformance.hpp"

#include <bight/glib.h>
#include <bight/signal.h>
#include <csignal>
#include <glib-unix.h>

using conformance::runUntil;
using conformance::Signal;

namespace
{

class GlibSignals : public testing::Test
{
  protected:
    void SetUp() override
    {
        reactor = bight_glib_reactor_new(nullptr);
        ASSERT_NE(reactor, nullptr);
    }
    void TearDown() override
    {
        removeTheirs();
        bight_reactor_free(reactor);
    }
    void addTheirs()
    {
        auto count = [](gpointer data) -> gboolean {
            static_cast<GlibSignals *>(data)->theirs++;
            return G_SOURCE_CONTINUE;
        };
        id_ = g_unix_signal_add(SIGUSR1, count, this);
    }
    void removeTheirs()
    {
        if (id_ != 0)
            g_source_remove(std::exchange(id_, 0));
    }
    // Whether a signal is told to as many as that.
    bool tells(int bights, int glibs)
    {
        ours = theirs = 0;
        raise(SIGUSR1);
        bool told = runUntil(reactor, [&] { return ours == bights && theirs == glibs; });
        conformance::runFor(reactor, BIGHT_MSEC(2));
        return told && ours == bights && theirs == glibs;
    }

    bight_reactor *reactor = nullptr;
    int ours = 0, theirs = 0;

  private:
    guint id_ = 0;
};

TEST_F(GlibSignals, thatGlibHasAlreadyAreToldToBoth)
{
    addTheirs();
    {
        Signal watch(reactor, SIGUSR1, [&] { ours++; });
        EXPECT_TRUE(tells(1, 1)) << ours << theirs;
    }
    EXPECT_TRUE(tells(0, 1)) << ours << theirs;
}

TEST_F(GlibSignals, thatGlibTakesAreToldToBothAfterAStart)
{
    Signal watch(reactor, SIGUSR1, [&] { ours++; });
    Signal another(reactor, SIGUSR1, [&] { ours++; });

    addTheirs();
    EXPECT_TRUE(tells(0, 1)) << "GLib calls nobody: " << ours << theirs;
    watch.start();
    EXPECT_TRUE(tells(2, 1)) << ours << theirs;
}

// GLib sets the default action then, which would end the program.
TEST_F(GlibSignals, thatGlibGivesUpGoOnAfterAStart)
{
    Signal watch(reactor, SIGUSR1, [&] { ours++; });

    for (int round = 0; round < 10; round++) {
        addTheirs();
        watch.start();
        EXPECT_TRUE(tells(1, 1)) << ours << theirs;
        removeTheirs();
        watch.start();
        EXPECT_TRUE(tells(1, 0)) << ours << theirs;
    }
}

} // namespace
