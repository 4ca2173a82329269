// Chapter: every callback there is, and in it each of the things that a program may do there: stop,
// run the loop again, close, free everything, free the reactor, all of it one level further up.
//
// What goes wrong here is read or written after it was freed, so this chapter is worth most under
// the address sanitizer.
#include "adapters/conformance.hpp"

#include <tuple>
#include <unistd.h>
#include <utility>

using conformance::connect;
using conformance::Host;
using conformance::Outcome;
using conformance::Peer;
using conformance::post;
using conformance::Server;
using conformance::SocketPair;
using conformance::Task;
using conformance::Timer;
using conformance::Watch;

namespace
{

// One object of every kind, and a connection.
struct Scene {
    explicit Scene(bight_reactor *reactor_) : reactor(reactor_) {}

    bight_reactor *reactor;
    std::function<void()> action; // what the callback under test does, once
    bool acted = false;

    std::unique_ptr<SocketPair> pair = std::make_unique<SocketPair>();
    std::unique_ptr<Timer> timer;
    std::unique_ptr<Watch> watch;
    std::unique_ptr<Task> task;
    std::unique_ptr<Server> server;
    std::unique_ptr<Peer> client = std::make_unique<Peer>();
    std::shared_ptr<Outcome> outcome;

    void act()
    {
        if (!std::exchange(acted, true))
            action();
    }
    Peer *accepted()
    {
        return server ? server->first() : nullptr;
    }
    // Frees all of it, the attempt to connect first: it names the client's protocol.
    void freeAll()
    {
        if (outcome && !outcome->done)
            bight_deferred_cancel(outcome->deferred);
        timer.reset();
        watch.reset();
        task.reset();
        client.reset();
        server.reset();
    }
};

// A callback, and what makes it run.
struct Stage {
    const char *name;
    void (*arm)(Scene &scene);
};

std::ostream &operator<<(std::ostream &stream, const Stage &stage)
{
    return stream << stage.name;
}

void listen(Scene &scene, std::function<void(Peer &)> prepare = nullptr)
{
    scene.server = std::make_unique<Server>(scene.reactor, "tcp:127.0.0.1:0", std::move(prepare));
}

void dial(Scene &scene)
{
    scene.outcome = connect(scene.reactor, scene.server->endpoint(), *scene.client);
}

void inTimer(Scene &scene)
{
    scene.timer = std::make_unique<Timer>(scene.reactor, [&scene] { scene.act(); });
    scene.timer->repeat(BIGHT_MSEC(1));
}

void inWatch(Scene &scene)
{
    int fd = scene.pair->near();
    scene.watch =
        std::make_unique<Watch>(scene.reactor, fd, BIGHT_WATCH_READ, [&scene, fd](unsigned) {
            conformance::drain(fd);
            scene.act();
        });
    ASSERT_EQ(::write(scene.pair->far(), "x", 1), 1);
}

void inTask(Scene &scene)
{
    scene.task = std::make_unique<Task>(scene.reactor, [&scene] { scene.act(); });
    scene.task->schedule();
}

void inPost(Scene &scene)
{
    post(scene.reactor, [&scene] { scene.act(); });
}

void inServe(Scene &scene)
{
    // The protocol that serve returns has to live on, so what frees it runs on from a task.
    listen(scene, [&scene](Peer &) {
        scene.task = std::make_unique<Task>(scene.reactor, [&scene] { scene.act(); });
        scene.task->schedule();
    });
    dial(scene);
}

void inConnected(Scene &scene)
{
    listen(scene);
    scene.client->onConnected = [&scene] { scene.act(); };
    dial(scene);
}

void inAccepted(Scene &scene)
{
    listen(scene, [&scene](Peer &peer) { peer.onConnected = [&scene] { scene.act(); }; });
    dial(scene);
}

void inConnectStep(Scene &scene)
{
    listen(scene);
    dial(scene);
    scene.outcome->then = [&scene] { scene.act(); };
}

void inRefusedStep(Scene &scene)
{
    listen(scene);
    std::string nobody = scene.server->endpoint();
    scene.server->stopListening();
    scene.outcome = connect(scene.reactor, nobody, *scene.client);
    scene.outcome->then = [&scene] { scene.act(); };
}

void inReceived(Scene &scene)
{
    listen(scene,
           [&scene](Peer &peer) { peer.onReceived = [&scene](std::string_view) { scene.act(); }; });
    scene.client->onConnected = [&scene] { scene.client->write(std::string(300000, 'x')); };
    dial(scene);
}

void inEnded(Scene &scene)
{
    listen(scene, [&scene](Peer &peer) { peer.onEnded = [&scene] { scene.act(); }; });
    scene.client->onConnected = [&scene] { bight_transport_shutdown(scene.client->transport); };
    dial(scene);
}

void inDrained(Scene &scene)
{
    listen(scene);
    scene.client->onDrained = [&scene] { scene.act(); };
    scene.client->onConnected = [&scene] { scene.client->write(std::string(16 << 20, 'x')); };
    dial(scene);
}

void inClosed(Scene &scene)
{
    listen(scene);
    scene.client->onClosed = [&scene] { scene.act(); };
    scene.client->onConnected = [&scene] { bight_transport_close(scene.client->transport); };
    dial(scene);
}

void inPeerClosed(Scene &scene)
{
    listen(scene, [&scene](Peer &peer) { peer.onClosed = [&scene] { scene.act(); }; });
    scene.client->onConnected = [&scene] { bight_transport_abort(scene.client->transport); };
    dial(scene);
}

const Stage stages[] = {
    {"timer", inTimer},
    {"watch", inWatch},
    {"task", inTask},
    {"post", inPost},
    {"serve", inServe},
    {"connected", inConnected},
    {"accepted", inAccepted},
    {"connectStep", inConnectStep},
    {"refusedStep", inRefusedStep},
    {"received", inReceived},
    {"ended", inEnded},
    {"drained", inDrained},
    {"closed", inClosed},
    {"peerClosed", inPeerClosed},
};

class Lifetime : public conformance::OnKinds<Stage>
{
  protected:
    // Brings the callback about and does this in it. The loop must still be there afterwards,
    // unless the reactor is not.
    void during(std::function<void(Scene &)> action)
    {
        Scene scene(reactor);

        scene.action = [&] { action(scene); };
        kind().arm(scene);
        (void)runUntil([&] { return scene.acted; }); // ends early if the reactor is freed
        ASSERT_TRUE(scene.acted) << "the callback never came";
        if (reactor != nullptr) {
            expectALoopThatWorks();
            scene.freeAll();
            runFor(BIGHT_MSEC(2));
        }
        scene.freeAll();
    }

