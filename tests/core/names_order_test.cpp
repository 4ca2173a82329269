// RFC 6724, with the examples of its section 10.2.
extern "C" {
#include "net/address_order.h"
}
#include <gtest/gtest.h>
#include <string>

namespace
{

bight_address parsed(const std::string &text)
{
    bight_address address = {};
    if (!text.empty()) {
        EXPECT_EQ(bight_address_parse(text.c_str(), &address), BIGHT_OK) << text;
    }
    return address;
}

// Whether the first is better; an empty source is no route.
bool isBetter(const std::string &a, const std::string &aSource, const std::string &b,
              const std::string &bSource)
{
    bight_address one = parsed(a), oneSource = parsed(aSource), two = parsed(b),
                  twoSource = parsed(bSource);
    int order = bighti_destinations_compare(&one, &oneSource, &two, &twoSource);
    EXPECT_EQ(order<0, bighti_destinations_compare(&two, &twoSource, &one, &oneSource)> 0);
    return order < 0;
}

TEST(AddressOrder, putsWhatCannotBeReachedLast)
{
    EXPECT_TRUE(isBetter("198.51.100.121", "198.51.100.117", "2001:db8:1::1", ""));
}

TEST(AddressOrder, prefersIpv6WhereBothWork)
{
    EXPECT_TRUE(isBetter("2001:db8:1::1", "2001:db8:1::2", "198.51.100.121", "198.51.100.117"));
}

TEST(AddressOrder, prefersMatchingScope)
{
    EXPECT_TRUE(isBetter("198.51.100.121", "198.51.100.117", "2001:db8:1::1", "fe80::1%lo"));
    EXPECT_TRUE(isBetter("2001:db8:1::1", "2001:db8:1::2", "198.51.100.121", "169.254.13.78"));
}

TEST(AddressOrder, prefersMatchingLabel)
{
    EXPECT_TRUE(
        isBetter("2002:c633:6401::1", "2002:c633:6401::2", "2001:db8:1::1", "2002:c633:6401::2"));
    EXPECT_TRUE(isBetter("198.51.100.121", "10.1.2.4", "2002:c633:6401::1", "fd00::2"));
}

TEST(AddressOrder, prefersSmallerScopeAndLongerPrefix)
{
    EXPECT_TRUE(isBetter("fe80::1%lo", "fe80::2%lo", "2001:db8:1::1", "2001:db8:1::2"));
    EXPECT_TRUE(isBetter("2001:db8:1::1", "2001:db8:1::2", "2001:db8:3ffe::1", "2001:db8:1::2"));
    EXPECT_FALSE(isBetter("10.1.2.3", "10.1.2.4", "192.0.2.1", "10.1.2.4"));
}

} // namespace
