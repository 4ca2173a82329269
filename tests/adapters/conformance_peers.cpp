// Chapter: peers that misbehave: that break off in the middle of anything, or never take a byte.
#include "adapters/conformance.hpp"

#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

using conformance::Peer;
using conformance::Server;
using conformance::Timer;

namespace
{

// A socket of the test's own, so that it can do what a transport never would.
class Stranger
{
  public:
    explicit Stranger(unsigned short port, int receiveBuffer = 0)
        : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (receiveBuffer != 0)
            setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof(receiveBuffer));
        EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
    }
    ~Stranger()
    {
        if (fd_ >= 0)
            close(fd_);
    }
    Stranger(const Stranger &) = delete;
    Stranger &operator=(const Stranger &) = delete;

    void send(std::string_view bytes)
    {
        EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    void end()
    {
        ::shutdown(fd_, SHUT_WR);
    }
    void reset()
    {
        linger hard = {1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(std::exchange(fd_, -1));
    }

  private:
    int fd_;
};

// Chapters of one connection: a server and a stranger that has connected to it.
class Peers : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        server = std::make_unique<Server>(reactor, "tcp:127.0.0.1:0", [](Peer &peer) {
            peer.keepsText = false;
            peer.onEnded = [] {};
        });
    }
    void TearDown() override
    {
        stranger.reset();
        server.reset();
        Conformance::TearDown();
    }
    // The server's side of a stranger's connection.
    Peer &accept()
    {
        size_t before = server->peers.size();
        stranger = std::make_unique<Stranger>(server->port());
        EXPECT_TRUE(runUntil(
            [&] { return server->peers.size() == before + 1 && server->peers.back()->connected; }));
        return *server->peers.back();
    }
    // It breaks off: closed is told once, and the loop comes to rest.
    void expectReset(Peer &peer)
    {
        stranger->reset();
        EXPECT_TRUE(runUntil([&] { return peer.closed; }));
        EXPECT_EQ(peer.reason, BIGHT_ERROR_RESET) << peer.reasonText;
        expectRest();
    }
    void expectRest()
    {
        if (host().virtualTime)
            return; // there is no time to be idle in
        turn();
        uint64_t turns = conformance::stats(reactor).turns;
        runFor(BIGHT_MSEC(40));
        EXPECT_LE(conformance::stats(reactor).turns - turns, 6u) << "the loop spins";
    }
    // Fills what the system and the transport hold, until a write says to wait.
    static uint64_t writeUntilFull(Peer &peer)
    {
        static const std::string chunk(16384, 'x');
        uint64_t written = 0;
        do
            written += chunk.size();
        while (peer.write(chunk) == BIGHT_FLOW_GO);
        return written;
    }

    size_t drainedCalls() const
    {
        size_t calls = 0;
        for (auto &peer : server->peers)
            calls += peer->drainedCalls;
        return calls;
    }
    // Until the system takes no more: its buffers grow while it is at it.
    void settle()
    {
        size_t before;
        do {
            before = drainedCalls();
            runFor(BIGHT_MSEC(40));
        } while (drainedCalls() != before);
    }

    std::unique_ptr<Server> server;
    std::unique_ptr<Stranger> stranger;
};

INSTANTIATE_TEST_SUITE_P(Hosts, Peers, testing::ValuesIn(conformance::hosts), conformance::nameOf);

TEST_P(Peers, resetBeforeTheyAreAccepted)
{
    std::vector<std::unique_ptr<Stranger>> many;
    for (int i = 0; i < 20; i++)
        many.push_back(std::make_unique<Stranger>(server->port()));
    for (auto &each : many)
        each->reset();
    turn();
    EXPECT_TRUE(runUntil([&] {
        for (auto &peer : server->peers) {
            if (!peer->closed)
                return false;
        }
        return true;
    }));
    accept();
    expectRest();
}

