// Chapter: fork. The child's reactor is its own once it was rebuilt; until then, and after, the
// parent notices nothing.
#include "adapters/conformance_fork.hpp"
#include "adapters/descriptors.hpp"
#include "adapters/name_server.hpp"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "support/temp_dir.hpp"

using conformance::connect;
using conformance::Peer;
using conformance::post;
using conformance::Server;
using conformance::SocketPair;
using conformance::Task;
using conformance::Timer;
using conformance::Watch;

namespace
{

class Fork : public conformance::Forking
{
  protected:
    // One byte there and back over a connection that is there.
    bool echoes(Peer &client)
    {
        uint64_t before = client.bytes;
        client.write("?");
        return runUntil([&] { return client.bytes == before + 1; });
    }
    bool isReadable()
    {
        pollfd entry = {bight_reactor_fd(reactor), POLLIN, 0};
        return poll(&entry, 1, 0) > 0;
    }
};

INSTANTIATE_TEST_SUITE_P(Hosts, Fork, testing::ValuesIn(conformance::hosts), conformance::nameOf);

TEST_P(Fork, theChildGoesOnWithAllThatWasThere)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    SocketPair pair;
    Peer client;
    int beats = 0, posts = 0, tasks = 0, reads = 0;
    Timer timer(reactor, [&] { beats++; });
    Task task(reactor, [&] { tasks++; });
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        conformance::drain(pair.near());
        reads++;
    });

    join(server, client);
    timer.repeat(BIGHT_MSEC(1));
    post(reactor, [&] { posts++; });
    task.schedule();
    if (forked()) {
        Peer another;
        another.freesTransport = client.freesTransport = false;
        EXPECT_EQ(::write(pair.far(), "x", 1), 1);
        EXPECT_TRUE(rebuild() &&
                    runUntil([&] { return beats >= 3 && posts == 1 && tasks == 1 && reads == 1; }))
            << beats << posts << tasks << reads;
        EXPECT_TRUE(echoes(client));
        connect(reactor, server.endpoint(), another);
        EXPECT_TRUE(runUntil([&] { return another.connected; }) && echoes(another));
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(beats + posts + tasks + reads, 0);
    EXPECT_TRUE(runUntil([&] { return beats >= 3 && posts == 1 && tasks == 1; }));
    EXPECT_TRUE(echoes(client));
    EXPECT_EQ(reads, 0) << "the child has read it";
}

