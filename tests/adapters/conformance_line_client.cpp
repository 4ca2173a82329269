// Chapter: the line client that stays connected. Whatever its peer, its program and its loop do, it
// has exactly one end, each connection has one disconnected, and nothing is told after a free.
#include "adapters/conformance.hpp"
#include "adapters/line_server.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <bight/line_client.h>
#include <tuple>
#include <utility>

using conformance::Host;
using conformance::LineServer;

namespace
{

using Words = std::vector<std::string>;

std::string statusOf(const bight_error *error)
{
    return error != nullptr ? bight_status_text(bight_error_get_status(error)) : "";
}

// A client whose events are words of a history.
struct Caller {
    bight_line_client *client = nullptr;
    Words history;
    std::vector<uint64_t> delays;
    unsigned attempts = 0;
    std::function<void(const std::string &)> on;

    ~Caller()
    {
        bight_line_client_free(client);
    }
    void tell(const std::string &word)
    {
        history.push_back(word);
        if (on)
            on(word.substr(0, word.find(':')));
    }
    void make(bight_reactor *reactor, const std::string &endpoint,
              const bight_line_client_options *options)
    {
        ASSERT_EQ(bight_line_client_new(reactor, endpoint.c_str(), options, &events, this, &client),
                  BIGHT_OK);
    }
    bight_status say(const std::string &line, bight_flow *flow = nullptr)
    {
        return bight_line_client_send(client, line.data(), line.size(), flow);
    }
    bight_line_client_state state() const
    {
        return bight_line_client_get_state(client);
    }
    size_t count(const std::string &word) const
    {
        size_t found = 0;

        for (const std::string &each : history)
            found += each.substr(0, each.find(':')) == word;
        return found;
    }
    size_t ends() const
    {
        return count("failed") + count("closed");
    }
    static Caller &of(void *data)
    {
        return *static_cast<Caller *>(data);
    }
    static const bight_line_client_events events;
};

const bight_line_client_events Caller::events = {
    sizeof(bight_line_client_events),
    [](bight_line_client *, void *data) {
        of(data).attempts++;
        if (of(data).on)
            of(data).on("connecting");
    },
    [](bight_line_client *, void *data) { of(data).tell("connected"); },
    [](bight_line_client *, const uint8_t *bytes, size_t size, void *data) {
        of(data).tell("line:" + std::string(reinterpret_cast<const char *>(bytes), size));
    },
    [](bight_line_client *, const uint8_t *, size_t, void *data) { of(data).tell("too long"); },
    [](bight_line_client *, void *data) { of(data).tell("secured"); },
    [](bight_line_client *, void *data) { of(data).tell("drained"); },
    [](bight_line_client *, const bight_error *reason, void *data) {
        of(data).tell("disconnected:" + statusOf(reason));
    },
    [](bight_line_client *, uint64_t delay, const bight_error *reason, void *data) {
        of(data).delays.push_back(delay);
        of(data).tell("waiting:" + statusOf(reason));
    },
    [](bight_line_client *, const bight_error *reason, void *data) {
        of(data).tell("failed:" + statusOf(reason));
    },
    [](bight_line_client *, void *data) { of(data).tell("closed"); },
};

class LineClientFixture : public conformance::Fixture
{
  protected:
    LineClientFixture()
    {
        retry.first_delay = BIGHT_MSEC(1);
        retry.longest_delay = BIGHT_MSEC(4);
        retry.jitter = 0;
        options.retry = &retry;
        options.steady = 0;
    }
    void open(Caller &caller, const std::string &endpoint)
    {
        caller.make(reactor, endpoint, &options);
        ASSERT_EQ(bight_line_client_open(caller.client), BIGHT_OK);
        EXPECT_EQ(caller.state(), BIGHT_LINE_CLIENT_CONNECTING);
        EXPECT_TRUE(caller.history.empty()) << "no event inside the call";
    }
    bool runUntilTold(Caller &caller, const std::string &word, size_t times = 1)
    {
        return runUntil([&] { return caller.count(word) >= times; });
    }

    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;
};

class LineClients : public LineClientFixture, public testing::WithParamInterface<Host>
{
  protected:
    const Host &host() const override
    {
        return GetParam();
    }
};
INSTANTIATE_TEST_SUITE_P(Hosts, LineClients, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(LineClients, linesComeAndGo)
{
    LineServer server(reactor);
    Caller caller;

    server.onConnected = [](LineServer::Guest &guest) { guest.say("welcome"); };
    server.onLine = [](LineServer::Guest &guest, const std::string &line) {
        guest.say("you said " + line);
    };
    open(caller, server.endpoint());
    EXPECT_EQ(caller.say("too early"), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_line_client_open(caller.client), BIGHT_ERROR_STATE) << "twice";
    ASSERT_TRUE(runUntilTold(caller, "line"));
    EXPECT_EQ(caller.say("two\nlines"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(caller.say("hello"), BIGHT_OK);
    ASSERT_TRUE(runUntilTold(caller, "line", 2));
    EXPECT_EQ(caller.history, (Words{"connected", "line:welcome", "line:you said hello"}));
    EXPECT_EQ(bight_line_client_get_endpoint(caller.client), server.endpoint());
    EXPECT_EQ(bight_line_client_get_data(caller.client), &caller);
}

TEST_P(LineClients, aLostConnectionIsMadeAgain)
{
    LineServer server(reactor);
    Caller caller;

    server.onConnected = [](LineServer::Guest &guest) {
        guest.say("bye");
        guest.close();
    };
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "connected", 3));
    Words once{"connected", "line:bye", "disconnected:closed", "waiting:closed"}, expected;
    for (int i = 0; i < 2; i++)
        expected.insert(expected.end(), once.begin(), once.end());
    caller.history.resize(expected.size());
    EXPECT_EQ(caller.history, expected);
    EXPECT_EQ(caller.delays[0], BIGHT_MSEC(1)) << "each was steady, so the delays do not grow";
    EXPECT_EQ(caller.delays[1], BIGHT_MSEC(1));
}

TEST_P(LineClients, aServerThatClosesAtOnceIsCalledWithDelaysThatGrow)
{
    LineServer server(reactor);
    Caller caller;

    server.onConnected = [](LineServer::Guest &guest) { guest.close(); };
    options.steady = BIGHT_SEC(3600);
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "waiting", 4));
    caller.delays.resize(4);
    EXPECT_EQ(caller.delays,
              (std::vector<uint64_t>{BIGHT_MSEC(1), BIGHT_MSEC(2), BIGHT_MSEC(4), BIGHT_MSEC(4)}));
    EXPECT_EQ(server.accepted, 4u);
}

