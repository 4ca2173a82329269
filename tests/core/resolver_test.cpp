// Looking names up, with servers that lie, stammer and say nothing. What a loop could break is in
// tests/adapters/conformance_names.cpp.
#include "adapters/conformance.hpp"
#include "adapters/name_server.hpp"
#include "support/alloc.hpp"
#include "support/peer.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"

#include <arpa/inet.h>
#include <bight/crank.h>
#include <bight/endpoint.h>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using conformance::addressRecord;
using conformance::answer;
using conformance::encodedName;
using conformance::Lookup;
using conformance::NameServer;
using conformance::Question;
using conformance::record;

namespace
{

using Packets = std::vector<std::string>;

const uint64_t aMoment = BIGHT_MSEC(40);

class Resolver : public testing::Test
{
  protected:
    ~Resolver() override
    {
        bight_resolver_free(resolver);
        server.reset();
        bight_reactor_free(reactor);
    }
    // A server, and a resolver that asks it once and waits: longer than any machine takes to
    // answer, or a moment, where no answer is to come.
    void use(NameServer::Handler handler, uint64_t timeout = BIGHT_SEC(60))
    {
        server = std::make_unique<NameServer>(reactor, std::move(handler));
        resolver = server->resolver(reactor, timeout);
        ASSERT_NE(resolver, nullptr);
    }
    void use(bight_resolver_options options)
    {
        ASSERT_EQ(bight_resolver_new(reactor, &options, &resolver), BIGHT_OK);
    }
    bool runUntil(const std::function<bool()> &condition)
    {
        return conformance::runUntil(reactor, condition);
    }
    // What becomes of a lookup of the name with this server.
    void expect(bight_status status, const std::string &message)
    {
        Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);
        EXPECT_TRUE(runUntil([&] { return lookup.done; }));
        EXPECT_EQ(lookup.status, status) << lookup.message;
        EXPECT_EQ(lookup.message, "look up host.test: " + message);
    }

    bight_reactor *reactor = bight_reactor_new();
    std::unique_ptr<NameServer> server;
    bight_resolver *resolver = nullptr;
};

const bight_resolver_options defaults = BIGHT_RESOLVER_OPTIONS_INIT;
const char *const noServer = "no name server is there, or none can tell now";

TEST_F(Resolver, givesNumbersBackAsTheyAre)
{
    use(defaults);
    Lookup four(resolver, "192.0.2.1"), six(resolver, "2001:db8::1");

    EXPECT_FALSE(four.done) << "completed inside the call";
    EXPECT_TRUE(runUntil([&] { return four.done && six.done; }));
    EXPECT_EQ(four.addresses, std::vector<std::string>{"192.0.2.1"});
    EXPECT_EQ(six.addresses, std::vector<std::string>{"2001:db8::1"});
}

