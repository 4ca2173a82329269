#include "support/network.hpp"

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

bool enter(const std::vector<std::string> &addresses)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool entered = fd >= 0 && bringUp(fd);

    for (const std::string &address : addresses)
        entered = entered && add(fd, address);
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
