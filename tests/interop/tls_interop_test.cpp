// TLS against OpenSSL's own client and server, and curl: other programs on the other side.
#include "support/certificates.hpp"
#include "support/paths.hpp"
#include "support/peer.hpp"
#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <bight/endpoint.h>
#include <bight/later.h>
#include <bight/tls.h>
#include <bight/value.h>
#include <functional>
#include <gtest/gtest.h>
#include <string>

using support::Process;
using support::waitUntil;

namespace
{

class TlsInterop : public ::testing::Test
{
  protected:
    TlsInterop()
    {
        support::Authority authority;
        support::Wanted wanted;
        wanted.alternatives = "DNS:localhost,IP:127.0.0.1";
        support::Identity identity = authority.issue(wanted);
        ca_ = directory_.write("ca.pem", authority.certificate());
        cert_ = directory_.write("cert.pem", identity.certificate);
        key_ = directory_.write("key.pem", identity.key);
    }
    ~TlsInterop() override
    {
        bight_listener_free(listener_);
        bight_reactor_free(reactor_);
    }
    void SetUp() override
    {
        if (!support::inPath("openssl"))
            GTEST_SKIP() << "openssl is missing";
    }

    // Our server; its port.
    std::string listen(const std::string &more = "")
    {
        auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
            return static_cast<support::Peer *>(data);
        };
        std::string endpoint = "tls:127.0.0.1:0?cert=" + cert_ + "&key=" + key_ + more;
        EXPECT_EQ(bight_listen(reactor_, endpoint.c_str(), serve, &end, nullptr, &listener_),
                  BIGHT_OK);
        endpoint = bight_listener_get_endpoint(listener_);
        return endpoint.substr(endpoint.rfind(':') + 1);
    }
    // Another program's server, to which our client goes.
    std::unique_ptr<Process> serveWith(const std::vector<std::string> &more, std::string *endpoint)
    {
        std::string port = std::to_string(support::freePort());
        std::vector<std::string> command = {"openssl", "s_server", "-accept", port,
                                            "-cert",   cert_,      "-key",    key_};
        command.insert(command.end(), more.begin(), more.end());
        auto server = std::make_unique<Process>(command);
        EXPECT_TRUE(server->waitForLine("ACCEPT"));
        *endpoint = "tls:localhost:" + port + "?ca=" + ca_;
        return server;
    }
    void connect(const std::string &endpoint)
    {
        bight_deferred *attempt = bight_connect(reactor_, endpoint.c_str(), &end);
        auto keep = [](bight_result in, void *data) {
            auto *self = static_cast<TlsInterop *>(data);
            self->failure = bight_error_get_message(in.error);
            bight_result_free(in);
            return bight_result_value(nullptr);
        };
        bight_deferred_then(attempt, nullptr, keep, this);
        bight_deferred_free(attempt);
    }
    static bight_deferred *acceptLater(const bight_certificate_report *report, void *data)
    {
        auto *self = static_cast<TlsInterop *>(data);
        auto accept = [](bight_result, void *) { return bight_result_int(BIGHT_TLS_ACCEPT); };

        self->asked_ = bight_certificate_report_get_text(report);
        return bight_deferred_then(bight_delay(self->reactor_, BIGHT_MSEC(1)), accept, nullptr,
                                   nullptr);
    }
    void connectAccepting(const std::string &endpoint)
    {
        bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
        bight_connect_options how = BIGHT_CONNECT_OPTIONS_INIT;

        options.ca_file = ca_.c_str();
        options.decide = acceptLater;
        options.decide_data = this;
        ASSERT_EQ(bight_tls_new_client(&options, nullptr, &how.tls), BIGHT_OK);
        bight_deferred_free(bight_connect_with(
            reactor_, endpoint.substr(0, endpoint.find('?')).c_str(), &how, &end));
        bight_tls_unref(how.tls);
    }
    bool until(const std::function<bool()> &condition)
    {
        return waitUntil(condition, support::patience,
                         [this] { bight_reactor_dispatch(reactor_, BIGHT_BUDGET_UNLIMITED); });
    }
    void write(const std::string &text)
    {
        bight_transport_write(end.transport, text.data(), text.size());
    }

