/* A program is asked about a certificate that is not trusted, and answers at once or later. */
#include "core/tls_support.hpp"
#include "support/temp_dir.hpp"

#include <bight/later.h>
#include <bight/timer.h>
#include <bight/value.h>
#include <fstream>
#include <openssl/x509_vfy.h>
#include <sstream>
#include <sys/stat.h>

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

namespace
{

// What a window would do.
struct Person {
    std::function<bight_deferred *(const bight_certificate_report *)> decides;
    bight_promise *promise = nullptr;
    unsigned asked = 0, withdrawn = 0, destroyed = 0;
    std::string text, place;
    bool changed = false;

    ~Person()
    {
        bight_promise_free(promise);
    }
    // The question stays open.
    bight_deferred *wait()
    {
        bight_deferred *answer = bight_deferred_new(&promise);

        bight_promise_on_cancel(
            promise,
            [](bight_promise *, void *data) {
                auto *self = static_cast<Person *>(data);
                self->withdrawn++;
            },
            this);
        return answer;
    }
    void answer(bight_tls_answer answer)
    {
        bight_promise *open = promise;

        promise = nullptr;
        bight_promise_complete(open, bight_result_int(answer));
    }
    static bight_deferred *ask(const bight_certificate_report *report, void *data)
    {
        auto *self = static_cast<Person *>(data);

        self->asked++;
        self->text = bight_certificate_report_get_text(report);
        self->place = bight_certificate_report_get_place(report);
        self->changed = bight_certificate_report_is_changed(report);
        return self->decides(report);
    }
    static void destroy(void *data)
    {
        static_cast<Person *>(data)->destroyed++;
    }
};

bight_deferred *atOnce(bight_tls_answer answer)
{
    return bight_deferred_of(bight_result_int(answer));
}

class TlsDecide : public Tls
{
  protected:
    TlsDecide()
    {
        clientContext = asking();
        serverContext = makeServer(stranger);
        person.decides = [this](const bight_certificate_report *) { return person.wait(); };
    }
    Context asking(const tls_test::Adjust &adjust = nullptr)
    {
        return makeClient(authority().certificate(), [&](bight_tls_options &options) {
            options.decide = Person::ask;
            options.decide_data = &person;
            options.decide_destroy = Person::destroy;
            if (adjust)
                adjust(options);
        });
    }
    void meet()
    {
        join(clientContext, serverContext);
    }
    // The handshake has yet to run.
    void startBoth()
    {
        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        ASSERT_EQ(
            bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
            BIGHT_OK);
        ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test",
                                         &client, &clientSide),
                  BIGHT_OK);
    }
    // The next connection of the same program.
    void meetAgain()
    {
        for (Peer *end : {&client, &server})
            if (end->transport != nullptr && !end->closed)
                end->order(bight_transport_free);
        settle();
        forget();
        meet();
    }
    void expectRefused()
    {
        EXPECT_FALSE(client.connected);
        EXPECT_TRUE(client.closed);
        EXPECT_EQ(client.reason, BIGHT_ERROR_UNTRUSTED) << client.reasonText;
        EXPECT_EQ(client.reasonCode, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
        EXPECT_FALSE(server.connected);
    }
    void expectEcho()
    {
        ASSERT_TRUE(client.connected) << client.reasonText;
        ASSERT_TRUE(server.connected) << server.reasonText;
        client.write("hello");
        server.write("welcome");
        settle();
        EXPECT_EQ(server.text, "hello");
        EXPECT_EQ(client.text, "welcome");
    }

    Identity stranger = Authority::selfSigned();
    Person person;
};

TEST_F(TlsDecide, nobodyIsAskedAboutATrustedOne)
{
    serverContext = makeServer(identity());
    meet();
    expectEcho();
    EXPECT_EQ(person.asked, 0u);
    EXPECT_TRUE(bight_tls_is_trusted(client.transport));
}

TEST_F(TlsDecide, theHandshakeWaitsForTheAnswerAndGoesOn)
{
    meet();
    EXPECT_EQ(person.asked, 1u);
    EXPECT_FALSE(client.connected);
    EXPECT_FALSE(server.connected);
    person.answer(BIGHT_TLS_ACCEPT);
    EXPECT_FALSE(client.connected) << "not inside the answer";
    settle();
    expectEcho();
    EXPECT_FALSE(bight_tls_is_trusted(client.transport));
    EXPECT_EQ(person.asked, 1u);
}

