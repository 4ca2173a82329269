// Descriptors that a program has, as transports: what the kinds have of their own. What all
// transports do is in tests/adapters/conformance_stream.cpp.
#include "adapters/conformance.hpp"
#include "support/temp_dir.hpp"

#include <bight/adopt.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

using conformance::Peer;
using conformance::runFor;
using conformance::runUntil;

namespace
{

class Adopt : public testing::Test
{
  protected:
    void SetUp() override
    {
        fds_ = std::make_unique<support::FdGuard>();
        reactor = bight_reactor_new();
    }
    void TearDown() override
    {
        bight_reactor_free(reactor);
        fds_.reset();
    }
    bight_status adopt(int read_fd, int write_fd, Peer &peer)
    {
        return bight_transport_adopt(reactor, read_fd, write_fd, &peer, nullptr);
    }
    bool until(const std::function<bool()> &condition)
    {
        return runUntil(reactor, condition);
    }

    bight_reactor *reactor = nullptr;
    support::TempDir directory;

  private:
    std::unique_ptr<support::FdGuard> fds_;
};

bool blocks(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

std::string content(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string readAll(int fd)
{
    std::string all;
    char bytes[4096];
    ssize_t count;

    while ((count = read(fd, bytes, sizeof bytes)) > 0)
        all.append(bytes, static_cast<size_t>(count));
    close(fd);
    return all;
}

struct Pipe {
    Pipe()
    {
        EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    }
    int ends[2] = {-1, -1};
};

struct Terminal {
    Terminal() : master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        char name[64];
        EXPECT_EQ(grantpt(master) | unlockpt(master) | ptsname_r(master, name, sizeof name), 0);
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        termios settings = {};
        tcgetattr(slave, &settings);
        settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
        tcsetattr(slave, TCSANOW, &settings);
    }
    int master, slave = -1;
};

TEST_F(Adopt, connectedComesLaterAndTheTransportMayBeUsedAtOnce)
{
    Pipe pipe;
    Peer peer;
    bight_transport *transport = nullptr;

    ASSERT_EQ(bight_transport_adopt(reactor, -1, pipe.ends[1], &peer, &transport), BIGHT_OK);
    EXPECT_FALSE(peer.connected);
    bight_transport_write(transport, "early", 5);
    bight_transport_close(transport);
    EXPECT_TRUE(until([&] { return peer.closed; }));
    EXPECT_TRUE(peer.connected);
    EXPECT_EQ(peer.reason, BIGHT_OK) << peer.reasonText;
    EXPECT_EQ(readAll(pipe.ends[0]), "early");
}

TEST_F(Adopt, whatIsSharedStaysAsItWas)
{
    Pipe in, out;
    Terminal terminal;
    int sockets[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    int shared[] = {dup(in.ends[0]), dup(out.ends[1]), dup(terminal.slave), dup(sockets[0])};
    Peer pipes, terminals, streams;

    ASSERT_EQ(adopt(in.ends[0], out.ends[1], pipes), BIGHT_OK);
    ASSERT_EQ(adopt(terminal.slave, terminal.slave, terminals), BIGHT_OK);
    ASSERT_EQ(adopt(sockets[0], sockets[0], streams), BIGHT_OK);
    EXPECT_TRUE(until([&] { return pipes.connected && terminals.connected && streams.connected; }));
    for (int fd : shared)
        EXPECT_TRUE(blocks(fd)) << fd;
    for (Peer *peer : {&pipes, &terminals, &streams}) { // and still nothing blocks
        bight_transport_set_marks(peer->transport, 0, 1, 0);
        EXPECT_EQ(peer->write(std::string(4 << 20, 'x')), BIGHT_FLOW_WAIT);
    }
    runFor(reactor, BIGHT_MSEC(2));
    for (int fd : shared)
        close(fd);
    for (int fd : {in.ends[1], out.ends[0], terminal.master, sockets[1]})
        close(fd);
}

// Here there is no other way than the flag; it does not outlive the transport.
TEST_F(Adopt, aDeviceBlocksAgainWhenTheTransportIsGone)
{
    Terminal terminal;
    int shared = dup(terminal.master);
    Peer peer;

    ASSERT_EQ(adopt(terminal.master, terminal.master, peer), BIGHT_OK);
    EXPECT_FALSE(blocks(shared));
    peer.onConnected = [&] { peer.write("line\n"); };
    char line[16] = {};
    EXPECT_TRUE(until([&] { return peer.connected; }));
    EXPECT_EQ(read(terminal.slave, line, sizeof line), 5);
    ASSERT_EQ(write(terminal.slave, "answer", 6), 6);
    EXPECT_TRUE(until([&] { return peer.bytes == 6; }));
    close(terminal.slave); // a master gets EIO then, which is its end
    EXPECT_TRUE(until([&] { return peer.closed; }));
    EXPECT_EQ(peer.reason, BIGHT_ERROR_CLOSED) << peer.reasonText;
    EXPECT_TRUE(blocks(shared));
    close(shared);
}

TEST_F(Adopt, aTerminalGivesItsLinesAndIsClosedWithoutAnAnswer)
{
    Terminal terminal;
    Peer peer;
    char line[16] = {};

    ASSERT_EQ(write(terminal.master, "one\ntwo\nthree\n", 14), 14);
    ASSERT_EQ(adopt(terminal.slave, terminal.slave, peer), BIGHT_OK);
    EXPECT_TRUE(until([&] { return peer.bytes == 14; }));
    EXPECT_EQ(peer.text, "one\ntwo\nthree\n");
    peer.write("bye");
    bight_transport_close(peer.transport);
    EXPECT_TRUE(until([&] { return peer.closed; }));
    EXPECT_EQ(peer.reason, BIGHT_OK) << peer.reasonText;
    EXPECT_EQ(read(terminal.master, line, sizeof line), 3);
    close(terminal.master);
}

TEST_F(Adopt, aFileIsReadToItsEndAndWritten)
{
    std::string bytes(3'000'001, 'x'), in = directory.write("in", bytes);
    std::string out = directory.file("out");
    int turns = 0;
    Peer peer;
    conformance::Task turn(reactor, [&] { turns++, turn.schedule(); });

    peer.onReceived = [&](std::string_view piece) { peer.write(piece); };
    peer.onEnded = [&] { bight_transport_close(peer.transport); };
    ASSERT_EQ(adopt(open(in.c_str(), O_RDONLY | O_CLOEXEC),
                    open(out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), peer),
              BIGHT_OK);
    turn.schedule();
    EXPECT_TRUE(until([&] { return peer.closed; }));
    turn.cancel();
    EXPECT_TRUE(peer.reason == BIGHT_OK || peer.reason == BIGHT_ERROR_CLOSED) << peer.reasonText;
    EXPECT_EQ(peer.bytes, bytes.size());
    EXPECT_TRUE(content(out) == bytes);
    EXPECT_GE(turns, 40) << "others had their turns meanwhile";
}

TEST_F(Adopt, aFileIsPausedAndGoesOn)
{
    std::string bytes(1'000'000, 'x');
    Peer peer;

    peer.onReceived = [&](std::string_view) { bight_transport_pause(peer.transport); };
    ASSERT_EQ(adopt(open(directory.write("in", bytes).c_str(), O_RDONLY | O_CLOEXEC), -1, peer),
              BIGHT_OK);
    EXPECT_TRUE(until([&] { return peer.bytes > 0; }));
    runFor(reactor, BIGHT_MSEC(2));
    EXPECT_EQ(peer.receivedCalls, 1u);
    peer.onReceived = nullptr;
    bight_transport_resume(peer.transport);
    EXPECT_TRUE(until([&] { return peer.closed; }));
    EXPECT_EQ(peer.bytes, bytes.size());
    EXPECT_EQ(peer.reason, BIGHT_OK)
        << "one that only reads ends with its end: " << peer.reasonText;
}

TEST_F(Adopt, devNullIsEmptyAndAFullDiskIsAnError)
{
    Peer null, full;

    ASSERT_EQ(adopt(open("/dev/null", O_RDONLY | O_CLOEXEC),
                    open("/dev/null", O_WRONLY | O_CLOEXEC), null),
              BIGHT_OK);
    ASSERT_EQ(adopt(-1, open("/dev/full", O_WRONLY | O_CLOEXEC), full), BIGHT_OK);
    null.onConnected = [&] { null.write("lost"); };
    full.onConnected = [&] { full.write("too much"); };
    EXPECT_TRUE(until([&] { return null.closed && full.closed; }));
    EXPECT_TRUE(null.ended);
    EXPECT_EQ(null.bytes, 0u);
    EXPECT_NE(full.reasonText.find("No space left"), std::string::npos) << full.reasonText;
}

TEST_F(Adopt, aFifoWhoseWriterHasGoneEnds)
{
    std::string path = directory.file("fifo");
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);

    for (const char *text : {"", "left behind"}) {
        int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        int writer = open(path.c_str(), O_WRONLY | O_CLOEXEC);
        ASSERT_EQ(fcntl(reader, F_SETFL, O_RDONLY), 0);
        ASSERT_EQ(write(writer, text, strlen(text)), static_cast<ssize_t>(strlen(text)));
        close(writer);
        Peer peer;
        ASSERT_EQ(adopt(reader, -1, peer), BIGHT_OK);
        EXPECT_TRUE(until([&] { return peer.closed; })) << "with: " << text;
        EXPECT_TRUE(peer.ended);
        EXPECT_EQ(peer.text, text);
    }
}

TEST_F(Adopt, oneThatOnlyWritesIsToldThatNobodyReads)
{
    Pipe pipe;
    Peer peer;

    ASSERT_EQ(adopt(-1, pipe.ends[1], peer), BIGHT_OK);
    EXPECT_TRUE(until([&] { return peer.connected; }));
    close(pipe.ends[0]);
    EXPECT_TRUE(until([&] { return peer.closed; }));
    EXPECT_EQ(peer.reason, BIGHT_ERROR_RESET) << peer.reasonText;
    EXPECT_FALSE(peer.ended);
}

volatile sig_atomic_t raised;

TEST_F(Adopt, writingToAPipeThatNobodyReadsRaisesNothing)
{
    for (bool waits : {false, true}) { // for the program, one that it has raised itself
        struct sigaction action = {}, before = {};
        sigset_t broken, pending, mask;
        Pipe in, out;
        Peer peer;

        raised = 0;
        action.sa_handler = [](int) { raised = raised + 1; };
        sigaction(SIGPIPE, &action, &before);
        sigemptyset(&broken);
        sigaddset(&broken, SIGPIPE);
        pthread_sigmask(waits ? SIG_BLOCK : SIG_UNBLOCK, &broken, &mask);
        if (waits)
            raise(SIGPIPE);
        ASSERT_EQ(adopt(in.ends[0], out.ends[1], peer), BIGHT_OK);
        close(out.ends[0]);
        peer.onConnected = [&] { peer.write("into the void"); };
        EXPECT_TRUE(until([&] { return peer.closed; }));
        EXPECT_EQ(peer.reason, BIGHT_ERROR_RESET) << peer.reasonText;
        sigpending(&pending);
        EXPECT_EQ(sigismember(&pending, SIGPIPE), waits ? 1 : 0);
        EXPECT_EQ(raised, 0);
        pthread_sigmask(SIG_SETMASK, &mask, nullptr);
        EXPECT_EQ(raised, waits ? 1 : 0);
        sigaction(SIGPIPE, &before, nullptr);
        close(in.ends[1]);
    }
}

// What opens a file next must not find a standard number free.
TEST_F(Adopt, standardStreamsLeaveDevNullInTheirPlace)
{
    Pipe in, out;
    int before[] = {dup(0), dup(1)};
    struct stat now[2], null;
    Peer peer, stream;
    int sockets[2];

    ASSERT_EQ(dup2(in.ends[0], 0), 0);
    ASSERT_EQ(dup2(out.ends[1], 1), 1);
    close(in.ends[0]);
    close(out.ends[1]);
    bight_status status = adopt(0, 1, peer);
    bool connected = status == BIGHT_OK && until([&] { return peer.connected; });
    bight_transport_close(peer.transport);
    close(in.ends[1]);
    std::string read = readAll(out.ends[0]);
    bool closed = until([&] { return peer.closed; });
    fstat(0, &now[0]);
    fstat(1, &now[1]);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    dup2(sockets[0], 0);
    close(sockets[0]);
    bight_status second = adopt(0, 0, stream);
    bool joined = second == BIGHT_OK && until([&] { return stream.connected; });
    dup2(before[0], 0);
    dup2(before[1], 1);
    EXPECT_EQ(status, BIGHT_OK);
    EXPECT_TRUE(connected && closed);
    EXPECT_EQ(read, "");
    EXPECT_TRUE(joined);
    stat("/dev/null", &null);
    EXPECT_EQ(now[0].st_rdev, null.st_rdev);
    EXPECT_EQ(now[1].st_rdev, null.st_rdev);
    for (int fd : {before[0], before[1], sockets[1]})
        close(fd);
    EXPECT_TRUE(until([&] { return stream.closed; }));
}

TEST_F(Adopt, refusesWhatIsNoStreamAndLeavesItAlone)
{
    Pipe pipe;
    int datagrams[2], directoryFd = open(directory.path().c_str(), O_RDONLY | O_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Peer peer;

    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams), 0);
    ASSERT_EQ(listen(listener, 1), 0);
    EXPECT_EQ(adopt(-1, -1, peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(4711, 4711, peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(pipe.ends[1], pipe.ends[0], peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(pipe.ends[0], pipe.ends[0], peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(pipe.ends[0], directoryFd, peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(directoryFd, -1, peer), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(adopt(datagrams[0], datagrams[0], peer), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(adopt(pipe.ends[0], datagrams[0], peer), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(adopt(listener, listener, peer), BIGHT_ERROR_INVALID);
    EXPECT_EQ(adopt(listener, -1, peer), BIGHT_ERROR_INVALID);
    EXPECT_FALSE(peer.connected);
    for (int fd : {pipe.ends[0], pipe.ends[1], datagrams[0], datagrams[1], directoryFd, listener}) {
        EXPECT_TRUE(blocks(fd)) << fd;
        EXPECT_EQ(close(fd), 0) << fd;
    }
}

TEST_F(Adopt, namesWhatItHas)
{
    Pipe pipe;
    Peer peer;

    ASSERT_EQ(adopt(pipe.ends[0], -1, peer), BIGHT_OK);
    EXPECT_TRUE(until([&] { return peer.connected; }));
    EXPECT_EQ(bight_transport_get_local(peer.transport), "fd:" + std::to_string(pipe.ends[0]));
    EXPECT_EQ(std::string(bight_transport_get_peer(peer.transport)).substr(0, 6), "pipe:[");
    close(pipe.ends[1]);
    EXPECT_TRUE(until([&] { return peer.closed; }));
}

} // namespace
