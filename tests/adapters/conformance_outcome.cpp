// Chapter: one outcome. Whatever a program does in whichever callback, on whichever kind of
// transport: a protocol has exactly one end (closed, or the failure of the connect, or the program
// has freed its transport), a deferred fires exactly once, and the order is connected, deferred,
// closed.
//
// The protocols are deleted at their end, so this chapter is worth most under the address
// sanitizer.
#include "adapters/conformance.hpp"
#include "adapters/descriptors.hpp"
#include "adapters/kinds.hpp"
#include "adapters/layers.hpp"
#include "support/buffers.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"
#include "support/toy_schemes.h"

#include <bight/later.h>
#include <bight/pair.h>
#include <bight/resolver.h>
#include <bight/threads.h>
#include <bight/tls.h>
#include <tuple>
#include <unistd.h>
#include <utility>

using conformance::connect;
using conformance::Host;
using conformance::Outcome;
using conformance::Peer;

namespace
{

enum class Way {
    sockets,
    memory,
    pipes,
    descriptors,
    watched,
    queues,
    layerOnSockets, // TLS, if no layer is named
    layerInMemory
};

struct Kind {
    const char *name;
    Way way;
    const char *endpoint;
    const char *layer = nullptr;
    const char *through = ""; // what the client has in front of it
};

std::ostream &operator<<(std::ostream &stream, const Kind &kind)
{
    return stream << kind.name;
}

const Kind kinds[] = {
    {"tcp", Way::sockets, "tcp:127.0.0.1:0"},
    {"unix", Way::sockets, "unix:DIR/socket"},
    {"tls", Way::sockets, "tls:127.0.0.1:0"},
    {"tlsUnix", Way::sockets, "tls:unix:DIR/socket"},
    {"schemes", Way::sockets, "toy:PID"},
    {"delegates", Way::sockets, "tcp:127.0.0.1:0", nullptr, "alias:"},
    {"memory", Way::memory, ""},
    {"pipes", Way::pipes, ""},
    {"adopted", Way::descriptors, ""},
    {"watchedKind", Way::watched, ""},
    {"queueKind", Way::queues, ""},
    {"startTls", Way::layerOnSockets, "tcp:127.0.0.1:0"},
    {"startTlsInMemory", Way::layerInMemory, ""},
    {"framedLayer", Way::layerOnSockets, "tcp:127.0.0.1:0", "framed"},
    {"namedLayer", Way::layerOnSockets, "tcp:127.0.0.1:0", "named"},
    {"slowLayer", Way::layerInMemory, "", "slow"},
    {"rateLimit", Way::layerInMemory, "", "rate"},
    {"wireLog", Way::layerOnSockets, "unix:DIR/socket", "log"},
};

// What the callback under test does with the transport of its side.
enum class Action { writeAndClose, close, abort, free, shutDown, nest, cancel, freeReactor };

const std::pair<Action, const char *> actions[] = {
    {Action::writeAndClose, "write and close"},
    {Action::close, "close"},
    {Action::abort, "abort"},
    {Action::free, "free"},
    {Action::shutDown, "shut down"},
    {Action::nest, "run the loop"},
    {Action::cancel, "cancel the connect"},
    {Action::freeReactor, "free the reactor"},
};

// One side: a protocol on the heap, and what became of it, word by word.
struct Side {
    std::unique_ptr<Peer> peer = std::make_unique<Peer>();
    std::string history;
    bool connected = false;
    bool started = false; // with a layer: what is to have one outcome
    unsigned ends = 0;

