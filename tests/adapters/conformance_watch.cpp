// Chapter: watches on descriptors that belong to the program.
#include "adapters/conformance.hpp"

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using conformance::SocketPair;
using conformance::Watch;

namespace
{

BIGHT_CHAPTER(Watches);

void send(int fd, const char *text)
{
    ASSERT_EQ(::write(fd, text, strlen(text)), static_cast<ssize_t>(strlen(text)));
}

TEST_P(Watches, tellThatBytesAreThereUntilTheyAreRead)
{
    SocketPair pair;
    int calls = 0;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned events) {
        EXPECT_EQ(events, static_cast<unsigned>(BIGHT_WATCH_READ));
        if (++calls == 3)
            conformance::drain(pair.near());
    });

    send(pair.far(), "x");
    EXPECT_TRUE(runUntil([&] { return calls == 3; }));
    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(calls, 3);
}

TEST_P(Watches, tellThatThereIsRoomOnlyWhileAsked)
{
    SocketPair pair;
    int calls = 0;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned events) {
        EXPECT_EQ(events, static_cast<unsigned>(BIGHT_WATCH_WRITE));
        if (++calls == 2)
            watch.set(BIGHT_WATCH_READ);
    });

    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(calls, 0);
    watch.set(BIGHT_WATCH_WRITE | BIGHT_WATCH_READ);
    EXPECT_TRUE(runUntil([&] { return calls == 2; }));
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(calls, 2);
}

TEST_P(Watches, readAndWriteAreNotTakenForEachOther)
{
    SocketPair reads, writes;
    unsigned seenByReader = 0, seenByWriter = 0;
    Watch reader(reactor, reads.near(), BIGHT_WATCH_READ,
                 [&](unsigned events) { seenByReader |= events; });
    Watch writer(reactor, writes.near(), BIGHT_WATCH_WRITE,
                 [&](unsigned events) { seenByWriter |= events; });

    turn();
    turn();
    EXPECT_EQ(seenByReader, 0u);
    EXPECT_EQ(seenByWriter, static_cast<unsigned>(BIGHT_WATCH_WRITE));
}

TEST_P(Watches, tellOfAHangupWithoutBeingAsked)
{
    SocketPair pair;
    unsigned seen = 0;
    std::unique_ptr<Watch> watch;
    watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned events) {
        seen = events;
        watch.reset();
        stop();
    });

    pair.closeFar();
    run();
    EXPECT_EQ(seen, static_cast<unsigned>(BIGHT_WATCH_READ | BIGHT_WATCH_HANGUP));
}

TEST_P(Watches, thatAskForNothingAreToldNothing)
{
    SocketPair pair;
    Watch watch(reactor, pair.near(), 0, [&](unsigned) { ADD_FAILURE(); });

    pair.closeFar();
    runFor(BIGHT_MSEC(3));
}

TEST_P(Watches, freeThemselvesInTheirCallback)
{
    SocketPair pair;
    int calls = 0;
    std::unique_ptr<Watch> watch;
    watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        calls++;
        watch.reset();
    });

    send(pair.far(), "x");
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(calls, 1);
}

TEST_P(Watches, freeOthersThatAreReadyInTheSameTurn)
{
    constexpr int count = 16;
    SocketPair pairs[count];
    std::unique_ptr<Watch> watches[count];
    int calls = 0;

    for (int i = 0; i < count; i++) {
        watches[i] =
            std::make_unique<Watch>(reactor, pairs[i].near(), BIGHT_WATCH_READ, [&](unsigned) {
                calls++;
                for (auto &watch : watches)
                    watch.reset();
            });
        send(pairs[i].far(), "x");
    }
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(calls, 1);
}

TEST_P(Watches, hearNothingOfAnEarlierOwnerOfTheirNumber)
{
    int calls = 0;
    SocketPair first, second;
    int number = fcntl(first.near(), F_DUPFD_CLOEXEC, 0);
    auto old = std::make_unique<Watch>(reactor, number, BIGHT_WATCH_READ,
                                       [&](unsigned) { ADD_FAILURE() << "the old watch"; });

    send(first.far(), "x"); // ready, but not dispatched yet
    old.reset();
    ASSERT_EQ(dup3(second.near(), number, O_CLOEXEC), number);
    Watch young(reactor, number, BIGHT_WATCH_READ, [&](unsigned) {
        conformance::drain(number);
        calls++;
    });
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(calls, 0);
    send(second.far(), "y");
    EXPECT_TRUE(runUntil([&] { return calls > 0; }));
    close(number);
}

TEST_P(Watches, hearNothingOfAnEarlierOwnerThatWasClosedInTheSameTurn)
{
    SocketPair first, trigger, second;
    int number = fcntl(first.near(), F_DUPFD_CLOEXEC, 0);
    std::unique_ptr<Watch> old, young;
    bool swapped = false;
    auto swap = [&](unsigned) {
        if (swapped)
            return;
        swapped = true;
        old.reset();
        ASSERT_EQ(dup3(second.near(), number, O_CLOEXEC), number);
        young = std::make_unique<Watch>(reactor, number, BIGHT_WATCH_READ, [&](unsigned) {
            ADD_FAILURE() << "told of bytes that its descriptor does not have";
            young.reset();
        });
    };
    old = std::make_unique<Watch>(reactor, number, BIGHT_WATCH_READ, swap);
    Watch other(reactor, trigger.near(), BIGHT_WATCH_READ, [&](unsigned) {
        swap(0);
        conformance::drain(trigger.near());
    });

    send(first.far(), "x");
    send(trigger.far(), "x");
    runFor(BIGHT_MSEC(3));
    EXPECT_TRUE(swapped);
    young.reset();
    close(number);
}

TEST_P(Watches, refuseWhatCannotBeWatched)
{
    SocketPair pair;
    auto fn = [](bight_watch *, unsigned, void *) {};
    bight_watch *watch = nullptr;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int closed = dup(file);

    close(closed);
    Watch first(reactor, pair.near(), BIGHT_WATCH_READ, [](unsigned) {});
    EXPECT_EQ(bight_watch_new(reactor, pair.near(), BIGHT_WATCH_READ, fn, nullptr, &watch),
              BIGHT_ERROR_EXISTS);
    EXPECT_EQ(bight_watch_new(reactor, file, BIGHT_WATCH_READ, fn, nullptr, &watch),
              BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(bight_watch_new(reactor, closed, BIGHT_WATCH_READ, fn, nullptr, &watch),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(watch, nullptr);
    close(file);
}

TEST_P(Watches, thatOutliveTheReactorAreFreedAsUsual)
{
    SocketPair pair;
    auto watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [](unsigned) {});

    freeReactor();
    watch->set(0);
    EXPECT_EQ(bight_watch_get_fd(watch->get()), pair.near());
}

TEST_P(Watches, manyAtOnceAreAllServed)
{
    constexpr int count = 300;
    std::vector<std::unique_ptr<SocketPair>> pairs;
    std::vector<std::unique_ptr<Watch>> watches;
    int served = 0;

    for (int i = 0; i < count; i++) {
        int fd = pairs.emplace_back(std::make_unique<SocketPair>())->near();
        watches.push_back(std::make_unique<Watch>(reactor, fd, BIGHT_WATCH_READ, [&, fd](unsigned) {
            conformance::drain(fd);
            served++;
        }));
        send(pairs.back()->far(), "x");
    }
    EXPECT_TRUE(runUntil([&] { return served == count; }));
}

} // namespace
