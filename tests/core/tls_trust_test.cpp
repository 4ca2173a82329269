/* Whom TLS trusts, and what it says of those whom it does not. */
#include "core/tls_support.hpp"
#include "support/temp_dir.hpp"

#include <openssl/x509_vfy.h>

using support::Authority;
using support::Identity;
using support::Wanted;
using tls_test::authority;
using tls_test::Context;
using tls_test::identity;
using tls_test::makeClient;
using tls_test::makeServer;
using tls_test::Peer;
using tls_test::Tls;
using tls_test::viewOf;

namespace
{

// The date of a day from now, in UTC.
std::string dateIn(int days)
{
    char text[BIGHT_DATE_TEXT_SIZE];

    return bight_date_format(static_cast<int64_t>(time(nullptr)) + days * 86400, text);
}

class TlsTrust : public Tls
{
  protected:
    // A client that trusts the authority meets a server who is this.
    void meet(const Identity &who, const char *host = "server.test")
    {
        Context tls = makeServer(who);

        join(clientContext, tls, host);
    }

    void expectUntrusted(int code, const std::string &reason)
    {
        EXPECT_FALSE(client.connected);
        EXPECT_FALSE(server.connected);
        EXPECT_EQ(client.reason, BIGHT_ERROR_UNTRUSTED) << client.reasonText;
        EXPECT_EQ(client.reasonDomain, BIGHT_DOMAIN_X509);
        EXPECT_EQ(client.reasonCode, code) << client.reasonText;
        EXPECT_NE(client.reasonText.find(reason), std::string::npos) << client.reasonText;
        EXPECT_NE(client.reasonText.find("tls:memory:b"), std::string::npos) << client.reasonText;
        EXPECT_EQ(server.reason, BIGHT_ERROR_PROTOCOL) << server.reasonText;
        EXPECT_EQ(server.reasonDomain, BIGHT_DOMAIN_OPENSSL);
        EXPECT_NE(server.reasonText.find("alert"), std::string::npos) << server.reasonText;
        EXPECT_TRUE(client.closed && server.closed);
    }
};

TEST_F(TlsTrust, aWrongNameIsRefused)
{
    meet(identity(), "other.test");
    expectUntrusted(X509_V_ERR_HOSTNAME_MISMATCH,
                    "is for server.test, *.wild.test, 127.0.0.1 and ::1, not for other.test");
}

TEST_F(TlsTrust, aNameMayBeAWildcardButNotAPart)
{
    meet(identity(), "a.wild.test");
    EXPECT_TRUE(client.connected) << client.reasonText;
}

TEST_F(TlsTrust, aWildcardIsForOneLabel)
{
    meet(identity(), "a.b.wild.test");
    expectUntrusted(X509_V_ERR_HOSTNAME_MISMATCH, "not for a.b.wild.test");
}

TEST_F(TlsTrust, aDotAtTheEndOfANameIsNoPartOfIt)
{
    meet(identity(), "server.test.");
    EXPECT_TRUE(client.connected) << client.reasonText;
}

TEST_F(TlsTrust, anAddressIsCheckedAsOne)
{
    meet(identity(), "127.0.0.1");
    EXPECT_TRUE(client.connected) << client.reasonText;
}

TEST_F(TlsTrust, anAddressOfTheSixthVersionToo)
{
    meet(identity(), "::1");
    EXPECT_TRUE(client.connected) << client.reasonText;
}

TEST_F(TlsTrust, anotherAddressIsRefused)
{
    meet(identity(), "127.0.0.2");
    expectUntrusted(X509_V_ERR_IP_ADDRESS_MISMATCH, "not for 127.0.0.2");
}

/* "DNS:127.0.0.1" is no address. */
TEST_F(TlsTrust, anAddressAsANameIsRefused)
{
    Wanted wanted;

    wanted.alternatives = "DNS:127.0.0.1";
    meet(authority().issue(wanted), "127.0.0.1");
    expectUntrusted(X509_V_ERR_IP_ADDRESS_MISMATCH, "is for 127.0.0.1, not for 127.0.0.1");
}

TEST_F(TlsTrust, whatHasExpiredIsRefused)
{
    Wanted wanted;

    wanted.from = -20;
    wanted.to = -10;
    meet(authority().issue(wanted));
    expectUntrusted(X509_V_ERR_CERT_HAS_EXPIRED, "the certificate expired on " + dateIn(-10));
}

TEST_F(TlsTrust, whatIsNotYetValidIsRefused)
{
    Wanted wanted;

    wanted.from = 10;
    wanted.to = 20;
    meet(authority().issue(wanted));
    expectUntrusted(X509_V_ERR_CERT_NOT_YET_VALID,
                    "the certificate is not valid before " + dateIn(10));
}

TEST_F(TlsTrust, whatIsSignedByItselfIsRefused)
{
    meet(Authority::selfSigned());
    expectUntrusted(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "the certificate is signed by itself");
}

TEST_F(TlsTrust, aCommonNameIsNoHost)
{
    Wanted wanted;

    wanted.alternatives = "-";
    meet(authority().issue(wanted));
    expectUntrusted(X509_V_ERR_HOSTNAME_MISMATCH,
                    "is for no host, only for the subject CN=server.test");
}

TEST_F(TlsTrust, allThatIsWrongIsSaidAndOfWhichCertificate)
{
    Wanted wanted;

    wanted.alternatives = "DNS:a.test";
    wanted.from = -20;
    wanted.to = -10;
    meet(authority().issueAuthority("Between", -5)->issue(wanted));
    expectUntrusted(X509_V_ERR_HOSTNAME_MISMATCH, "is for a.test, not for server.test");
    for (const std::string &part :
         {"; certificate 2 of the chain (CN=Between) expired on " + dateIn(-5),
          "; the certificate expired on " + dateIn(-10)})
        EXPECT_NE(client.reasonText.find(part), std::string::npos) << client.reasonText;
}

TEST_F(TlsTrust, anIncompleteChainIsRefused)
{
    meet(authority().issueAuthority("Between")->issueWithoutChain());
    expectUntrusted(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                    "issued by CN=Between, which is not trusted here, or the peer did not send");
}

TEST_F(TlsTrust, anUnknownAuthorityIsRefused)
{
    Authority other("Somebody Else");

    meet(other.issue());
    expectUntrusted(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                    "was issued by CN=Somebody Else, which is not trusted here");
}

TEST_F(TlsTrust, anAuthorityBetweenIsFoundInTheChain)
{
    meet(authority().issueAuthority("Between")->issue());
    EXPECT_TRUE(client.connected) << client.reasonText;
}

TEST_F(TlsTrust, withoutOptionsTheSystemIsTrustedAlone)
{
    bight_tls *tls = nullptr;

    ASSERT_EQ(bight_tls_new_client(nullptr, nullptr, &tls), BIGHT_OK);
    join(tls, serverContext);
    EXPECT_EQ(client.reason, BIGHT_ERROR_UNTRUSTED) << client.reasonText;
    bight_tls_unref(tls);
}

TEST_F(TlsTrust, onlyTheUglyNameTakesAnybody)
{
    Context careless = makeClient(
        "", [](bight_tls_options &options) { options.dangerously_accept_any_certificate = true; });
    Context imposter = makeServer(Authority::selfSigned());

    join(careless, imposter, "whoever.test");
    EXPECT_TRUE(client.connected) << client.reasonText;
    client.order(bight_transport_free);
    settle();
}

TEST_F(TlsTrust, aClientThatChecksMustSayWhom)
{
    bight_transport *above = nullptr;

    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    for (const char *host : {static_cast<const char *>(nullptr), "", "."})
        EXPECT_EQ(
            bight_tls_start_client(clientBelow.transport, clientContext, host, &client, &above),
            BIGHT_ERROR_INVALID);
    EXPECT_EQ(above, nullptr);
    clientBelow.write("as before");
    settle();
    EXPECT_EQ(serverBelow.text, "as before") << "nothing was changed";
}

/* -- Clients that prove who they are -- */

class TlsClients : public TlsTrust
{
  protected:
    Context server13(bight_tls_clients clients)
    {
        return makeServer(identity(), [clients](bight_tls_options &options) {
            options.ca_pem = viewOf(trusted());
            options.clients = clients;
        });
    }
    static const std::string &trusted()
    {
        static const std::string text = authority().certificate();
        return text;
    }
    static Context prover(const Identity &who)
    {
        return makeClient(trusted(), [&who](bight_tls_options &options) {
            options.certificate_pem = viewOf(who.certificate);
            options.key_pem = viewOf(who.key);
        });
    }
    static Identity somebody()
    {
        Wanted wanted;
        wanted.name = "Jürgen";
        wanted.alternatives = "DNS:client.test";
        return authority().issue(wanted);
    }
};

TEST_F(TlsClients, aTrustedOneIsKnownByName)
{
    Context tls = server13(BIGHT_TLS_CLIENTS_MUST_PROVE), mine = prover(somebody());
    char subject[64];

    join(mine, tls);
    ASSERT_TRUE(server.connected) << server.reasonText;
    bight_tls_get_peer_subject(server.transport, subject, sizeof(subject));
    EXPECT_STREQ(subject, "CN=Jürgen");
}

TEST_F(TlsClients, oneWithoutACertificateIsRefusedWhereItMust)
{
    Context tls = server13(BIGHT_TLS_CLIENTS_MUST_PROVE);

    join(clientContext, tls);
    EXPECT_FALSE(server.connected);
    EXPECT_NE(server.reasonText.find("did not return a certificate"), std::string::npos)
        << server.reasonText;
    EXPECT_EQ(client.reason, BIGHT_ERROR_PROTOCOL) << client.reasonText;
    EXPECT_NE(client.reasonText.find("a certificate is required of this side"), std::string::npos)
        << client.reasonText;
}

TEST_F(TlsClients, oneWithoutACertificateIsTakenWhereItMay)
{
    Context tls = server13(BIGHT_TLS_CLIENTS_MAY_PROVE);

    join(clientContext, tls);
    EXPECT_TRUE(server.connected) << server.reasonText;
}

TEST_F(TlsClients, anUnknownOneIsRefusedInEitherCase)
{
    for (bight_tls_clients clients : {BIGHT_TLS_CLIENTS_MAY_PROVE, BIGHT_TLS_CLIENTS_MUST_PROVE}) {
        Context tls = server13(clients), mine = prover(Authority::selfSigned());
        forget();
        Peer a, b;
        bight_transport *above = nullptr, *other = nullptr;

        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        ASSERT_EQ(bight_tls_start_server(serverBelow.transport, tls, &b, &other), BIGHT_OK);
        ASSERT_EQ(bight_tls_start_client(clientBelow.transport, mine, "server.test", &a, &above),
                  BIGHT_OK);
        settle();
        EXPECT_FALSE(b.connected);
        EXPECT_EQ(b.reason, BIGHT_ERROR_UNTRUSTED) << b.reasonText;
        EXPECT_EQ(a.reason, BIGHT_ERROR_PROTOCOL) << a.reasonText;
    }
}

/* -- What a context is made of -- */

class TlsContext : public ::testing::Test
{
  protected:
    bight_status makeAny(bool isServer)
    {
        bight_tls *made = nullptr;
        bight_error *error = nullptr;
        bight_status status = isServer ? bight_tls_new_server(&options, &error, &made)
                                       : bight_tls_new_client(&options, &error, &made);

        EXPECT_EQ(status == BIGHT_OK, made != nullptr);
        message = error != nullptr ? bight_error_get_message(error) : "";
        bight_error_unref(error);
        bight_tls_unref(made);
        EXPECT_TRUE(tls_test::errorsAreClean());
        return status;
    }
    void tell(const std::string &part)
    {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }

    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    std::string message;
    support::TempDir directory;
};

TEST_F(TlsContext, filesAreRead)
{
    std::string chain = directory.write("chain.pem", identity().certificate);
    std::string key = directory.write("key.pem", identity().key);
    std::string both = directory.write("both.pem", identity().key + identity().certificate);
    std::string ca = directory.write("ca.pem", "words\n" + authority().certificate());

    options.certificate_file = chain.c_str();
    options.key_file = key.c_str();
    options.ca_file = ca.c_str();
    options.ca_directory = directory.path().c_str();
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
    EXPECT_EQ(makeAny(false), BIGHT_OK) << message;
    options.certificate_file = both.c_str();
    options.key_file = nullptr;
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
}

TEST_F(TlsContext, whatIsMissingIsNamed)
{
    std::string nowhere = directory.file("nowhere.pem");

    options.ca_file = nowhere.c_str();
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_NOT_FOUND);
    tell(nowhere + ": No such file");
    options = BIGHT_TLS_OPTIONS_INIT;
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_INVALID);
    tell("no certificate");
    options.certificate_file = nowhere.c_str();
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_NOT_FOUND);
    tell("certificate " + nowhere);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.ca_directory = nowhere.c_str();
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_NOT_FOUND);
}