TEST_F(TlsDecide, anAnswerAtOnceCounts)
{
    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_ACCEPT); };
    meet();
    expectEcho();
    clientContext = asking();
    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_REFUSE); };
    meetAgain();
    expectRefused();
}

TEST_F(TlsDecide, worksWithTheOlderVersionAndAnyPieces)
{
    chunk = 1;
    clientContext = asking([](bight_tls_options &options) { options.most = BIGHT_TLS_1_2; });
    meet();
    EXPECT_EQ(person.asked, 1u);
    person.answer(BIGHT_TLS_ACCEPT);
    settle();
    expectEcho();
}

TEST_F(TlsDecide, aRefusalIsAnUntrustedCertificate)
{
    meet();
    person.answer(BIGHT_TLS_REFUSE);
    settle();
    expectRefused();
}

TEST_F(TlsDecide, anErrorInsteadOfAnAnswerRefusesAndIsSaid)
{
    person.decides = [](const bight_certificate_report *) {
        return bight_deferred_failed(bight_error_new(BIGHT_ERROR_TIMED_OUT, "nobody is there"));
    };
    meet();
    expectRefused();
    EXPECT_NE(client.reasonText.find("(nobody is there)"), std::string::npos) << client.reasonText;
}

TEST_F(TlsDecide, noDeferredIsARefusal)
{
    person.decides = [](const bight_certificate_report *) -> bight_deferred * { return nullptr; };
    meet();
    expectRefused();
}

TEST_F(TlsDecide, aNumberThatIsNoAnswerRefuses)
{
    meet();
    person.answer(static_cast<bight_tls_answer>(7));
    settle();
    expectRefused();
}

TEST_F(TlsDecide, thePersonHasAnHourWhereTheHandshakeHasSeconds)
{
    serverContext = makeServer(
        stranger, [](bight_tls_options &options) { options.handshake_timeout = BIGHT_SEC(7200); });
    meet();
    bight_crank_advance(reactor, BIGHT_SEC(3600));
    settle();
    EXPECT_FALSE(client.closed) << client.reasonText;
    person.answer(BIGHT_TLS_ACCEPT);
    settle();
    expectEcho();
}

TEST_F(TlsDecide, aPeerThatHasNoTimeWithdrawsTheQuestion)
{
    meet();
    bight_crank_advance(reactor, BIGHT_SEC(60));
    settle();
    EXPECT_EQ(server.reason, BIGHT_ERROR_TIMED_OUT);
    EXPECT_TRUE(client.closed);
    EXPECT_EQ(person.withdrawn, 1u);
}

TEST_F(TlsDecide, afterTheAnswerTheTimeRunsAgain)
{
    startBoth();
    settle();
    ASSERT_EQ(person.asked, 1u);
    bight_crank_advance(reactor, BIGHT_SEC(29));
    person.answer(BIGHT_TLS_ACCEPT);
    settle();
    expectEcho();
}

