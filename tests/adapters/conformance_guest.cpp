// Chapter: foreign libraries that are carried, by the example of one that is as awkward as they
// are.
#include "adapters/conformance_fork.hpp"
#include "support/toy_guest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

using conformance::Peer;
using conformance::Server;
using conformance::SocketPair;
using conformance::Timer;
using conformance::Watch;
using support::GuestCall;
using support::ToyGuest;
using support::ToyLog;

namespace
{

// Two servers that jobs are sent to, one that answers and one that does not.
class GuestFixture : public conformance::Forking
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        violations_ = toy_violations();
        server =
            std::make_unique<Server>(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
        silent = std::make_unique<Server>(reactor, "tcp:127.0.0.1:0", [](Peer &) {});
        guest = std::make_unique<ToyGuest>(reactor, log);
        ASSERT_NE(guest->get(), nullptr);
    }
    void TearDown() override
    {
        guest.reset();
        EXPECT_EQ(log->released, 1) << "the library was not freed once";
        EXPECT_EQ(toy_violations(), violations_) << "the library was entered from inside itself";
        server.reset();
        silent.reset();
        Forking::TearDown();
    }
    // How many connections the silent server has, all of which have said what they want.
    bool silentHas(size_t count)
    {
        size_t heard = 0;
        for (auto &peer : silent->peers)
            heard += peer->text == "job" ? 1 : 0;
        return heard == count;
    }

    std::shared_ptr<ToyLog> log = std::make_shared<ToyLog>();
    std::unique_ptr<Server> server, silent;
    std::unique_ptr<ToyGuest> guest;

  private:
    unsigned violations_ = 0;
};

class Guests : public GuestFixture
{
};
INSTANTIATE_TEST_SUITE_P(Hosts, Guests, testing::ValuesIn(conformance::hosts), conformance::nameOf);

TEST_P(Guests, answerWithoutAThread)
{
    size_t threads = support::countThreads();

    for (int i = 0; i < 8; i++)
        EXPECT_TRUE(guest->ask(server->port()));
    EXPECT_EQ(log->answered, 0) << "inside the call";
    EXPECT_EQ(log->returned, 8) << "once for each call";
    EXPECT_TRUE(runUntil([&] { return log->answered == 8; }));
    EXPECT_EQ(log->failed, 0);
    EXPECT_EQ(log->returned, 8 + log->ready + log->timeouts);
    EXPECT_EQ(support::countThreads(), threads);
}

TEST_P(Guests, openSocketsOfTheSameNumberWithinOneCall)
{
    unsigned reuses = toy_reuses();

    guest->ask(server->port(), 20);
    guest->ask(server->port(), 20);
    EXPECT_TRUE(runUntil([&] { return log->answered == 2; }));
    EXPECT_EQ(log->failed, 0);
    EXPECT_EQ(toy_reuses() - reuses, 40u);
}

TEST_P(Guests, haveATimeOf0InTheNextTurn)
{
    log->onTimeout = [&] { stop(); };
    guest->ask(silent->port());
    EXPECT_EQ(log->timeouts, 0) << "inside the call that asked for it";
    run();
    EXPECT_EQ(log->timeouts, 1);
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(log->timeouts, 1) << "a time that is over is told once";
}

TEST_P(Guests, haveTheTimeThatTheyAskedForLast)
{
    guest->ask(silent->port(), 0, 3600000);
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    EXPECT_EQ(log->failed, 0);
    bight_guest_start_timer(guest->get(), BIGHT_MSEC(2));
    EXPECT_TRUE(runUntil([&] { return log->failed == 1; }));
    bight_guest_start_timer(guest->get(), 0);
    bight_guest_stop_timer(guest->get());
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(log->timeouts, 2) << "stopped, but told";
}

// -- The guard

TEST_P(Guests, areNotEnteredFromInsideThemselves)
{
    log->onDone = [&](int, bool) {
        EXPECT_FALSE(bight_guest_enter(guest->get()));
        guest->ask(server->port());
        EXPECT_TRUE(bight_guest_is_entered(guest->get()));
        if (log->answered == 5)
            log->onDone = nullptr;
    };
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return log->answered == 6; }));
    EXPECT_EQ(log->failed, 0);
}

