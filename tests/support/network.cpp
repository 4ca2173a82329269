#include "support/network.hpp"

#include "support/wait.hpp"

#include <arpa/inet.h>
#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support
{

namespace
{

enum Ending { Passed = 0, Failed = 1, Unavailable = 77 };

// The kernel's structure; its header contradicts that of the C library.
struct AddressRequest {
    in6_addr address;
    unsigned prefixLength;
    int interface;
};

bool bringUp(int fd)
{
    ifreq request = {};

    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

bool add(int fd, const std::string &address)
{
    AddressRequest request = {};

    request.prefixLength = 128;
    request.interface = static_cast<int>(if_nametoindex("lo"));
    return inet_pton(AF_INET6, address.c_str(), &request.address) == 1 &&
           ioctl(fd, SIOCSIFADDR, &request) == 0;
}

// Whether a connection to the address comes from it too: for a moment a new address is tentative,
// and the system takes another one as the source.
bool isSource(const std::string &address)
{
    sockaddr_in6 peer = {}, own = {};
    socklen_t size = sizeof(own);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    peer.sin6_family = AF_INET6;
    peer.sin6_port = htons(9);
    inet_pton(AF_INET6, address.c_str(), &peer.sin6_addr);
    bool same = connect(fd, reinterpret_cast<sockaddr *>(&peer), sizeof(peer)) == 0 &&
                getsockname(fd, reinterpret_cast<sockaddr *>(&own), &size) == 0 &&
                std::memcmp(&own.sin6_addr, &peer.sin6_addr, sizeof(own.sin6_addr)) == 0;
    close(fd);
    return same;
}

bool enter(const std::vector<std::string> &addresses)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool entered = fd >= 0 && bringUp(fd);

    for (const std::string &address : addresses)
        entered = entered && add(fd, address) && waitUntil([&] { return isSource(address); });
    if (fd >= 0)
        close(fd);
    return entered;
}

int runInChild(const std::vector<std::string> &addresses, const std::function<void()> &body)
{
    if (!enter(addresses))
        return Unavailable;
    body();
    return testing::Test::HasFailure() ? Failed : Passed;
}

} // namespace

bool runInOwnNetwork(const std::vector<std::string> &addresses, const std::function<void()> &body)
{
    int status = 0;

    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        int ending = runInChild(addresses, body);

        std::fflush(nullptr);
        _exit(ending);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == Unavailable)
        return false;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == Passed)
        << "in a network of its own; wait status " << status;
    return true;
}

} // namespace support
