// Chapter: what the system does to a program: no descriptors left, signals, resets, a fork.
#include "adapters/conformance.hpp"
#include "adapters/limits.hpp"

#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

using conformance::connect;
using conformance::NoDescriptors;
using conformance::Peer;
using conformance::Server;
using conformance::Timer;

namespace
{

BIGHT_CHAPTER(Faults);

int connectRaw(unsigned short port)
{
    sockaddr_in address = {};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
    return fd;
}

TEST_P(Faults, withoutDescriptorsAcceptingRestsAndGoesOnLater)
{
    constexpr int count = 5;
    Server server(reactor, "tcp:127.0.0.1:0");
    std::vector<int> clients;

    for (int i = 0; i < count; i++)
        clients.push_back(connectRaw(server.port()));
    {
        NoDescriptors none;
        uint64_t turns = conformance::stats(reactor).turns;
        runFor(BIGHT_MSEC(300));
        EXPECT_TRUE(server.peers.empty());
        EXPECT_LT(conformance::stats(reactor).turns - turns, 60u) << "the loop spins";
    }
    EXPECT_TRUE(runUntil([&] { return server.peers.size() == count; })) << "connections were lost";
    for (int fd : clients)
        close(fd);
}

TEST_P(Faults, withoutDescriptorsAConnectFails)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer peer;
    NoDescriptors none;
    auto outcome = connect(reactor, server.endpoint(), peer);

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_LIMIT) << outcome->message;
}

TEST_P(Faults, aResetAtAnyMomentEndsInClosed)
{
    for (int moment = 0; moment < 3; moment++) {
        Server server(reactor, "tcp:127.0.0.1:0");
        linger hard = {1, 0};
        int fd = connectRaw(server.port());

        ASSERT_TRUE(runUntil([&] { return server.first() && server.first()->connected; }));
        if (moment == 1)
            server.first()->write(std::string(8 << 20, 'x'));
        if (moment == 2) {
            ASSERT_EQ(::write(fd, "half a wo", 9), 9);
        }
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
        EXPECT_TRUE(runUntil([&] { return server.first()->closed; })) << moment;
        EXPECT_EQ(server.first()->reason, BIGHT_ERROR_RESET) << server.first()->reasonText;
    }
}

void nothing(int) {}

// Every blocking call of the loop is interrupted, again and again.
TEST_P(Faults, signalsDoNotDisturbTheLoop)
{
    struct sigaction action = {}, before = {};
    itimerval often = {{0, 500}, {0, 500}}, never = {};
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    int rounds = 0;

    action.sa_handler = nothing; // and no SA_RESTART
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, nullptr);
    join(server, client);
    client.onReceived = [&](std::string_view) {
        if (++rounds < 300)
            client.write("!");
    };
    client.write("!");
    EXPECT_TRUE(runUntil([&] { return rounds == 300; }));
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before, nullptr);
}

// The child shares the epoll set with its parent, so it makes a reactor of its own. That it is
// there, and goes, must not be felt in the parent.
TEST_P(Faults, aForkedChildDoesNotDisturbItsParent)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;

    join(server, client);
    pid_t child = fork();
    if (child == 0) {
        bight_reactor *own = bight_reactor_new();
        bool fired = false;
        if (own == nullptr)
            _exit(2);
        {
            Timer timer(own, [&] { fired = true; });
            timer.start(BIGHT_MSEC(1));
            conformance::runFor(own, BIGHT_MSEC(5));
        }
        bight_reactor_free(own);
        _exit(fired ? 0 : 3);
    }
    int status = -1;
    EXPECT_TRUE(runUntil([&] { return waitpid(child, &status, WNOHANG) == child; }));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    client.write("still here");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 10; }));
}

TEST_P(Faults, nothingEverRaisesSigpipe)
{
    struct sigaction action = {}, before = {};
    static volatile sig_atomic_t raised;
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    raised = 0;
    action.sa_handler = [](int) { raised = 1; };
    sigaction(SIGPIPE, &action, &before);
    join(server, client);
    bight_transport_abort(server.first()->transport);
    client.onClosed = [&] { stop(); };
    Timer writer(reactor, [&] {
        if (client.transport != nullptr)
            client.write("into the void");
    });
    writer.repeat(BIGHT_USEC(100));
    run();
    sigaction(SIGPIPE, &before, nullptr);
    EXPECT_EQ(raised, 0);
}

} // namespace