TEST_F(Resolver, answersLocalhostWithoutAServer)
{
    use([](const Question &question) { return Packets{answer(question, {}, 3)}; });
    Lookup lookup(resolver, "localhost", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Resolver, followsAnotherName)
{
    use([](const Question &question) {
        return Packets{
            answer(question, {record("host.test", conformance::TypeCname, encodedName("real.test")),
                              addressRecord("real.test", "192.0.2.9")})};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.9"});
}

TEST_F(Resolver, givesAddressesForConnecting)
{
    use(NameServer::knowing("host.test", {"192.0.2.1"}));
    bight_deferred *deferred = bight_resolve(resolver, "host.test", BIGHT_FAMILY_ANY);
    ASSERT_TRUE(runUntil([&] { return bight_deferred_is_done(deferred); }));
    bight_result result;
    bight_address wanted;
    sockaddr_in in = {};

    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    auto *found = static_cast<bight_addresses *>(result.value);
    const bight_address *address = bight_addresses_get_address(found, 0);
    ASSERT_EQ(bight_address_parse("192.0.2.1", &wanted), BIGHT_OK);
    EXPECT_TRUE(bight_address_equal(address, &wanted)) << "the port is 0";
    EXPECT_EQ(bight_address_to_socket(address, &in, sizeof(in)), sizeof(in));
    EXPECT_EQ(in.sin_family, AF_INET);
    EXPECT_EQ(in.sin_addr.s_addr, inet_addr("192.0.2.1"));
    bight_result_free(result);
    bight_deferred_free(deferred);
}

TEST_F(Resolver, asksAgainOverTcpWhenAnAnswerWasCut)
{
    use([](const Question &question) {
        if (!question.tcp)
            return Packets{answer(question, {}, 0, true)};
        return Packets{answer(question, {addressRecord("host.test", "192.0.2.4")})};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.4"});
}

TEST_F(Resolver, givesUpWhenAnAnswerWasCutAndTcpIsClosedAtOnce)
{
    use([](const Question &question) { return Packets{answer(question, {}, 0, true)}; });
    server->tcp = false;
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_NE(lookup.status, BIGHT_OK);
}

TEST_F(Resolver, tellsOfSilence)
{
    use([](const Question &) { return Packets(); }, aMoment);
    expect(BIGHT_ERROR_TIMED_OUT, "no name server has answered");
}

TEST_F(Resolver, asksASilentServerAsOftenAsItIsTold)
{
    server = std::make_unique<NameServer>(reactor, [](const Question &) { return Packets(); });
    resolver = server->resolver(reactor, BIGHT_MSEC(10), 3);
    expect(BIGHT_ERROR_TIMED_OUT, "no name server has answered");
    EXPECT_EQ(server->questions, 3u);
}

TEST_F(Resolver, tellsThatNoServerIsThere)
{
    std::string servers = "127.0.0.1:" + std::to_string(support::freePort());
    bight_resolver_options options = defaults;
    options.servers = servers.c_str();
    options.tries = 1;
    use(options);
    expect(BIGHT_ERROR_UNREACHABLE, noServer);
}

TEST_F(Resolver, tellsThatTheServersFail)
{
    use([](const Question &question) { return Packets{answer(question, {}, 2)}; });
    expect(BIGHT_ERROR_UNREACHABLE, noServer);
}

TEST_F(Resolver, tellsThatTheServersRefuse)
{
    use([](const Question &question) { return Packets{answer(question, {}, 5)}; });
    expect(BIGHT_ERROR_UNREACHABLE, noServer);
}

TEST_F(Resolver, tellsThatANameHasNoSuchAddress)
{
    use([](const Question &question) { return Packets{answer(question, {})}; });
    expect(BIGHT_ERROR_NOT_FOUND, "the name has no such address");
}

TEST_F(Resolver, takesTheFamilyThatIsThereWhenTheOtherFails)
{
    use([](const Question &question) {
        if (question.type == conformance::TypeAaaa)
            return Packets{answer(question, {}, 2)};
        return Packets{answer(question, {addressRecord("host.test", "192.0.2.4")})};
    });
    Lookup lookup(resolver, "host.test");

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.4"}) << lookup.message;
}

TEST_F(Resolver, takesTheNextServerWhenOneIsSilent)
{
    NameServer silent(reactor, [](const Question &) { return Packets(); });
    server = std::make_unique<NameServer>(reactor, NameServer::knowing("host.test", {"192.0.2.4"}));
    std::string servers = silent.servers() + "," + server->servers();
    bight_resolver_options options = defaults;
    options.servers = servers.c_str();
    options.timeout = BIGHT_MSEC(20);
    use(options);
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.4"}) << lookup.message;
    EXPECT_EQ(silent.questions, 1u);
}

// -- Lies --

TEST_F(Resolver, ignoresAnAnswerToAnotherQuestion)
{
    use([](const Question &question) {
        std::string wrong = answer(question, {addressRecord("host.test", "6.6.6.6")});
        wrong[0] = static_cast<char>(wrong[0] ^ 0x55);
        return Packets{wrong, answer(question, {addressRecord("host.test", "192.0.2.4")})};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.4"});
}

TEST_F(Resolver, ignoresAnAnswerThatRepeatsAnotherName)
{
    auto answerWrongly = [](const Question &question) {
        std::string wrong = answer(question, {addressRecord("host.test", "6.6.6.6")});
        wrong.replace(12, 5, encodedName("evil").substr(0, 5));
        return Packets{wrong};
    };
    use(answerWrongly, aMoment);
    expect(BIGHT_ERROR_TIMED_OUT, "no name server has answered");
}

TEST_F(Resolver, survivesNamesThatPointAtThemselves)
{
    use([](const Question &question) {
        std::string loop("\xc0\x1b\0\1\0\1\0\0\0\x3c\0\4\6\6\6\6", 16);
        return Packets{answer(question, {loop})};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_NE(lookup.status, BIGHT_OK);
}

TEST_F(Resolver, survivesNamesThatStandForEachOther)
{
    use([](const Question &question) {
        using conformance::TypeCname;
        return Packets{answer(question, {record("host.test", TypeCname, encodedName("b.test")),
                                         record("b.test", TypeCname, encodedName("host.test"))})};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_NE(lookup.status, BIGHT_OK);
}

// Every cut of a good answer, and every byte of it wrong once: it ends, and says so.
TEST_F(Resolver, survivesEveryCutAndEveryWrongByte)
{
    size_t cut = 0, flip = 0;
    use([&](const Question &question) {
        std::string packet = answer(question, {addressRecord("host.test", "192.0.2.4")});
        if (cut > 0)
            packet.resize(std::min(cut, packet.size()));
        else
            packet[flip % packet.size()] = static_cast<char>(~packet[flip % packet.size()]);
        return Packets{packet};
    });
    bight_resolver_free(resolver);
    resolver = server->resolver(reactor, BIGHT_MSEC(2));
    server->tcp = false;
    for (cut = 1; cut < 45; cut++) {
        Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);
        ASSERT_TRUE(runUntil([&] { return lookup.done; })) << cut;
        EXPECT_NE(lookup.status, BIGHT_OK) << cut;
    }
    for (cut = 0, flip = 0; flip < 52; flip++) {
        Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);
        ASSERT_TRUE(runUntil([&] { return lookup.done; })) << flip;
    }
}

TEST_F(Resolver, keepsSixtyFourAddressesOfAThousand)
{
    use([](const Question &question) {
        if (!question.tcp)
            return Packets{answer(question, {}, 0, true)};
        std::vector<std::string> records;
        for (int i = 0; i < 1000; i++)
            records.push_back(addressRecord("host.test", "10.0." + std::to_string(i / 250) + "." +
                                                             std::to_string(i % 250 + 1)));
        return Packets{answer(question, records)};
    });
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);

    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses.size(), 64u) << lookup.message;
}

// -- Limits and mistakes --

TEST_F(Resolver, refusesWhatIsNoName)
{
    use(defaults);
    for (const std::string &name : {std::string(), std::string("."), std::string("two words"),
                                    std::string("a\nb"), std::string(254, 'a'), std::string("a/b"),
                                    std::string("10.0.0.256"), std::string("a..b")}) {
        Lookup lookup(resolver, name);
        EXPECT_FALSE(lookup.done) << "completed inside the call";
        EXPECT_TRUE(runUntil([&] { return lookup.done; }));
        EXPECT_EQ(lookup.status, BIGHT_ERROR_INVALID) << name;
    }
}

TEST_F(Resolver, refusesOptionsThatMakeNoSense)
{
    bight_resolver *made = nullptr;
    bight_resolver_options cases[] = {defaults, defaults, defaults, defaults, defaults};
    cases[0].size--;
    cases[1].servers = "not an address";
    cases[2].tries = 100;
    cases[3].most_asked = 0;
    cases[4].timeout = 1;
    for (const bight_resolver_options &options : cases)
        EXPECT_EQ(bight_resolver_new(reactor, &options, &made), BIGHT_ERROR_INVALID);
    EXPECT_EQ(made, nullptr);
}

TEST_F(Resolver, asksSoManyAtOnceAndLetsTheOthersWaitInLine)
{
    std::vector<std::string> open;
    server = std::make_unique<NameServer>(reactor, [&](const Question &question) {
        open.push_back(question.name);
        return Packets();
    });
    std::string servers = server->servers();
    bight_resolver_options options = defaults;
    options.servers = servers.c_str();
    options.most_asked = 2;
    options.most_waiting = 3;
    options.timeout = BIGHT_MSEC(30);
    options.tries = 1;
    use(options);
    std::vector<std::unique_ptr<Lookup>> lookups;
    for (int i = 0; i < 6; i++)
        lookups.push_back(std::make_unique<Lookup>(resolver, "h" + std::to_string(i) + ".test",
                                                   BIGHT_FAMILY_IPV4));

    EXPECT_TRUE(runUntil([&] { return lookups[5]->done; }));
    EXPECT_EQ(lookups[5]->status, BIGHT_ERROR_LIMIT);
    EXPECT_TRUE(runUntil([&] { return open.size() == 2; }));
    // A cancel of one that is asked does not let another in; of one that waits it makes room.
    bight_deferred_cancel(lookups[0]->deferred);
    bight_deferred_cancel(lookups[2]->deferred);
    EXPECT_EQ(open.size(), 2u);
    lookups[5] = std::make_unique<Lookup>(resolver, "again.test", BIGHT_FAMILY_IPV4);
    EXPECT_TRUE(runUntil([&] {
        return lookups[1]->done && lookups[3]->done && lookups[4]->done && lookups[5]->done;
    }));
    EXPECT_EQ(lookups[5]->status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(open,
              (std::vector<std::string>{"h0.test", "h1.test", "h3.test", "h4.test", "again.test"}));
}

TEST_F(Resolver, answersAThousandLookups)
{
    use(NameServer::knowing("host.test", {"192.0.2.4"}));
    std::vector<std::unique_ptr<Lookup>> lookups;
    size_t done = 0;

    for (int i = 0; i < 1000; i++) {
        lookups.push_back(std::make_unique<Lookup>(resolver, "host.test", BIGHT_FAMILY_IPV4));
        lookups.back()->then = [&] { done++; };
    }
    EXPECT_TRUE(runUntil([&] { return done == lookups.size(); }));
    for (auto &lookup : lookups)
        EXPECT_EQ(lookup->addresses.size(), 1u) << lookup->message;
}

TEST_F(Resolver, readsAChangedConfigurationAgain)
{
    support::TempDir folder;
    std::string path = folder.file("resolv.conf");
    server = std::make_unique<NameServer>(reactor, NameServer::knowing("host.test", {"192.0.2.4"}));
    std::ofstream(path) << "nameserver 127.0.0.9\n";
    bight_resolver_options options = defaults;
    options.configuration = path.c_str();
    options.port = server->port();
    options.tries = 1;
    use(options);
    expect(BIGHT_ERROR_UNREACHABLE, noServer);

    std::ofstream(path) << "# the other network\nnameserver 127.0.0.1\n";
    Lookup lookup(resolver, "host.test", BIGHT_FAMILY_IPV4);
    EXPECT_TRUE(runUntil([&] { return lookup.done; }));
    EXPECT_EQ(lookup.addresses, std::vector<std::string>{"192.0.2.4"}) << lookup.message;
}

// -- Life --

TEST_F(Resolver, ofTheReactorIsMadeOnceAndGoesWithIt)
{
    bight_resolver *first = nullptr, *second = nullptr, *third = nullptr;

    ASSERT_EQ(bight_resolver_get_default(reactor, &first), BIGHT_OK);
    ASSERT_EQ(bight_resolver_get_default(reactor, &second), BIGHT_OK);
    EXPECT_EQ(first, second);
    use(defaults);
    bight_resolver_make_default(resolver);
    ASSERT_EQ(bight_resolver_get_default(reactor, &third), BIGHT_OK);
    EXPECT_EQ(third, resolver);
    bight_resolver_free(std::exchange(resolver, nullptr));
    ASSERT_EQ(bight_resolver_get_default(reactor, &third), BIGHT_OK);
    EXPECT_NE(third, nullptr);
}

TEST_F(Resolver, outlivesItsReactorWithoutUse)
{
    use(defaults);
    bight_reactor_free(std::exchange(reactor, nullptr));
    Lookup lookup(resolver, "host.test");
    EXPECT_TRUE(lookup.done);
    EXPECT_EQ(lookup.status, BIGHT_ERROR_CANCELLED);
}

TEST_F(Resolver, endsTheLookupsThatAreUnderWayWhenItIsFreed)
{
    use([](const Question &) { return Packets(); });
    Lookup asked(resolver, "host.test"), number(resolver, "192.0.2.1");

    bight_resolver_free(std::exchange(resolver, nullptr));
    EXPECT_EQ(asked.status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(number.status, BIGHT_ERROR_CANCELLED);
}

// A step that cancels another lookup while all of them are being ended.
TEST_F(Resolver, bearsACancelInAStepWhileItIsFreed)
{
    use([](const Question &) { return Packets(); });
    Lookup first(resolver, "a.test"), second(resolver, "b.test");
    first.then = [&] { bight_deferred_cancel(second.deferred); };
    second.then = [&] { bight_deferred_cancel(first.deferred); };

    bight_resolver_free(std::exchange(resolver, nullptr));
    EXPECT_TRUE(first.done && second.done);
}

// -- Endpoints --

TEST(NamesInEndpoints, areNotMistypedAddresses)
{
    bight_reactor *reactor = bight_reactor_new();
    support::Peer nobody;

    for (const char *endpoint : {"tcp:10.0.0.0.1:80", "tcp:127.0.0.256:80", "tcp:1.2.3.4.:80",
                                 "tcp:.test:80", "tcp:a..b:80", "tcp:two words:80",
                                 "tcp:host.test:0", "tcp:host.test:", "tcp:host.test", "tcp::80"}) {
        bight_deferred *deferred = bight_connect(reactor, endpoint, &nobody);
        ASSERT_TRUE(
            conformance::runUntil(reactor, [&] { return bight_deferred_is_done(deferred); }));
        bight_result result;
        ASSERT_TRUE(bight_deferred_take(deferred, &result));
        EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_INVALID) << endpoint;
        bight_result_free(result);
        bight_deferred_free(deferred);
    }
    bight_reactor_free(reactor);
}

TEST(NamesWithoutMemory, areAnErrorAndNothingIsLeft)
{
    bight_reactor *servers = bight_reactor_new();
    {
        NameServer server(servers, NameServer::knowing("host.test", {"127.0.0.1", "127.0.0.2"}));
        std::string where = server.servers(),
                    endpoint = "tcp:host.test:" + std::to_string(support::freePort());
        support::withEachAllocationFailing([&] {
            bight_reactor *reactor = bight_reactor_new();
            bight_resolver_options options = defaults;
            bight_resolver *resolver = nullptr;
            support::Peer nobody;
            options.servers = where.c_str();
            options.timeout = BIGHT_MSEC(20);
            options.tries = 1;
            if (reactor == nullptr)
                return;
            if (bight_resolver_new(reactor, &options, &resolver) == BIGHT_OK) {
                bight_resolver_make_default(resolver);
                bight_deferred *deferred = bight_connect(reactor, endpoint.c_str(), &nobody);
                while (!bight_deferred_is_done(deferred)) {
                    bight_reactor_dispatch(servers, BIGHT_BUDGET_UNLIMITED);
                    pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};
                    poll(&ready, 1, 1);
                    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
                }
                bight_result result = bight_result_value(nullptr);
                if (deferred != nullptr) {
                    ASSERT_TRUE(bight_deferred_take(deferred, &result));
                    EXPECT_NE(result.error, nullptr);
                }
                bight_result_free(result);
                bight_deferred_free(deferred);
            }
            bight_resolver_free(resolver);
            bight_reactor_free(reactor);
        });
    }
    bight_reactor_free(servers);
}

} // namespace
