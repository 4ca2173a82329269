// Endpoints: which texts are one, and what addresses they stand for.
#include "core/address_support.hpp"
#include "support/toy_schemes.h"

extern "C" {
#include "net/endpoint.h"
}

#include <bight/crank.h>
#include <cstdlib>
#include <vector>

namespace
{

struct Reactor {
    bight_reactor *reactor = bight_crank_reactor_new();
    Reactor()
    {
        EXPECT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK);
    }
    ~Reactor()
    {
        bight_reactor_free(reactor);
    }
};

std::string textOfError(bight_error *error)
{
    std::string text = bight_error_get_message(error);

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_INVALID);
    bight_error_unref(error);
    return text;
}

// What is wrong, or "".
std::string fault(const std::string &text, bool listening = false, const char *proxy = nullptr,
                  bighti_target *target = nullptr)
{
    Reactor made;
    bighti_route *route = nullptr;
    bighti_target ignored;
    bight_error *error = bighti_route_parse(made.reactor, proxy, text.c_str(), listening, &route);

    if (error == nullptr && bighti_scheme_is_own(bighti_route_end(route)->scheme) &&
        text.compare(0, 6, "stdio:") != 0)
        error = bighti_target_parse(bighti_route_end(route), listening,
                                    target != nullptr ? target : &ignored);
    std::free(route);
    return error != nullptr ? textOfError(error) : "";
}

// The addresses, or the name and the port, as text; "" if it is no endpoint.
std::string meaning(const std::string &text, bool listening = false)
{
    bighti_target target;
    std::string found;

    if (!fault(text, listening, nullptr, &target).empty())
        return "";
    for (unsigned i = 0; i < target.count; i++)
        found += (i == 0 ? "" : " ") + textOf(target.addresses[i]);
    if (target.count == 0)
        found = "name " + std::string(target.name) + " " + std::to_string(target.port);
    return found;
}

// Each part with its options, "scheme place option=value", and what leads to the last as it was
// written.
std::vector<std::string> parts(const std::string &text, const char *proxy = nullptr)
{
    Reactor made;
    bighti_route *route = nullptr;
    bight_error *error = bighti_route_parse(made.reactor, proxy, text.c_str(), false, &route);
    std::vector<std::string> found;

    if (error != nullptr)
        return {textOfError(error)};
    for (unsigned i = 0; i < route->count; i++) {
        const bight_endpoint &part = route->parts[i];
        found.push_back(std::string(bight_endpoint_get_scheme(&part)) + " " +
                        bight_endpoint_get_place(&part));
        for (unsigned j = 0; j < part.option_count; j++)
            found.back() += std::string(" ") + part.options[j].name + "=" + part.options[j].value;
    }
    found.push_back(route->name);
    found.push_back(route->vias != nullptr ? route->vias : "");
    if (route->count > 1) {
        const char *further = bighti_route_cut_vias(route);
        found.push_back(further != nullptr ? further : "");
    }
    std::free(route);
    return found;
}

using Parts = std::vector<std::string>;

