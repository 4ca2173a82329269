// Prefixes of addresses: bans, allow-lists, and counting by network.
#include "core/address_support.hpp"

#include <algorithm>
#include <vector>

namespace
{

bool contains(const bight_prefix &prefix, const bight_address &address)
{
    return bight_prefix_contains(&prefix, &address);
}

struct Form {
    const char *read, *written;
    unsigned length;
};

const Form forms[] = {
    {"10.0.0.0/8", "10.0.0.0/8", 8},
    {"0.0.0.0/0", "0.0.0.0/0", 0},
    {"192.0.2.1", "192.0.2.1/32", 32},
    {"192.0.2.1/32", "192.0.2.1/32", 32},
    {"172.16.0.0/12", "172.16.0.0/12", 12},
    {"192.0.2.128/25", "192.0.2.128/25", 25},
    {"::/0", "::/0", 0},
    {"2001:DB8::/32", "2001:db8::/32", 32},
    {"2001:db8::1", "2001:db8::1/128", 128},
    {"2001:db8:0:1::/64", "2001:db8:0:1::/64", 64},
    {"fe80::/10", "fe80::/10", 10},
    {"fe80::%70000/64", "fe80::%70000/64", 64},
    {"fe80::1%70000", "fe80::1%70000/128", 128},
    {"::ffff:10.0.0.0/104", "10.0.0.0/8", 8},
    {"::ffff:0:0/96", "0.0.0.0/0", 0},
    {"::ffff:192.0.2.1", "192.0.2.1/32", 32},
    {"::/96", "::/96", 96},
};

TEST(Prefix, isReadAndWritten)
{
    for (const Form &form : forms) {
        bight_prefix found = prefix(form.read), again = prefix(form.written);

        EXPECT_EQ(textOf(found), form.written) << form.read;
        EXPECT_EQ(bight_prefix_get_length(&found), form.length) << form.read;
        EXPECT_TRUE(bight_prefix_equal(&found, &again)) << form.read;
        EXPECT_EQ(bight_prefix_hash(&found, 1), bight_prefix_hash(&again, 1)) << form.read;
    }
}

TEST(Prefix, thatIsSloppyIsRefused)
{
    const std::vector<std::string> texts = {
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
        "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10/8", "10.0/8",
        "010.0.0.0/8", "10.0.0.0:80/8", "[::]/0", "[2001:db8::]:80/32", "::/129", "::/", "::/00",
        "unix:/run/chat", "unix:/8", "example.org/8", "10.0.0.0/4294967304",
        // bits behind the prefix
        "10.0.0.1/8", "10.0.0.0/4", "192.0.2.129/25", "0.0.0.1/0", "2001:db8::1/32", "::1/127",
        "fe80::/8", "::ffff:10.0.0.1/104", "::ffff:0:0/95", "::ffff:10.0.0.0/8",
        // scopes
        "::%1/64", "2001:db8::%1/32", "fe80::/64%1", "fe80::%/64", "10.0.0.0%1/8"};

    for (const std::string &text : texts) {
        bight_prefix found = prefix("192.0.2.0/24");

        EXPECT_EQ(bight_prefix_parse(text.c_str(), &found), BIGHT_ERROR_INVALID) << text;
        EXPECT_EQ(textOf(found), "192.0.2.0/24") << text << " has changed the prefix";
    }
    bight_prefix found = {};
    EXPECT_EQ(bight_prefix_parse("fe80::%no-such-one/64", &found), BIGHT_ERROR_NOT_FOUND);
}

struct Membership {
    const char *prefix, *inside, *outside;
};

const Membership memberships[] = {
    {"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
    {"10.0.0.0/8", "10.255.255.255:80", "11.0.0.0"},
    {"10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"},
    {"10.0.0.0/8", "[::ffff:10.1.2.3]:80", "::10.1.2.3"},
    {"10.0.0.0/8", "10.1.2.3", "0a00::"},
    {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
    {"192.0.2.1", "192.0.2.1:9", "192.0.2.0"},
    {"192.0.2.128/25", "192.0.2.255", "192.0.2.127"},
    {"0.0.0.0/0", "255.255.255.255", "::"},
    {"0.0.0.0/0", "::ffff:1.2.3.4", "unix:/run/chat"},
    {"::/0", "2001:db8::1", "192.0.2.1"},
    {"::/0", "::1", "::ffff:192.0.2.1"},
    {"::/0", "fe80::1%70000", "unix:@chat"},
    {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
    {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
    {"2001:db8::1", "[2001:db8::1]:80", "2001:db8::2"},
    {"fe80::/10", "fe80::1%70000", "fec0::1"},
    {"fe80::%70000/64", "fe80::1%70000", "fe80::1%70001"},
    {"fe80::%70000/64", "fe80::2%70000", "fe80::1"},
};

TEST(Prefix, containsSomeAndNotOthers)
{
    for (const Membership &one : memberships) {
        EXPECT_TRUE(contains(prefix(one.prefix), address(one.inside)))
            << one.prefix << " and " << one.inside;
        EXPECT_FALSE(contains(prefix(one.prefix), address(one.outside)))
            << one.prefix << " and " << one.outside;
    }
}

TEST(Prefix, thatIsZeroContainsNothing)
{
    bight_prefix none = {};

    for (const char *text : {"0.0.0.0", "::", "::ffff:0.0.0.0", "unix:@x"})
        EXPECT_FALSE(contains(none, address(text))) << text;
    EXPECT_FALSE(contains(none, bight_address{}));
    EXPECT_FALSE(contains(prefix("0.0.0.0/0"), bight_address{}));
    EXPECT_EQ(textOf(none), "");
    EXPECT_EQ(bight_prefix_get_length(&none), 0u);
}

bight_address withFlipped(bight_address address, unsigned bit)
{
    bight_view view = bight_address_get_bytes(&address);
    std::vector<uint8_t> bytes(view.data, view.data + view.size);

    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ (0x80 >> bit % 8));
    if (bytes.size() == 4)
        return bight_address_from_ipv4(bytes.data(), 0);
    return bight_address_from_ipv6(bytes.data(), 0, 0);
}

// Of each length: it has the address it was made of, and depends on its own bits and on no other.
TEST(Prefix, endsAtItsLastBit)
{
    const uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0xa5, 0x5a, 0xff, 0x00,
                               0xc3, 0x3c, 0x81, 0x7e, 0x0f, 0xf0, 0x12, 0x34};
    const bight_address addresses[] = {bight_address_from_ipv4(bytes, 80),
                                       bight_address_from_ipv6(bytes, 80, 0)};

    for (const bight_address &one : addresses) {
        unsigned bits = static_cast<unsigned>(bight_address_get_bytes(&one).size) * 8;

        for (unsigned length = 0; length <= bits; length++) {
            bight_prefix made = bight_prefix_of(&one, std::min(length, 32u), length);
            bight_prefix again = prefix(textOf(made));

            ASSERT_EQ(bight_prefix_get_length(&made), length);
            ASSERT_TRUE(bight_prefix_equal(&made, &again)) << textOf(made);
            ASSERT_TRUE(contains(made, one)) << textOf(made);
            for (unsigned bit = 0; bit < bits; bit++)
                ASSERT_EQ(contains(made, withFlipped(one, bit)), bit >= length)
                    << textOf(made) << ", bit " << bit;
        }
    }
}

TEST(Prefix, ofAnAddressIsItsNetwork)
{
    struct Case {
        const char *address, *network;
    };
    const Case cases[] = {{"192.0.2.1:80", "192.0.2.1/32"},
                          {"[::ffff:192.0.2.1]:80", "192.0.2.1/32"},
                          {"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64"},
                          {"fe80::1%70000", "fe80::%70000/64"},
                          {"::1", "::/64"},
                          {"unix:/run/chat", ""}};

    for (const Case &one : cases) {
        bight_address from = address(one.address);

        EXPECT_EQ(textOf(bight_prefix_of(&from, 32, 64)), one.network) << one.address;
    }
    bight_address local = address("fe80::1%70000");
    EXPECT_EQ(textOf(bight_prefix_of(&local, 32, 8)), "fe00::/8")
        << "has more than link-local addresses, so a scope means nothing";
}

TEST(Prefix, differsInEachPart)
{
    const char *texts[] = {
        "10.0.0.0/8", "10.0.0.0/9", "11.0.0.0/8",        "0.0.0.0/0",         "::/0",     "::/8",
        "a00::/8",    "fe80::/64",  "fe80::%1000000/64", "fe80::%1000001/64", "fe80::/65"};

    for (const char *a : texts) {
        for (const char *b : texts) {
            bight_prefix first = prefix(a), second = prefix(b);

            EXPECT_EQ(bight_prefix_equal(&first, &second), a == b) << a << " and " << b;
            EXPECT_EQ(bight_prefix_hash(&first, 9) == bight_prefix_hash(&second, 9), a == b);
        }
    }
    bight_prefix one = prefix("10.0.0.0/8");
    EXPECT_NE(bight_prefix_hash(&one, 1), bight_prefix_hash(&one, 2));
}

TEST(Prefix, isWrittenWholeOrNotAtAll)
{
    bight_prefix one = prefix("10.0.0.0/8");
    char text[BIGHT_PREFIX_TEXT_SIZE] = "before";

    EXPECT_STREQ(bight_prefix_format(&one, text, 10), "");
    EXPECT_STREQ(bight_prefix_format(&one, text, 11), "10.0.0.0/8");
}

TEST(PrefixDeathTest, longerThanAnAddressIsMisuse)
{
    bight_address one = address("192.0.2.1");

    EXPECT_DEATH(bight_prefix_of(&one, 33, 64), "bight_prefix_of: a prefix of IPv4 with more");
    EXPECT_DEATH(bight_prefix_of(&one, 32, 129), "bight_prefix_of: a prefix of IPv6 with more");
}

} // namespace
