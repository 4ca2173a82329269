// Chapter: a program that has nothing to do does nothing. Counted from outside, by strace, so that
// the turns of the host's loop are in it too.
#include "adapters/conformance.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

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
    // Ends a span; the first begins with it.
    static void mark()
    {
        poll(nullptr, 0, 0);
    }
    // The calls in each span.
    std::vector<long> stop()
    {
        strace_.stop(2);
        std::ifstream lines(file_);
        std::vector<long> spans;

        for (std::string line; std::getline(lines, line);) {
            if (line.find("poll(NULL, 0, 0)") != std::string::npos)
                spans.push_back(0);
            else if (!spans.empty())
                spans.back()++;
        }
        if (!spans.empty())
            spans.pop_back(); // behind the last mark
        return spans;
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

// A short time has the wake-ups of its beginning and its end alone; those of two seconds more are
// the wake-ups of doing nothing. The same loop without a reactor, beside it, says what is the
// host's. One is allowed for: a loop that counts milliseconds may wake before its time and wait
// once more.
TEST_P(Idle, costsNoWakeUpsBeyondTheHosts)
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
    for (uint64_t milliseconds : {20, 2000}) {
        Trace::mark();
        runFor(BIGHT_MSEC(milliseconds));
    }
    Trace::mark();
    freeReactor();
    for (int milliseconds : {20, 2000}) {
        Trace::mark();
        if (host().idle != nullptr)
            host().idle(milliseconds);
    }
    Trace::mark();
    std::vector<long> spans = trace.stop(); // short, long, between, short, long
    ASSERT_EQ(spans.size(), 5u);
    EXPECT_LE(spans[1] - spans[0], std::max(0L, spans[4] - spans[3]) + 1);
}

} // namespace
