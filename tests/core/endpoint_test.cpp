// Endpoints: which texts are one, and what addresses they stand for.
#include "core/address_support.hpp"

extern "C" {
#include "net/endpoint.h"
}

#include <vector>

namespace
{

// The addresses, or the name and the port, as text; "" if it is no endpoint.
std::string meaning(const std::string &text, bool listening = false)
{
    bighti_endpoint endpoint;
    std::string found;

    if (bighti_endpoint_parse(text.c_str(), listening, &endpoint) != BIGHT_OK)
        return "";
    for (unsigned i = 0; i < endpoint.count; i++)
        found += (i == 0 ? "" : " ") + textOf(endpoint.addresses[i]);
    if (endpoint.count == 0)
        found = "name " + std::string(endpoint.name) + " " + std::to_string(endpoint.port);
    return found;
}

TEST(Endpoint, standsForAddresses)
{
    EXPECT_EQ(meaning("tcp:192.0.2.1:80"), "192.0.2.1:80");
    EXPECT_EQ(meaning("tcp:[2001:db8::1]:80"), "[2001:db8::1]:80");
    EXPECT_EQ(meaning("tcp:[fe80::1%3000000000]:80"), "[fe80::1%3000000000]:80");
    EXPECT_EQ(meaning("tcp:[::ffff:192.0.2.1]:80"), "[::ffff:192.0.2.1]:80");
    EXPECT_EQ(meaning("tcp:80"), "127.0.0.1:80 [::1]:80");
    EXPECT_EQ(meaning("tcp:localhost:80"), "127.0.0.1:80 [::1]:80");
    EXPECT_EQ(meaning("tcp:example.org:65535"), "name example.org 65535");
    EXPECT_EQ(meaning("tcp:unix:80"), "name unix 80");
    EXPECT_EQ(meaning("unix:/run/chat"), "unix:/run/chat");
    EXPECT_EQ(meaning("unix:@chat"), "unix:@chat");
    EXPECT_EQ(meaning("tls:192.0.2.1:443?alpn=irc"), "192.0.2.1:443");
    EXPECT_EQ(meaning("tls:unix:/run/chat?name=x"), "unix:/run/chat");
}

TEST(Endpoint, toListenOnMayHaveAnyPort)
{
    EXPECT_EQ(meaning("tcp:80", true), "[::]:80 0.0.0.0:80");
    EXPECT_EQ(meaning("tcp:0", true), ":: 0.0.0.0");
    EXPECT_EQ(meaning("tcp:127.0.0.1:0", true), "127.0.0.1");
    EXPECT_EQ(meaning("tcp:[::1]:0", true), "::1");
    EXPECT_EQ(meaning("tcp:localhost:80", true), "127.0.0.1:80");
    EXPECT_EQ(meaning("tcp:example.org:80", true), "") << "a name to listen on";
}

TEST(Endpoint, thatIsSloppyIsRefused)
{
    const std::vector<std::string> texts = {"",
                                            "tcp",
                                            "tcp:",
                                            "tcp::80",
                                            "tcp:192.0.2.1",
                                            "tcp:192.0.2.1:",
                                            "tcp:192.0.2.1:65536",
                                            "tcp:192.0.2.1:080",
                                            "tcp:080",
                                            "tcp:example.org:080",
                                            "tcp:192.0.2.1:-1",
                                            "tcp:::1:80",
                                            "tcp:2001:db8::1:80",
                                            "tcp:[::1]",
                                            "tcp:[::1]:",
                                            "tcp:[::1]80",
                                            "tcp:[::1",
                                            "tcp:[]:80",
                                            "tcp:[192.0.2.1]:80",
                                            "tcp:127.1:80",
                                            "tcp:010.0.0.1:80",
                                            "tcp:127.0.0.256:80",
                                            "tcp:192.0.2.1:0",
                                            "tcp:[::1]:0",
                                            "tcp:0",
                                            "tcp:[::1%3]:80",
                                            "tcp:[fe80::1%no-such-one]:80",
                                            "tcp:192.0.2.1:80 ",
                                            "tcp: 192.0.2.1:80",
                                            "unix:",
                                            "tls:unix:",
                                            "udp:192.0.2.1:80",
                                            "192.0.2.1:80",
                                            "tcp:unix:/run/chat"};

    for (const std::string &text : texts)
        EXPECT_EQ(meaning(text), "") << text;
}

TEST(Endpoint, isAPathThatEnds)
{
    std::string longest(107, 'x');

    EXPECT_EQ(meaning("unix:" + longest), "unix:" + longest);
    EXPECT_EQ(meaning("unix:" + longest + "x"), "") << "has no room for its NUL";
    EXPECT_EQ(meaning("unix:@" + longest), "unix:@" + longest);
    EXPECT_EQ(meaning("unix:@" + longest + "x"), "");
}

std::string written(const bight_address &address)
{
    char text[BIGHTI_ENDPOINT_SIZE];

    bighti_endpoint_format(&address, text, sizeof(text));
    return text;
}

TEST(Endpoint, isWrittenWithItsPort)
{
    EXPECT_EQ(written(address("192.0.2.1")), "tcp:192.0.2.1:0");
    EXPECT_EQ(written(address("192.0.2.1:80")), "tcp:192.0.2.1:80");
    EXPECT_EQ(written(address("::1")), "tcp:[::1]:0");
    EXPECT_EQ(written(address("[fe80::1%3000000000]:80")), "tcp:[fe80::1%3000000000]:80");
    EXPECT_EQ(written(address("unix:@chat")), "unix:@chat");
    EXPECT_EQ(written(address("unix:@" + std::string(107, 'x'))), "unix:@" + std::string(107, 'x'));
    EXPECT_EQ(written(bight_address{}), "unknown");
}

} // namespace