TEST_F(TlsDecide, theReportHasEverythingAPersonNeeds)
{
    Wanted wanted;
    bight_certificate_report *kept = nullptr;

    wanted.name = "Ümlaut";
    wanted.alternatives = "DNS:a.test,IP:192.0.2.1,DNS:*.b.test";
    serverContext = makeServer(authority().issueAuthority("Between")->issue(wanted));
    person.decides = [&](const bight_certificate_report *report) {
        kept = bight_certificate_report_ref(const_cast<bight_certificate_report *>(report));
        return person.wait();
    };
    meet();
    ASSERT_NE(kept, nullptr);
    EXPECT_STREQ(bight_certificate_report_get_host(kept), "server.test");
    EXPECT_STREQ(bight_certificate_report_get_peer(kept), "tls:memory:b");
    EXPECT_STREQ(bight_certificate_report_get_place(kept), "server.test:b");
    ASSERT_EQ(bight_certificate_report_get_certificate_count(kept), 3u);
    bight_certificate *leaf = bight_certificate_report_get_certificate(kept, 0);
    EXPECT_STREQ(bight_certificate_get_subject(leaf), "CN=Ümlaut");
    EXPECT_STREQ(bight_certificate_get_issuer(leaf), "CN=Between");
    ASSERT_EQ(bight_certificate_get_name_count(leaf), 3u);
    EXPECT_STREQ(bight_certificate_get_name(leaf, 0), "a.test");
    EXPECT_STREQ(bight_certificate_get_name(leaf, 1), "192.0.2.1");
    EXPECT_STREQ(bight_certificate_get_name(leaf, 2), "*.b.test");
    EXPECT_NEAR(static_cast<double>(bight_certificate_get_not_after(leaf)),
                static_cast<double>(time(nullptr) + 30 * 86400), 600);
    EXPECT_NEAR(static_cast<double>(bight_certificate_get_not_before(leaf)),
                static_cast<double>(time(nullptr) - 86400), 600);
    ASSERT_EQ(bight_certificate_report_get_problem_count(kept), 1u);
    const bight_certificate_problem *problem = bight_certificate_report_get_problem(kept, 0);
    EXPECT_EQ(problem->code, X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(problem->place, 0u);
    EXPECT_STREQ(problem->text,
                 "the certificate is for a.test, 192.0.2.1 and *.b.test, not for server.test");
    bight_certificate *same = nullptr;
    ASSERT_EQ(bight_certificate_new(bight_certificate_get_der(leaf), &same), BIGHT_OK);
    char one[BIGHT_FINGERPRINT_TEXT_SIZE], two[BIGHT_FINGERPRINT_TEXT_SIZE];
    EXPECT_STREQ(bight_fingerprint_format(bight_certificate_get_fingerprint(leaf), one),
                 bight_fingerprint_format(bight_certificate_get_fingerprint(same), two));
    EXPECT_EQ(std::string(one).size(), 95u);
    EXPECT_STREQ(bight_fingerprint_format(bight_certificate_get_key_fingerprint(leaf), one),
                 bight_fingerprint_format(bight_certificate_get_key_fingerprint(same), two));
    bight_certificate_unref(same);
    bight_certificate_report_unref(kept);
    person.answer(BIGHT_TLS_REFUSE);
    settle();
}

TEST_F(TlsDecide, theReportOfAConnectionIsThereAfterwards)
{
    bight_certificate_report *report = nullptr;

    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_ACCEPT); };
    meet();
    ASSERT_EQ(bight_tls_get_report(client.transport, &report), BIGHT_OK);
    EXPECT_EQ(bight_certificate_report_get_problem_count(report), 1u);
    bight_certificate_report_unref(report);
    EXPECT_EQ(bight_tls_get_report(server.transport, &report), BIGHT_ERROR_NOT_FOUND);
    serverContext = makeServer(identity());
    meetAgain();
    ASSERT_TRUE(client.connected);
    ASSERT_EQ(bight_tls_get_report(client.transport, &report), BIGHT_OK);
    EXPECT_EQ(bight_certificate_report_get_problem_count(report), 0u);
    EXPECT_EQ(bight_certificate_report_get_certificate_count(report), 2u);
    EXPECT_STREQ(bight_certificate_report_get_text(report), "");
    bight_certificate_report_unref(report);
}

/* -- Once, or for ever -- */

TEST_F(TlsDecide, whatWasAcceptedOnceIsAskedAboutAgain)
{
    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_ACCEPT); };
    meet();
    expectEcho();
    meetAgain();
    expectEcho();
    EXPECT_EQ(person.asked, 2u);
    EXPECT_FALSE(bight_tls_is_resumed(client.transport));
}

TEST_F(TlsDecide, whatIsRememberedIsAcceptedWithoutAQuestion)
{
    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_REMEMBER); };
    meet();
    meetAgain();
    expectEcho();
    EXPECT_EQ(person.asked, 1u);
    EXPECT_FALSE(bight_tls_is_trusted(client.transport));
    ASSERT_EQ(bight_tls_unpin(clientContext, "server.test:b"), BIGHT_OK);
    meetAgain();
    EXPECT_EQ(person.asked, 2u);
}

TEST_F(TlsDecide, anotherKeyThanTheRememberedOneIsSaid)
{
    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_REMEMBER); };
    meet();
    EXPECT_FALSE(person.changed);
    serverContext = makeServer(Authority::selfSigned());
    meetAgain();
    EXPECT_EQ(person.asked, 2u);
    EXPECT_TRUE(person.changed);
}

TEST_F(TlsDecide, keysAreRememberedInAFile)
{
    support::TempDir directory;
    std::string path = directory.file("pins");
    auto withFile = [&](bight_tls_options &options) { options.pins_file = path.c_str(); };
    struct stat file {
    };

    person.decides = [](const bight_certificate_report *) { return atOnce(BIGHT_TLS_REMEMBER); };
    clientContext = asking(withFile);
    meet();
    ASSERT_EQ(stat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u);
    clientContext = asking(withFile);
    meetAgain();
    expectEcho();
    EXPECT_EQ(person.asked, 1u);
    /* A crash has cut off a line: what follows is on a line of its own. */
    ASSERT_EQ(bight_tls_unpin(clientContext, "server.test:b"), BIGHT_OK);
    std::ofstream(path, std::ios::app) << "- cut.test:1";
    uint8_t key[BIGHT_FINGERPRINT_SIZE] = {1, 2, 3};
    ASSERT_EQ(bight_tls_pin(clientContext, "other.test:1", key), BIGHT_OK);
    clientContext = asking(withFile);
    meetAgain();
    EXPECT_EQ(person.asked, 2u) << "it was forgotten in the file";
}