TEST_P(LineClients, whatDoesNotAnswerIsGivenUpAfterTheAttemptsOfTheOptions)
{
    LineServer server(reactor);
    Caller caller;

    server.stopListening();
    retry.attempts = 3;
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "failed"));
    EXPECT_EQ(caller.history, (Words{"waiting:connection refused", "waiting:connection refused",
                                     "failed:connection refused"}));
    EXPECT_EQ(caller.state(), BIGHT_LINE_CLIENT_OFFLINE);
    server.listenAgain();
    EXPECT_EQ(bight_line_client_open(caller.client), BIGHT_OK) << "it may be opened again";
    EXPECT_TRUE(runUntilTold(caller, "connected"));
}

TEST_P(LineClients, attemptsAreCountedFromTheLastSteadyConnection)
{
    LineServer server(reactor);
    Caller caller;

    server.onConnected = [&](LineServer::Guest &guest) {
        server.stopListening();
        guest.close();
    };
    retry.attempts = 2;
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "failed"));
    EXPECT_EQ(caller.history, (Words{"connected", "disconnected:closed", "waiting:closed",
                                     "waiting:connection refused", "failed:connection refused"}));
}

TEST_P(LineClients, anEndpointThatIsNoneFailsAtOnce)
{
    Caller caller;

    open(caller, "nonsense");
    ASSERT_TRUE(runUntilTold(caller, "failed"));
    EXPECT_EQ(caller.history, Words{"failed:invalid"});
}

