// Names of hosts as a person types them. A prepared name is one that may be sent to a server: small
// letters, digits, dashes and dots, prepared again the same; and what is a number is no name.
extern "C" {
#include "net/host_name.h"
}

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

void checkPrepared(const char *ascii)
{
    char again[BIGHTI_ASCII_NAME_SIZE];
    const char *why = nullptr;
    bight_address address;
    size_t size = std::strlen(ascii);

    require(size > 0 && size <= BIGHTI_LONGEST_NAME + 1);
    require(std::strspn(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-._") == size);
    require(std::strstr(ascii, "..") == nullptr && !bighti_host_is_number(ascii, &address));
    require(bighti_host_name_prepare(ascii, again, &why) == BIGHT_OK);
    require(std::strcmp(ascii, again) == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::string name(reinterpret_cast<const char *>(data), size);
    char ascii[BIGHTI_ASCII_NAME_SIZE];
    const char *why = nullptr;
    bight_address address;

    if (bighti_host_is_number(name.c_str(), &address))
        require(bight_address_get_port(&address) == 0);
    if (bighti_host_name_prepare(name.c_str(), ascii, &why) == BIGHT_OK) {
        checkPrepared(ascii);
        bighti_host_name_kind(ascii);
    } else {
        require(why != nullptr);
    }
    return 0;
}
