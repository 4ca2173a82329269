// STARTTLS of a line session, on a memory transport.
#include "support/certificates.hpp"
#include "support/peer.hpp"
#include "support/temp_dir.hpp"

#include <bight/crank.h>
#include <bight/line.h>
#include <bight/pair.h>
#include <bight/tls.h>

#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace
{

using Events = std::vector<std::string>;

std::string text(const uint8_t *bytes, size_t size)
{
    return std::string(reinterpret_cast<const char *>(bytes), size);
}

// A server and a client, each of which starts TLS in the event of a line.
class LineSessionTls : public testing::TestWithParam<size_t>
{
  protected:
    struct Side {
        bight_line_session *session = nullptr;
        bight_tls *tls = nullptr;
        const char *host = nullptr;
        std::string trigger; // the line that starts TLS
        Events events;
        std::function<void(const std::string &)> on;
        bight_status started = BIGHT_OK;

        void tell(const std::string &event)
        {
            events.push_back(event);
            if (event == "line:" + trigger)
                started = bight_line_session_start_tls(session, tls, host);
            if (on)
                on(event);
        }
        void send(const std::string &line)
        {
            EXPECT_EQ(bight_line_session_send(session, line.data(), line.size(), nullptr),
                      BIGHT_OK);
        }
    };
    static Side &of(void *data)
    {
        return *static_cast<Side *>(data);
    }
    static const bight_line_session_ops ops;

    LineSessionTls()
    {
        bight_tls_options client_options = BIGHT_TLS_OPTIONS_INIT;
        bight_tls_options server_options = BIGHT_TLS_OPTIONS_INIT;
        client_options.ca_file = ca_.c_str();
        server_options.certificate_file = cert_.c_str();
        server_options.key_file = key_.c_str();
        EXPECT_EQ(bight_tls_new_client(&client_options, nullptr, &client.tls), BIGHT_OK);
        EXPECT_EQ(bight_tls_new_server(&server_options, nullptr, &server.tls), BIGHT_OK);
        client.host = "server.test";
        client.trigger = "220 go ahead";
        server.trigger = "STARTTLS";
        for (Side *side : {&client, &server})
            EXPECT_EQ(bight_line_session_new(&options, &ops, side, &side->session), BIGHT_OK);
        server.on = [this](const std::string &event) {
            if (event == "connected")
                server.send("220 hello");
        };
    }
    ~LineSessionTls() override
    {
        bight_line_session_free(client.session);
        bight_line_session_free(server.session);
        raw.order(bight_transport_free);
        bight_tls_unref(client.tls);
        bight_tls_unref(server.tls);
        bight_reactor_free(reactor);
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }
    // The server against bytes, in the pieces of the parameter.
    void openRaw()
    {
        ASSERT_EQ(bight_pair_new(reactor, bight_line_session_get_protocol(server.session), &raw),
                  BIGHT_OK);
        settle();
        bight_pair_set_chunk(bight_line_session_get_transport(server.session), GetParam());
    }
    void write(const std::string &bytes)
    {
        bight_transport_write(raw.transport, bytes.data(), bytes.size());
        settle();
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    Side client, server;
    support::Peer raw{support::AtEnd::stay};

  private:
    support::TempDir directory_;
    std::string ca_ = directory_.write("ca", support::authority().certificate());
    std::string cert_ = directory_.write("cert", support::serverIdentity().certificate);
    std::string key_ = directory_.write("key", support::serverIdentity().key);
};

const bight_line_session_ops LineSessionTls::ops = {
    sizeof(bight_line_session_ops),
    [](bight_line_session *, void *data) { of(data).tell("connected"); },
    [](bight_line_session *, const uint8_t *bytes, size_t size, void *data) {
        of(data).tell("line:" + text(bytes, size));
    },
    [](bight_line_session *, const uint8_t *bytes, size_t size, uint64_t, void *data) {
        of(data).tell("raw:" + text(bytes, size));
    },
    nullptr,
    nullptr,
    nullptr,
    [](bight_line_session *, const bight_error *reason, void *data) {
        of(data).tell(std::string("closed:") +
                      (reason ? bight_status_text(bight_error_get_status(reason)) : ""));
    },
    [](bight_line_session *, void *data) { of(data).tell("secured"); },
};

TEST_P(LineSessionTls, linesGoOnUnderTls)
{
    ASSERT_EQ(bight_pair_new(reactor, bight_line_session_get_protocol(server.session),
                             bight_line_session_get_protocol(client.session)),
              BIGHT_OK);
    client.on = [&](const std::string &event) {
        if (event == "line:220 hello")
            client.send("STARTTLS");
        if (event == "secured")
            client.send("EHLO again");
    };
    server.trigger.clear(); // the answer goes in front
    server.on = [&](const std::string &event) {
        if (event == "connected")
            server.send("220 hello");
        if (event == "line:STARTTLS") {
            server.send("220 go ahead");
            server.started = bight_line_session_start_tls(server.session, server.tls, nullptr);
        }
        if (event == "line:EHLO again")
            server.send("250 under TLS");
    };
    settle();
    EXPECT_EQ(client.started, BIGHT_OK);
    EXPECT_EQ(server.started, BIGHT_OK);
    EXPECT_EQ(client.events, (Events{"connected", "line:220 hello", "line:220 go ahead", "secured",
                                     "line:250 under TLS"}));
    EXPECT_EQ(server.events, (Events{"connected", "line:STARTTLS", "secured", "line:EHLO again"}));
    EXPECT_TRUE(bight_transport_is_tls(bight_line_session_get_transport(client.session)));
    EXPECT_EQ(bight_line_session_start_tls(client.session, client.tls, "server.test"),
              BIGHT_ERROR_STATE)
        << "twice";
    bight_transport_close(bight_line_session_get_transport(client.session));
    settle();
    EXPECT_EQ(client.events.back(), "closed:");
    EXPECT_EQ(server.events.back(), "closed:closed");
}

// RFC 3207, section 6: what stands behind the line is somebody else's.
TEST_P(LineSessionTls, whatStandsBehindTheLineIsNotObeyed)
{
    openRaw();
    write("STARTTLS\nRCPT TO:<victim>\nDATA\n");
    EXPECT_EQ(server.events.at(1), "line:STARTTLS");
    EXPECT_EQ(server.events.size(), 3u);
    EXPECT_EQ(server.events.back(), "closed:protocol error");
}

TEST_P(LineSessionTls, nothingIsSentUntilTheHandshakeIsDone)
{
    openRaw();
    write("STARTTLS\n");
    EXPECT_EQ(server.started, BIGHT_OK);
    EXPECT_EQ(bight_line_session_send(server.session, "x", 1, nullptr), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_line_session_start_tls(server.session, server.tls, nullptr), BIGHT_ERROR_STATE);
    bight_transport_close(raw.transport);
    settle();
    EXPECT_EQ(server.events.back(), "closed:cut off");
}

TEST_P(LineSessionTls, outsideOfAnEventTheBeginningOfALineGoesToTheHandshakeToo)
{
    openRaw();
    write("half a li");
    EXPECT_EQ(bight_line_session_start_tls(server.session, server.tls, nullptr), BIGHT_OK);
    settle();
    write("ne and the rest of what is no TLS at all\n");
    EXPECT_EQ(server.events, (Events{"connected", "closed:protocol error"}));
}

TEST_P(LineSessionTls, theProgramMayEndItInTheEvent)
{
    for (int way = 0; way < 3; way++) {
        openRaw();
        server.on = [&](const std::string &event) {
            bight_transport *transport = bight_line_session_get_transport(server.session);
            if (event != "line:STARTTLS")
                return;
            if (way == 0)
                bight_transport_close(transport);
            else if (way == 1)
                bight_transport_abort(transport);
            else
                bight_line_session_free(std::exchange(server.session, nullptr));
        };
        write("STARTTLS\nQUIT\n");
        if (raw.transport != nullptr)
            bight_transport_close(raw.transport);
        settle();
        EXPECT_EQ(server.events.at(1), "line:STARTTLS");
        EXPECT_EQ(server.events.size(), way == 2 ? 2u : 3u);
        bight_line_session_free(server.session);
        server.events.clear();
        ASSERT_EQ(bight_line_session_new(&options, &ops, &server, &server.session), BIGHT_OK);
        raw.forget();
    }
}

TEST_P(LineSessionTls, aPausedOrClosedSessionStartsNone)
{
    EXPECT_EQ(bight_line_session_start_tls(server.session, server.tls, nullptr), BIGHT_ERROR_STATE)
        << "not connected";
    openRaw();
    bight_line_session_pause(server.session);
    EXPECT_EQ(bight_line_session_start_tls(server.session, server.tls, nullptr), BIGHT_ERROR_STATE);
    bight_line_session_resume(server.session);
    settle();
    bight_transport_close(bight_line_session_get_transport(server.session));
    EXPECT_EQ(bight_line_session_start_tls(server.session, server.tls, nullptr), BIGHT_ERROR_STATE);
}

INSTANTIATE_TEST_SUITE_P(Pieces, LineSessionTls, testing::Values(0, 1, 7));

} // namespace