TEST_P(LineClients, theProgramSaysWhichErrorIsWorthAnotherAttempt)
{
    LineServer server(reactor);
    Caller caller;

    server.stopListening();
    retry.again = [](const bight_error *, void *) { return false; };
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "failed"));
    EXPECT_EQ(caller.history, Words{"failed:connection refused"});
}

TEST_P(LineClients, anAttemptHasALimitInTime)
{
    LineServer server(reactor);
    conformance::Server silent(reactor, "tcp:127.0.0.1:0"); // never answers the handshake
    Caller caller;

    silent.refuses = false;
    options.connect_timeout = BIGHT_MSEC(5);
    retry.attempts = 1;
    open(caller, "tls:" + silent.endpoint().substr(4));
    ASSERT_TRUE(runUntilTold(caller, "failed"));
    EXPECT_EQ(caller.history, Words{"failed:timed out"});
}

TEST_P(LineClients, aCloseDeliversWhatWasSent)
{
    LineServer server(reactor);
    Caller caller;

    caller.on = [&](const std::string &word) {
        if (word != "connected")
            return;
        EXPECT_EQ(caller.say("last words"), BIGHT_OK);
        bight_line_client_close(caller.client);
        EXPECT_EQ(caller.say("later words"), BIGHT_ERROR_STATE);
        EXPECT_EQ(caller.state(), BIGHT_LINE_CLIENT_CLOSING);
    };
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "closed"));
    EXPECT_EQ(caller.history, (Words{"connected", "disconnected:", "closed"}));
    EXPECT_EQ(server.lines, Words{"last words"});
}

TEST_P(LineClients, anAttemptAndAWaitAreClosedInALaterTurn)
{
    LineServer server(reactor);
    Caller connecting, waiting;

    open(connecting, server.endpoint());
    bight_line_client_close(connecting.client);
    bight_line_client_close(connecting.client);
    EXPECT_TRUE(connecting.history.empty());
    ASSERT_TRUE(runUntilTold(connecting, "closed"));
    EXPECT_EQ(connecting.history, Words{"closed"});

    retry.first_delay = retry.longest_delay = BIGHT_SEC(3600);
    server.stopListening();
    open(waiting, server.endpoint());
    ASSERT_TRUE(runUntilTold(waiting, "waiting"));
    EXPECT_EQ(waiting.state(), BIGHT_LINE_CLIENT_WAITING);
    bight_line_client_close(waiting.client);
    EXPECT_EQ(waiting.count("closed"), 0u);
    ASSERT_TRUE(runUntilTold(waiting, "closed"));
    EXPECT_EQ(waiting.ends(), 1u);
}

TEST_P(LineClients, aSlowReaderSlowsTheClient)
{
    LineServer server(reactor);
    Caller caller;
    const std::string line(8192, 'x');
    size_t sent = 0;
    bight_flow flow = BIGHT_FLOW_GO;

    server.onConnected = [](LineServer::Guest &guest) { bight_line_session_pause(guest.session); };
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntil([&] { return caller.count("connected") == 1 && server.guest(); }));
    for (; flow == BIGHT_FLOW_GO && sent < 100000; sent++)
        ASSERT_EQ(caller.say(line, &flow), BIGHT_OK);
    EXPECT_EQ(flow, BIGHT_FLOW_WAIT);
    bight_line_session_resume(server.guest()->session);
    ASSERT_TRUE(runUntil([&] { return server.lines.size() == sent; }));
    EXPECT_GE(caller.count("drained"), 1u);
}

TEST_P(LineClients, aPauseHoldsForTheNextConnectionToo)
{
    LineServer server(reactor);
    Caller caller;

    server.onConnected = [](LineServer::Guest &guest) { guest.say("hello"); };
    caller.make(reactor, server.endpoint(), &options);
    bight_line_client_pause(caller.client);
    ASSERT_EQ(bight_line_client_open(caller.client), BIGHT_OK);
    ASSERT_TRUE(runUntil([&] { return caller.count("connected") == 1 && server.guest(); }));
    runFor(BIGHT_MSEC(2));
    EXPECT_EQ(caller.count("line"), 0u);
    bight_line_client_resume(caller.client);
    EXPECT_TRUE(runUntilTold(caller, "line"));
}