    Side()
    {
        peer->freesTransport = false;
        peer->onConnected = [this] { connected = true, note("connected"); };
        peer->onClosed = [this] { end(std::string("closed:") + bight_status_text(peer->reason)); };
    }
    void note(const std::string &word)
    {
        history += (history.empty() ? "" : " ") + word;
    }
    void end(const std::string &word)
    {
        note(word);
        ends++;
        peer.reset();
    }
    // In a callback of the peer's, then the action.
    void when(std::function<void()> Peer::*callback, const std::function<void()> &act)
    {
        Peer &self = *peer;
        self.*callback = [before = self.*callback, act] {
            auto then = act;
            if (before)
                before();
            then();
        };
    }
    bight_transport *transport() const
    {
        return peer ? peer->transport : nullptr;
    }
};

class Outcomes : public conformance::OnKinds<Kind>
{
  protected:
    void SetUp() override
    {
        Fixture::SetUp();
        bight_tls_options client_options = BIGHT_TLS_OPTIONS_INIT;
        bight_tls_options server_options = BIGHT_TLS_OPTIONS_INIT;
        client_options.ca_file = ca_.c_str();
        server_options.certificate_file = cert_.c_str();
        server_options.key_file = key_.c_str();
        ASSERT_EQ(bight_tls_new_client(&client_options, nullptr, &clientTls_), BIGHT_OK);
        ASSERT_EQ(bight_tls_new_server(&server_options, nullptr, &serverTls_), BIGHT_OK);
    }
    void TearDown() override
    {
        bight_tls_unref(clientTls_);
        bight_tls_unref(serverTls_);
        Fixture::TearDown();
    }

    // Brings a callback about and does each action in it; `arm` hooks act() into the callback.
    void everyActionIn(const std::function<void()> &arm,
                       const std::function<void()> &check = nullptr);
    void act();
    bool isSockets() const
    {
        return kind().way == Way::sockets;
    }
    // An operation whose step acts once both sides are connected.
    void armStepOf(const std::function<bight_deferred *()> &start);

    Side *client = nullptr, *server = nullptr;
    Side *acting = nullptr; // whose transport the action takes
    Action action = Action::close;
    std::function<void()> onServe, onStep;
    bool acted = false;
    unsigned steps = 0; // of the operation
    bight_threads *threads = nullptr;
    bight_resolver *resolver = nullptr;

  private:
    void begin();
    void linkSockets(const std::string &listen, const std::string &options, Side &to, Side &from);
    void startLayer(Side &below, Side &above, bool isServer);
    bight_status startTls(bight_transport *lower, Peer &above, bool isServer);
    void awaitEnds();
    void expectOneOutcome();
    void deferredFired();

    support::TempDir directory_;
    std::string ca_ = directory_.write("ca", support::authority().certificate());
    std::string cert_ = directory_.write("cert", support::serverIdentity().certificate);
    std::string key_ = directory_.write("key", support::serverIdentity().key);
    bight_tls *clientTls_ = nullptr, *serverTls_ = nullptr;
    bight_listener *listener_ = nullptr;
    std::shared_ptr<Outcome> outcome_;
    unsigned fired_ = 0;
    bool ended_ = false; // the action was one that ends the connection
    std::unique_ptr<Side> lowerClient_, lowerServer_;
};

void Outcomes::linkSockets(const std::string &listen, const std::string &options, Side &to,
                           Side &from)
{
    struct Given {
        Outcomes *self;
        Side *side;
    };
    static Given given;
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        auto &[self, side] = *static_cast<Given *>(data);
        Peer *peer = side->peer.get();
        if (self->onServe)
            self->onServe();
        return peer;
    };
    given = {this, &to};
    bight_error *error = nullptr;
    ASSERT_EQ(bight_listen(reactor, listen.c_str(), serve, &given, &error, &listener_), BIGHT_OK)
        << bight_error_get_message(error);
    outcome_ = connect(reactor, kind().through + (bight_listener_get_endpoint(listener_) + options),
                       *from.peer);
}

bight_status Outcomes::startTls(bight_transport *lower, Peer &above, bool isServer)
{
    bight_transport *upper = nullptr;

    if (isServer)
        return bight_tls_start_server(lower, serverTls_, &above, &upper);
    return bight_tls_start_client(lower, clientTls_, "server.test", &above, &upper);
}