    bight_reactor *reactor_ = bight_reactor_new();
    bight_listener *listener_ = nullptr;
    support::TempDir directory_;
    std::string ca_, cert_, key_, failure, asked_;
    support::Peer end;
};

TEST_F(TlsInterop, opensslsClientIsServedWithEitherVersion)
{
    for (const char *version : {"-tls1_2", "-tls1_3"}) {
        std::string port = listen();
        Process client({"openssl", "s_client", "-connect", "127.0.0.1:" + port, "-CAfile", ca_,
                        "-verify_return_error", "-verify_hostname", "localhost", "-brief",
                        version});
        end.forget();
        end.onReceived = [this](std::string_view) { write("echo: " + end.text); };
        client.write("hello\n");
        EXPECT_TRUE(until([&] { return client.saw("echo: hello"); })) << client.errors();
        client.closeInput();
        EXPECT_TRUE(until([&] { return end.closed; }));
        EXPECT_TRUE(end.ended) << version << ": a close_notify " << end.reasonText;
        bight_listener_free(listener_);
        listener_ = nullptr;
    }
}

TEST_F(TlsInterop, aSessionOfOpensslsClientIsResumed)
{
    std::string port = listen(), session = directory_.file("session");
    std::vector<std::string> command = {"openssl", "s_client", "-connect", "127.0.0.1:" + port,
                                        "-CAfile", ca_,        "-tls1_2"};
    for (const char *option : {"-sess_out", "-sess_in"}) {
        std::vector<std::string> once = command;
        once.insert(once.end(), {option, session});
        Process client(once);
        end.forget();
        EXPECT_TRUE(until([&] { return client.saw("Verify return code: 0"); })) << client.errors();
        EXPECT_EQ(client.saw("Reused, TLSv1.2"), option == std::string("-sess_in"));
        client.closeInput();
        EXPECT_TRUE(until([&] { return end.closed; }));
    }
}

TEST_F(TlsInterop, opensslsClientMayNotRenegotiate)
{
    std::string port = listen();
    Process client(
        {"openssl", "s_client", "-connect", "127.0.0.1:" + port, "-CAfile", ca_, "-tls1_2"});

    EXPECT_TRUE(until([&] { return client.saw("Verify return code: 0"); })) << client.errors();
    client.write("R\n");
    EXPECT_TRUE(until([&] { return client.saw("no renegotiation") || end.closed; }));
    EXPECT_TRUE(client.saw("RENEGOTIATING"));
    EXPECT_EQ(end.text, "");
}

TEST_F(TlsInterop, aKeyUpdateOfOpensslsClientIsFollowed)
{
    std::string port = listen();
    Process client(
        {"openssl", "s_client", "-connect", "127.0.0.1:" + port, "-CAfile", ca_, "-tls1_3"});

    end.onReceived = [this](std::string_view) { write("echo: " + end.text); };
    EXPECT_TRUE(until([&] { return client.saw("Verify return code: 0"); })) << client.errors();
    client.write("K\n");
    EXPECT_TRUE(until([&] { return client.saw("KEYUPDATE"); }));
    client.write("after it\n");
    EXPECT_TRUE(until([&] { return client.saw("echo: after it"); })) << client.output();
}

TEST_F(TlsInterop, opensslsServerIsUsedWithEitherVersion)
{
    for (const char *version : {"-tls1_2", "-tls1_3"}) {
        std::string endpoint;
        auto server = serveWith({"-rev", version}, &endpoint);
        end.forget();
        connect(endpoint);
        ASSERT_TRUE(until([&] { return end.transport != nullptr || !failure.empty(); }));
        ASSERT_NE(end.transport, nullptr) << failure;
        write("abc\n");
        EXPECT_TRUE(until([&] { return end.text == "cba\n"; })) << end.text;
        bight_transport_close(end.transport);
        EXPECT_TRUE(until([&] { return end.closed; }));
        EXPECT_EQ(end.reason, BIGHT_OK) << end.reasonText;
    }
}