    void expectALoopThatWorks()
    {
        Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
        Peer client;

        join(server, client);
        client.write("works");
        EXPECT_TRUE(runUntil([&] { return client.bytes == 5; }));
    }
};

INSTANTIATE_TEST_SUITE_P(Hosts, Lifetime,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(stages)),
                         conformance::nameOfBoth<Stage>);

TEST_P(Lifetime, stopInAnyCallback)
{
    during([&](Scene &) { stop(); });
}

TEST_P(Lifetime, runTheLoopAgainInAnyCallback)
{
    during([&](Scene &) { expectALoopThatWorks(); });
}

TEST_P(Lifetime, dispatchInAnyCallback)
{
    during([&](Scene &) {
        for (int i = 0; i < 3; i++)
            (void)bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    });
}

TEST_P(Lifetime, closeConnectionsInAnyCallback)
{
    during([&](Scene &scene) {
        if (scene.client->transport != nullptr)
            bight_transport_close(scene.client->transport);
        if (scene.accepted() != nullptr && scene.accepted()->transport != nullptr)
            bight_transport_close(scene.accepted()->transport);
    });
}

TEST_P(Lifetime, abortConnectionsInAnyCallback)
{
    during([&](Scene &scene) {
        if (scene.client->transport != nullptr)
            bight_transport_abort(scene.client->transport);
        if (scene.accepted() != nullptr && scene.accepted()->transport != nullptr)
            bight_transport_abort(scene.accepted()->transport);
    });
}

TEST_P(Lifetime, freeEverythingInAnyCallback)
{
    during([&](Scene &scene) { scene.freeAll(); });
}

TEST_P(Lifetime, freeEverythingOnALevelAboveAnyCallback)
{
    during([&](Scene &scene) {
        bool freed = false;
        post(reactor, [&] {
            scene.freeAll();
            freed = true;
        });
        EXPECT_TRUE(runUntil([&] { return freed; }));
    });
}

TEST_P(Lifetime, freeTheReactorInAnyCallback)
{
    during([&](Scene &) { freeReactor(); });
}

TEST_P(Lifetime, freeTheReactorAndEverythingInAnyCallback)
{
    during([&](Scene &scene) {
        freeReactor();
        scene.freeAll();
    });
}

TEST_P(Lifetime, freeTheReactorOnALevelAboveAnyCallback)
{
    during([&](Scene &) {
        post(reactor, [&] { freeReactor(); });
        (void)runUntil([&] { return reactor == nullptr; }); // ends when the reactor is freed
        EXPECT_EQ(reactor, nullptr);
    });
}

} // namespace