class LineClientsTls : public LineClients
{
  protected:
    LineClientsTls()
    {
        bight_tls_options client = BIGHT_TLS_OPTIONS_INIT, server = BIGHT_TLS_OPTIONS_INIT;

        client.ca_file = ca.c_str();
        server.certificate_file = cert.c_str();
        server.key_file = key.c_str();
        EXPECT_EQ(bight_tls_new_client(&client, nullptr, &clientTls), BIGHT_OK);
        EXPECT_EQ(bight_tls_new_server(&server, nullptr, &serverTls), BIGHT_OK);
    }
    ~LineClientsTls() override
    {
        bight_tls_unref(clientTls);
        bight_tls_unref(serverTls);
    }
    support::TempDir directory;
    const support::Identity identity = support::authority().issue();
    std::string ca = directory.write("ca", support::authority().certificate());
    std::string cert = directory.write("cert", identity.certificate);
    std::string key = directory.write("key", identity.key);
    bight_tls *clientTls = nullptr, *serverTls = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Hosts, LineClientsTls, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(LineClientsTls, eachConnectionOfATlsEndpointIsSecuredWhenItIsTold)
{
    LineServer server(reactor, "tls:127.0.0.1:0?cert=" + cert + "&key=" + key);
    Caller caller;

    server.onLine = [](LineServer::Guest &guest, const std::string &) { guest.close(); };
    caller.on = [&](const std::string &word) {
        if (word == "connected") {
            EXPECT_TRUE(bight_transport_is_tls(bight_line_client_get_transport(caller.client)));
            EXPECT_EQ(caller.say("under TLS"), BIGHT_OK);
        }
    };
    open(caller, server.endpoint() + "?name=server.test&ca=" + ca);
    ASSERT_TRUE(runUntil([&] { return server.lines.size() == 2; }));
    EXPECT_EQ(server.lines, (Words{"under TLS", "under TLS"}));
}

TEST_P(LineClientsTls, theContextOfTheOptionsIsUsedForEachConnection)
{
    LineServer server(reactor, "tls:127.0.0.1:0?cert=" + cert + "&key=" + key);
    bight_connect_options connect = BIGHT_CONNECT_OPTIONS_INIT;
    Caller caller;

    server.onConnected = [](LineServer::Guest &guest) { guest.close(); };
    connect.tls = clientTls;
    options.connect = &connect;
    open(caller, server.endpoint() + "?name=server.test");
    connect.tls = nullptr; // it was copied
    bight_tls_unref(std::exchange(clientTls, nullptr));
    ASSERT_TRUE(runUntilTold(caller, "connected", 2));
}

TEST_P(LineClientsTls, startTlsIsAskedForOnEachConnection)
{
    LineServer server(reactor);
    Caller caller;

    server.tls = serverTls;
    server.onLine = [](LineServer::Guest &guest, const std::string &line) {
        EXPECT_TRUE(guest.secured);
        EXPECT_EQ(line, "secret");
        guest.close();
    };
    caller.on = [&](const std::string &word) {
        if (word == "connected") {
            EXPECT_EQ(caller.say("STARTTLS"), BIGHT_OK);
        }
        if (word == "line") {
            EXPECT_EQ(bight_line_client_start_tls(caller.client, clientTls, "server.test"),
                      BIGHT_OK);
            EXPECT_EQ(caller.say("in clear"), BIGHT_ERROR_STATE);
        }
        if (word == "secured") {
            EXPECT_EQ(caller.say("secret"), BIGHT_OK);
        }
    };
    open(caller, server.endpoint());
    ASSERT_TRUE(runUntilTold(caller, "disconnected", 2));
    EXPECT_EQ(server.lines, (Words{"STARTTLS", "secret", "STARTTLS", "secret"}));
}

// What a program does in an event, for each event and each such action.
enum class Action { close, free, freeReactor, nest, abort, closeAndFree };

const std::pair<Action, const char *> actions[] = {
    {Action::close, "close"}, {Action::free, "free"},   {Action::freeReactor, "freeReactor"},
    {Action::nest, "nest"},   {Action::abort, "abort"}, {Action::closeAndFree, "closeAndFree"},
};

class LineClientEnds
    : public LineClientFixture,
      public testing::WithParamInterface<std::tuple<Host, std::pair<Action, const char *>>>
{
  protected:
    const Host &host() const override
    {
        return std::get<0>(GetParam());
    }
    Action action() const
    {
        return std::get<1>(GetParam()).first;
    }
    void act(Caller &caller)
    {
        switch (action()) {
        case Action::close:
            bight_line_client_close(caller.client);
            break;
        case Action::closeAndFree:
            bight_line_client_close(caller.client);
            bight_line_client_free(std::exchange(caller.client, nullptr));
            break;
        case Action::free:
            bight_line_client_free(std::exchange(caller.client, nullptr));
            break;
        case Action::freeReactor:
            freeReactor();
            break;
        case Action::nest:
            runFor(BIGHT_MSEC(2));
            break;
        case Action::abort:
            if (bight_line_client_get_transport(caller.client) != nullptr)
                bight_transport_abort(bight_line_client_get_transport(caller.client));
            break;
        }
    }
    // Acts in the first event of that name.
    void actIn(Caller &caller, const std::string &event)
    {
        acted_ = freed_ = false;
        caller.on = [this, &caller, event, done = false](const std::string &word) mutable {
            if (word != event || std::exchange(done, true))
                return;
            acted_ = true;
            act(caller);
            freed_ = caller.client == nullptr;
            toldWhenFreed_ = caller.history.size();
        };
    }
    void expectOneEnd(Caller &caller)
    {
        if (action() == Action::nest || (action() == Action::abort && caller.ends() == 0))
            bight_line_client_close(caller.client);
        if (reactor != nullptr) {
            EXPECT_TRUE(runUntil([&] { return freed_ || caller.ends() == 1; }));
            runFor(BIGHT_MSEC(8));
        }
        if (freed_) {
            EXPECT_EQ(caller.history.size(), toldWhenFreed_) << "nothing is told after a free";
        } else {
            EXPECT_EQ(caller.ends(), 1u);
        }
        if (!freed_) {
            EXPECT_EQ(caller.count("connected"), caller.count("disconnected"));
        }
    }
    bool acted_ = false, freed_ = false;
    size_t toldWhenFreed_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Hosts, LineClientEnds,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(actions)),
                         [](const auto &each) {
                             return std::string(std::get<0>(each.param).name) + "_" +
                                    std::get<1>(each.param).second;
                         });