/* Each is refused with its reason, and is accepted if the program says so. */
TEST_F(TlsInterop, whatOpensslsServerShowsIsExplainedAndCanBeAccepted)
{
    struct Fault {
        const char *words;
        support::Identity identity;
    };
    support::Authority authority;
    support::Wanted expired, other, nameOnly, local;

    local.alternatives = "DNS:localhost";
    expired.alternatives = "DNS:localhost";
    expired.from = -20;
    expired.to = -10;
    other.alternatives = "DNS:a.test";
    nameOnly.name = "localhost";
    nameOnly.alternatives = "-";
    const Fault faults[] = {
        {"the certificate expired on 20", authority.issue(expired)},
        {"is for a.test, not for localhost", authority.issue(other)},
        {"signed by itself", support::Authority::selfSigned(local)},
        {"a common name does not count as a host", authority.issue(nameOnly)},
        {"did not send the certificates",
         authority.issueAuthority("Between")->issueWithoutChain(local)},
    };
    ca_ = directory_.write("ca.pem", authority.certificate());
    for (const Fault &fault : faults) {
        std::string endpoint;
        cert_ = directory_.write("cert.pem", fault.identity.certificate);
        key_ = directory_.write("key.pem", fault.identity.key);
        auto server = serveWith({"-rev"}, &endpoint);
        failure.clear();
        end.forget();
        connect(endpoint);
        EXPECT_TRUE(until([&] { return !failure.empty(); }));
        EXPECT_NE(failure.find(fault.words), std::string::npos) << failure;
        connectAccepting(endpoint);
        ASSERT_TRUE(until([&] { return end.transport != nullptr; })) << failure;
        EXPECT_NE(asked_.find(fault.words), std::string::npos) << asked_;
        write("abc\n");
        EXPECT_TRUE(until([&] { return end.text == "cba\n"; })) << end.reasonText;
        end.order(bight_transport_free);
    }
}

TEST_F(TlsInterop, alpnIsAgreedOnWithOpensslsServer)
{
    std::string endpoint;
    auto server = serveWith({"-rev", "-alpn", "two,three"}, &endpoint);

    connect(endpoint + "&alpn=one,two");
    ASSERT_TRUE(until([&] { return end.transport != nullptr; })) << failure;
    bight_view chosen = bight_tls_get_alpn(end.transport);
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(chosen.data), chosen.size), "two");
    end.order(bight_transport_free);
}

TEST_F(TlsInterop, opensslsServerWantsAClientsCertificate)
{
    std::string endpoint;
    auto server =
        serveWith({"-rev", "-Verify", "2", "-CAfile", ca_, "-verify_return_error"}, &endpoint);

    connect(endpoint + "&cert=" + cert_ + "&key=" + key_);
    ASSERT_TRUE(until([&] { return end.transport != nullptr; })) << failure;
    write("abc\n");
    EXPECT_TRUE(until([&] { return end.text == "cba\n"; })) << end.reasonText;
    end.order(bight_transport_free);
}

TEST_F(TlsInterop, aServerThatIsKilledHasNotEndedTls)
{
    std::string endpoint;
    auto server = serveWith({"-rev"}, &endpoint);

    connect(endpoint);
    ASSERT_TRUE(until([&] { return end.transport != nullptr; })) << failure;
    write("abc\n"); // with bytes unread its system would send a reset
    EXPECT_TRUE(until([&] { return end.text == "cba\n"; })) << end.text;
    server->signal(9);
    EXPECT_TRUE(until([&] { return end.closed; }));
    EXPECT_EQ(end.reason, BIGHT_ERROR_TRUNCATED) << end.reasonText;
}

TEST_F(TlsInterop, curlFetchesAPage)
{
    if (!support::inPath("curl"))
        GTEST_SKIP() << "curl is missing";
    std::string port = listen("&alpn=http/1.1"), page(100000, 'x');
    Process curl(
        {"curl", "--silent", "--show-error", "--cacert", ca_, "https://localhost:" + port + "/"});

    end.onReceived = [&](std::string_view) {
        if (end.text.find("\r\n\r\n") == std::string::npos)
            return;
        write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(page.size()) + "\r\n\r\n");
        write(page);
        bight_transport_close(end.transport);
    };
    EXPECT_TRUE(until([&] { return end.closed; }));
    EXPECT_TRUE(curl.wait()) << "it does not end";
    EXPECT_EQ(curl.output(), page) << curl.errors();
}

} // namespace
