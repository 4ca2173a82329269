// BightReactor and BightLineClient: their signals and properties, and that handlers may let go of
// everything. The server of lines runs on a reactor of the same context.
#include "adapters/conformance.hpp"
#include "adapters/glib_support.hpp"
#include "adapters/line_server.hpp"
#include "support/certificates.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <bight/glib.h>
#include <bight/gobject.h>
#include <memory>
#include <tuple>
#include <utility>

using conformance::LineServer;

namespace
{

using Words = std::vector<std::string>;

class GObjectClients : public testing::Test
{
  protected:
    // What GLib makes once for the process: its default context, and the pool of its tasks.
    static void SetUpTestSuite()
    {
        g_main_context_default();
        g_type_class_unref(g_type_class_ref(G_TYPE_TASK));
    }
    void SetUp() override
    {
        reactor = bight_gobject_reactor_new(nullptr);
        ASSERT_NE(reactor, nullptr);
        ours = bight_glib_reactor_new(context);
        server = std::make_unique<LineServer>(ours);
        make(server->endpoint());
    }
    void TearDown() override
    {
        drop();
        g_clear_object(&reactor);
        server.reset();
        bight_reactor_free(ours);
    }
    void make(const std::string &endpoint)
    {
        drop();
        client = bight_gobject_line_client_new(reactor, endpoint.c_str());
        g_object_set(client, "first-delay", 1u, "longest-delay", 2u, nullptr);
        for (const char *name : {"connected", "closed", "secured", "drained", "too-long"})
            g_signal_connect(client, name, G_CALLBACK(onPlain), this);
        g_signal_connect(client, "line", G_CALLBACK(onLine), this);
        g_signal_connect(client, "disconnected", G_CALLBACK(onError), this);
        g_signal_connect(client, "failed", G_CALLBACK(onError), this);
        g_signal_connect(client, "waiting", G_CALLBACK(onWaiting), this);
    }
    void open()
    {
        GError *error = nullptr;

        ASSERT_TRUE(bight_gobject_line_client_open(client, &error)) << error->message;
    }
    void drop()
    {
        if (client != nullptr)
            g_signal_handlers_disconnect_by_data(client, this);
        g_clear_object(&client);
    }
    void tell(const std::string &word)
    {
        history.push_back(word);
        if (on)
            on(word);
    }
    bool untilTold(const std::string &word)
    {
        return context.until(
            [&] { return std::find(history.begin(), history.end(), word) != history.end(); });
    }
    static std::string nameOf(BightLineClient *client)
    {
        GSignalInvocationHint *hint = g_signal_get_invocation_hint(client);

        return g_signal_name(hint->signal_id);
    }
    static void onPlain(BightLineClient *client, gpointer data)
    {
        static_cast<GObjectClients *>(data)->tell(nameOf(client));
    }
    static void onLine(BightLineClient *, const char *line, gpointer data)
    {
        static_cast<GObjectClients *>(data)->tell(std::string("line:") + line);
    }
    static void onError(BightLineClient *client, const GError *error, gpointer data)
    {
        auto *self = static_cast<GObjectClients *>(data);
        std::string name = nameOf(client);

        self->last = error != nullptr ? error->code : -1;
        self->tell(name);
    }
    static void onWaiting(BightLineClient *, guint, const GError *error, gpointer data)
    {
        EXPECT_NE(error, nullptr);
        static_cast<GObjectClients *>(data)->tell("waiting");
    }

