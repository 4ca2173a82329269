/* What one dispatch is given, on a clock that only callbacks and the test move. */
#include "support/peer.hpp"

#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <bight/task.h>
#include <bight/transport.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace
{

constexpr uint64_t slice = BIGHT_MSEC(2);
constexpr uint64_t most = BIGHT_MSEC(16); // that a slice grows to
constexpr uint32_t share = 30;

class Budget : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        bight_reactor_options options = BIGHT_REACTOR_OPTIONS_INIT;

        options.clock = {[](void *data) { return *static_cast<uint64_t *>(data); }, &now};
        ASSERT_EQ(bight_reactor_new_with(&options, &reactor), BIGHT_OK);
    }
    void TearDown() override
    {
        for (bight_task *task : tasks_)
            bight_task_free(task);
        bight_reactor_free(reactor);
    }

    // More work than any slice holds: calls of `cost` each, each scheduled again by itself.
    void keepBusy(uint64_t cost = BIGHT_MSEC(1))
    {
        cost_ = cost;
        for (int i = 0; i < 1000; i++) {
            bight_task *task = nullptr;
            ASSERT_EQ(bight_task_new(reactor, work, this, &task), BIGHT_OK);
            tasks_.push_back(task);
            bight_task_schedule(task);
        }
    }
    void rest()
    {
        for (bight_task *task : tasks_)
            bight_task_cancel(task);
    }

    // What a dispatch takes of the loop's time.
    uint64_t dispatch(uint32_t percent = share)
    {
        uint64_t begin = now;

        turn = bight_reactor_dispatch(reactor, BIGHT_BUDGET_SHARE(slice, 0, percent));
        return now - begin;
    }
    // The network's part of the loop's time, in per cent, while each pass paints for so long.
    double partBeside(uint64_t painting, int passes = 200)
    {
        uint64_t begin = now, network = 0;

        for (int i = 0; i < passes; i++) {
            now += painting;
            network += dispatch();
        }
        return 100.0 * static_cast<double>(network) / static_cast<double>(now - begin);
    }

    uint64_t now = BIGHT_SEC(1);
    bight_reactor *reactor = nullptr;
    bight_turn turn = BIGHT_TURN_IDLE;

  private:
    static void work(bight_task *task, void *data)
    {
        auto *self = static_cast<Budget *>(data);

        self->now += self->cost_;
        bight_task_schedule(task);
    }

    uint64_t cost_ = 0;
    std::vector<bight_task *> tasks_;
};

TEST_F(Budget, isWhatWasGivenWhileTheLoopHasTimeToSpare)
{
    keepBusy();
    for (int pass = 0; pass < 100; pass++) {
        EXPECT_EQ(dispatch(), slice);
        now += BIGHT_USEC(300);
    }
}

TEST_F(Budget, growsToItsShareWhenPaintingTakesAllOfTheTime)
{
    keepBusy();
    EXPECT_EQ(dispatch(), slice);
    EXPECT_NEAR(partBeside(BIGHT_MSEC(20)), share, 1);
    EXPECT_NEAR(partBeside(BIGHT_MSEC(12)), share, 1);
}

// Else a window that paints now and then would be late for nothing.
TEST_F(Budget, doesNotGrowForOneLongCallbackAfterAGoodTime)
{
    keepBusy();
    for (int pass = 0; pass < 20; pass++)
        EXPECT_EQ(dispatch(), slice);
    now += BIGHT_MSEC(40);
    EXPECT_EQ(dispatch(), slice);
}

TEST_F(Budget, staysBoundedHoweverLongTheOthersTake)
{
    keepBusy();
    for (uint64_t painting : {BIGHT_MSEC(100), BIGHT_SEC(10), BIGHT_SEC(3600)}) {
        for (int pass = 0; pass < 10; pass++) {
            now += painting;
            EXPECT_LE(dispatch(), most);
        }
        EXPECT_EQ(dispatch(), slice) << "and what was owed has been paid";
    }
}

TEST_F(Budget, doesNotGrowWithoutAShare)
{
    keepBusy();
    for (int pass = 0; pass < 20; pass++) {
        now += BIGHT_MSEC(20);
        EXPECT_EQ(dispatch(0), slice);
    }
}