// What the child frees before it rebuilds is closed in the child alone.
TEST_P(Fork, whatTheChildFreesStaysInTheParent)
{
    support::TempDir directory;
    std::string path = directory.file("socket");
    Server tcp(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Server local(reactor, "unix:" + path, [](Peer &peer) { peer.echo(); });
    Peer client, neighbour;

    join(tcp, client);
    join(local, neighbour);
    if (forked()) {
        tcp.peers.clear();
        tcp.stopListening();
        bight_transport_free(client.transport);
        freeReactor();
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(access(path.c_str(), F_OK), 0) << "the child has removed the socket";
    EXPECT_TRUE(echoes(client));
    EXPECT_TRUE(echoes(neighbour));
    Peer late;
    connect(reactor, tcp.endpoint(), late);
    EXPECT_TRUE(runUntil([&] { return late.connected; }));
}

TEST_P(Fork, theChildFreesWhatTheParentKeepsAndGoesOn)
{
    support::TempDir directory;
    std::string path = directory.file("socket");
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Server local(reactor, "unix:" + path, [](Peer &peer) { peer.echo(); });
    Peer client, neighbour;

    join(server, client);
    if (forked()) {
        Peer own;
        server.peers.clear();
        bight_transport_free(client.transport);
        client.transport = nullptr;
        EXPECT_TRUE(rebuild());
        server.stopListening();
        local.stopListening();
        {
            Server mine(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
            join(mine, own);
            EXPECT_TRUE(echoes(own));
            bight_transport_free(std::exchange(own.transport, nullptr));
        }
        freeReactor();
        leave();
    }
    EXPECT_TRUE(echoes(client)) << "while the child runs";
    EXPECT_EQ(ending(), 0);
    EXPECT_TRUE(echoes(client));
    EXPECT_EQ(access(path.c_str(), F_OK), 0) << "the child has removed the socket";
    join(local, neighbour);
    EXPECT_TRUE(echoes(neighbour));
}

// Neither may the child's timers and wake-ups be the parent's.
TEST_P(Fork, theParentIsNotWoken)
{
    Timer far(reactor, [] {});
    Timer near(reactor, [] {});

    far.start(BIGHT_SEC(3600));
    turn();
    ASSERT_FALSE(isReadable());
    for (bool rebuilds : {false, true}) {
        if (forked()) {
            if (rebuilds) {
                EXPECT_TRUE(rebuild());
            }
            near.start(0);
            bight_reactor_wake(reactor);
            post(reactor, [] {});
            EXPECT_EQ(isReadable(), rebuilds);
            leave();
        }
        EXPECT_EQ(ending(), 0);
        EXPECT_FALSE(isReadable()) << "the child " << (rebuilds ? "rebuilt" : "did not rebuild");
    }
    bool fired = false;
    Timer own(reactor, [&] { fired = true; });
    own.start(BIGHT_MSEC(2));
    EXPECT_TRUE(runUntil([&] { return fired; })) << "its own timers are as they were";
}

// The answer waits in a socket that both have. The child does not take it, and asks by itself.
TEST_P(Fork, aLookupThatIsUnderWayEndsInBoth)
{
    bight_reactor *far = bight_reactor_new();
    auto names = std::make_unique<conformance::NameServer>(
        far, conformance::NameServer::knowing("fork.test", {"10.0.0.7"}));
    bight_resolver *resolver = names->resolver(reactor);
    auto lookup = std::make_unique<conformance::Lookup>(resolver, "fork.test", BIGHT_FAMILY_IPV4);
    auto answers = [&](unsigned count) {
        return support::waitUntil([&] {
            bight_reactor_dispatch(far, BIGHT_BUDGET_GUI);
            return names->questions == count;
        });
    };

    turn();
    ASSERT_TRUE(answers(1));
    if (forked()) {
        EXPECT_TRUE(rebuild());
        EXPECT_EQ(bight_reactor_rebuild(far), BIGHT_OK);
        EXPECT_TRUE(runUntil([&] {
            bight_reactor_dispatch(far, BIGHT_BUDGET_GUI);
            return lookup->done;
        }));
        EXPECT_EQ(names->questions, 2u) << "one of its own";
        EXPECT_EQ(lookup->addresses, std::vector<std::string>{"10.0.0.7"}) << lookup->message;
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_TRUE(runUntil([&] { return lookup->done; }));
    EXPECT_EQ(lookup->addresses, std::vector<std::string>{"10.0.0.7"}) << lookup->message;
    lookup.reset();
    bight_resolver_free(resolver);
    names.reset();
    bight_reactor_free(far);
}

TEST_P(Fork, bothServeOneListener)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    std::vector<std::unique_ptr<Peer>> clients;

    turn();
    if (forked()) {
        EXPECT_TRUE(rebuild() &&
                    runUntil([&] { return !server.peers.empty() && server.first()->closed; }));
        leave();
    }
    int status = -1;
    bool over = false;
    EXPECT_TRUE(runUntil([&] {
        Peer &client = *clients.emplace_back(std::make_unique<Peer>());
        client.onConnected = [&client] { bight_transport_close(client.transport); };
        connect(reactor, server.endpoint(), client);
        over = over || waitpid(-1, &status, WNOHANG) > 0;
        return over && server.peers.size() > 0;
    }));
    EXPECT_EQ(status, 0);
}

TEST_P(Fork, insideACallbackAndANestedLoop)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client, neighbour;
    bool inChild = false, answered = false;

    join(server, client);
    connect(reactor, server.endpoint(), neighbour);
    ASSERT_TRUE(runUntil([&] { return neighbour.connected; }));
    client.onReceived = [&](std::string_view) {
        inChild = forked();
        if (inChild) {
            EXPECT_TRUE(rebuild());
            answered = echoes(neighbour);
        }
        stop();
    };
    client.write("go");
    run();
    if (inChild) {
        EXPECT_TRUE(answered);
        client.onReceived = nullptr;
        EXPECT_TRUE(echoes(client)) << "after the callback";
        leave();
    }
    EXPECT_EQ(ending(), 0);
    client.onReceived = nullptr;
    EXPECT_TRUE(echoes(client));
    EXPECT_TRUE(echoes(neighbour));
}

TEST_P(Fork, aGrandchildRebuildsAgain)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;

    join(server, client);
    if (forked()) {
        EXPECT_TRUE(rebuild());
        if (forked()) {
            EXPECT_TRUE(rebuild() && echoes(client));
            leave();
        }
        EXPECT_EQ(ending(), 0);
        EXPECT_TRUE(echoes(client));
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_TRUE(echoes(client));
}

TEST_P(Fork, aChildThatDidNotRebuildIsStopped)
{
    if (forked()) {
        rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        std::signal(SIGABRT, SIG_DFL); // what a library has in its place may take minutes
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
        leave();
    }
    int status = ending();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

TEST_P(Fork, withoutDescriptorsTheRebuildFailsAndCanBeRepeated)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;

    join(server, client);
    if (forked()) {
        rlimit before, none = {0, 0};
        getrlimit(RLIMIT_NOFILE, &before);
        none.rlim_max = before.rlim_max;
        setrlimit(RLIMIT_NOFILE, &none);
        EXPECT_EQ(bight_reactor_rebuild(reactor), BIGHT_ERROR_LIMIT);
        setrlimit(RLIMIT_NOFILE, &before);
        EXPECT_TRUE(rebuild() && echoes(client));
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_TRUE(echoes(client));
}

TEST_P(Fork, pipesThatWereAdoptedStayTheParents)
{
    Peer client, server;

    server.echo();
    conformance::adoptPipes(reactor, client, server);
    ASSERT_TRUE(runUntil([&] { return client.connected && server.connected; }));
    for (const auto &life : lives()) {
        if (forked())
            live(
                life,
                [&] {
                    bight_transport_free(std::exchange(client.transport, nullptr));
                    bight_transport_free(std::exchange(server.transport, nullptr));
                },
                [&] { bight_transport_close(client.transport); });
        EXPECT_EQ(ending(), 0);
        EXPECT_TRUE(echoes(client)) << client.reasonText;
    }
}

} // namespace