    support::FdGuard descriptors;
    glib_support::Context context;
    BightReactor *reactor = nullptr;
    BightLineClient *client = nullptr;
    bight_reactor *ours = nullptr;
    std::unique_ptr<LineServer> server;
    Words history;
    int last = -1; // code of the last error
    std::function<void(const std::string &)> on;
};

TEST_F(GObjectClients, linesComeAndGoAsSignals)
{
    server->onConnected = [](LineServer::Guest &guest) { guest.say("welcome"); };
    EXPECT_FALSE(bight_gobject_line_client_send(client, "too early", nullptr));
    open();
    EXPECT_EQ(bight_gobject_line_client_get_state(client), BIGHT_GOBJECT_STATE_CONNECTING);
    ASSERT_TRUE(untilTold("line:welcome"));
    EXPECT_EQ(bight_gobject_line_client_get_peer(client), server->endpoint());
    EXPECT_TRUE(bight_gobject_line_client_send(client, "hello", nullptr));
    ASSERT_TRUE(context.until([&] { return server->lines == Words{"hello"}; }));
    bight_gobject_line_client_close(client);
    EXPECT_EQ(bight_gobject_line_client_get_state(client), BIGHT_GOBJECT_STATE_CLOSING);
    ASSERT_TRUE(untilTold("closed"));
    EXPECT_EQ(history, (Words{"connected", "line:welcome", "disconnected", "closed"}));
    EXPECT_EQ(last, -1) << "an orderly end has no error";
    EXPECT_EQ(bight_gobject_line_client_get_peer(client), nullptr);
}

TEST_F(GObjectClients, errorsAreThoseOfGio)
{
    GError *error = nullptr;

    EXPECT_FALSE(bight_gobject_line_client_send(client, "x", &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED));
    g_clear_error(&error);
    open();
    EXPECT_FALSE(bight_gobject_line_client_open(client, &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PENDING));
    g_clear_error(&error);
    ASSERT_TRUE(untilTold("connected"));
    EXPECT_FALSE(bight_gobject_line_client_send(client, "two\nlines", &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    make(server->endpoint());
    g_object_set(client, "max-line", 0u, nullptr);
    EXPECT_FALSE(bight_gobject_line_client_open(client, &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    bight_gobject_reactor_shutdown(reactor);
    EXPECT_FALSE(bight_gobject_line_client_open(client, &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED));
    g_clear_error(&error);
}

TEST_F(GObjectClients, propertiesTellOfTheirChanges)
{
    Words notified;

    g_signal_connect(client, "notify", G_CALLBACK(+[](GObject *, GParamSpec *spec, gpointer data) {
                         static_cast<Words *>(data)->push_back(spec->name);
                     }),
                     &notified);
    g_object_set(client, "attempts", 3u, "attempts", 3u, "paused", TRUE, "ending", "\r\n", nullptr);
    std::sort(notified.begin(), notified.end());
    EXPECT_EQ(notified, (Words{"attempts", "ending", "paused"})) << "each once";
    notified.clear();
    open();
    ASSERT_TRUE(untilTold("connected"));
    EXPECT_EQ(notified, (Words{"state", "state", "state", "peer"}));
    g_signal_handlers_disconnect_by_data(client, &notified);
}

TEST_F(GObjectClients, aPausedClientHearsNothingUntilItGoesOn)
{
    server->onConnected = [](LineServer::Guest &guest) { guest.say("welcome"); };
    bight_gobject_line_client_set_paused(client, TRUE);
    open();
    ASSERT_TRUE(untilTold("connected"));
    conformance::runFor(ours, BIGHT_MSEC(2));
    EXPECT_EQ(history, Words{"connected"});
    bight_gobject_line_client_set_paused(client, FALSE);
    EXPECT_TRUE(untilTold("line:welcome"));
}

TEST_F(GObjectClients, bytesThatAreNoTextComeAsBytesAndAsReplacementCharacters)
{
    GBytes *bytes = nullptr;

    server->onConnected = [](LineServer::Guest &guest) { guest.say(std::string("a\0\xff", 3)); };
    g_signal_connect(client, "line-bytes",
                     G_CALLBACK(+[](BightLineClient *, GBytes *line, gpointer data) {
                         *static_cast<GBytes **>(data) = g_bytes_ref(line);
                     }),
                     &bytes);
    open();
    ASSERT_TRUE(context.until([&] { return bytes != nullptr; }));
    gsize size = 0;
    auto *content = static_cast<const char *>(g_bytes_get_data(bytes, &size));
    EXPECT_EQ(std::string(content, size), std::string("a\0\xff", 3));
    EXPECT_EQ(history.back(), "line:a\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_TRUE(bight_gobject_line_client_send_bytes(client, bytes, nullptr));
    EXPECT_TRUE(context.until([&] { return server->lines == Words{std::string("a\0\xff", 3)}; }));
    g_bytes_unref(bytes);
    g_signal_handlers_disconnect_by_data(client, &bytes);
}

struct Sent {
    int left = 200;
    int failures = 0;

    void next(BightLineClient *client)
    {
        static const std::string line(8192, 'x');

        left--;
        bight_gobject_line_client_send_async(client, line.c_str(), nullptr, ready, this);
    }
    static void ready(GObject *source, GAsyncResult *result, gpointer data)
    {
        auto *self = static_cast<Sent *>(data);
        auto *client = BIGHT_GOBJECT_LINE_CLIENT(source);

        self->failures += !bight_gobject_line_client_send_finish(client, result, nullptr);
        if (self->left > 0)
            self->next(client);
    }
};

TEST_F(GObjectClients, sendAsyncWaitsForASlowReader)
{
    Sent sent;

    server->onConnected = [](LineServer::Guest &guest) { bight_line_session_pause(guest.session); };
    open();
    ASSERT_TRUE(context.until([&] { return server->guest() != nullptr && !history.empty(); }));
    sent.left = 2000;
    sent.next(client);
    // The buffers of the system are full when nothing moves any more.
    int before = 0, still = 0;
    ASSERT_TRUE(context.until([&] {
        still = sent.left == before ? still + 1 : 0;
        before = sent.left;
        return still == 10;
    }));
    EXPECT_GT(sent.left, 0) << "the rest is not sent yet";
    bight_line_session_resume(server->guest()->session);
    ASSERT_TRUE(context.until([&] { return server->lines.size() == 2000; }));
    EXPECT_EQ(sent.failures, 0);
}

TEST_F(GObjectClients, aSlowReaderMakesTheClientBusy)
{
    const std::string line(8192, 'x');
    gboolean busy = FALSE;
    size_t sent = 0;

    server->onConnected = [](LineServer::Guest &guest) { bight_line_session_pause(guest.session); };
    open();
    ASSERT_TRUE(context.until([&] { return server->guest() != nullptr && !history.empty(); }));
    for (; busy == FALSE && sent < 100000; sent++) {
        ASSERT_TRUE(bight_gobject_line_client_send(client, line.c_str(), nullptr));
        g_object_get(client, "busy", &busy, nullptr);
    }
    EXPECT_NE(busy, FALSE);
    bight_line_session_resume(server->guest()->session);
    ASSERT_TRUE(context.until([&] { return server->lines.size() == sent; }));
    EXPECT_TRUE(untilTold("drained"));
    g_object_get(client, "busy", &busy, nullptr);
    EXPECT_EQ(busy, FALSE);
}

TEST_F(GObjectClients, sendAsyncFailsWithoutAConnection)
{
    Sent sent;

    sent.left = 1;
    sent.next(client);
    EXPECT_EQ(sent.failures, 0) << "never inside the call";
    ASSERT_TRUE(context.until([&] { return sent.failures == 1; }));
}

TEST_F(GObjectClients, startTlsSecuresTheConnection)
{
    const support::Authority authority;
    const support::Identity identity = authority.issue();
    support::TempDir directory;
    const std::string ca = directory.write("ca", authority.certificate());
    const std::string cert = directory.write("cert", identity.certificate);
    const std::string key = directory.write("key", identity.key);
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;

    options.certificate_file = cert.c_str();
    options.key_file = key.c_str();
    ASSERT_EQ(bight_tls_new_server(&options, nullptr, &server->tls), BIGHT_OK);
    on = [&](const std::string &word) {
        if (word == "connected") {
            EXPECT_TRUE(bight_gobject_line_client_send(client, "STARTTLS", nullptr));
        }
        if (word == "line:go ahead") {
            EXPECT_TRUE(
                bight_gobject_line_client_start_tls(client, "server.test", ca.c_str(), nullptr));
        }
    };
    open();
    EXPECT_TRUE(untilTold("secured"));
    drop();
    bight_tls_unref(std::exchange(server->tls, nullptr));
}

TEST_F(GObjectClients, whoIsShutDownWithTheReactorFails)
{
    open();
    ASSERT_TRUE(untilTold("connected"));
    bight_gobject_reactor_shutdown(reactor);
    EXPECT_FALSE(bight_gobject_reactor_get_valid(reactor));
    EXPECT_EQ(history, (Words{"connected", "disconnected", "failed"}));
    EXPECT_EQ(last, G_IO_ERROR_CANCELLED);
}

TEST_F(GObjectClients, aReactorThatIsThereAlreadyCanBeTaken)
{
    bight_reactor *own = bight_glib_reactor_new(context);
    BightReactor *object = bight_gobject_reactor_new_take(own);

    EXPECT_EQ(bight_gobject_reactor_get_handle(object), own);
    g_object_unref(object);
}

TEST_F(GObjectClients, aClientMayBeOpenedAgainInItsEnd)
{
    int opened = 1;

    on = [&](const std::string &word) {
        if (word == "connected")
            bight_gobject_line_client_close(client);
        if (word == "closed" && opened++ < 3)
            open();
    };
    open();
    ASSERT_TRUE(context.until([&] { return opened == 4; }));
    EXPECT_EQ(std::count(history.begin(), history.end(), "connected"), 3);
}

// In each signal, everything that a program may let go of.
enum class Letting { client, reactor, both };

class GObjectTeardown : public GObjectClients,
                        public testing::WithParamInterface<std::tuple<const char *, Letting>>
{
};

TEST_P(GObjectTeardown, inASignal)
{
    auto [signal, letting] = GetParam();
    bool done = false;
    size_t told = 0;

    server->onConnected = [](LineServer::Guest &guest) { guest.say("hello"); };
    server->onLine = [](LineServer::Guest &guest, const std::string &) { guest.close(); };
    on = [&, signal = std::string(signal), letting = letting](const std::string &word) {
        if (word == "connected")
            bight_gobject_line_client_send(client, "go", nullptr);
        if (word.substr(0, word.find(':')) != signal || std::exchange(done, true))
            return;
        if (letting != Letting::reactor)
            g_clear_object(&client); // the last reference, with the handlers connected
        told = history.size();
        if (letting != Letting::client)
            bight_gobject_reactor_shutdown(reactor);
    };
    if (std::string(signal) == "failed")
        make("nonsense");
    open();
    ASSERT_TRUE(context.until([&] { return done; }));
    conformance::runFor(ours, BIGHT_MSEC(5));
    if (letting == Letting::client) {
        EXPECT_EQ(history.size(), told) << "nothing is told after the last reference";
    } else {
        EXPECT_LE(std::count(history.begin(), history.end(), "failed"), 1);
    }
    if (letting == Letting::reactor) {
        EXPECT_EQ(history.back(), "failed");
    }
}

std::string nameOfTeardown(const testing::TestParamInfo<GObjectTeardown::ParamType> &info)
{
    static const char *const names[] = {"Client", "Reactor", "Both"};

    return std::string(std::get<0>(info.param)) + names[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(
    Signals, GObjectTeardown,
    testing::Combine(testing::Values("connected", "line", "disconnected", "waiting", "failed"),
                     testing::Values(Letting::client, Letting::reactor, Letting::both)),
    nameOfTeardown);

} // namespace