TEST_P(Guests, makeWaitingCallsInTheirOrderWhenTheyHaveReturned)
{
    std::string order;
    GuestCall first(guest->get(), [&] { order += log->answered == 1 ? "1" : "?"; });
    GuestCall second(guest->get(), [&] { order += "2"; });
    GuestCall third(guest->get(), [&] { order += "3"; });

    log->onDone = [&](int, bool) {
        for (GuestCall *call : {&second, &third, &first, &second})
            call->make();
        third.cancel();
        order += "(done)";
    };
    log->onReturned = [&] { order += log->answered == 1 ? "." : ""; };
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return log->answered == 1; }));
    EXPECT_EQ(order, "(done)21.");
    first.make();
    EXPECT_EQ(order, "(done)21.1.") << "nothing to wait for";
}

TEST_P(Guests, makeACallThatAsksForAnotherInTheNextTurn)
{
    std::vector<uint64_t> turns;
    std::unique_ptr<GuestCall> call;
    call = std::make_unique<GuestCall>(guest->get(), [&] {
        turns.push_back(conformance::stats(reactor).turns);
        if (turns.size() < 10)
            call->make();
    });

    call->make();
    EXPECT_EQ(turns.size(), 1u);
    EXPECT_TRUE(runUntil([&] { return turns.size() == 10; }));
    for (size_t i = 1; i < turns.size(); i++)
        EXPECT_GT(turns[i], turns[i - 1]) << "the second of a turn";
    EXPECT_EQ(log->returned, 10);
}

TEST_P(Guests, standStillWhileTheirCallbackRunsALoop)
{
    int beats = 0, ready = 0, timeouts = 0;

    for (int i = 0; i < 4; i++)
        guest->ask(silent->port());
    EXPECT_TRUE(runUntil([&] { return silentHas(4); }));
    log->onDone = [&](int, bool) {
        log->onDone = nullptr;
        ready = log->ready;
        timeouts = log->timeouts;
        bight_guest_start_timer(guest->get(), 0); // will be over in the nested loop
        for (auto &peer : silent->peers)
            peer->write("!");
        uint64_t turns = conformance::stats(reactor).turns;
        Timer beat(reactor, [&] { beats++; });
        beat.repeat(BIGHT_MSEC(1));
        EXPECT_TRUE(runUntil([&] { return beats == 10; }));
        EXPECT_EQ(log->ready, ready);
        EXPECT_EQ(log->timeouts, timeouts);
        EXPECT_LE(conformance::stats(reactor).turns - turns, 80u) << "the nested loop spins";
        EXPECT_EQ(log->answered, 1);
    };
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return beats == 10; }));
    EXPECT_TRUE(runUntil([&] { return log->answered + log->failed == 5; }));
    EXPECT_GE(log->answered, 4) << "what was ready was lost";
}

// The library says nothing of its time, so that it still waits for it.
TEST_P(Guests, areToldOfATimeThatWasOverWhileTheyWereOnTheStack)
{
    ASSERT_TRUE(bight_guest_enter(guest->get()));
    bight_guest_start_timer(guest->get(), 0);
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->timeouts, 0);
    bight_guest_leave(guest->get());
    EXPECT_EQ(log->timeouts, 0) << "inside the call";
    EXPECT_TRUE(runUntil([&] { return log->timeouts == 1; }));
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->timeouts, 1);
}

TEST_P(Guests, areNotToldOfATimeThatTheyHaveMovedSince)
{
    for (bool stops : {true, false}) {
        ASSERT_TRUE(bight_guest_enter(guest->get()));
        bight_guest_start_timer(guest->get(), 0);
        runFor(BIGHT_MSEC(2));
        if (stops)
            bight_guest_stop_timer(guest->get());
        else
            bight_guest_start_timer(guest->get(), BIGHT_SEC(3600));
        bight_guest_leave(guest->get());
        runFor(BIGHT_MSEC(2));
        EXPECT_EQ(log->timeouts, 0) << stops;
    }
}