TEST_P(Peers, resetWhileALoopIsNestedWhereTheyAreServed)
{
    Stranger *guest = nullptr;
    int served = 0;
    Server busy(reactor, "tcp:127.0.0.1:0", [&](Peer &peer) {
        guest->send("half a wo");
        guest->reset();
        runFor(BIGHT_MSEC(5));
        EXPECT_TRUE(!peer.connected && !peer.closed && peer.bytes == 0);
        served++;
    });
    stranger = std::make_unique<Stranger>(busy.port());
    guest = stranger.get();
    EXPECT_TRUE(runUntil([&] { return served == 1 && busy.first()->closed; }));
    EXPECT_TRUE(busy.first()->connected);
    EXPECT_EQ(busy.first()->reason, BIGHT_ERROR_RESET) << busy.first()->reasonText;
    EXPECT_EQ(conformance::stats(reactor).connections, 0u);
    expectRest();
}

TEST_P(Peers, resetBeforeTheyHaveSaidAnything)
{
    expectReset(accept());
}

TEST_P(Peers, resetBehindBytesThatAreNotYetRead)
{
    Peer &peer = accept();
    stranger->send("half a wo");
    expectReset(peer);
}

TEST_P(Peers, resetWhileTheyArePaused)
{
    Peer &peer = accept();
    bight_transport_pause(peer.transport);
    stranger->send("nobody reads this");
    expectReset(peer);
    EXPECT_EQ(peer.bytes, 0u);
}

TEST_P(Peers, resetWhileMuchWaitsToBeSentToThem)
{
    Peer &peer = accept();
    writeUntilFull(peer);
    expectReset(peer);
}

TEST_P(Peers, resetWhileMuchWaitsAndTheyArePaused)
{
    Peer &peer = accept();
    bight_transport_pause(peer.transport);
    writeUntilFull(peer);
    expectReset(peer);
}

TEST_P(Peers, resetAfterTheyHaveEnded)
{
    Peer &peer = accept();
    stranger->end();
    ASSERT_TRUE(runUntil([&] { return peer.ended; }));
    expectReset(peer);
}

TEST_P(Peers, resetAfterWeHaveEnded)
{
    Peer &peer = accept();
    bight_transport_shutdown(peer.transport);
    turn();
    expectReset(peer);
}

TEST_P(Peers, resetWhileWeClose)
{
    Peer &peer = accept();
    writeUntilFull(peer);
    bight_transport_close(peer.transport);
    turn();
    EXPECT_FALSE(peer.closed);
    expectReset(peer);
}

// Neither does anything turn while they only are as they are.
TEST_P(Peers, thatHaveEndedOrArePausedCostNothing)
{
    Peer &ended = accept();
    std::unique_ptr<Stranger> first = std::move(stranger);
    Peer &paused = accept();

    bight_transport_pause(paused.transport);
    first->end();
    stranger->send("nobody reads this");
    stranger->end();
    ASSERT_TRUE(runUntil([&] { return ended.ended; }));
    expectRest();
    bight_transport_resume(paused.transport);
    EXPECT_TRUE(runUntil([&] { return paused.ended; }));
    EXPECT_EQ(paused.bytes, 17u);
}

// A window of zero: the write says when to stop, and from then on nothing grows and nothing turns.
TEST_P(Peers, thatNeverReadCostABoundedAmountAndNoTurns)
{
    constexpr int count = 50;
    std::vector<std::unique_ptr<Stranger>> strangers;

    for (int i = 0; i < count; i++) {
        Peer &peer = accept();
        peer.onDrained = [&peer] { writeUntilFull(peer); };
        writeUntilFull(peer);
        strangers.push_back(std::move(stranger));
    }
    settle();
    size_t heap = mallinfo2().uordblks, drained = drainedCalls();
    for (auto &peer : server->peers)
        EXPECT_LE(bight_transport_get_pending(peer->transport), 65536u + 16384u);
    for (int i = 0; i < 5; i++)
        expectRest();
    EXPECT_EQ(drainedCalls(), drained);
    EXPECT_LE(mallinfo2().uordblks, heap + 4096) << "it grows";
    for (auto &each : strangers)
        each->reset();
    EXPECT_TRUE(runUntil([&] { return conformance::stats(reactor).connections == 0; }));
}

} // namespace