void Outcomes::startLayer(Side &below, Side &above, bool isServer)
{
    bight_layer_side side = isServer ? BIGHT_LAYER_SERVER : BIGHT_LAYER_CLIENT;
    bight_transport *lower = below.transport(), *upper = nullptr;
    bight_layer_factory *factory;

    bight_status status;

    if (kind().layer == nullptr) {
        status = startTls(lower, *above.peer, isServer);
    } else {
        factory = conformance::makeLayer(kind().layer);
        status = bight_layer_factory_start(factory, lower, side, above.peer.get(), &upper);
        bight_layer_factory_unref(factory);
    }
    above.started = status == BIGHT_OK;
    if (!acted) { // by the other side, which may have ended what is below
        EXPECT_EQ(status, BIGHT_OK);
    }
}

void Outcomes::deferredFired()
{
    fired_++;
    if (outcome_->status != BIGHT_OK)
        client->end("failed");
    else
        client->note(outcome_->transport != nullptr ? "deferred" : "deferred:NULL");
    EXPECT_TRUE(outcome_->transport == nullptr || outcome_->transport == client->transport());
    if (onStep)
        onStep();
}

void Outcomes::begin()
{
    std::string listen = kind().endpoint, options;
    size_t place = listen.find("DIR");

    if (place != std::string::npos)
        listen.replace(place, 3, directory_.path());
    place = listen.find("PID");
    if (place != std::string::npos)
        listen.replace(place, 3, "outcome-" + std::to_string(getpid()));
    ASSERT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK);
    if (listen.find("tls:") == 0) {
        listen += "?cert=" + cert_ + "&key=" + key_;
        options = "?name=server.test&ca=" + ca_;
    }
    if (kind().way == Way::memory) {
        ASSERT_EQ(bight_pair_new(reactor, client->peer.get(), server->peer.get()), BIGHT_OK);
        return;
    }
    const std::pair<Way, void (*)(bight_reactor *, Peer &, Peer &)> ways[] = {
        {Way::pipes, conformance::adoptPipes},
        {Way::descriptors, conformance::adoptSockets},
        {Way::watched, conformance::openWatched},
        {Way::queues, conformance::openQueues},
    };
    for (auto &[way, open] : ways) {
        if (kind().way == way) {
            open(reactor, *client->peer, *server->peer);
            return;
        }
    }
    if (isSockets()) {
        linkSockets(listen, options, *server, *client);
        outcome_->then = [this] { deferredFired(); };
        return;
    }
    client->peer->closesUnconnected = server->peer->closesUnconnected = true;
    lowerClient_ = std::make_unique<Side>();
    lowerServer_ = std::make_unique<Side>();
    lowerClient_->when(&Peer::onConnected, [this] { startLayer(*lowerClient_, *client, false); });
    lowerServer_->when(&Peer::onConnected, [this] { startLayer(*lowerServer_, *server, true); });
    if (kind().way == Way::layerInMemory)
        ASSERT_EQ(bight_pair_new(reactor, lowerClient_->peer.get(), lowerServer_->peer.get()),
                  BIGHT_OK);
    else
        linkSockets(listen, options, *lowerServer_, *lowerClient_);
}

void Outcomes::act()
{
    if (std::exchange(acted, true))
        return;
    Side &side = *acting;
    bight_transport *transport = side.transport();
    if (action == Action::freeReactor) {
        freeReactor();
        return;
    }
    if (action == Action::nest)
        runFor(BIGHT_MSEC(2));
    if (action == Action::cancel && outcome_ && !outcome_->done && isSockets())
        bight_deferred_cancel(outcome_->deferred);
    if (transport == nullptr)
        return;
    ended_ = action != Action::nest && action != Action::cancel;
    switch (action) {
    case Action::writeAndClose:
        bight_transport_write(transport, "last words", 10);
        bight_transport_close(transport);
        break;
    case Action::close:
        bight_transport_close(transport);
        break;
    case Action::abort:
        bight_transport_abort(transport);
        break;
    case Action::free:
        bight_transport_free(transport);
        side.end("freed");
        break;
    case Action::shutDown:
        bight_transport_shutdown(transport);
        break;
    default:
        break;
    }
}