// What a library asks for while it is on the stack counts when it has returned.
TEST_P(Guests, areToldWhatTheyWaitForWhenTheyHaveReturned)
{
    SocketPair first, second, third;
    bight_guest *self = guest->get();

    for (SocketPair *pair : {&first, &second, &third}) {
        ASSERT_EQ(::write(pair->far(), "x", 1), 1);
        ASSERT_EQ(bight_guest_watch(self, pair->near(), BIGHT_WATCH_READ), BIGHT_OK);
    }
    ASSERT_TRUE(bight_guest_enter(self));
    runFor(BIGHT_MSEC(2));
    bight_guest_unwatch(self, first.near());
    ASSERT_EQ(bight_guest_watch(self, second.near(), 0), BIGHT_OK);
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->ready, 0);
    bight_guest_leave(self);
    log->onReady = [&] { EXPECT_EQ(conformance::drain(third.near()), 1); };
    EXPECT_TRUE(runUntil([&] { return log->ready == 1; }));
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->ready, 1);
    log->onReady = [&] { EXPECT_EQ(conformance::drain(second.near()), 1); };
    ASSERT_EQ(bight_guest_watch(self, second.near(), BIGHT_WATCH_READ), BIGHT_OK);
    EXPECT_TRUE(runUntil([&] { return log->ready == 2; }));
}

// -- The end

TEST_P(Guests, areFreedInTheirOwnCallback)
{
    guest->ask(silent->port());
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    log->onDone = [&](int, bool) {
        guest.reset();
        EXPECT_EQ(log->released, 0) << "the library is on the stack";
    };
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return log->released == 1; }));
    int told = log->ready + log->timeouts + log->returned;
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(log->ready + log->timeouts + log->returned, told);
    EXPECT_TRUE(runUntil([&] { return silent->first()->text == "jobbye"; }));
}

TEST_P(Guests, areFreedInEachSlot)
{
    for (auto slot : {&ToyLog::onReady, &ToyLog::onTimeout, &ToyLog::onReturned}) {
        auto own = std::make_shared<ToyLog>();
        auto another = std::make_unique<ToyGuest>(reactor, own);
        int told = 0;

        another->ask(server->port());
        (*own).*slot = [&] {
            another.reset();
            told = own->ready + own->timeouts + own->returned;
        };
        EXPECT_TRUE(runUntil([&] { return own->released == 1; }));
        runFor(BIGHT_MSEC(2));
        EXPECT_EQ(own->ready + own->timeouts + own->returned, told);
    }
}

TEST_P(Guests, areFreedInACall)
{
    GuestCall frees(guest->get(), [&] { guest.reset(); });
    GuestCall late(guest->get(), [&] { ADD_FAILURE() << "made after the guest was freed"; });

    log->onDone = [&](int, bool) {
        frees.make();
        late.make();
    };
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return log->released == 1; }));
    late.make();
}

TEST_P(Guests, mayOutliveTheReactor)
{
    GuestCall late(guest->get(), [&] { ADD_FAILURE() << "made without a reactor"; });

    guest->ask(silent->port());
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    server.reset();
    silent.reset();
    freeReactor();
    EXPECT_EQ(log->evicted, 1);
    EXPECT_EQ(log->released, 0);
    EXPECT_FALSE(bight_guest_enter(guest->get()));
    EXPECT_EQ(bight_guest_watch(guest->get(), 0, BIGHT_WATCH_READ), BIGHT_ERROR_CANCELLED);
    bight_guest_start_timer(guest->get(), 0);
    bight_guest_stop_timer(guest->get());
    late.make();
}

TEST_P(Guests, areFreedWithTheReactor)
{
    log->onEvicted = [&] { guest.reset(); };
    guest->ask(silent->port());
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    server.reset();
    silent.reset();
    freeReactor();
    EXPECT_EQ(log->evicted, 1);
    EXPECT_EQ(log->released, 1);
}

