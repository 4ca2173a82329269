// bight::LineClient: its signals and properties, and that slots may delete everything.
#include "adapters/conformance.hpp"
#include "adapters/line_server.hpp"
#include "adapters/qt_support.hpp"
#include "support/certificates.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <QtCore/QCoreApplication>
#include <QtCore/QPointer>
#include <QtCore/QVariant>
#include <algorithm>
#include <bight/qt.h>
#include <bight/qt_line_client.hpp>
#include <memory>
#include <tuple>
#include <utility>

using bight::LineClient;
using conformance::LineServer;
using qt_support::until;

namespace
{

using Words = std::vector<std::string>;

class QtClients : public testing::Test
{
  protected:
    QtClients()
    {
        retry.first_delay = BIGHT_MSEC(1);
        retry.longest_delay = BIGHT_MSEC(2);
        options.retry = &retry;
        reactor = std::make_unique<bight::QtReactor>();
        make(server.endpoint());
    }
    ~QtClients() override
    {
        delete client;
    }
    void make(const std::string &endpoint)
    {
        delete client;
        client = new LineClient(*reactor, QString::fromStdString(endpoint), options);
        auto plain = [this](void (LineClient::*signal)(), const char *word) {
            QObject::connect(client, signal, client, [this, word] { tell(word); });
        };
        plain(&LineClient::connected, "connected");
        plain(&LineClient::closed, "closed");
        plain(&LineClient::secured, "secured");
        plain(&LineClient::drained, "drained");
        QObject::connect(client, &LineClient::lineReceived, client,
                         [this](const QString &line) { tell("line:" + line.toStdString()); });
        QObject::connect(client, &LineClient::disconnected, client,
                         [this](const QString &reason) { tellReason("disconnected", reason); });
        QObject::connect(client, &LineClient::waiting, client,
                         [this](int, const QString &reason) { tellReason("waiting", reason); });
        QObject::connect(client, &LineClient::failed, client,
                         [this](const QString &reason, bight_status status) {
                             last = status;
                             tellReason("failed", reason);
                         });
    }
    void tell(const std::string &word)
    {
        history.push_back(word);
        if (on)
            on(word);
    }
    void tellReason(const std::string &word, const QString &reason)
    {
        reasons.push_back(reason.toStdString());
        tell(word);
    }
    size_t count(const std::string &word) const
    {
        return static_cast<size_t>(std::count(history.begin(), history.end(), word));
    }
    bool untilTold(const std::string &word)
    {
        return until([&] { return count(word) > 0; });
    }
    void turns()
    {
        for (int i = 0; i < 10; i++)
            qt_support::turn();
    }