TEST_F(TlsContext, whatIsNoCertificateIsNamed)
{
    std::string junk = directory.write("junk.pem", "junk");
    std::string cut = identity().certificate.substr(0, identity().certificate.size() / 2);

    options.ca_file = junk.c_str();
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_PROTOCOL);
    tell(junk);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.ca_pem = viewOf(cut);
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_PROTOCOL);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.certificate_pem = viewOf(identity().certificate);
    options.key_pem = viewOf(identity().certificate);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("key");
}

TEST_F(TlsContext, aKeyMustFit)
{
    Identity other = Authority::selfSigned();

    options.certificate_pem = viewOf(identity().certificate);
    options.key_pem = viewOf(other.key);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("key values mismatch");
}

TEST_F(TlsContext, anEncryptedKeyNeedsItsPasswordAndNobodyIsAsked)
{
    Wanted wanted;

    wanted.password = "secret";
    Identity locked = authority().issue(wanted);
    options.certificate_pem = viewOf(locked.certificate);
    options.key_pem = viewOf(locked.key);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("key: it is encrypted, and no password was given");
    options.key_password = "wrong";
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("key: it is encrypted, and the password is wrong");
    options.key_password = "secret";
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
}

TEST_F(TlsContext, derIsRead)
{
    std::string chain = support::derOfCertificate(identity().certificate);
    std::string ca = support::derOfCertificate(authority().certificate());
    std::string key = support::derOfKey(identity().key);
    std::string locked = support::derOfKey(identity().key, "secret");
    std::string file = directory.write("cert.der", chain);

    options.certificate_pem = viewOf(chain);
    options.key_pem = viewOf(key);
    options.ca_pem = viewOf(ca);
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
    options.certificate_pem = {nullptr, 0};
    options.certificate_file = file.c_str();
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
    options.key_pem = viewOf(locked);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("it is encrypted, and no password was given");
    options.key_password = "wrong";
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("the password is wrong");
    options.key_password = "secret";
    EXPECT_EQ(makeAny(true), BIGHT_OK) << message;
}

