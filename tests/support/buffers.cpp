#include "support/buffers.hpp"

#include <cstdlib>
#include <filesystem>
#include <sys/socket.h>

namespace support
{

static void shrink(int fd)
{
    int type = 0, bytes = 64 << 10;
    socklen_t size = sizeof(type);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void shrinkSocketBuffers()
{
    for (const auto &each : std::filesystem::directory_iterator("/proc/self/fd"))
        shrink(std::atoi(each.path().filename().c_str()));
}

} // namespace support
