// Addresses as text, against tables and against the system's own functions.
#include "core/address_support.hpp"

#include <arpa/inet.h>
#include <array>
#include <net/if.h>
#include <netinet/in.h>
#include <vector>

namespace
{

struct Form {
    const char *read, *written, *host;
    bight_address_family family;
    unsigned port;
};

const Form forms[] = {
    {"0.0.0.0", "0.0.0.0", "0.0.0.0", BIGHT_ADDRESS_IPV4, 0},
    {"192.0.2.1", "192.0.2.1", "192.0.2.1", BIGHT_ADDRESS_IPV4, 0},
    {"255.255.255.255", "255.255.255.255", "255.255.255.255", BIGHT_ADDRESS_IPV4, 0},
    {"192.0.2.1:80", "192.0.2.1:80", "192.0.2.1", BIGHT_ADDRESS_IPV4, 80},
    {"192.0.2.1:65535", "192.0.2.1:65535", "192.0.2.1", BIGHT_ADDRESS_IPV4, 65535},
    {"192.0.2.1:0", "192.0.2.1", "192.0.2.1", BIGHT_ADDRESS_IPV4, 0},
    {"::", "::", "::", BIGHT_ADDRESS_IPV6, 0},
    {"::1", "::1", "::1", BIGHT_ADDRESS_IPV6, 0},
    {"1::", "1::", "1::", BIGHT_ADDRESS_IPV6, 0},
    {"[::]:1", "[::]:1", "::", BIGHT_ADDRESS_IPV6, 1},
    {"[2001:db8::1]", "2001:db8::1", "2001:db8::1", BIGHT_ADDRESS_IPV6, 0},
    {"[2001:db8::1]:443", "[2001:db8::1]:443", "2001:db8::1", BIGHT_ADDRESS_IPV6, 443},
    {"[2001:db8::1]:0", "2001:db8::1", "2001:db8::1", BIGHT_ADDRESS_IPV6, 0},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", BIGHT_ADDRESS_IPV6, 0},
    {"fe80::1%3000000000", "fe80::1%3000000000", "fe80::1%3000000000", BIGHT_ADDRESS_IPV6, 0},
    {"[ff02::fb%3000000000]:5353", "[ff02::fb%3000000000]:5353", "ff02::fb%3000000000",
     BIGHT_ADDRESS_IPV6, 5353},
    {"unix:/run/chat", "unix:/run/chat", "unix:/run/chat", BIGHT_ADDRESS_UNIX, 0},
    {"unix:relative:80", "unix:relative:80", "unix:relative:80", BIGHT_ADDRESS_UNIX, 0},
    {"unix:@chat", "unix:@chat", "unix:@chat", BIGHT_ADDRESS_UNIX, 0},
    {"unix:./@chat", "unix:./@chat", "unix:./@chat", BIGHT_ADDRESS_UNIX, 0},
};

TEST(AddressText, isReadAndWritten)
{
    for (const Form &form : forms) {
        bight_address found = address(form.read);

        EXPECT_EQ(textOf(found), form.written) << form.read;
        EXPECT_EQ(hostOf(found), form.host) << form.read;
        EXPECT_EQ(bight_address_get_family(&found), form.family) << form.read;
        EXPECT_EQ(bight_address_get_port(&found), form.port) << form.read;
    }
}

// RFC 5952, sections 4 and 5.
TEST(AddressText, ofIpv6IsThatOfRfc5952)
{
    const std::vector<std::array<const char *, 2>> pairs = {
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"2001:db8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:DB8:AAAA::ABCD", "2001:db8:aaaa::abcd"},
        {"0:0:1:0:0:0:0:0", "0:0:1::"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
        {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"::ffff:c000:0201", "::ffff:192.0.2.1"},
        {"::FFFF:192.0.2.1", "::ffff:192.0.2.1"},
        {"0:0:0:0:0:ffff:0:0", "::ffff:0.0.0.0"},
        {"::192.0.2.1", "::c000:201"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"::fffe:1.2.3.4", "::fffe:102:304"},
    };

    for (const auto &pair : pairs)
        EXPECT_EQ(textOf(address(pair[0])), pair[1]) << pair[0];
}

TEST(AddressText, thatIsSloppyOrSomethingElseIsRefused)
{
    const std::vector<std::string> texts = {
        "", " ", "localhost", "example.org", "tcp:192.0.2.1:80", "unix:", "unix",
        // IPv4 that some programs take for 127.0.0.1, 8.0.0.1 and others
        "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f.0.0.1", "010.0.0.1", "10.0.0.01",
        "10.00.0.1", "127.0.0.1.", ".127.0.0.1", "127..0.1", "127.0.0.256", "127.0.0.1000",
        "1.2.3.4.5", "1.2.3", "1.2.3.", "-1.2.3.4", "+1.2.3.4", " 127.0.0.1", "127.0.0.1 ",
        "127.0.0.1\n", "1.2.3.4/8", "1.2.3.4%1", "[1.2.3.4]:80", "[1.2.3.4]",
        // ports
        "1.2.3.4:", "1.2.3.4:080", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4: 1",
        "1.2.3.4:http", "1.2.3.4:99999999999", "[::1]80", "[::1]:", "[::1]:00", "[::1]:80 ", ":80",
        // IPv6
        ":", ":::", "::1::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", ":1", "1:", "1:::2",
        ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4",
        "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1%", "[::1", "::1]", "[]", "[]:80",
        "[[::1]]:80", "0x1::", "1::2/64", "[::1]:80:80",
        // scopes where they mean nothing, or that are none
        "::1%1", "2001:db8::1%1", "ff05::1%1", "fe80::1%", "fe80::1%0", "[fe80::1%]:80",
        "fe80::1%abcdefghijklmnop", "::ffff:169.254.0.1%1"};

    for (const std::string &text : texts) {
        bight_address found = address("192.0.2.7:7");

        EXPECT_EQ(bight_address_parse(text.c_str(), &found), BIGHT_ERROR_INVALID) << text;
        EXPECT_EQ(textOf(found), "192.0.2.7:7") << text << " has changed the address";
    }
}

bight_status statusOf(const std::string &text)
{
    bight_address found;

    return bight_address_parse_view({reinterpret_cast<const uint8_t *>(text.data()), text.size()},
                                    &found);
}

TEST(AddressText, isReadWithoutItsNul)
{
    const std::string line = "192.0.2.1:8080 and more";
    bight_address found = {};

    EXPECT_EQ(
        bight_address_parse_view({reinterpret_cast<const uint8_t *>(line.data()), 12}, &found),
        BIGHT_OK);
    EXPECT_EQ(textOf(found), "192.0.2.1:80");
    EXPECT_EQ(bight_address_parse_view({nullptr, 0}, &found), BIGHT_ERROR_INVALID);
}

TEST(AddressText, withANulInsideIsRefused)
{
    for (const char *text : {"192.0.2.1", "::1", "fe80::1%lo", "unix:/run/x", "[::1]:80"})
        EXPECT_EQ(statusOf(text + std::string("\0", 1)), BIGHT_ERROR_INVALID) << text;
    EXPECT_EQ(statusOf(std::string("unix:/run\0/x", 12)), BIGHT_ERROR_INVALID);
}

TEST(AddressText, ofAPathIsAsLongAsThePathOfASocket)
{
    EXPECT_EQ(textOf(address("unix:/" + std::string(107, 'x'))), "unix:/" + std::string(107, 'x'));
    EXPECT_EQ(textOf(address("unix:@" + std::string(107, 'x'))), "unix:@" + std::string(107, 'x'));
    EXPECT_EQ(statusOf("unix:/" + std::string(108, 'x')), BIGHT_ERROR_INVALID);
    EXPECT_EQ(statusOf("unix:@" + std::string(108, 'x')), BIGHT_ERROR_INVALID);
}

// "10.0.0.12" cut to "10.0.0.1" would be somebody else.
TEST(AddressText, isWrittenWholeOrNotAtAll)
{
    bight_address one = address("[2001:db8::12]:80"), none = {};
    std::string whole = textOf(one);
    char text[BIGHT_ADDRESS_TEXT_SIZE] = "before";

    for (size_t size = 1; size <= whole.size(); size++)
        EXPECT_STREQ(bight_address_format(&one, text, size), "") << size;
    EXPECT_EQ(bight_address_format(&one, text, whole.size() + 1), text);
    EXPECT_EQ(text, whole);
    bight_address_format(&one, text, 0);
    EXPECT_EQ(text, whole) << "there was no room to write to";
    EXPECT_EQ(textOf(none), "");
    EXPECT_EQ(hostOf(none), "");
}

TEST(AddressText, hasTheNameOfAnInterface)
{
    struct if_nameindex *interfaces = if_nameindex();

    ASSERT_NE(interfaces, nullptr);
    ASSERT_NE(interfaces[0].if_name, nullptr) << "not even lo";
    std::string name = interfaces[0].if_name, number = std::to_string(interfaces[0].if_index);
    bight_address named = address("fe80::1%" + name);

    EXPECT_EQ(bight_address_get_scope(&named), interfaces[0].if_index);
    EXPECT_EQ(textOf(named), "fe80::1%" + name);
    EXPECT_EQ(named, address("fe80::1%" + number));
    EXPECT_EQ(textOf(address("[fe80::1%" + number + "]:80")), "[fe80::1%" + name + "]:80");
    EXPECT_EQ(statusOf("fe80::1%no-such-one"), BIGHT_ERROR_NOT_FOUND);
    if_freenameindex(interfaces);
}

TEST(AddressText, isReadBackAsTheSameAddress)
{
    RandomAddresses random;

    for (int i = 0; i < 20000; i++) {
        bight_address one = i % 2 == 0 ? random.ipv6() : random.ipv4();

        ASSERT_EQ(address(textOf(one)), one) << textOf(one);
        bight_address_set_port(&one, 0);
        ASSERT_EQ(address(hostOf(one)), one) << hostOf(one);
    }
}

// What the system's functions write is read, and what is written is read by them, as the same
// bytes.
TEST(AddressText, isThatOfTheSystem)
{
    RandomAddresses random;

    for (int i = 0; i < 20000; i++) {
        bight_address one = i % 2 == 0 ? random.ipv6() : random.ipv4();
        bight_view bytes = bight_address_get_bytes(&one);
        int family = i % 2 == 0 ? AF_INET6 : AF_INET;
        char theirs[INET6_ADDRSTRLEN];
        std::array<uint8_t, 16> read = {};

        bight_address_set_port(&one, 0);
        ASSERT_EQ(inet_pton(family, hostOf(one).c_str(), read.data()), 1) << hostOf(one);
        ASSERT_TRUE(std::equal(bytes.data, bytes.data + bytes.size, read.begin())) << hostOf(one);
        ASSERT_NE(inet_ntop(family, bytes.data, theirs, sizeof(theirs)), nullptr);
        ASSERT_EQ(address(theirs), one) << theirs;
    }
}

// Sloppy texts, made of good ones: the system's functions, which are strict too, take the same.
TEST(AddressText, isRefusedWhereTheSystemRefusesIt)
{
    const std::string signs = "0123456789abcdefABCDEFx.:::%[]/ -";
    RandomAddresses random;
    unsigned taken = 0;

    for (int i = 0; i < 100000; i++) {
        std::string text = hostOf(i % 2 == 0 ? random.ipv6() : random.ipv4());
        in6_addr read;

        for (unsigned steps = random.below(3); steps > 0; steps--) {
            unsigned at = random.below(static_cast<unsigned>(text.size()) + 1);
            std::string sign(1, signs[random.below(static_cast<unsigned>(signs.size()))]);

            text.replace(at, random.below(2), random.below(4) == 0 ? "" : sign);
        }
        if (text.empty() || text[0] == '[' || text.find('%') != std::string::npos)
            continue;
        bool theirs = inet_pton(AF_INET, text.c_str(), &read) == 1 ||
                      inet_pton(AF_INET6, text.c_str(), &read) == 1;
        bool port = text.find('.') != std::string::npos && text.find(':') == text.rfind(':') &&
                    text.find(':') != std::string::npos;
        if (port)
            continue;
        ASSERT_EQ(statusOf(text) == BIGHT_OK, theirs) << text;
        taken += theirs;
    }
    EXPECT_GT(taken, 10000u);
    EXPECT_LT(taken, 90000u);
}

} // namespace