TEST(Endpoint, standsForAddresses)
{
    EXPECT_EQ(meaning("tcp:192.0.2.1:80"), "192.0.2.1:80");
    EXPECT_EQ(meaning("tcp:[2001:db8::1]:80"), "[2001:db8::1]:80");
    EXPECT_EQ(meaning("tcp:[fe80::1%3000000000]:80"), "[fe80::1%3000000000]:80");
    EXPECT_EQ(meaning("tcp:[::ffff:192.0.2.1]:80"), "[::ffff:192.0.2.1]:80");
    EXPECT_EQ(meaning("tcp:80"), "127.0.0.1:80 [::1]:80");
    EXPECT_EQ(meaning("tcp:localhost:80"), "127.0.0.1:80 [::1]:80");
    EXPECT_EQ(meaning("tcp:example.org:65535"), "name example.org 65535");
    EXPECT_EQ(meaning("tcp:127.1:80"), "127.0.0.1:80");
    EXPECT_EQ(meaning("tcp:0x7f.1:80"), "127.0.0.1:80");
    EXPECT_EQ(meaning("tcp:[fe80::1%lo]:80"), "[fe80::1%lo]:80");
    EXPECT_EQ(meaning("tcp:Host.Example:80"), "name host.example 80");
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
    EXPECT_EQ(meaning("tcp:localhost:80", true), "127.0.0.1:80 [::1]:80");
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

TEST(Endpoint, thatIsWrongSaysWhereAndWhatWasExpected)
{
    const std::pair<const char *, const char *> cases[] = {
        {"tcp:host:70000", "column 10: expected a port from 0 to 65535"},
        {"tcp:host:0", "column 10: expected a port from 1 to 65535, since 0 is for listening"},
        {"tcp:", "column 5: expected HOST:PORT or PORT"},
        {"tcp:host", "column 5: expected HOST:PORT or PORT"},
        {"tcp:70000", "column 5: expected a port from 0 to 65535"},
        {"tcp:127.0.0.256:1", "column 5: expected a name or an address of a host"},
        {"tcp:::1:80", "column 5: expected HOST:PORT, with an IPv6 address in brackets"},
        {"tcp:[::1]", "column 5: expected a port behind the brackets, [::1]:PORT"},
        {"tcp:[::g]:1", "column 5: expected an IPv6 address in brackets, [::1]:PORT"},
        {"tls:unix:", "column 10: expected a path, or @NAME"},
        {"tls:host:https", "column 10: expected a port from 0 to 65535"},
        {"unix:", "column 6: expected a path, or @NAME"},
        {"nonsense", "column 1: expected one of tcp:, unix:, tls:, stdio:, toy:, hop:, alias:"},
        {"tls:h:1?ca=%zz", "column 12: expected a value, with %25 for a percent sign"},
        {"tls:h:1?ca=", "column 12: expected a value, with %25 for a percent sign"},
        {"tls:h:1?ca=a&what=1", "column 14: expected an option of tls: ca=, cadir=, cert=, key=, "
                                "pins=, name=, alpn=, least=, "
                                "clients=, dangerously-accept-any-certificate"},
        {"hop:h:1", "column 8: expected a slash and the endpoint that it leads to"},
        {"hop:h:1/ftp:h:2", "column 16: expected a slash and the endpoint that it leads to"},
        {"hop:h:1/toy:t", "column 9: expected a scheme that goes through another"},
        {"hop:h:1/tcp:h:x", "column 15: expected a port from 0 to 65535"},
        {"hop:h:1?what/tcp:h:1", "column 9: expected an option of hop: greeting="},
    };

    for (const auto &[text, expected] : cases)
        EXPECT_EQ(fault(text), expected) << text;
    EXPECT_EQ(fault("tcp:example.org:80", true),
              "column 5: expected an address or localhost to listen on");
    EXPECT_EQ(fault("hop:h:1/tcp:1", true), "column 1: expected a single endpoint to listen on");
    EXPECT_EQ(fault("alias:tcp:1", true), "column 1: expected a scheme that can listen");
    EXPECT_EQ(fault("tcp:1", false, "hop:h:1/tcp:2"),
              "in the proxy, column 9: expected a scheme that leads to other endpoints");
    EXPECT_EQ(fault(std::string(5000, 'x')), "longer than 4096 bytes");
}

TEST(Endpoint, splitsBeforeAKnownScheme)
{
    EXPECT_EQ(parts("hop:p:1/tls:h:443"),
              (Parts{"hop p:1", "tls h:443", "hop:p:1/tls:h:443", "hop:p:1", ""}));
    EXPECT_EQ(parts("hop:p:1/hop:q:2/tcp:h:3"),
              (Parts{"hop p:1", "hop q:2", "tcp h:3", "hop:p:1/hop:q:2/tcp:h:3", "hop:p:1/hop:q:2",
                     "hop:p:1"}));
    EXPECT_EQ(parts("hop:a/b/c:d/tcp:1").front(), "hop a/b/c:d") << "c is no scheme";
    EXPECT_EQ(parts("hop:a%2Ftcp:x%2fy%41/tcp:1"),
              (Parts{"hop a/tcp:x/y%41", "tcp 1", "hop:a%2Ftcp:x%2fy%41/tcp:1",
                     "hop:a%2Ftcp:x%2fy%41", ""}))
        << "a slash has an escape, nothing else";
    EXPECT_EQ(parts("unix:/run/tcp:80").front(), "unix /run/tcp:80") << "unix leads nowhere";
    EXPECT_EQ(parts("unix:/a%2Fb?c").front(), "unix /a%2Fb?c") << "the last part is as it is";
    EXPECT_EQ(parts("tls:h:1?ca=/etc/tcp:80").front(), "tls h:1 ca=/etc/tcp:80");
}

TEST(Endpoint, optionsBelongToThePartInFront)
{
    EXPECT_EQ(parts("hop:p:1?greeting=a%2Fb%26/tls:h:443?name=x&alpn=a,b&name=y"),
              (Parts{"hop p:1 greeting=a/b&", "tls h:443 name=x alpn=a,b name=y",
                     "hop:p:1/tls:h:443", "hop:p:1?greeting=a%2Fb%26", ""}))
        << "the name for messages has none";
    EXPECT_EQ(parts("tls:h:443?dangerously-accept-any-certificate").front(),
              "tls h:443 dangerously-accept-any-certificate=");
}

TEST(Endpoint, aProxyIsPutInFront)
{
    EXPECT_EQ(
        parts("tcp:h:1", "hop:p:2?greeting=x"),
        (Parts{"hop p:2 greeting=x", "tcp h:1", "hop:p:2/tcp:h:1", "hop:p:2?greeting=x", ""}));
    EXPECT_EQ(parts("hop:q:3/tcp:h:1", "hop:p:2"),
              (Parts{"hop p:2", "hop q:3", "tcp h:1", "hop:p:2/hop:q:3/tcp:h:1", "hop:p:2/hop:q:3",
                     "hop:p:2"}));
}

TEST(Endpoint, hasNoMorePartsAndOptionsThanThereIsRoomFor)
{
    std::string chain, options = "tls:h:1?name=0";

    for (int i = 0; i < 8; i++)
        chain += "hop:p:1/";
    EXPECT_EQ(fault(chain + "tcp:1"),
              "column 65: expected the end: it leads through too many others");
    EXPECT_EQ(fault(chain.substr(8) + "tcp:1"), "");
    for (int i = 0; i < 31; i++)
        options += "&name=1";
    EXPECT_EQ(fault(options), "");
    EXPECT_NE(fault(options + "&name=1").find("too many options"), std::string::npos);
}

// A scheme points at what it has been given.
TEST(Endpoint, aSchemePointsIntoItsPlaceAndItsOptions)
{
    Reactor made;
    bighti_route *route = nullptr;
    char host[BIGHT_HOST_SIZE];
    uint16_t port = 0;

    ASSERT_EQ(bighti_route_parse(made.reactor, nullptr, "hop:a%2Fb:77?greeting=%41bc/tcp:[::1]:80",
                                 false, &route),
              nullptr);
    const bight_endpoint *via = &route->parts[0], *end = &route->parts[1];
    const char *place = bight_endpoint_get_place(via);

    EXPECT_EQ(textOfError(bight_endpoint_new_error(via, place, "%s", "A")), "column 5: expected A");
    EXPECT_EQ(textOfError(bight_endpoint_new_error(via, place + 2, "%d", 1)),
              "column 9: expected 1")
        << "the b behind the escape";
    EXPECT_EQ(
        textOfError(bight_endpoint_new_error(via, bight_endpoint_get_option(via, "greeting"), "B")),
        "column 23: expected B");
    EXPECT_EQ(bight_endpoint_get_option(via, "other"), nullptr);
    EXPECT_EQ(bight_endpoint_get_host(end, host, &port), nullptr);
    EXPECT_STREQ(host, "::1");
    EXPECT_EQ(port, 80);
    EXPECT_STREQ(bight_endpoint_get_text(via), "hop:a/b:77");
    std::free(route);
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