TEST_F(Budget, toleratesAShareThatIsTooLarge)
{
    keepBusy();
    for (int pass = 0; pass < 20; pass++) {
        now += BIGHT_MSEC(20);
        EXPECT_LE(dispatch(1000), most);
    }
}

// A loop without work may have waited: nobody took that time from the network.
TEST_F(Budget, isNotOwedTheTimeInWhichNothingWaited)
{
    keepBusy();
    partBeside(BIGHT_MSEC(20));
    rest();
    EXPECT_EQ(dispatch(), 0U);
    EXPECT_EQ(turn, BIGHT_TURN_IDLE);
    now += BIGHT_SEC(5);
    keepBusy();
    EXPECT_EQ(dispatch(), slice);
}

// Who sends in bulk is waited for; work that is no reading has its one turn.
TEST_F(Budget, doesNotLookAgainWhereNothingWasRead)
{
    bight_task *task = nullptr;
    int runs = 0;

    keepBusy();
    partBeside(BIGHT_MSEC(20));
    rest();
    now += BIGHT_MSEC(20);
    ASSERT_EQ(bight_task_new(
                  reactor,
                  [](bight_task *self, void *data) {
                      ++*static_cast<int *>(data);
                      bight_task_schedule(self);
                  },
                  &runs, &task),
              BIGHT_OK);
    bight_task_schedule(task);
    dispatch();
    EXPECT_EQ(runs, 1);
    bight_task_free(task);
}

TEST_F(Budget, countsTheDispatchesThatSpentIt)
{
    bight_reactor_stats stats = {};

    stats.size = sizeof(stats);
    dispatch();
    bight_reactor_get_stats(reactor, &stats);
    EXPECT_EQ(stats.spent, 0U);
    keepBusy();
    dispatch();
    dispatch();
    bight_reactor_get_stats(reactor, &stats);
    EXPECT_EQ(stats.spent, 2U);
}

// A connection that has a megabyte to read.
class Reading : public Budget
{
  protected:
    static constexpr size_t amount = 1 << 20;
    static constexpr size_t turnful = 256 << 10; // what one connection may read in a turn

    void SetUp() override
    {
        std::string name = "bight-budget-" + std::to_string(getpid());

        Budget::SetUp();
        ASSERT_EQ(
            bight_listen(reactor, ("unix:@" + name).c_str(), serve, this, nullptr, &listener_),
            BIGHT_OK);
        join(name);
        fill();
    }
    void TearDown() override
    {
        bight_listener_free(listener_);
        close(peer_);
        Budget::TearDown();
    }

    int peerDescriptor() const
    {
        return peer_;
    }