    support::FdGuard descriptors;
    bight::QtReactor ours;
    LineServer server{ours};
    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;
    std::unique_ptr<bight::QtReactor> reactor;
    QPointer<LineClient> client;
    Words history, reasons;
    bight_status last = BIGHT_OK;
    std::function<void(const std::string &)> on;
};

TEST_F(QtClients, linesComeAndGoAsSignals)
{
    server.onConnected = [](LineServer::Guest &guest) { guest.say("welcome"); };
    EXPECT_FALSE(client->send("too early"));
    ASSERT_TRUE(client->open());
    EXPECT_FALSE(client->open()) << "twice";
    ASSERT_TRUE(untilTold("line:welcome"));
    EXPECT_EQ(client->peer().toStdString(), server.endpoint());
    EXPECT_FALSE(client->send("two\nlines"));
    EXPECT_TRUE(client->send(QString::fromUtf8("gr\xc3\xbc\xc3\x9f dich")));
    ASSERT_TRUE(until([&] { return server.lines == Words{"gr\xc3\xbc\xc3\x9f dich"}; }));
    client->close();
    EXPECT_EQ(client->state(), LineClient::Closing);
    ASSERT_TRUE(untilTold("closed"));
    EXPECT_EQ(history, (Words{"connected", "line:welcome", "disconnected", "closed"}));
    EXPECT_EQ(reasons, Words{""}) << "an orderly end has no reason";
    EXPECT_TRUE(client->peer().isEmpty());
}

TEST_F(QtClients, propertiesTellOfTheirChanges)
{
    std::vector<LineClient::State> states;
    int pauses = 0;

    QObject::connect(client, &LineClient::stateChanged, client,
                     [&](LineClient::State state) { states.push_back(state); });
    QObject::connect(client, &LineClient::pausedChanged, client, [&] { pauses++; });
    EXPECT_TRUE(client->setProperty("paused", true));
    client->setPaused(true);
    EXPECT_EQ(pauses, 1);
    EXPECT_EQ(client->property("endpoint").toString().toStdString(), server.endpoint());
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(untilTold("connected"));
    EXPECT_EQ(states, (std::vector<LineClient::State>{
                          LineClient::Connecting, LineClient::Connecting, LineClient::Connected}));
    EXPECT_EQ(client->property("state").toInt(), LineClient::Connected);
}

TEST_F(QtClients, aPausedClientHearsNothingUntilItGoesOn)
{
    server.onConnected = [](LineServer::Guest &guest) { guest.say("welcome"); };
    client->setPaused(true);
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(untilTold("connected"));
    ASSERT_TRUE(until([&] { return server.guest() != nullptr; }));
    turns();
    EXPECT_EQ(history, Words{"connected"});
    client->setPaused(false);
    EXPECT_TRUE(untilTold("line:welcome"));
}

TEST_F(QtClients, bytesComeAsTheyAre)
{
    QByteArray bytes;

    server.onConnected = [](LineServer::Guest &guest) { guest.say(std::string("a\0\xff", 3)); };
    QObject::connect(client, &LineClient::bytesReceived, client,
                     [&](const QByteArray &line) { bytes = line; });
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(until([&] { return !bytes.isEmpty(); }));
    EXPECT_EQ(bytes.toStdString(), std::string("a\0\xff", 3));
    EXPECT_TRUE(client->sendBytes(bytes));
    EXPECT_TRUE(until([&] { return server.lines == Words{std::string("a\0\xff", 3)}; }));
}

TEST_F(QtClients, aSlowReaderMakesTheClientBusy)
{
    const QByteArray line(8192, 'x');
    size_t sent = 0;

    server.onConnected = [](LineServer::Guest &guest) { bight_line_session_pause(guest.session); };
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(until([&] { return client->state() == LineClient::Connected && server.guest(); }));
    for (; !client->isBusy() && sent < 100000; sent++)
        ASSERT_TRUE(client->sendBytes(line));
    EXPECT_TRUE(client->isBusy());
    bight_line_session_resume(server.guest()->session);
    ASSERT_TRUE(until([&] { return server.lines.size() == sent; }));
    EXPECT_TRUE(untilTold("drained"));
    EXPECT_FALSE(client->isBusy());
}

TEST_F(QtClients, startTlsSecuresTheConnection)
{
    const support::Authority authority;
    const support::Identity identity = authority.issue();
    support::TempDir directory;
    const std::string ca = directory.write("ca", authority.certificate());
    const std::string cert = directory.write("cert", identity.certificate);
    const std::string key = directory.write("key", identity.key);
    bight_tls_options theirs = BIGHT_TLS_OPTIONS_INIT, own = BIGHT_TLS_OPTIONS_INIT;
    bight_tls *tls = nullptr;

    theirs.certificate_file = cert.c_str();
    theirs.key_file = key.c_str();
    own.ca_file = ca.c_str();
    ASSERT_EQ(bight_tls_new_server(&theirs, nullptr, &server.tls), BIGHT_OK);
    ASSERT_EQ(bight_tls_new_client(&own, nullptr, &tls), BIGHT_OK);
    on = [&](const std::string &word) {
        if (word == "connected") {
            EXPECT_TRUE(client->send("STARTTLS"));
        }
        if (word == "line:go ahead") {
            EXPECT_TRUE(client->startTls(tls, "server.test"));
        }
    };
    ASSERT_TRUE(client->open());
    EXPECT_TRUE(untilTold("secured"));
    delete client;
    bight_tls_unref(tls);
    bight_tls_unref(std::exchange(server.tls, nullptr));
}

TEST_F(QtClients, whoseReactorGoesFirstFails)
{
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(untilTold("connected"));
    reactor.reset();
    EXPECT_EQ(history, (Words{"connected", "disconnected", "failed"}));
    EXPECT_EQ(last, BIGHT_ERROR_CANCELLED);
    EXPECT_FALSE(client->open());
}

TEST_F(QtClients, optionsThatMakeNoSenseMakeNoClient)
{
    bight_line_options line = BIGHT_LINE_OPTIONS_INIT;

    line.max_line = 0;
    options.line = &line;
    make(server.endpoint());
    EXPECT_FALSE(client->isValid());
    EXPECT_FALSE(client->open());
    EXPECT_FALSE(client->send("x"));
    EXPECT_EQ(client->state(), LineClient::Offline);
    client->close();
    client->setPaused(true);
}

TEST_F(QtClients, aClientMayBeOpenedAgainInItsEnd)
{
    int opened = 1;

    on = [&](const std::string &word) {
        if (word == "connected")
            client->close();
        if (word == "closed" && opened++ < 3) {
            EXPECT_TRUE(client->open());
        }
    };
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(until([&] { return opened == 4; }));
    EXPECT_EQ(count("connected"), 3u);
}

// In each signal, everything that a program may delete.
enum class Letting { client, later, reactor, both };

class QtTeardown : public QtClients,
                   public testing::WithParamInterface<std::tuple<const char *, Letting>>
{
};

TEST_P(QtTeardown, inASignal)
{
    const std::string signal = std::get<0>(GetParam());
    const Letting letting = std::get<1>(GetParam());
    bool done = false;
    size_t told = 0;

    server.onConnected = [](LineServer::Guest &guest) { guest.say("hello"); };
    server.onLine = [](LineServer::Guest &guest, const std::string &) { guest.close(); };
    if (signal == "failed")
        make("nonsense");
    on = [&](const std::string &word) {
        if (word == "connected")
            client->send("go");
        if (word.substr(0, word.find(':')) != signal || std::exchange(done, true))
            return;
        if (letting == Letting::later)
            client->deleteLater();
        else if (letting != Letting::reactor)
            delete client;
        told = history.size();
        if (letting == Letting::reactor || letting == Letting::both)
            reactor.reset();
    };
    ASSERT_TRUE(client->open());
    ASSERT_TRUE(until([&] { return done; }));
    turns();
    if (letting == Letting::reactor) {
        EXPECT_EQ(count("failed"), 1u);
    } else if (letting == Letting::later) {
        EXPECT_TRUE(until([&] { return client.isNull(); }));
    } else {
        EXPECT_EQ(history.size(), told) << "nothing is told after the end of the object";
    }
}

std::string nameOfTeardown(const testing::TestParamInfo<QtTeardown::ParamType> &info)
{
    static const char *const names[] = {"Client", "Later", "Reactor", "Both"};

    return std::string(std::get<0>(info.param)) + names[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Signals, QtTeardown,
                         testing::Combine(testing::Values("connected", "line", "disconnected",
                                                          "waiting", "failed"),
                                          testing::Values(Letting::client, Letting::later,
                                                          Letting::reactor, Letting::both)),
                         nameOfTeardown);

} // namespace

int main(int count, char **arguments)
{
    testing::InitGoogleTest(&count, arguments);
    QCoreApplication application(count, arguments);

    return RUN_ALL_TESTS();
}