// An action on a transport ends it, and so the other side, unless that was never connected.
void Outcomes::awaitEnds()
{
    auto over = [](const Side &side) { return side.ends > 0 || !side.connected; };

    if (ended_) {
        EXPECT_TRUE(runUntil([&] { return over(*client) && over(*server); }));
    }
    runFor(BIGHT_MSEC(2));
}

void Outcomes::expectOneOutcome()
{
    const bool layered = kind().way == Way::layerOnSockets || kind().way == Way::layerInMemory;

    for (Side *side : {client, server}) {
        bool begun = layered ? side->started : side->connected || side == client;
        EXPECT_EQ(side->ends, begun ? 1u : 0u)
            << (side == client ? "client: " : "server: ") << side->history;
    }
    if (isSockets()) {
        EXPECT_EQ(fired_, 1u) << client->history;
    }
}

void Outcomes::everyActionIn(const std::function<void()> &arm, const std::function<void()> &check)
{
    for (auto &[each, name] : actions) {
        SCOPED_TRACE(name);
        Side clientSide, serverSide;
        client = &clientSide, server = &serverSide, acting = client;
        action = each, acted = ended_ = false, fired_ = steps = 0, onServe = onStep = nullptr;
        if (reactor == nullptr)
            reactor = host().open();
        arm();
        begin();
        EXPECT_TRUE(runUntil([&] { return acted; }) || acted) << "the callback never came";
        if (reactor != nullptr)
            awaitEnds();
        bight_threads_free(std::exchange(threads, nullptr));
        bight_resolver_free(std::exchange(resolver, nullptr));
        bight_listener_free(std::exchange(listener_, nullptr));
        freeReactor();
        expectOneOutcome();
        if (check)
            check();
        outcome_.reset();
        lowerClient_.reset();
        lowerServer_.reset();
    }
}

INSTANTIATE_TEST_SUITE_P(Hosts, Outcomes,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(kinds)),
                         conformance::nameOfBoth<Kind>);

// What is right here is the same on every kind, so it is said word by word.
TEST_P(Outcomes, inConnected)
{
    const std::pair<Action, const char *> right[] = {
        {Action::writeAndClose, "connected deferred closed:worked"},
        {Action::close, "connected deferred closed:worked"},
        {Action::abort, "connected deferred closed:cancelled"},
        {Action::free, "connected freed deferred:NULL"},
        {Action::shutDown, "connected deferred closed:worked"},
        {Action::nest, "connected deferred closed:cancelled"},
        {Action::cancel, "connected failed"},
        {Action::freeReactor, "connected closed:cancelled deferred:NULL"},
    };

    everyActionIn([&] { client->when(&Peer::onConnected, [&] { act(); }); },
                  [&] {
                      for (auto &[each, words] : right) {
                          std::string expected = words;
                          size_t at;
                          if (each != action)
                              continue;
                          if (!isSockets() && each == Action::cancel)
                              expected = "connected closed:cancelled";
                          for (const char *word : {" deferred:NULL", " deferred"})
                              if (!isSockets() && (at = expected.find(word)) != std::string::npos)
                                  expected.erase(at, std::string(word).size());
                          EXPECT_EQ(client->history, expected);
                      }
                  });
}

TEST_P(Outcomes, inTheStepAfterAConnect)
{
    const std::pair<Action, const char *> right[] = {
        {Action::writeAndClose, "connected deferred closed:worked"},
        {Action::close, "connected deferred closed:worked"},
        {Action::abort, "connected deferred closed:cancelled"},
        {Action::free, "connected deferred freed"},
        {Action::shutDown, "connected deferred closed:worked"},
        {Action::nest, "connected deferred closed:cancelled"},
        {Action::cancel, "connected deferred closed:cancelled"},
        {Action::freeReactor, "connected deferred closed:cancelled"},
    };

    if (!isSockets())
        GTEST_SKIP() << "there is no deferred here";
    everyActionIn([&] { onStep = [&] { act(); }; },
                  [&] {
                      for (auto &[each, words] : right) {
                          if (each == action) {
                              EXPECT_EQ(client->history, words);
                          }
                      }
                  });
}