TEST_P(LineClientEnds, inAnyEventOfAConnection)
{
    for (const char *event : {"connecting", "connected", "line", "disconnected", "waiting"}) {
        SCOPED_TRACE(event);
        if (reactor == nullptr)
            reactor = host().open();
        auto server = std::make_unique<LineServer>(reactor);
        Caller caller;

        server->onConnected = [](LineServer::Guest &guest) { guest.say("hello"); };
        server->onLine = [](LineServer::Guest &guest, const std::string &) { guest.close(); };
        actIn(caller, event);
        auto next = caller.on;
        caller.on = [&, next](const std::string &word) {
            if (word == "connected") {
                EXPECT_EQ(caller.say("and go"), BIGHT_OK);
            }
            next(word);
        };
        open(caller, server->endpoint());
        (void)runUntil([&] { return acted_; }); // the reactor may be gone then
        ASSERT_TRUE(acted_);
        expectOneEnd(caller);
    }
}

TEST_P(LineClientEnds, inTheEndItself)
{
    for (const char *event : {"failed", "closed"}) {
        SCOPED_TRACE(event);
        if (reactor == nullptr)
            reactor = host().open();
        auto server = std::make_unique<LineServer>(reactor);
        Caller caller;

        actIn(caller, event);
        open(caller, event == std::string("failed") ? "nonsense" : server->endpoint());
        if (event == std::string("closed"))
            bight_line_client_close(caller.client);
        (void)runUntil([&] { return acted_; });
        ASSERT_TRUE(acted_);
        expectOneEnd(caller);
    }
}

} // namespace
