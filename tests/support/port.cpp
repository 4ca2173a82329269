#include "support/port.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace support
{

std::uint16_t freePort()
{
    sockaddr_in address = {};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto *generic = reinterpret_cast<sockaddr *>(&address);

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
        int errnum = errno;

        if (fd >= 0)
            close(fd);
        throw std::system_error(errnum, std::generic_category(), "free port");
    }
    close(fd);
    return ntohs(address.sin_port);
}

} // namespace support
