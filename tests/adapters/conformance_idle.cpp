// Chapter: a program that has nothing to do does nothing. Counted from outside, by strace, so that
// the turns of the host's loop are in it too.
#include "adapters/conformance.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <fstream>
#include <sys/prctl.h>
#include <unistd.h>

using conformance::Peer;
using conformance::Server;
using conformance::Timer;

namespace
{

bool isTraced()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("TracerPid:", 0) == 0)
            return std::stoi(line.substr(10)) != 0;
    }
    return false;
}

// All system calls of this process by which a loop may wait, while it lives.
class Trace
{
  public:
    Trace()
        : file_(directory_.file("calls")),
          strace_({"strace", "-f", "-qq", "-o", file_, "-e",
                   "trace=epoll_wait,epoll_pwait,epoll_pwait2,poll,ppoll,select,pselect6", "-p",
                   std::to_string(getpid())})
    {
        prctl(PR_SET_PTRACER, strace_.pid());
        support::waitUntil([&] { return isTraced() || strace_.wait(std::chrono::seconds(0)); });
        works = isTraced();
    }
    long stop()
    {
        strace_.stop(2);
        std::ifstream lines(file_);
        return std::count(std::istreambuf_iterator<char>(lines), {}, '\n');
    }
    std::string errors()
    {
        return strace_.errors();
    }
    bool works = false;

  private:
    support::TempDir directory_;
    std::string file_;
    support::Process strace_;
};

BIGHT_CHAPTER(Idle);

// Without a reactor each of these loops makes one call and stays in it. The end of the two seconds
// is a wake-up, and what leads to it and away from it a few calls more.
TEST_P(Idle, costsNoWakeUps)
{
    if (host().virtualTime)
        GTEST_SKIP() << "two seconds are over at once";
    if (!support::inPath("strace"))
        GTEST_SKIP() << "there is no strace";
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;
    Timer far(reactor, [] {});

    join(server, client);
    far.start(BIGHT_SEC(3600));
    ASSERT_EQ(bight_transport_set_idle_timeout(client.transport, BIGHT_SEC(1800)), BIGHT_OK);
    turn();
    Trace trace;
    if (!trace.works)
        GTEST_SKIP() << "strace may not look: " << trace.errors();
    runFor(BIGHT_SEC(2));
    EXPECT_LE(trace.stop(), 12);
}

} // namespace