TEST_F(TlsContext, whatIsNeitherPemNorDerIsExplained)
{
    std::string bundle = support::bundleOf(identity());
    std::string file = directory.write("empty.pem", "");

    options.certificate_pem = viewOf(bundle);
    options.key_pem = viewOf(identity().key);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("this is a PKCS #12 bundle");
    options.certificate_pem = viewOf(identity().certificate);
    options.key_pem = viewOf(bundle);
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("this is a PKCS #12 bundle");
    options.certificate_pem = {nullptr, 0};
    options.certificate_file = file.c_str();
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_PROTOCOL);
    tell("it is empty");
}

TEST_F(TlsContext, optionsThatMakeNoSenseAreRefused)
{
    const char *none[] = {nullptr}, *empty[] = {"h2", "", nullptr};
    std::string name(256, 'x');
    const char *tooLong[] = {name.c_str(), nullptr};

    for (const char *const *alpn : {none, empty, tooLong}) {
        options.alpn = alpn;
        EXPECT_EQ(makeAny(false), BIGHT_ERROR_INVALID);
        tell("ALPN");
    }
    options = BIGHT_TLS_OPTIONS_INIT;
    options.least = BIGHT_TLS_1_3;
    options.most = BIGHT_TLS_1_2;
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_INVALID);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.least = static_cast<bight_tls_version>(10);
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_INVALID);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.size = 3;
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_INVALID);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.handshake_timeout = 0;
    EXPECT_EQ(makeAny(false), BIGHT_ERROR_INVALID);
    options = BIGHT_TLS_OPTIONS_INIT;
    options.clients = BIGHT_TLS_CLIENTS_MUST_PROVE;
    EXPECT_EQ(makeAny(true), BIGHT_ERROR_INVALID);
    tell("no authority");
}

} // namespace