TEST_P(Guests, seeTheReactorFreedInTheirCallback)
{
    for (bool frees : {false, true}) {
        auto own = std::make_shared<ToyLog>();
        bight_reactor *another = host().open();

        ASSERT_NE(another, nullptr);
        {
            Server answers(another, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
            auto carried = std::make_unique<ToyGuest>(another, own);
            int returned = 0;
            if (frees)
                own->onEvicted = [&] { carried.reset(); };
            own->onDone = [&](int, bool) {
                answers.peers.clear();
                answers.stopListening();
                returned = own->returned;
                bight_reactor_free(another);
                EXPECT_EQ(own->evicted, 1);
                EXPECT_EQ(own->released, 0) << "the library is on the stack";
            };
            carried->ask(answers.port());
            EXPECT_EQ(bight_reactor_run(another), BIGHT_OK);
            EXPECT_EQ(own->returned, returned) << "told after the reactor was freed";
            EXPECT_EQ(own->released, frees ? 1 : 0);
        }
        EXPECT_EQ(own->released, 1);
    }
}

// -- Descriptors

TEST_P(Guests, areToldWhatCannotBeWatched)
{
    support::TempDir directory;
    SocketPair pair;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [](unsigned) {});
    int file = open(directory.file("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    ASSERT_GE(file, 0);
    EXPECT_EQ(bight_guest_watch(guest->get(), file, BIGHT_WATCH_READ), BIGHT_ERROR_UNSUPPORTED);
    bight_guest_unwatch(guest->get(), file);
    close(file);
    EXPECT_EQ(bight_guest_watch(guest->get(), file, BIGHT_WATCH_READ), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_guest_watch(guest->get(), pair.near(), BIGHT_WATCH_READ), BIGHT_ERROR_EXISTS);
    guest->ask(server->port());
    EXPECT_TRUE(runUntil([&] { return log->answered == 1; }));
}

TEST_P(Guests, watchDescriptorsForNothingAndAgain)
{
    SocketPair pair;
    bight_guest *self = guest->get();

    ASSERT_EQ(::write(pair.far(), "x", 1), 1);
    ASSERT_EQ(bight_guest_watch(self, pair.near(), 0), BIGHT_OK);
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->ready, 0);
    ASSERT_EQ(bight_guest_watch(self, pair.near(), BIGHT_WATCH_READ), BIGHT_OK);
    log->onReady = [&] { bight_guest_unwatch(self, pair.near()); };
    EXPECT_TRUE(runUntil([&] { return log->ready == 1; }));
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(log->ready, 1);
}

// -- Fork

class GuestsForked : public GuestFixture
{
  protected:
    void SetUp() override
    {
        GuestFixture::SetUp();
        if (!host().forks)
            GTEST_SKIP() << "this loop cannot be used in a forked child";
    }
};
INSTANTIATE_TEST_SUITE_P(Hosts, GuestsForked, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

// Whatever the child does: the peer hears nothing of it, and the parent gets its answer.
TEST_P(GuestsForked, theChildSaysNothingToTheParentsPeers)
{
    for (const conformance::Life &life : lives()) {
        size_t before = silent->peers.size();
        int answered = log->answered;

        silent->peers.clear();
        guest->ask(silent->port());
        EXPECT_TRUE(runUntil([&] { return silentHas(1); })) << before;
        if (forked()) {
            server.reset();
            silent.reset();
            live(
                life, [&] { guest.reset(); },
                [&] { EXPECT_FALSE(bight_guest_enter(guest->get())); });
        }
        EXPECT_EQ(ending(), 0);
        runFor(BIGHT_MSEC(1));
        ASSERT_FALSE(silent->peers.empty());
        EXPECT_EQ(silent->first()->text, "job") << "the child has spoken";
        silent->first()->write("!");
        EXPECT_TRUE(runUntil([&] { return log->answered == answered + 1; }));
    }
}

TEST_P(GuestsForked, theChildIsToldOnceAndCanCarryAnother)
{
    guest->ask(silent->port());
    EXPECT_TRUE(runUntil([&] { return silentHas(1); }));
    if (forked()) {
        auto own = std::make_shared<ToyLog>();
        EXPECT_TRUE(bight_guest_is_inherited(guest->get()));
        log->onForked = [&] { guest.reset(); };
        silent.reset();
        EXPECT_TRUE(rebuild() && runUntil([&] { return log->forked == 1; }));
        EXPECT_EQ(log->released, 1);
        server =
            std::make_unique<Server>(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
        ToyGuest another(reactor, own);
        EXPECT_FALSE(bight_guest_is_inherited(another.get()));
        another.ask(server->port());
        EXPECT_TRUE(runUntil([&] { return own->answered == 1; }));
        EXPECT_EQ(log->forked, 1);
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(log->forked, 0);
    EXPECT_EQ(silent->first()->text, "job");
}

} // namespace
