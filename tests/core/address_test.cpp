// Addresses as values: their parts, how they compare, what kind they are, and the system's form.
#include "base/siphash.h"
#include "core/address_support.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace
{

bight_view viewOf(const std::string &bytes)
{
    return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

std::string bytesOf(const bight_address &address)
{
    bight_view view = bight_address_get_bytes(&address);

    return {reinterpret_cast<const char *>(view.data), view.size};
}

bight_address unixAddress(const std::string &name)
{
    bight_address found = {};

    EXPECT_EQ(bight_address_from_unix(viewOf(name), &found), BIGHT_OK);
    return found;
}

// -- Parts --

TEST(Address, isNoneWhenItIsZero)
{
    bight_address none = {};

    EXPECT_EQ(bight_address_get_family(&none), BIGHT_ADDRESS_NONE);
    EXPECT_EQ(bight_address_get_port(&none), 0);
    EXPECT_EQ(bight_address_get_scope(&none), 0u);
    EXPECT_EQ(bytesOf(none), "");
    bight_address_set_port(&none, 80);
    EXPECT_EQ(bight_address_get_port(&none), 0) << "nothing has no port";
}

TEST(Address, isMadeOfItsParts)
{
    const uint8_t four[] = {192, 0, 2, 1};
    const uint8_t six[] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    bight_address ipv4 = bight_address_from_ipv4(four, 80);
    bight_address ipv6 = bight_address_from_ipv6(six, 443, 3000000000);

    EXPECT_EQ(textOf(ipv4), "192.0.2.1:80");
    EXPECT_EQ(bytesOf(ipv4), std::string("\xc0\0\x02\x01", 4));
    EXPECT_EQ(textOf(ipv6), "[fe80::1%3000000000]:443");
    EXPECT_EQ(bytesOf(ipv6), std::string(reinterpret_cast<const char *>(six), 16));
    EXPECT_EQ(bight_address_get_scope(&ipv6), 3000000000u);
    bight_address_set_port(&ipv4, 0);
    EXPECT_EQ(textOf(ipv4), "192.0.2.1");
    bight_address_set_port(&ipv6, 8443);
    EXPECT_EQ(textOf(ipv6), "[fe80::1%3000000000]:8443");
}

// As the system drops it: else the same peer would be two addresses.
TEST(Address, hasAScopeOnlyWhereItMeansSomething)
{
    struct Case {
        uint8_t first, second;
        bool scoped;
    };
    const Case cases[] = {{0xfe, 0x80, true},  {0xfe, 0xbf, true},  {0xfe, 0xc0, false},
                          {0xfe, 0x7f, false}, {0xff, 0x01, true},  {0xff, 0x12, true},
                          {0xff, 0x05, false}, {0xff, 0x0e, false}, {0x20, 0x01, false}};

    for (const Case &one : cases) {
        uint8_t bytes[16] = {one.first, one.second};
        bight_address made = bight_address_from_ipv6(bytes, 0, 7);

        EXPECT_EQ(bight_address_get_scope(&made), one.scoped ? 7u : 0u) << textOf(made);
    }
}

TEST(Address, ofAUnixSocketIsAPathOrAName)
{
    std::string abstract("\0chat\0room", 10);
    bight_address found = address("192.0.2.7");

    EXPECT_EQ(textOf(unixAddress("/run/chat")), "unix:/run/chat");
    EXPECT_EQ(bytesOf(unixAddress("/run/chat")), "/run/chat");
    EXPECT_EQ(bytesOf(unixAddress(abstract)), abstract);
    EXPECT_EQ(textOf(unixAddress(abstract)), "unix:@chat@room");
    EXPECT_EQ(unixAddress(std::string("\0chat", 5)), address("unix:@chat"));
    EXPECT_EQ(textOf(unixAddress("@chat")), "unix:./@chat") << "a path, not an abstract name";
    EXPECT_EQ(textOf(unixAddress("")), "unix:");
    EXPECT_EQ(unixAddress(std::string(108, 'x')), unixAddress(std::string(108, 'x')));
    for (const std::string &name : {std::string(109, 'x'), std::string("/run\0/x", 7)})
        EXPECT_EQ(bight_address_from_unix(viewOf(name), &found), BIGHT_ERROR_INVALID);
    EXPECT_EQ(textOf(found), "192.0.2.7");
}

// -- IPv4-mapped addresses --

TEST(Address, thatIsMappedBecomesIpv4)
{
    bight_address mapped = address("[::ffff:192.0.2.1]:80"), plain = bight_address_unmap(&mapped);
    bight_address six = address("[2001:db8::1]:80"), local = address("unix:/run/x");

    EXPECT_EQ(bight_address_get_family(&mapped), BIGHT_ADDRESS_IPV6);
    EXPECT_EQ(bight_address_get_family(&plain), BIGHT_ADDRESS_IPV4);
    EXPECT_EQ(textOf(plain), "192.0.2.1:80");
    EXPECT_EQ(textOf(bight_address_unmap(&six)), "[2001:db8::1]:80");
    EXPECT_EQ(textOf(bight_address_unmap(&local)), "unix:/run/x");
}

TEST(Address, thatIsMappedIsEqualToIpv4)
{
    bight_address plain = address("192.0.2.1:80"), mapped = address("[::ffff:192.0.2.1]:80");
    bight_address compatible = address("[::192.0.2.1]:80");

    EXPECT_TRUE(bight_address_equal(&plain, &mapped));
    EXPECT_TRUE(bight_address_equal_host(&plain, &mapped));
    EXPECT_EQ(bight_address_compare(&plain, &mapped), 0);
    EXPECT_EQ(bight_address_hash(&plain, 1), bight_address_hash(&mapped, 1));
    EXPECT_EQ(bight_address_hash_host(&plain, 1), bight_address_hash_host(&mapped, 1));
    EXPECT_FALSE(bight_address_equal_host(&plain, &compatible));
}

// -- Comparing --

// In order; no two of them are equal.
const char *const ordered[] = {
    "1.2.3.4",       "9.0.0.0",         "10.0.0.0", "10.0.0.0:1",    "10.0.0.0:256",
    "10.0.0.1",      "255.255.255.255", "::",       "::1",           "[::1]:80",
    "2001:db8::",    "2001:db8::1",     "fe80::1",  "fe80::1%70000", "[fe80::1%70000]:9",
    "fe80::1%70001", "unix:@a",         "unix:@b",  "unix:/a",       "unix:/a/b",
    "unix:/b",
};

TEST(Address, hasAnOrder)
{
    std::vector<bight_address> all = {bight_address{}};

    for (const char *text : ordered)
        all.push_back(address(text));
    for (size_t i = 0; i < all.size(); i++) {
        for (size_t k = 0; k < all.size(); k++) {
            int order = bight_address_compare(&all[i], &all[k]);

            EXPECT_EQ(order < 0, i < k) << textOf(all[i]) << " and " << textOf(all[k]);
            EXPECT_EQ(order > 0, i > k) << textOf(all[i]) << " and " << textOf(all[k]);
            EXPECT_EQ(bight_address_equal(&all[i], &all[k]), i == k);
            EXPECT_EQ(bight_address_hash(&all[i], 5) == bight_address_hash(&all[k], 5), i == k);
        }
    }
}

TEST(Address, isEqualWithoutItsPort)
{
    bight_address a = address("192.0.2.1:80"), b = address("192.0.2.1:81");
    bight_address c = address("192.0.2.2:80"), d = address("fe80::1%70000");
    bight_address e = address("fe80::1%70001");

    EXPECT_FALSE(bight_address_equal(&a, &b));
    EXPECT_TRUE(bight_address_equal_host(&a, &b));
    EXPECT_NE(bight_address_hash(&a, 1), bight_address_hash(&b, 1));
    EXPECT_EQ(bight_address_hash_host(&a, 1), bight_address_hash_host(&b, 1));
    EXPECT_FALSE(bight_address_equal_host(&a, &c));
    EXPECT_NE(bight_address_hash_host(&a, 1), bight_address_hash_host(&c, 1));
    EXPECT_FALSE(bight_address_equal_host(&d, &e)) << "one address on two links";
    EXPECT_NE(bight_address_hash_host(&d, 1), bight_address_hash_host(&e, 1));
}

TEST(Address, isAPlainValue)
{
    bight_address one = address("[fe80::1%70000]:80"), copy, again = address("[fe80::1%70000]:80");

    std::memcpy(&copy, &one, sizeof(copy));
    EXPECT_EQ(copy, one);
    EXPECT_EQ(std::memcmp(&one, &again, sizeof(one)), 0) << "one address has one form";
    EXPECT_EQ(sizeof(bight_address), 120u);
    EXPECT_EQ(sizeof(bight_prefix), 24u);
}

TEST(Address, hashDependsOnTheSeed)
{
    std::set<uint64_t> hashes;
    RandomAddresses random;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        bight_address one = address("192.0.2.1:80");

        hashes.insert(bight_address_hash(&one, seed));
    }
    for (int i = 0; i < 1000; i++) {
        bight_address one = random.ipv6();

        hashes.insert(bight_address_hash(&one, 1));
    }
    EXPECT_GT(hashes.size(), 1990u); // some of the random ones are ::
}

// Of the key 00 01 ... 0f and the messages "", 00, 00 01, ..., as implementations agree on them.
TEST(Address, hashIsSipHash)
{
    const uint64_t expected[] = {0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d,
                                 0x8bf80ab8e7ddf7fb, 0xcf75576088d38328, 0xdef9d52f49533b67,
                                 0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e};
    const uint8_t message[] = {0, 1, 2, 3, 4, 5, 6, 7};

    for (size_t size = 0; size < 9; size++) {
        bighti_siphash hash = bighti_siphash_begin_keyed(0x0706050403020100, 0x0f0e0d0c0b0a0908);

        EXPECT_EQ(bighti_siphash_end(&hash, message, size), expected[size]) << size;
    }
    bighti_siphash hash = bighti_siphash_begin_keyed(0x0706050403020100, 0x0f0e0d0c0b0a0908);
    bighti_siphash_word(&hash, 0x0706050403020100);
    EXPECT_EQ(bighti_siphash_end(&hash, nullptr, 0), expected[8]) << "a word is eight bytes";
}

// -- What kind of address --

enum Kind { Loopback = 1, Private = 2, LinkLocal = 4, Multicast = 8, Unspecified = 16 };

struct Classed {
    const char *text;
    int kinds;
};

const Classed classed[] = {
    {"126.255.255.255", 0},
    {"127.0.0.0", Loopback},
    {"127.0.0.1", Loopback},
    {"127.255.255.255", Loopback},
    {"128.0.0.0", 0},
    {"0.0.0.0", Unspecified},
    {"0.0.0.1", 0},
    {"1.0.0.0", 0},
    {"9.255.255.255", 0},
    {"10.0.0.0", Private},
    {"10.255.255.255", Private},
    {"11.0.0.0", 0},
    {"172.15.255.255", 0},
    {"172.16.0.0", Private},
    {"172.31.255.255", Private},
    {"172.32.0.0", 0},
    {"192.167.255.255", 0},
    {"192.168.0.0", Private},
    {"192.168.255.255", Private},
    {"192.169.0.0", 0},
    {"100.64.0.1", 0},
    {"169.253.255.255", 0},
    {"169.254.0.0", LinkLocal},
    {"169.254.255.255", LinkLocal},
    {"169.255.0.0", 0},
    {"223.255.255.255", 0},
    {"224.0.0.0", Multicast},
    {"239.255.255.255", Multicast},
    {"240.0.0.0", 0},
    {"255.255.255.255", 0},
    {"8.8.8.8:53", 0},
    {"::", Unspecified},
    {"::1", Loopback},
    {"::2", 0},
    {"1::", 0},
    {"1::1", 0},
    {"0:0:0:1::1", 0},
    {"fbff:ffff::", 0},
    {"fc00::", Private},
    {"fdff:ffff::1", Private},
    {"fe00::", 0},
    {"fe7f:ffff::", 0},
    {"fe80::", LinkLocal},
    {"fe80::1%70000", LinkLocal},
    {"febf:ffff::1", LinkLocal},
    {"fec0::", 0},
    {"feff::", 0},
    {"ff00::", Multicast},
    {"ff02::1%70000", Multicast},
    {"ffff::", Multicast},
    {"2001:db8::1", 0},
    {"::ffff:127.0.0.1", Loopback},
    {"::ffff:10.1.2.3", Private},
    {"::ffff:169.254.1.1", LinkLocal},
    {"::ffff:224.0.0.1", Multicast},
    {"::ffff:0.0.0.0", Unspecified},
    {"::ffff:0.0.0.1", 0},
    {"::ffff:8.8.8.8", 0},
    {"::127.0.0.1", 0},
    {"unix:/run/chat", 0},
    {"unix:@chat", 0},
};

int kindsOf(const bight_address &address)
{
    return (bight_address_is_loopback(&address) ? Loopback : 0) |
           (bight_address_is_private(&address) ? Private : 0) |
           (bight_address_is_link_local(&address) ? LinkLocal : 0) |
           (bight_address_is_multicast(&address) ? Multicast : 0) |
           (bight_address_is_unspecified(&address) ? Unspecified : 0);
}

TEST(Address, isOfAKind)
{
    for (const Classed &one : classed)
        EXPECT_EQ(kindsOf(address(one.text)), one.kinds) << one.text;
    EXPECT_EQ(kindsOf(bight_address{}), 0);
    EXPECT_EQ(kindsOf(unixAddress("")), 0);
}

// -- The system's form --

std::string roundTrip(const bight_address &address)
{
    alignas(sockaddr_storage) uint8_t bytes[BIGHT_ADDRESS_SOCKET_SIZE];
    size_t size = bight_address_to_socket(&address, bytes, sizeof(bytes));
    bight_address again = {};

    EXPECT_GT(size, 0u);
    EXPECT_EQ(bight_address_from_socket(bytes, size, &again), BIGHT_OK);
    EXPECT_EQ(again, address);
    EXPECT_EQ(bight_address_to_socket(&address, bytes, size - 1), 0u) << "there is no room for it";
    EXPECT_EQ(bight_address_to_socket(&address, bytes, size), size);
    return textOf(again);
}

TEST(AddressSocket, givesBackWhatItGot)
{
    RandomAddresses random;

    for (const char *text : ordered)
        EXPECT_EQ(roundTrip(address(text)), textOf(address(text)));
    for (int i = 0; i < 1000; i++) {
        roundTrip(random.ipv4());
        roundTrip(random.ipv6());
    }
    roundTrip(unixAddress(std::string(108, 'x')));
    roundTrip(unixAddress(std::string(107, 'x')));
    roundTrip(unixAddress(std::string("\0a\0b", 4)));
    roundTrip(unixAddress(std::string("\0", 1) + std::string(107, 'x')));
    roundTrip(unixAddress(""));
}

TEST(AddressSocket, isTheStructureOfTheSystem)
{
    sockaddr_storage storage = {};
    auto *in = reinterpret_cast<sockaddr_in *>(&storage);
    auto *in6 = reinterpret_cast<sockaddr_in6 *>(&storage);
    auto *un = reinterpret_cast<sockaddr_un *>(&storage);
    bight_address four = address("192.0.2.1:80"), six = address("[fe80::1%70000]:443");
    bight_address path = address("unix:/run/chat"), none = {};

    EXPECT_EQ(bight_address_to_socket(&four, &storage, sizeof(storage)), sizeof(sockaddr_in));
    EXPECT_EQ(in->sin_family, AF_INET);
    EXPECT_EQ(in->sin_port, htons(80));
    EXPECT_EQ(in->sin_addr.s_addr, inet_addr("192.0.2.1"));
    EXPECT_EQ(bight_address_to_socket(&six, &storage, sizeof(storage)), sizeof(sockaddr_in6));
    EXPECT_EQ(in6->sin6_family, AF_INET6);
    EXPECT_EQ(in6->sin6_port, htons(443));
    EXPECT_EQ(in6->sin6_scope_id, 70000u);
    EXPECT_EQ(in6->sin6_flowinfo, 0u);
    EXPECT_EQ(bight_address_to_socket(&path, &storage, sizeof(storage)),
              offsetof(sockaddr_un, sun_path) + 10);
    EXPECT_EQ(un->sun_family, AF_UNIX);
    EXPECT_STREQ(un->sun_path, "/run/chat");
    EXPECT_EQ(bight_address_to_socket(&none, &storage, sizeof(storage)), 0u);
}

TEST(AddressSocket, thatIsTooSmallOrUnknownIsRefused)
{
    sockaddr_storage storage = {};
    bight_address found = address("192.0.2.7:7");
    auto readAs = [&](int family, size_t size) {
        storage.ss_family = static_cast<sa_family_t>(family);
        return bight_address_from_socket(&storage, size, &found);
    };

    EXPECT_EQ(readAs(AF_INET, 1), BIGHT_ERROR_INVALID);
    EXPECT_EQ(readAs(AF_INET, sizeof(sockaddr_in) - 1), BIGHT_ERROR_INVALID);
    EXPECT_EQ(readAs(AF_INET6, sizeof(sockaddr_in6) - 1), BIGHT_ERROR_INVALID);
    EXPECT_EQ(readAs(AF_NETLINK, sizeof(storage)), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(readAs(AF_UNSPEC, sizeof(storage)), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(textOf(found), "192.0.2.7:7");
    EXPECT_EQ(bight_address_from_socket(nullptr, 0, &found), BIGHT_OK);
    EXPECT_EQ(bight_address_get_family(&found), BIGHT_ADDRESS_NONE);
}

// The system says a size that counts the NUL of a path, or does not, or is beyond the structure.
TEST(AddressSocket, endsAPathWhereItEnds)
{
    sockaddr_un un = {};
    const size_t head = offsetof(sockaddr_un, sun_path);
    bight_address found;

    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, "/run/x", 6);
    for (size_t size : {head + 6, head + 7, sizeof(un)}) {
        ASSERT_EQ(bight_address_from_socket(&un, size, &found), BIGHT_OK);
        EXPECT_EQ(textOf(found), "unix:/run/x") << size;
    }
    std::memset(un.sun_path, 'x', sizeof(un.sun_path));
    ASSERT_EQ(bight_address_from_socket(&un, sizeof(un) + 1, &found), BIGHT_OK);
    EXPECT_EQ(bytesOf(found), std::string(108, 'x'));
    ASSERT_EQ(bight_address_from_socket(&un, head, &found), BIGHT_OK);
    EXPECT_EQ(textOf(found), "unix:");
}

bight_address boundTo(const bight_address &wanted)
{
    sockaddr_storage storage;
    size_t size = bight_address_to_socket(&wanted, &storage, sizeof(storage));
    int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto *generic = reinterpret_cast<sockaddr *>(&storage);
    auto room = static_cast<socklen_t>(sizeof(storage));
    bight_address found = {};

    EXPECT_EQ(bind(fd, generic, static_cast<socklen_t>(size)), 0) << textOf(wanted);
    EXPECT_EQ(getsockname(fd, generic, &room), 0);
    EXPECT_EQ(bight_address_from_socket(&storage, room, &found), BIGHT_OK);
    close(fd);
    return found;
}

TEST(AddressSocket, isTakenByTheSystem)
{
    bight_address ipv4 = boundTo(address("127.0.0.1")), wanted = address("127.0.0.1");
    std::string name = std::string("\0bight-", 7) + std::to_string(getpid());

    EXPECT_NE(bight_address_get_port(&ipv4), 0);
    EXPECT_TRUE(bight_address_equal_host(&ipv4, &wanted));
    EXPECT_EQ(boundTo(unixAddress(name)), unixAddress(name));
    name.resize(108, 'x');
    EXPECT_EQ(boundTo(unixAddress(name)), unixAddress(name));
}

} // namespace