    void fill()
    {
        std::string bytes(65536, 'x');
        int size = 4 * amount;
        size_t sent = 0;
        ssize_t count;

        setsockopt(peer_, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        while ((count = send(peer_, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0 && sent < amount)
            sent += static_cast<size_t>(count);
        if (sent < amount)
            GTEST_SKIP() << "the system gives a socket no more than " << sent << " bytes";
    }
    void readToTheEnd()
    {
        while (turn != BIGHT_TURN_IDLE || received < amount)
            dispatch();
    }
    // Others use the processor, on the reactor's clock as on that of the thread.
    void paint(uint64_t time)
    {
        uint64_t end = threadTime() + time;

        while (threadTime() < end) {
        }
        now += time;
    }
    int piecesOfADispatch(uint64_t cost)
    {
        int before = pieces;

        onReceived = [this, cost] { now += cost; };
        dispatch();
        return pieces - before;
    }

    size_t received = 0;
    int pieces = 0;
    std::function<void()> onReceived = [] {};

  private:
    static bight_protocol *serve(bight_listener *, bight_transport *, void *data)
    {
        auto *self = static_cast<Reading *>(data);

        self->sink_.keepsText = false;
        self->sink_.onReceived = [self](std::string_view bytes) {
            self->received += bytes.size();
            self->pieces++;
            self->onReceived();
        };
        return &self->sink_;
    }
    void join(const std::string &name)
    {
        sockaddr_un address = {};
        auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());

        address.sun_family = AF_UNIX;
        name.copy(address.sun_path + 1, name.size());
        ASSERT_EQ(connect(peer_, reinterpret_cast<sockaddr *>(&address), size), 0);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    }
    static uint64_t threadTime()
    {
        timespec used = {};

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return static_cast<uint64_t>(used.tv_sec) * BIGHT_SEC(1) +
               static_cast<uint64_t>(used.tv_nsec);
    }

    bight_listener *listener_ = nullptr;
    support::Peer sink_;
    int peer_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(Reading, aTurnEndsWithTheShareOfAConnection)
{
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED), BIGHT_TURN_MORE);
    EXPECT_EQ(received, turnful);
}

// Else a window that paints for 20 ms would leave a single connection 12 MB a second.
TEST_F(Reading, aSliceGoesOnWithTheOneConnectionThatHasMore)
{
    dispatch();
    EXPECT_GE(received, amount);
}

TEST_F(Reading, endsInTheMiddleOfATurnWhenTheTimeIsSpent)
{
    onReceived = [this] { now += BIGHT_MSEC(3); };
    dispatch();
    EXPECT_EQ(pieces, 1);
    EXPECT_EQ(turn, BIGHT_TURN_MORE);
    dispatch();
    EXPECT_EQ(pieces, 2);
}

TEST_F(Reading, endsWhenTheCallbackStopsTheReactor)
{
    onReceived = [this] { bight_reactor_stop(reactor); };
    dispatch();
    EXPECT_EQ(pieces, 1);
    dispatch();
    EXPECT_EQ(pieces, 2) << "and what was left comes later";
}

// Who sends in bulk has sent anew by then, into the room that reading has made.
TEST_F(Reading, looksAgainAfterATurnThatReadInBulk)
{
    std::string bulk(65536, 'x');

    while (received < amount)
        dispatch();
    size_t end = received + bulk.size();

    ASSERT_EQ(send(peerDescriptor(), bulk.data(), bulk.size(), MSG_DONTWAIT),
              static_cast<ssize_t>(bulk.size()));
    onReceived = [this, end] {
        if (received == end)
            send(peerDescriptor(), "y", 1, 0);
    };
    dispatch();
    EXPECT_EQ(received, end + 1);
    EXPECT_EQ(turn, BIGHT_TURN_IDLE);
}

// What painting does to one that sends in bulk: it is read to its end within the slice, and can go
// on only while somebody reads.
TEST_F(Reading, growsForOneThatSendsInBulkThoughNothingWasLeft)
{
    readToTheEnd();
    paint(BIGHT_MSEC(20));
    fill();
    EXPECT_GT(piecesOfADispatch(BIGHT_USEC(500)), 4);
}

TEST_F(Reading, isNotOwedTheTimeThatTheLoopSleptAfterABulk)
{
    readToTheEnd();
    now += BIGHT_MSEC(20);
    fill();
    EXPECT_EQ(piecesOfADispatch(BIGHT_USEC(500)), 4);
}

TEST_F(Reading, looksAgainAfterAFewBytesWhileItIsOwed)
{
    readToTheEnd();
    paint(BIGHT_MSEC(20));
    size_t before = received;

    send(peerDescriptor(), "x", 1, 0);
    onReceived = [this, before] {
        if (received == before + 1)
            send(peerDescriptor(), "y", 1, 0);
    };
    dispatch();
    EXPECT_EQ(received, before + 2);
    EXPECT_EQ(turn, BIGHT_TURN_IDLE) << "and does not look for ever";
}

// A system call more for each message would be a high price.
TEST_F(Reading, doesNotLookAgainAfterAFewBytes)
{
    while (received < amount)
        dispatch();
    size_t before = received;

    send(peerDescriptor(), "x", 1, 0);
    onReceived = [this, before] {
        if (received == before + 1)
            send(peerDescriptor(), "y", 1, 0);
    };
    dispatch();
    EXPECT_EQ(received, before + 1);
    dispatch();
    EXPECT_EQ(received, before + 2);
}

} // namespace
