// Modal dialogs of Qt inside callbacks of the reactor: QDialog::exec(), three deep.
#include "adapters/conformance.hpp"

#include <QtWidgets/QApplication>
#include <QtWidgets/QDialog>
#include <bight/qt.h>
#include <unistd.h>

using conformance::Peer;
using conformance::post;
using conformance::runUntil;
using conformance::Server;
using conformance::Timer;

namespace
{

class QtDialog : public testing::Test
{
  protected:
    // Opens a dialog in a callback, and `most` in each other; the innermost runs `body` in a
    // callback of its own and then closes all.
    void open(int most, const std::function<void()> &body)
    {
        QDialog dialog;
        open_.push_back(&dialog);
        if (most > 1)
            post(reactor, [&, most] { open(most - 1, body); });
        else
            post(reactor, [&] { body(); });
        dialog.exec();
        open_.pop_back();
        if (!open_.empty())
            open_.back()->done(0);
        else
            bight_reactor_stop(reactor);
    }
    void closeInnermost()
    {
        open_.back()->done(0);
    }

    bight::QtReactor reactor;

  private:
    std::vector<QDialog *> open_;
};

TEST_F(QtDialog, threeDeepTrafficTimersAndPostsGoOn)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    int beats = 0, posts = 0;
    Timer beat(reactor, [&] {
        beats++;
        post(reactor, [&] { posts++; });
        if (beats >= 5 && posts >= 3 && client.bytes == 5)
            closeInnermost();
    });

    conformance::connect(reactor, server.endpoint(), client);
    ASSERT_TRUE(runUntil(reactor, [&] { return client.connected; }));
    post(reactor, [&] {
        open(3, [&] {
            client.write("hello");
            beat.repeat(BIGHT_MSEC(1));
        });
        beat.stop();
    });
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_EQ(client.bytes, 5u);
}

// The watch below the dialog is ready all the time; a loop that were told so would turn for ever.
TEST_F(QtDialog, anIdleDialogTurnsNothing)
{
    conformance::SocketPair pair;
    uint64_t turns = 0;
    Timer end(reactor, [&] { closeInnermost(); });
    conformance::Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        turns = conformance::stats(reactor).turns;
        open(1, [&] { end.start(BIGHT_MSEC(200)); });
        turns = conformance::stats(reactor).turns - turns;
        conformance::drain(pair.near());
    });

    ASSERT_EQ(::write(pair.far(), "x", 1), 1);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_LE(turns, 6u);
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
