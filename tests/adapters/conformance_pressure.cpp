// Chapter: back-pressure. A reader that stops must stop the writer, and memory must stay flat.
#include "adapters/conformance.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using conformance::connect;
using conformance::Peer;
using conformance::post;
using conformance::Server;

namespace
{

BIGHT_CHAPTER(Pressure);

// Writes as long as it may, and goes on when told to.
void flood(Peer &peer, uint64_t &written, uint64_t most)
{
    static const std::string chunk(16384, 'x');
    auto go = [&peer, &written, most] {
        while (written < most) {
            written += chunk.size();
            if (peer.write(chunk) == BIGHT_FLOW_WAIT)
                break;
        }
    };
    peer.onDrained = go;
    go();
}

TEST_P(Pressure, aReaderThatStopsStopsTheWriter)
{
    constexpr uint64_t total = 64 << 20;
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.keepsText = false; });
    Peer client;
    uint64_t written = 0;

    join(server, client);
    bight_transport_pause(server.first()->transport);
    flood(client, written, total);
    runFor(BIGHT_MSEC(30));
    uint64_t stuck = written;
    EXPECT_LT(stuck, total) << "nothing holds the writer";
    EXPECT_LE(bight_transport_get_pending(client.transport), 65536u + 16384u)
        << "more than the high mark and one write";
    runFor(BIGHT_MSEC(30));
    EXPECT_EQ(written, stuck);
    bight_transport_resume(server.first()->transport);
    EXPECT_TRUE(runUntil([&] { return server.first()->bytes == total; }));
    EXPECT_GT(client.drainedCalls, 0u);
}

TEST_P(Pressure, aWriterThatDoesNotHeedIsStoppedAtTheLimit)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;
    std::string chunk(1 << 20, 'x');

    join(server, client);
    bight_transport_pause(server.first()->transport);
    bight_transport_set_marks(client.transport, 1 << 14, 1 << 16, 4 << 20);
    for (int i = 0; i < 64; i++)
        client.write(chunk);
    EXPECT_FALSE(client.closed) << "closed inside a write";
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_ERROR_LIMIT) << client.reasonText;
}

TEST_P(Pressure, aCloseDoesNotWaitForeverForAPeerThatTakesNothing)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    join(server, client);
    bight_transport_pause(server.first()->transport);
    client.write(std::string(24 << 20, 'x'));
    bight_transport_set_linger(client.transport, BIGHT_MSEC(20));
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_ERROR_TIMED_OUT) << client.reasonText;
}

TEST_P(Pressure, aSilentConnectionTimesOut)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    join(server, client);
    ASSERT_EQ(bight_transport_set_idle_timeout(client.transport, BIGHT_MSEC(20)), BIGHT_OK);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_ERROR_TIMED_OUT) << client.reasonText;
}

TEST_P(Pressure, bothSidesMayFloodEachOther)
{
    constexpr uint64_t total = 8 << 20;
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.keepsText = false; });
    Peer client;
    uint64_t there = 0, back = 0;

    client.keepsText = false;
    join(server, client);
    flood(client, there, total);
    flood(*server.first(), back, total);
    EXPECT_TRUE(runUntil([&] { return client.bytes == total && server.first()->bytes == total; }));
}

// A socket of the test's own, to see from outside how the bytes have come.
class Outside
{
  public:
    explicit Outside(bight_reactor *reactor)
    {
        sockaddr_in address = {};
        socklen_t size = sizeof(address);

        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr *>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size);
        connect(reactor, "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port)), client);
        EXPECT_TRUE(conformance::runUntil(reactor, [&] { return client.connected; }));
        fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    ~Outside()
    {
        close(fd);
        close(listener_);
    }
    uint32_t segments() const
    {
        tcp_info info = {};
        socklen_t size = sizeof(info);
        getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
        return info.tcpi_data_segs_in;
    }
    bool got(long wanted)
    {
        long size = conformance::drain(fd);
        total_ += size > 0 ? size : 0;
        return total_ >= wanted;
    }

    Peer client;
    int fd;

  private:
    int listener_;
    long total_ = 0;
};

// On the loopback and without delay a system call is a segment.
TEST_P(Pressure, threeWritesInOneCallbackLeaveAsOne)
{
    Outside outside(reactor);

    runFor(BIGHT_MSEC(1)); // a wait, by which the host says that it announces its waits
    uint32_t before = outside.segments();
    post(reactor, [&] {
        outside.client.write("one ");
        outside.client.write("two ");
        outside.client.write("three");
    });
    EXPECT_TRUE(runUntil([&] { return outside.got(13); }));
    if (host().joinsWrites)
        EXPECT_EQ(outside.segments() - before, 1u);
    else
        EXPECT_LE(outside.segments() - before, 3u);
}

TEST_P(Pressure, whatACallbackWroteLeavesBeforeItsNestedLoopWaits)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    bool answered = false;

    join(server, client);
    post(reactor, [&] {
        client.write("may ");
        client.write("I?");
        answered = runUntil([&] { return client.bytes == 6; });
        stop();
    });
    run();
    EXPECT_TRUE(answered);
}

} // namespace
