// The tool over TLS: a server with a certificate, a client that checks it.
#include "cli_testing.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

namespace
{

using namespace cli_testing;

class CliTls : public ::testing::Test
{
  protected:
    static support::Identity issue(const support::Authority &authority)
    {
        support::Wanted wanted;
        wanted.alternatives = "IP:127.0.0.1";
        return authority.issue(wanted);
    }
    support::Completed connect(const std::string &endpoint, const std::vector<std::string> &more)
    {
        std::vector<std::string> words = {"connect", endpoint};
        words.insert(words.end(), more.begin(), more.end());
        return support::run(command(words), "hello\n");
    }

    support::Authority authority_;
    support::Identity identity_ = issue(authority_);
    support::TempDir folder_;
    // What an endpoint cannot hold as it is.
    std::string ca_ = folder_.write("a&b%.pem", authority_.certificate());
    std::string cert_ = folder_.write("cert.pem", identity_.certificate);
    std::string key_ = folder_.write("key.pem", identity_.key);
};

TEST_F(CliTls, echoServesWhomConnectTrusts)
{
    Server server(native(), {"echo", "--cert", cert_, "--key", key_, "tls:127.0.0.1:0"});
    support::Completed trusted = connect(server.endpoint(), {"--cafile", ca_});

    EXPECT_EQ(server.endpoint().find("tls:127.0.0.1:"), 0u) << server.endpoint();
    EXPECT_TRUE(trusted.succeeded()) << trusted.errors;
    EXPECT_EQ(trusted.output, "hello\n");
    EXPECT_EQ(connect(server.endpoint(), {"--insecure"}).output, "hello\n");
    server.stop();
}

TEST_F(CliTls, connectTellsWhyItDoesNotTrust)
{
    Server server(native(), {"echo", "tls:127.0.0.1:0?cert=" + cert_ + "&key=" + key_});
    support::Completed refused = connect(server.endpoint(), {});

    EXPECT_FALSE(refused.succeeded());
    EXPECT_EQ(refused.output, "");
    EXPECT_NE(refused.errors.find("is not trusted for 127.0.0.1"), std::string::npos)
        << refused.errors;
}

TEST_F(CliTls, aVerboseServerTellsOfFailedHandshakes)
{
    for (const char *what : {"echo", "chatd"}) {
        Server server(native(),
                      {what, "--verbose", "--cert", cert_, "--key", key_, "tls:127.0.0.1:0"});

        EXPECT_FALSE(connect(server.endpoint(), {}).succeeded());
        EXPECT_TRUE(support::waitUntil([&] {
            return server.process().saw("it does not trust the authority of this side's "
                                        "certificate");
        })) << server.process().errors();
    }
}

TEST_F(CliTls, aServerWithoutACertificateIsAFaultInTheUsage)
{
    support::Completed failed = support::run(command({"echo", "tls:127.0.0.1:0"}));

    ASSERT_TRUE(failed.ending);
    EXPECT_EQ(failed.ending->status, 2);
    EXPECT_NE(failed.errors.find("no certificate"), std::string::npos) << failed.errors;
}

TEST_F(CliTls, forwardAddsAndTakesAwayTls)
{
    Server echo(native(), {"echo", "tcp:127.0.0.1:0"});
    Server wrap(native(),
                {"forward", "tls:127.0.0.1:0?cert=" + cert_ + "&key=" + key_, echo.endpoint()});
    Server unwrap(native(), {"forward", "tcp:127.0.0.1:0",
                             wrap.endpoint() + "?dangerously-accept-any-certificate"});

    EXPECT_EQ(connect(unwrap.endpoint(), {}).output, "hello\n");
}

TEST_F(CliTls, chatdTalksUnderTls)
{
    Server server(native(), {"chatd", "--cert", cert_, "--key", key_, "tls:127.0.0.1:0"});
    support::Completed client =
        support::run(command({"connect", server.endpoint(), "--cafile", ca_}),
                     "NICK x\r\nUSER x 0 * :x\r\nQUIT\r\n");

    EXPECT_NE(client.output.find(" 001 x "), std::string::npos) << client.output << client.errors;
}

} // namespace
