// Addresses for tests: made of text, shown as text when a test fails.
#ifndef BIGHT_TESTS_ADDRESS_SUPPORT_HPP
#define BIGHT_TESTS_ADDRESS_SUPPORT_HPP

#include <bight/address.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <random>
#include <string>

inline std::string textOf(const bight_address &address)
{
    char text[BIGHT_ADDRESS_TEXT_SIZE];

    return bight_address_format(&address, text, sizeof(text));
}

inline std::string hostOf(const bight_address &address)
{
    char text[BIGHT_ADDRESS_TEXT_SIZE];

    return bight_address_format_host(&address, text, sizeof(text));
}

inline std::string textOf(const bight_prefix &prefix)
{
    char text[BIGHT_PREFIX_TEXT_SIZE];

    return bight_prefix_format(&prefix, text, sizeof(text));
}

inline bight_address address(const std::string &text)
{
    bight_address found = {};

    EXPECT_EQ(bight_address_parse(text.c_str(), &found), BIGHT_OK) << text;
    return found;
}

inline bight_prefix prefix(const std::string &text)
{
    bight_prefix found = {};

    EXPECT_EQ(bight_prefix_parse(text.c_str(), &found), BIGHT_OK) << text;
    return found;
}

inline bool operator==(const bight_address &a, const bight_address &b)
{
    return bight_address_equal(&a, &b);
}

inline void PrintTo(const bight_address &address, std::ostream *out)
{
    *out << textOf(address);
}

// The same values in every run. Many of the groups are zero, for that is what texts differ in.
class RandomAddresses
{
  public:
    bight_address ipv4()
    {
        uint8_t bytes[4];

        fill(bytes, sizeof(bytes));
        return bight_address_from_ipv4(bytes, port());
    }

    bight_address ipv6()
    {
        uint8_t bytes[16];

        fill(bytes, sizeof(bytes));
        return bight_address_from_ipv6(bytes, port(), 0);
    }

    unsigned below(unsigned limit)
    {
        return static_cast<unsigned>(random_() % limit);
    }

  private:
    void fill(uint8_t *bytes, size_t size)
    {
        unsigned zeros = below(4);

        for (size_t i = 0; i < size; i += 2) {
            bool zero = below(4) < zeros, small = below(3) == 0;

            bytes[i] = static_cast<uint8_t>(zero || small ? 0 : below(256));
            bytes[i + 1] = static_cast<uint8_t>(zero ? 0 : below(256));
        }
    }
    uint16_t port()
    {
        return static_cast<uint16_t>(below(2) == 0 ? 0 : below(65536));
    }

    std::mt19937 random_{4711};
};

#endif
