// Chapter: a certificate that is not trusted is shown to the program, which answers at once or
// later, while the loop goes on.
#include "adapters/conformance.hpp"
#include "adapters/conformance_fork.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <bight/tls.h>
#include <bight/value.h>

using conformance::Outcome;
using conformance::Peer;
using conformance::Server;

namespace
{

template <class Base> class Deciding : public Base
{
  protected:
    ~Deciding() override
    {
        bight_tls_unref(tls_);
        bight_promise_free(promise_);
    }

    static bight_deferred *ask(const bight_certificate_report *report, void *data)
    {
        auto *self = static_cast<Deciding *>(data);
        bight_deferred *answer;

        self->asked_++;
        self->text_ = bight_certificate_report_get_text(report);
        if (self->onAsked_)
            self->onAsked_();
        bight_promise_free(self->promise_);
        answer = bight_deferred_new(&self->promise_);
        bight_promise_on_cancel(
            self->promise_,
            [](bight_promise *, void *it) { static_cast<Deciding *>(it)->withdrawn_++; }, self);
        return answer;
    }

    void answer(bight_tls_answer answer)
    {
        bight_promise *open = promise_;

        promise_ = nullptr;
        bight_promise_complete(open, bight_result_int(answer));
    }

    std::shared_ptr<Outcome> begin(const Server &server, Peer &peer, uint64_t timeout = 0)
    {
        bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
        bight_tls_options client = BIGHT_TLS_OPTIONS_INIT;

        client.decide = ask;
        client.decide_data = this;
        if (tls_ == nullptr) {
            EXPECT_EQ(bight_tls_new_client(&client, nullptr, &tls_), BIGHT_OK);
        }
        options.tls = tls_;
        options.timeout = timeout;
        return conformance::connectWith(this->reactor, server.endpoint(), options, peer);
    }

    support::TempDir directory_;
    support::Identity stranger_ = support::Authority::selfSigned();
    std::string endpoint_ =
        "tls:127.0.0.1:0?cert=" + directory_.write("cert.pem", stranger_.certificate) +
        "&key=" + directory_.write("key.pem", stranger_.key);
    bight_tls *tls_ = nullptr;
    bight_promise *promise_ = nullptr;
    unsigned asked_ = 0, withdrawn_ = 0;
    std::string text_;
    std::function<void()> onAsked_;
};

using TlsDecides = Deciding<conformance::Conformance>;
using TlsDecidesInFork = Deciding<conformance::Forking>;

INSTANTIATE_TEST_SUITE_P(Hosts, TlsDecidesInFork, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);
INSTANTIATE_TEST_SUITE_P(Hosts, TlsDecides, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(TlsDecides, theLoopGoesOnUntilTheAnswerComes)
{
    Server server(reactor, endpoint_, [](Peer &peer) { peer.echo(); });
    Server other(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client, meanwhile;
    auto outcome = begin(server, client);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    EXPECT_NE(text_.find("signed by itself"), std::string::npos) << text_;
    meanwhile.onConnected = [&] { meanwhile.write("the loop turns"); };
    auto open = conformance::connect(reactor, other.endpoint(), meanwhile);
    EXPECT_TRUE(runUntil([&] { return meanwhile.text == "the loop turns"; }));
    EXPECT_FALSE(outcome->done);
    EXPECT_TRUE(server.peers.empty()) << "nobody is served before the answer";
    answer(BIGHT_TLS_ACCEPT);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    client.write("hello");
    EXPECT_TRUE(runUntil([&] { return client.text == "hello"; }));
}

TEST_P(TlsDecides, aRefusalFailsTheConnect)
{
    Server server(reactor, endpoint_);
    Peer client;
    auto outcome = begin(server, client);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    answer(BIGHT_TLS_REFUSE);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_UNTRUSTED) << outcome->message;
    EXPECT_FALSE(client.connected);
}

TEST_P(TlsDecides, theTimeoutOfTheConnectWaitsForThePerson)
{
    Server server(reactor, endpoint_);
    Peer client;
    auto outcome = begin(server, client, BIGHT_SEC(1));

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    runFor(BIGHT_MSEC(1100));
    EXPECT_FALSE(outcome->done) << outcome->message;
    answer(BIGHT_TLS_ACCEPT);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
}

TEST_P(TlsDecides, aCancelWithdrawsTheQuestion)
{
    Server server(reactor, endpoint_);
    Peer client;
    auto outcome = begin(server, client);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    bight_deferred_cancel(outcome->deferred);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(withdrawn_, 1u);
    answer(BIGHT_TLS_ACCEPT);
    runFor(BIGHT_MSEC(5));
    EXPECT_FALSE(client.connected);
}

TEST_P(TlsDecides, aFreedReactorWithdrawsTheQuestion)
{
    Server server(reactor, endpoint_);
    Peer client;
    auto outcome = begin(server, client);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    freeReactor();
    EXPECT_EQ(withdrawn_, 1u);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED) << outcome->message;
    EXPECT_FALSE(client.connected);
}

TEST_P(TlsDecides, aDialogMayRunALoopInsideTheQuestion)
{
    Server server(reactor, endpoint_);
    Peer client;

    onAsked_ = [this] { runFor(BIGHT_MSEC(5)); };
    auto outcome = begin(server, client);
    ASSERT_TRUE(runUntil([&] { return promise_ != nullptr; }));
    EXPECT_FALSE(outcome->done);
    answer(BIGHT_TLS_ACCEPT);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
}

TEST_P(TlsDecidesInFork, aChildThatFreesLeavesTheQuestionToItsParent)
{
    Server server(reactor, endpoint_, [](Peer &peer) { peer.echo(); });
    Peer client;
    auto outcome = begin(server, client);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    if (forked()) {
        freeReactor();
        EXPECT_EQ(withdrawn_, 1u);
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(withdrawn_, 0u);
    answer(BIGHT_TLS_ACCEPT);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    client.write("hello");
    EXPECT_TRUE(runUntil([&] { return client.text == "hello"; }));
}

TEST_P(TlsDecides, aRememberedKeyConnectsWithoutAQuestion)
{
    Server server(reactor, endpoint_);
    Peer first, second;
    auto outcome = begin(server, first);

    ASSERT_TRUE(runUntil([&] { return asked_ == 1; }));
    answer(BIGHT_TLS_REMEMBER);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    outcome = begin(server, second);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(asked_, 1u);
}

} // namespace
