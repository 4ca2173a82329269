// The parts of the resolver that need no socket: names, and messages of servers.
extern "C" {
#include "net/dns_message.h"
#include "net/host_name.h"
}
#include "adapters/name_server.hpp"

#include <gtest/gtest.h>

namespace
{

std::string prepared(const std::string &name)
{
    char ascii[BIGHTI_ASCII_NAME_SIZE];
    const char *why = nullptr;
    return bighti_host_name_prepare(name.c_str(), ascii, &why) == BIGHT_OK ? ascii : "";
}

TEST(HostNames, ofOtherScriptsBecomeAscii)
{
    if (prepared("bücher.example").empty())
        GTEST_SKIP() << "built without libidn2";
    EXPECT_EQ(prepared("bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(prepared("BÜCHER.example"), "xn--bcher-kva.example");
    EXPECT_EQ(prepared("faß.example"), "xn--fa-hia.example") << "not transitional";
    EXPECT_EQ(prepared("u\xcc\x88.example"), prepared("ü.example")) << "composed first";
    EXPECT_EQ(prepared("a。example"), "a.example");
    EXPECT_EQ(prepared("\xff.example"), "");
}

TEST(HostNames, areCheckedAndBecomeSmall)
{
    EXPECT_EQ(prepared("Host.Example"), "host.example");
    EXPECT_EQ(prepared("_sip._tcp.example."), "_sip._tcp.example.");
    for (const char *name : {"", ".", "a..b", "a b", "a/b", "1.2.3", "a.0x1", "a:b", ".a"})
        EXPECT_EQ(prepared(name), "") << name;
    EXPECT_EQ(prepared(std::string(300, 'a')), "");
    EXPECT_EQ(prepared(std::string(253, 'a')).size(), 253u);
}

// What is read of a message: how many records of the type, -1 if it is malformed.
int records(const std::string &packet, unsigned type, uint32_t *lifetime)
{
    int count = 0;
    auto note = [](bight_view, size_t, size_t, void *data) { ++*static_cast<int *>(data); };
    bight_view view = {reinterpret_cast<const uint8_t *>(packet.data()), packet.size()};
    return bighti_dns_read(view, type, note, &count, lifetime) ? count : -1;
}

conformance::Question asked()
{
    conformance::Question question;
    question.name = "host.test";
    question.packet = std::string(4, '\0') + conformance::number(1) + std::string(6, '\0') +
                      conformance::encodedName("host.test") + conformance::number(1) +
                      conformance::number(1);
    return question;
}

TEST(DnsMessages, areReadThroughAliasesInAnyOrder)
{
    uint32_t lifetime = 0;
    std::string packet = conformance::answer(
        asked(), {conformance::addressRecord("C.test", "192.0.2.1", 70),
                  conformance::record("b.test", 5, conformance::encodedName("c.test"), 50),
                  conformance::record("host.test", 5, conformance::encodedName("B.test"), 60),
                  conformance::addressRecord("other.test", "192.0.2.2", 1)});
    EXPECT_EQ(records(packet, 1, &lifetime), 1);
    EXPECT_EQ(lifetime, 50u);
}

TEST(DnsMessages, thatAreNegativeSayForHowLong)
{
    uint32_t lifetime = 0;
    EXPECT_EQ(records(conformance::negativeAnswer(asked(), 3, 900, 20), 1, &lifetime), 0);
    EXPECT_EQ(lifetime, 20u);
    EXPECT_EQ(records(conformance::negativeAnswer(asked(), 3, 9, 20), 1, &lifetime), 0);
    EXPECT_EQ(lifetime, 9u);
    EXPECT_EQ(records(conformance::answer(asked(), {}), 1, &lifetime), 0);
    EXPECT_EQ(lifetime, UINT32_MAX);
}

TEST(DnsMessages, thatAreCutAreMalformed)
{
    uint32_t lifetime;
    std::string packet =
        conformance::answer(asked(), {conformance::addressRecord("host.test", "192.0.2.1")});
    EXPECT_EQ(records(packet, 1, &lifetime), 1);
    for (size_t size = 0; size < packet.size(); size++)
        EXPECT_EQ(records(packet.substr(0, size), 1, &lifetime), -1) << size;
}

TEST(DnsMessages, haveNamesWithBytesThatAreNoLetters)
{
    std::string bytes("\4a.\\\xff\1b\0", 8);
    bight_view view = {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
    char text[BIGHTI_DNS_TEXT_SIZE];
    size_t at = 0;
    ASSERT_TRUE(bighti_dns_name(view, &at, text));
    EXPECT_STREQ(text, "a\\.\\\\\\255.b");
    EXPECT_EQ(at, 8u);
}

TEST(DnsMessages, haveNoNamesThatPointAtThemselves)
{
    for (const std::string &bytes : {std::string("\xc0\0", 2), std::string("\1a\xc0\0", 4),
                                     std::string("\xc0", 1), std::string("\x41", 1)}) {
        bight_view view = {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
        char text[BIGHTI_DNS_TEXT_SIZE];
        size_t at = 0;
        EXPECT_FALSE(bighti_dns_name(view, &at, text));
    }
}

} // namespace
