// resolv.conf and the file of hosts: obeyed, and read again when they change.
#include "core/resolver_support.hpp"

#include <cstdio>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include "net/hosts.h"
#include "net/resolv_conf.h"
}

using namespace resolving;

namespace
{

class Files : public Cranked
{
  protected:
    // A file is replaced, as its size may stay the same and the clock of files is coarse.
    std::string put(const std::string &name, const std::string &text)
    {
        std::string path = folder.file(name), next = path + "." + std::to_string(++count_);
        std::ofstream(next) << text;
        std::rename(next.c_str(), path.c_str());
        return path;
    }

  private:
    int count_ = 0;
};

// -- resolv.conf --

TEST(ResolvConf, isReadForItsOptions)
{
    bighti_resolv_conf conf;
    bighti_resolv_conf_parse(bight_view_of("# options rotate\n options rotate\nnameserver 1.2.3.4\n"
                                           "options timeout:2 attempts:9 edns0\n"
                                           "options\tndots:3 timeout:x unknown timeout: rotates"),
                             &conf);
    EXPECT_EQ(conf.timeout, 2u);
    EXPECT_EQ(conf.attempts, 5u) << "the most that resolv.conf(5) allows";
    EXPECT_EQ(conf.ndots, 3u);
    EXPECT_TRUE(conf.edns0);
    EXPECT_FALSE(conf.rotate);
    bighti_resolv_conf_parse(bight_view_of("options rotate timeout:99999999999"), &conf);
    EXPECT_TRUE(conf.rotate);
    EXPECT_EQ(conf.timeout, 30u);
    EXPECT_EQ(conf.ndots, 1u);
}

TEST_F(Files, changedConfigurationCountsWhileAnOldLookupIsOpen)
{
    NameServer live(reactor, NameServer::knowing("host.test", {"192.0.2.4"}));
    std::string path = put("resolv.conf", "nameserver 127.0.0.2\n");
    options.configuration = path.c_str();
    options.port = live.port();
    int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(live.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
    use(options);
    Lookup old(resolver, "host.test");
    bight_crank_settle(reactor);
    EXPECT_FALSE(old.done);

    put("resolv.conf", "nameserver 127.0.0.1\n");
    EXPECT_EQ(found("host.test"), Texts{"192.0.2.4"});
    EXPECT_FALSE(old.done) << "the old question stays with the old server";
    close(silent);
}

TEST_F(Files, changedConfigurationMakesAnswersForgotten)
{
    serve(NameServer::knowing("host.test", {"192.0.2.4"}));
    std::string path = put("resolv.conf", "nameserver 127.0.0.1\n");
    options.configuration = path.c_str();
    options.port = server->port();
    use(options);
    found("host.test");
    found("host.test");
    EXPECT_EQ(server->questions, 2u);
    put("resolv.conf", "nameserver 127.0.0.1\n# another network\n");
    found("host.test");
    EXPECT_EQ(server->questions, 4u);
}

TEST_F(Files, attemptsOfTheConfigurationAreObeyed)
{
    bight_reactor *native = bight_reactor_new();
    NameServer silent(native, [](const Question &) { return Packets(); });
    std::string path = put("resolv.conf", "nameserver 127.0.0.1\noptions attempts:1\n");
    options.timeout = BIGHT_MSEC(10);
    options.configuration = path.c_str();
    options.port = silent.port();
    bight_resolver *made = nullptr;
    ASSERT_EQ(bight_resolver_new(native, &options, &made), BIGHT_OK);
    {
        Lookup lookup(made, "host.test", BIGHT_FAMILY_IPV4);
        EXPECT_TRUE(conformance::runUntil(native, [&] { return lookup.done; }));
        EXPECT_EQ(lookup.status, BIGHT_ERROR_TIMED_OUT);
        EXPECT_EQ(silent.questions, 1u) << "three without the option";
    }
    bight_resolver_free(made);
    bight_reactor_free(native);
}

TEST_F(Files, searchDomainsAndDotsOfTheConfigurationAreObeyed)
{
    Texts asked;
    serve([&](const Question &question) {
        asked.push_back(question.name);
        return Packets{answer(question, {}, 3)};
    });
    std::string path =
        put("resolv.conf", "nameserver 127.0.0.1\nsearch one.test two.test\noptions ndots:2\n");
    options.configuration = path.c_str();
    options.port = server->port();
    use(options);
    found("a.b", BIGHT_FAMILY_IPV4);
    EXPECT_EQ(asked, (Texts{"a.b.one.test", "a.b.two.test", "a.b"}));
}

TEST_F(Files, rotationOfTheConfigurationIsObeyed)
{
    auto know = [](const Question &question) {
        return Packets{answer(question, {addressRecord(question.name, "192.0.2.4")})};
    };
    for (bool on : {false, true}) {
        NameServer first(reactor, know), second(reactor, know);
        std::string servers = first.servers() + "," + second.servers();
        std::string path = put("resolv.conf", on ? "options rotate\n" : "options ndots:1\n");
        options.configuration = path.c_str();
        options.servers = servers.c_str();
        use(options);
        found("a.test", BIGHT_FAMILY_IPV4);
        found("b.test", BIGHT_FAMILY_IPV4);
        EXPECT_EQ(first.questions, on ? 1u : 2u);
        EXPECT_EQ(second.questions, on ? 1u : 0u);
        bight_resolver_free(std::exchange(resolver, nullptr));
    }
}

TEST_F(Files, edns0OfTheConfigurationIsObeyed)
{
    for (bool on : {false, true}) {
        std::string packet;
        serve([&](const Question &question) {
            packet = question.packet;
            return Packets{answer(question, {addressRecord("host.test", "192.0.2.4")})};
        });
        std::string path = put("resolv.conf", std::string("nameserver 127.0.0.1\n") +
                                                  (on ? "options edns0\n" : ""));
        options.configuration = path.c_str();
        options.port = server->port();
        use(options);
        found("host.test", BIGHT_FAMILY_IPV4);
        EXPECT_EQ(packet.at(11), on ? 1 : 0) << "additional records";
        bight_resolver_free(std::exchange(resolver, nullptr));
    }
}

// -- The file of hosts --

TEST_F(Files, hostsAnswerForNamesAndAliasesInOrder)
{
    serve([](const Question &question) { return Packets{answer(question, {}, 3)}; });
    std::string path = put("hosts", "# comment\n10.0.0.1\thost.test alias.test # not.test\n"
                                    "\n  10.0.0.2 HOST.test\r\nbad line.test\n"
                                    "fe80::1%lo link.test\n10.0.0.3 last.test");
    options.hosts = path.c_str();
    use(options);
    EXPECT_EQ(found("host.test"), (Texts{"10.0.0.1", "10.0.0.2"}));
    EXPECT_EQ(found("ALIAS.test."), Texts{"10.0.0.1"});
    EXPECT_EQ(found("link.test"), Texts{"fe80::1%lo"});
    EXPECT_EQ(found("last.test"), Texts{"10.0.0.3"});
    EXPECT_EQ(server->questions, 0u);
    for (const char *name : {"not.test", "line.test", "#", "10.0.0.9.test"})
        EXPECT_EQ(found(name), Texts()) << name;
}

TEST_F(Files, hostsWithoutAnAddressOfTheFamilyLeaveItToTheServers)
{
    serve(NameServer::knowing("host.test", {"2001:db8::4"}));
    std::string path = put("hosts", "10.0.0.1 host.test\n");
    options.hosts = path.c_str();
    use(options);
    EXPECT_EQ(found("host.test", BIGHT_FAMILY_IPV6), Texts{"2001:db8::4"});
    EXPECT_EQ(found("host.test"), Texts{"10.0.0.1"});
}

TEST_F(Files, hostsAreReadOnceAndAgainWhenTheyChange)
{
    serve([](const Question &question) { return Packets{answer(question, {}, 3)}; });
    std::string path = put("hosts", "10.0.0.1 host.test\n");
    options.hosts = path.c_str();
    use(options);
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(found("host.test"), Texts{"10.0.0.1"});
    EXPECT_EQ(bighti_resolver_count_hosts_reads(resolver), 1u);
    put("hosts", "10.0.0.2 host.test\n");
    EXPECT_EQ(found("host.test"), Texts{"10.0.0.2"});
    EXPECT_EQ(bighti_resolver_count_hosts_reads(resolver), 2u);
    std::remove(path.c_str());
    EXPECT_EQ(found("host.test"), Texts());
}

TEST_F(Files, hostsOfSevenMegabytesAreReadInSlices)
{
    std::string text;
    for (int i = 0; text.size() < 7000000; i++)
        text += "0.0.0.0 advertisement-" + std::to_string(i) + ".test\n";
    text += "10.0.0.7 last.test\n";
    std::string path = put("hosts", text);
    bighti_hosts *hosts = bighti_hosts_new(path.c_str());
    unsigned slices = 1;
    ASSERT_TRUE(bighti_hosts_has_changed(hosts));
    while (!bighti_hosts_read(hosts))
        slices++;
    EXPECT_GE(slices, 107u);
    EXPECT_FALSE(bighti_hosts_has_changed(hosts));
    bighti_hosts_free(hosts);

    options.hosts = path.c_str();
    use(options);
    EXPECT_EQ(found("last.test"), Texts{"10.0.0.7"});
    EXPECT_EQ(found("advertisement-0.test"), Texts{"0.0.0.0"});
    EXPECT_EQ(bighti_resolver_count_hosts_reads(resolver), 1u);
}

} // namespace