TEST_F(TlsDecide, aFileOfPinsThatIsWrongIsNamed)
{
    support::TempDir directory;
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_error *error = nullptr;
    bight_tls *tls = nullptr;
    std::string hex(64, 'a');

    for (const std::string &text : {std::string("what\n"), hex + "\n", hex + " \n",
                                    "# fine\n\n" + hex + " a:1\n" + hex.substr(1) + "x b:1\n"}) {
        std::string path = directory.write("pins", text);
        options.pins_file = path.c_str();
        EXPECT_EQ(bight_tls_new_client(&options, &error, &tls), BIGHT_ERROR_INVALID) << text;
        EXPECT_NE(std::string(bight_error_get_message(error)).find(path + ": line "),
                  std::string::npos)
            << bight_error_get_message(error);
        bight_error_unref(error);
    }
    options.pins_file = "/";
    EXPECT_NE(bight_tls_new_client(&options, nullptr, &tls), BIGHT_OK);
}

TEST_F(TlsDecide, aPlaceIsOneLine)
{
    uint8_t key[BIGHT_FINGERPRINT_SIZE] = {};

    EXPECT_EQ(bight_tls_pin(clientContext, "", key), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_tls_pin(clientContext, "a:1\nb:2", key), BIGHT_ERROR_INVALID);
}

/* -- Ends -- */

TEST_F(TlsDecide, theQuestionIsWithdrawnWhenTheProgramEndsTheConnection)
{
    for (auto end : {bight_transport_free, bight_transport_abort, bight_transport_close}) {
        unsigned before = person.withdrawn;
        meet();
        ASSERT_FALSE(client.connected);
        end(clientSide);
        settle();
        EXPECT_EQ(person.withdrawn, before + 1);
        EXPECT_FALSE(client.connected);
        person.answer(BIGHT_TLS_ACCEPT); /* too late, and harmless */
        settle();
        EXPECT_FALSE(client.connected);
        forget();
    }
}

TEST_F(TlsDecide, theQuestionIsWithdrawnWhenThePeerResets)
{
    startBoth();
    settle();
    ASSERT_EQ(person.asked, 1u);
    bight_transport_abort(serverSide);
    settle();
    EXPECT_TRUE(client.closed);
    EXPECT_EQ(person.withdrawn, 1u);
}

TEST_F(TlsDecide, theQuestionIsWithdrawnWhenTheReactorIsFreed)
{
    meet();
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_EQ(person.withdrawn, 1u);
    EXPECT_FALSE(client.connected);
}

TEST_F(TlsDecide, theFunctionMayEndTheConnectionOrTheReactor)
{
    person.decides = [this](const bight_certificate_report *) {
        bight_transport_free(clientSide);
        return person.wait();
    };
    meet();
    EXPECT_EQ(person.withdrawn, 1u);
    EXPECT_FALSE(client.connected);
    forget();
    person.decides = [this](const bight_certificate_report *) {
        bight_reactor_free(reactor);
        reactor = nullptr;
        return atOnce(BIGHT_TLS_ACCEPT);
    };
    startBoth();
    bight_reactor *before = reactor;
    bight_crank_settle(before);
    EXPECT_EQ(reactor, nullptr);
    EXPECT_FALSE(client.connected);
}

TEST_F(TlsDecide, theDataIsFreedWithTheContext)
{
    meet();
    person.answer(BIGHT_TLS_ACCEPT);
    settle();
    clientContext = Context();
    EXPECT_EQ(person.destroyed, 0u) << "the connection has a reference";
    client.order(bight_transport_free);
    settle();
    EXPECT_EQ(person.destroyed, 1u);
}

TEST_F(TlsDecide, aServerCannotAsk)
{
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_tls *tls = nullptr;

    options.certificate_pem = tls_test::viewOf(identity().certificate);
    options.key_pem = tls_test::viewOf(identity().key);
    options.decide = Person::ask;
    EXPECT_EQ(bight_tls_new_server(&options, nullptr, &tls), BIGHT_ERROR_INVALID);
}

} // namespace
