#include "support/display.hpp"
#include "support/guards.hpp"
#include "support/paths.hpp"
#include "support/port.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace
{

using namespace std::chrono_literals;
using support::Process;

TEST(Wait, callsTheStepUntilTheConditionHolds)
{
    int steps = 0;

    EXPECT_TRUE(support::waitUntil([&] { return steps == 3; }, 1s, [&] { steps++; }));
    EXPECT_EQ(steps, 3);
}

TEST(Wait, givesUpAtTheDeadline)
{
    EXPECT_FALSE(support::waitUntil([] { return false; }, 5ms));
}

TEST(TempDir, isGoneWithItsContent)
{
    std::string path;
    {
        support::TempDir directory;

        path = directory.path();
        std::ifstream stream(directory.write("name", std::string("a\0b", 3)));
        std::ostringstream content;

        content << stream.rdbuf();
        EXPECT_EQ(content.str(), std::string("a\0b", 3));
        std::filesystem::create_directories(directory.file("deep/er"));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Port, isFreeAndNotPrivileged)
{
    EXPECT_GE(support::freePort(), 1024);
}

TEST(FdGuard, failsOnAndNamesADescriptorLeftOpen)
{
    static int fd;

    EXPECT_NONFATAL_FAILURE(
        {
            support::FdGuard guard;
            fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        },
        "/dev/null");
    close(fd);
}

TEST(FdGuard, isQuietWhenAllWasClosed)
{
    support::FdGuard guard;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    EXPECT_NE(guard.leaked(), "");
    close(fd);
}

TEST(ThreadGuard, failsWhenAThreadStillRuns)
{
    static std::thread thread;
    static int ends[2];

    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    EXPECT_NONFATAL_FAILURE(
        {
            support::ThreadGuard guard;
            thread = std::thread([] {
                char byte;
                (void)!read(ends[0], &byte, 1);
            });
        },
        "threads run");
    close(ends[1]);
    thread.join();
    close(ends[0]);
}

TEST(ThreadGuard, isQuietWhenAllWereJoined)
{
    support::ThreadGuard guard;

    std::thread([] {}).join();
}

TEST(Paths, leadToTheSources)
{
    EXPECT_TRUE(std::filesystem::exists(support::source("core/layers.txt")));
    EXPECT_TRUE(support::inPath("sh"));
    EXPECT_FALSE(support::inPath("no-such-program-here"));
}

TEST(Process, tellsStatusAndBothStreams)
{
    support::FdGuard guard;
    auto done = support::run({"sh", "-c", "cat; echo oops >&2; exit 3"}, "words");

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 3);
    EXPECT_FALSE(done.succeeded());
    EXPECT_EQ(done.output, "words");
    EXPECT_EQ(done.errors, "oops\n");
}

TEST(Process, thatCannotBeStartedThrows)
{
    support::FdGuard guard;

    EXPECT_THROW(Process({"/no/such/program"}), std::system_error);
    EXPECT_THROW(Process({"true"}, {}, "/no/such/directory"), std::system_error);
}

TEST(Process, runsInTheGivenDirectoryAndEnvironment)
{
    support::TempDir directory;
    Process process({"sh", "-c", "pwd; echo $HOME $ADDED"}, {"HOME=/nowhere", "ADDED=yes"},
                    directory.path());

    EXPECT_TRUE(process.wait());
    EXPECT_EQ(process.output(), directory.path() + "\n/nowhere yes\n");
}

TEST(Process, waitsForAWholeLine)
{
    Process process({"sh", "-c", "echo first; printf 'listening tcp:'; read x; echo $x; cat"});

    EXPECT_FALSE(process.waitForLine("listening", 20ms));
    EXPECT_TRUE(process.write("1234\n"));
    EXPECT_EQ(process.waitForLine("listening"), "listening tcp:1234");
    EXPECT_TRUE(process.saw("first"));
    EXPECT_FALSE(process.saw("second"));
}

TEST(Process, thatEndsWithoutTheLineIsNotWaitedFor)
{
    Process process({"sh", "-c", "echo other"});
    auto start = std::chrono::steady_clock::now();

    EXPECT_FALSE(process.waitForLine("never"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, support::patience / 2);
}

TEST(Process, isAskedToStopFirst)
{
    Process process(
        {"sh", "-c", "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.01; done"});

    ASSERT_TRUE(process.waitForLine("up"));
    EXPECT_FALSE(process.wait(1ms));
    EXPECT_EQ(process.stop().status, 5);
    EXPECT_EQ(process.output(), "up\nbye\n");
}

TEST(Process, thatDoesNotHeedIsKilled)
{
    Process process({"sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done"});

    ASSERT_TRUE(process.waitForLine("up"));
    EXPECT_EQ(process.stop(SIGTERM, 20ms).signal, SIGKILL);
}

TEST(Process, takesItsOwnChildrenWithIt)
{
    Process process({"sh", "-c", "sleep 1000 & echo pid $!; wait"});
    auto line = process.waitForLine("pid ");

    ASSERT_TRUE(line);
    pid_t grandchild = std::stoi(line->substr(4));
    process.stop();
    EXPECT_TRUE(support::waitUntil([grandchild] {
        std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
        std::string pid, name, state;

        return !(stat >> pid >> name >> state) || state == "Z";
    }));
}

TEST(Process, moreOutputThanAPipeHoldsIsAllCollected)
{
    auto done = support::run({"sh", "-c", "head -c 5000000 /dev/zero"});

    EXPECT_EQ(done.output.size(), 5000000u);
}

TEST(Process, moreInputThanAPipeHoldsIsEchoed)
{
    std::string big(3000000, 'z');
    auto done = support::run({"cat"}, big);

    EXPECT_TRUE(done.output == big);
}

TEST(Process, thatDoesNotReadDoesNotKillTheTest)
{
    Process process({"true"});

    ASSERT_TRUE(process.wait());
    EXPECT_FALSE(process.write("into the void"));
}

TEST(Display, takesAWindow)
{
    if (!support::Display::available() || !support::inPath("xdotool"))
        GTEST_SKIP() << "Xvfb or xdotool is missing";
    support::Display display;
    auto done = support::run({"xdotool", "getdisplaygeometry"}, {}, support::patience,
                             display.environment());

    EXPECT_EQ(done.output, "1280 800\n") << done.errors;
}

} // namespace
