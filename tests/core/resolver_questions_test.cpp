// What is asked, of whom, and how long a lookup waits for it.
#include "core/resolver_support.hpp"
#include "support/port.hpp"

#include <arpa/inet.h>
#include <bight/threads.h>

using namespace resolving;

namespace
{

class Questions : public Cranked
{
};

// -- What no server is asked --

TEST_F(Questions, areNotAskedForNumbersInAnyForm)
{
    serve([](const Question &) { return Packets(); });
    use(options);
    EXPECT_EQ(found("10.1.2.3"), Texts{"10.1.2.3"});
    EXPECT_EQ(found("127.1"), Texts{"127.0.0.1"});
    EXPECT_EQ(found("0x7f.1"), Texts{"127.0.0.1"});
    EXPECT_EQ(found("2130706433"), Texts{"127.0.0.1"});
    EXPECT_EQ(found("2001:db8::1"), Texts{"2001:db8::1"});
    EXPECT_EQ(found("fe80::1%lo"), Texts{"fe80::1%lo"});
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Questions, areNotAskedForMistypedNumbers)
{
    serve([](const Question &) { return Packets(); });
    use(options);
    for (const char *name :
         {"10.0.0.256", "1.2.3.4.5", "0x1ffffffff", "a.1", "1.2.3.4.", "010.0.0.1"}) {
        Lookup lookup(resolver, name);
        bight_crank_settle(reactor);
        EXPECT_EQ(lookup.status, BIGHT_ERROR_INVALID) << name;
    }
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Questions, areNotAskedForAnAddressOfTheOtherFamily)
{
    serve([](const Question &) { return Packets(); });
    use(options);
    Lookup lookup(resolver, "10.1.2.3", BIGHT_FAMILY_IPV6);
    bight_crank_settle(reactor);
    EXPECT_EQ(lookup.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Questions, areNotAskedForThisMachine)
{
    serve([](const Question &) { return Packets(); });
    use(options);
    for (const char *name : {"localhost", "localhost.", "LocalHost", "a.b.localhost"}) {
        EXPECT_EQ(found(name, BIGHT_FAMILY_IPV4), Texts{"127.0.0.1"}) << name;
        EXPECT_EQ(found(name, BIGHT_FAMILY_IPV6), Texts{"::1"}) << name;
        EXPECT_EQ(found(name).size(), 2u) << name;
    }
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Questions, areNotAskedForNamesOfMulticastAndOthersThatServersMustNotSee)
{
    serve([](const Question &) { return Packets(); });
    use(options);
    Lookup printer(resolver, "printer.local"), onion(resolver, "x.onion"),
        none(resolver, "a.invalid");
    bight_crank_settle(reactor);
    EXPECT_EQ(printer.status, BIGHT_ERROR_UNSUPPORTED);
    EXPECT_NE(printer.message.find("multicast"), std::string::npos) << printer.message;
    EXPECT_EQ(onion.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(none.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Questions, forNamesOfMulticastGoToThePool)
{
    bight_threads *threads = nullptr;
    bight_reactor *native = bight_reactor_new();
    ASSERT_EQ(bight_threads_new(native, nullptr, &threads), BIGHT_OK);
    options.threads = threads;
    bight_resolver *made = nullptr;
    ASSERT_EQ(bight_resolver_new(native, &options, &made), BIGHT_OK);
    {
        Lookup lookup(made, "no-such-printer.local"), cancelled(made, "other.local");
        bight_deferred_cancel(cancelled.deferred);
        EXPECT_EQ(cancelled.status, BIGHT_ERROR_CANCELLED);
        EXPECT_TRUE(conformance::runUntil(native, [&] { return lookup.done; }));
        EXPECT_NE(lookup.status, BIGHT_ERROR_UNSUPPORTED) << lookup.message;
        Lookup freed(made, "third.local");
        bight_resolver_free(made);
        EXPECT_EQ(freed.status, BIGHT_ERROR_CANCELLED);
    }
    bight_threads_free(threads);
    bight_reactor_free(native);
}

// -- Two families --

TEST_F(Questions, thatAreSilentCostFiftyMillisecondsWhenTheOtherIsAnswered)
{
    serve([](const Question &question) {
        if (question.type == conformance::TypeAaaa)
            return Packets();
        return Packets{answer(question, {addressRecord("host.test", "192.0.2.4")})};
    });
    use(options);
    Lookup lookup(resolver, "host.test");
    bight_crank_settle(reactor);
    EXPECT_EQ(server->questions, 2u);
    bight_crank_advance(reactor, BIGHT_MSEC(49));
    EXPECT_FALSE(lookup.done);
    bight_crank_advance(reactor, BIGHT_MSEC(1));
    EXPECT_TRUE(lookup.done);
    EXPECT_EQ(lookup.addresses, Texts{"192.0.2.4"});
}

TEST_F(Questions, thatAreAnsweredTooLateAreKeptForTheNextLookup)
{
    Question late;
    serve([&](const Question &question) {
        if (question.type != conformance::TypeAaaa)
            return Packets{answer(question, {addressRecord("host.test", "192.0.2.4")})};
        late = question;
        return Packets();
    });
    use(options);
    Lookup lookup(resolver, "host.test");
    bight_crank_settle(reactor);
    bight_crank_advance(reactor, BIGHT_MSEC(50));
    EXPECT_TRUE(lookup.done);
    server->say(late, answer(late, {addressRecord("host.test", "2001:db8::4")}));
    bight_crank_settle(reactor);
    EXPECT_EQ(found("host.test", BIGHT_FAMILY_IPV6), Texts{"2001:db8::4"});
    EXPECT_EQ(server->questions, 2u);
}

TEST_F(Questions, thatHaveNoAddressDoNotEndTheWaitForTheOther)
{
    Question late;
    serve([&](const Question &question) {
        if (question.type == conformance::TypeA)
            return Packets{answer(question, {})};
        late = question;
        return Packets();
    });
    use(options);
    Lookup lookup(resolver, "host.test");
    bight_crank_settle(reactor);
    bight_crank_advance(reactor, BIGHT_SEC(1));
    EXPECT_FALSE(lookup.done);
    server->say(late, answer(late, {addressRecord("host.test", "2001:db8::4")}));
    bight_crank_settle(reactor);
    EXPECT_EQ(lookup.addresses, Texts{"2001:db8::4"});
}

TEST_F(Questions, thatWereLateDoNotKeepOthersFromBeingAsked)
{
    serve([](const Question &question) {
        if (question.type == conformance::TypeAaaa)
            return Packets();
        return Packets{answer(question, {addressRecord(question.name, "192.0.2.4")})};
    });
    options.most_asked = 2;
    use(options);
    for (int i = 0; i < 3; i++) {
        Lookup lookup(resolver, "h" + std::to_string(i) + ".test");
        bight_crank_settle(reactor);
        bight_crank_advance(reactor, BIGHT_MSEC(50));
        EXPECT_TRUE(lookup.done) << i;
    }
    EXPECT_EQ(server->questions, 6u);
}

TEST_F(Questions, areSharedByLookupsThatOverlap)
{
    std::vector<Question> open;
    serve([&](const Question &question) {
        open.push_back(question);
        return Packets();
    });
    use(options);
    Lookup first(resolver, "host.test"), second(resolver, "HOST.test"),
        third(resolver, "host.test");
    bight_deferred_cancel(first.deferred);
    bight_crank_settle(reactor);
    EXPECT_EQ(server->questions, 2u);
    ASSERT_EQ(open.size(), 2u);
    for (const Question &question : open)
        server->say(
            question,
            answer(question,
                   {addressRecord("host.test", question.type == 1 ? "192.0.2.4" : "2001:db8::4")}));
    bight_crank_settle(reactor);
    EXPECT_EQ(second.addresses.size(), 2u);
    EXPECT_EQ(third.addresses, second.addresses);
    EXPECT_EQ(first.status, BIGHT_ERROR_CANCELLED);
}

// -- Servers --

TEST_F(Questions, passAServerWhosePortIsClosedAtOnce)
{
    std::string closed = "127.0.0.1:" + std::to_string(support::freePort());
    serve(NameServer::knowing("host.test", {"192.0.2.4"}));
    std::string servers = closed + "," + server->servers();
    options.servers = servers.c_str();
    use(options);
    EXPECT_EQ(found("host.test"), Texts{"192.0.2.4"});
}

TEST_F(Questions, failAtOnceWithoutAnyServer)
{
    std::string closed = "127.0.0.1:" + std::to_string(support::freePort());
    options.servers = closed.c_str();
    use(options);
    Lookup lookup(resolver, "host.test");
    bight_crank_settle(reactor);
    EXPECT_EQ(lookup.status, BIGHT_ERROR_UNREACHABLE) << lookup.message;
}

} // namespace