TEST_P(Outcomes, whereAConnectionIsAccepted)
{
    everyActionIn([&] {
        acting = server;
        server->when(&Peer::onConnected, [&] { act(); });
    });
}

TEST_P(Outcomes, inServe)
{
    if (!isSockets())
        GTEST_SKIP() << "nothing is served here";
    everyActionIn([&] {
        acting = server; // which has no transport yet: the loop and the reactor are what is tried
        onServe = [&] { act(); };
    });
}

TEST_P(Outcomes, inReceived)
{
    everyActionIn([&] {
        acting = server;
        client->when(&Peer::onConnected, [&] { client->peer->write("hello"); });
        server->peer->onReceived = [&](std::string_view) { act(); };
    });
}

TEST_P(Outcomes, inEnded)
{
    everyActionIn([&] {
        acting = server;
        client->when(&Peer::onConnected, [&] { bight_transport_shutdown(client->transport()); });
        server->peer->onEnded = [&] { act(); };
    });
}

TEST_P(Outcomes, inDrained)
{
    everyActionIn([&] {
        client->when(&Peer::onConnected, [&] {
            support::shrinkSocketBuffers();
            client->peer->write(std::string(support::MORE_THAN_BUFFERS, 'x'));
        });
        client->peer->onDrained = [&] { act(); };
        server->peer->keepsText = false;
    });
}

TEST_P(Outcomes, inClosed)
{
    everyActionIn([&] {
        client->when(&Peer::onConnected, [&] { bight_transport_close(client->transport()); });
        // Before the protocol is deleted.
        client->peer->onClosed = [&, last = client->peer->onClosed] {
            auto then = last;
            act();
            then();
        };
    });
}

TEST_P(Outcomes, inClosedAfterThePeerBrokeOff)
{
    everyActionIn([&] {
        client->when(&Peer::onConnected, [&] { client->peer->write("hello"); });
        server->peer->onReceived = [&](std::string_view) {
            bight_transport_abort(server->transport());
        };
        client->peer->onClosed = [&, last = client->peer->onClosed] {
            auto then = last;
            act();
            then();
        };
    });
}

// -- Steps of other operations, beside a connection --

void Outcomes::armStepOf(const std::function<bight_deferred *()> &start)
{
    client->when(&Peer::onConnected, [this, start] {
        auto step = [](bight_result in, void *data) -> bight_result {
            auto &self = *static_cast<Outcomes *>(data);
            self.steps++;
            bight_result_free(in);
            self.act();
            return bight_result_value(nullptr);
        };
        bight_deferred_free(bight_deferred_both(start(), step, this));
    });
}

TEST_P(Outcomes, inAStepAfterADelay)
{
    everyActionIn([&] { armStepOf([&] { return bight_delay(reactor, BIGHT_MSEC(1)); }); },
                  [&] { EXPECT_EQ(steps, 1u); });
}

TEST_P(Outcomes, inAStepAfterALookup)
{
    auto start = [&] {
        bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;
        EXPECT_EQ(bight_resolver_new(reactor, &options, &resolver), BIGHT_OK);
        return bight_resolve(resolver, "localhost", BIGHT_FAMILY_ANY);
    };

    everyActionIn([&] { armStepOf(start); }, [&] { EXPECT_EQ(steps, 1u); });
}

TEST_P(Outcomes, inAStepAfterWorkOnAThread)
{
    auto work = [](bight_work *, void *) { return bight_result_value(nullptr); };
    auto start = [&] {
        bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
        EXPECT_EQ(bight_threads_new(reactor, &options, &threads), BIGHT_OK);
        return bight_threads_run(threads, work, nullptr, nullptr);
    };

    everyActionIn([&] { armStepOf(start); }, [&] { EXPECT_EQ(steps, 1u); });
}

} // namespace
