// Addresses and prefixes. What is read is written and read back as the same; it is read exactly
// where the system's functions, which are as strict, read it; and an address is in its own prefix.
#include <bight/address.h>

#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace
{

void require(bool condition)
{
    if (!condition)
        std::abort();
}

bool parse(const std::string &text, bight_address &address)
{
    return bight_address_parse_view(
               {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()}, &address) ==
           BIGHT_OK;
}

void checkText(const bight_address &address)
{
    char text[BIGHT_ADDRESS_TEXT_SIZE];
    bight_address again;

    bight_address_format(&address, text, sizeof(text));
    require(parse(text, again) && bight_address_equal(&address, &again));
    // A path such as "//@x" keeps its bytes too; a scope, its number.
    require(std::memcmp(&address, &again, sizeof(address)) == 0);
    require(bight_address_hash(&address, 3) == bight_address_hash(&again, 3));
}

void checkSocket(const bight_address &address)
{
    alignas(std::max_align_t) std::uint8_t bytes[BIGHT_ADDRESS_SOCKET_SIZE];
    std::size_t size = bight_address_to_socket(&address, bytes, sizeof(bytes));
    bight_address again;

    require(size > 0 && bight_address_from_socket(bytes, size, &again) == BIGHT_OK);
    require(bight_address_equal(&address, &again));
}

void checkNetwork(const bight_address &address)
{
    char text[BIGHT_PREFIX_TEXT_SIZE];
    bight_prefix prefix = bight_prefix_of(&address, 13, 77), again;

    if (bight_address_get_family(&address) == BIGHT_ADDRESS_UNIX)
        return;
    bight_prefix_format(&prefix, text, sizeof(text));
    require(bight_prefix_parse(text, &again) == BIGHT_OK && bight_prefix_equal(&prefix, &again));
    require(bight_prefix_contains(&prefix, &address));
}

// Without a port, a scope, brackets and what is no host.
bool isForTheSystem(const std::string &text)
{
    bool port = text.find('.') != std::string::npos && text.find(':') != std::string::npos &&
                text.find(':') == text.rfind(':');

    return !port && text.find_first_of(std::string("%[\0", 3)) == std::string::npos &&
           text.compare(0, 5, "unix:") != 0;
}

bool systemParses(const std::string &text)
{
    in6_addr found;

    return inet_pton(AF_INET, text.c_str(), &found) == 1 ||
           inet_pton(AF_INET6, text.c_str(), &found) == 1;
}

void checkPrefix(const std::string &text)
{
    char written[BIGHT_PREFIX_TEXT_SIZE];
    bight_prefix prefix, again;

    if (bight_prefix_parse(text.c_str(), &prefix) != BIGHT_OK)
        return;
    bight_prefix_format(&prefix, written, sizeof(written));
    require(bight_prefix_parse(written, &again) == BIGHT_OK);
    require(std::memcmp(&prefix, &again, sizeof(prefix)) == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    std::string text(reinterpret_cast<const char *>(data), size);
    bight_address address;
    bool read = parse(text, address);

    if (isForTheSystem(text))
        require(read == systemParses(text));
    if (read) {
        checkText(address);
        checkSocket(address);
        checkNetwork(address);
    }
    checkPrefix(text);
    return 0;
}
