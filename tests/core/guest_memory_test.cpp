// A library that is carried while memory runs out: a job fails or has its answer, and the library
// is freed once.
#include "support/alloc.hpp"
#include "support/toy_guest.hpp"

#include <arpa/inet.h>
#include <bight/reactor.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

// Accepts without memory of its own, and answers at once.
class Answerer
{
  public:
    Answerer()
    {
        sockaddr_in address = {};
        socklen_t size = sizeof(address);

        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr *>(&address), size), 0);
        EXPECT_EQ(listen(fd_, 8), 0);
        EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr *>(&address), &size), 0);
        port = ntohs(address.sin_port);
    }
    ~Answerer()
    {
        close(fd_);
    }
    void answer()
    {
        int peer = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);

        if (peer < 0)
            return;
        EXPECT_EQ(write(peer, "!", 1), 1);
        close(peer);
    }
    unsigned short port = 0;

  private:
    int fd_;
};

void settle(bight_reactor *reactor, Answerer &answerer)
{
    for (int idle = 0; idle < 3; idle++) {
        pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};
        if (poll(&ready, 1, 1) > 0)
            idle = 0;
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        answerer.answer();
    }
}

TEST(GuestWithoutMemory, answersOrFails)
{
    Answerer answerer;
    auto log = std::make_shared<support::ToyLog>();

    support::withEachAllocationFailing([&] {
        *log = support::ToyLog();
        bight_reactor *reactor = bight_reactor_new();
        if (reactor == nullptr)
            return;
        {
            support::ToyGuest guest(reactor, log);
            bool asked = guest.get() != nullptr && guest.ask(answerer.port, 1);
            settle(reactor, answerer);
            EXPECT_EQ(log->answered + log->failed, asked ? 1 : 0);
            if (log->watchStatus != BIGHT_OK) {
                EXPECT_EQ(log->watchStatus, BIGHT_ERROR_NO_MEMORY);
            }
            EXPECT_EQ(log->released, 0);
        }
        bight_reactor_free(reactor);
    });
    EXPECT_EQ(log->answered, 1) << "with all the memory that it wants";
    EXPECT_EQ(log->released, 1);
}

} // namespace
