// The windows of the measurement, held to what must be true however slow the machine is: frames and
// the reactor's turns alternate. Nothing here is timed. A turn that spends its budget takes 2 ms, a
// frame is due every 16 ms, so that only a bounded number of such turns fits between two frames;
// and no two frames follow each other while work waits for a turn.
#include "support/display.hpp"
#include "support/process.hpp"

#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>

namespace
{

using Counts = std::map<std::string, unsigned long long>;

// "name=value name=value"
Counts parse(const std::string &line)
{
    std::istringstream words(line);
    std::string word;
    Counts result;

    while (words >> word) {
        size_t split = word.find('=');

        if (split != std::string::npos)
            result[word.substr(0, split)] = std::stoull(word.substr(split + 1));
    }
    return result;
}

class Windows : public testing::Test
{
  protected:
    static constexpr unsigned long long frames = 60;
    static constexpr unsigned long long megabyte = 1 << 20;
    // Eight in 16 ms, and as many again for a toolkit that takes two passes to paint.
    static constexpr unsigned long long mostTurns = 16;

    void SetUp() override
    {
        if (!support::Display::available())
            GTEST_SKIP() << "Xvfb is missing";
    }

    // Runs the window until so many frames were drawn and so many megabytes have come.
    Counts run(const std::string &peers, const std::string &megabytes, const std::string &paint)
    {
        support::Display display;
        support::Process flood({BIGHT_GUI_FLOOD});
        auto line = flood.waitForLine("listening");

        if (!line) {
            ADD_FAILURE() << "no peers: " << flood.errors();
            return {};
        }
        std::string port = line->substr(line->rfind(':') + 1);
        auto environment = display.environment();

        // What a toolkit's module has left behind when it was unloaded no suppression can name; the
        // hosts' own suites look for leaks of ours.
        environment.emplace_back("LSAN_OPTIONS=detect_leaks=0");
        support::Process window({BIGHT_GUI_WINDOW, "network=bight", "seconds=0",
                                 "frames=" + std::to_string(frames), "megabytes=" + megabytes,
                                 "port=" + port, "peers=" + peers, "paint=" + paint},
                                environment);
        auto ending = window.wait(3 * support::patience);

        EXPECT_TRUE(ending && ending->succeeded())
            << (ending ? window.errors() : "it does not come to its frames and bytes");
        return parse(window.output());
    }
    void expectAlternation(Counts &counts, unsigned long long megabytes)
    {
        EXPECT_GE(counts["frames"], frames);
        EXPECT_GE(counts["bytes"], megabytes * megabyte);
        EXPECT_EQ(counts["wrong"], 0U) << "blocks whose bytes were not those that were sent";
        EXPECT_LE(counts["most-spent-turns"], mostTurns) << "between two frames";
        EXPECT_EQ(counts["starved-frames"], 0U) << "drawn without a turn though work waited";
    }
};

TEST_F(Windows, drawWhileOnePeerFloods)
{
    Counts counts = run("1", "16", "0");

    expectAlternation(counts, 16);
}

TEST_F(Windows, drawWhileSixtyFourPeersFlood)
{
    Counts counts = run("64", "16", "0");

    expectAlternation(counts, 16);
}

TEST_F(Windows, leaveTheNetworkItsTurnsWhenEveryFramePaintsLong)
{
    Counts counts = run("64", "16", "20");

    expectAlternation(counts, 16);
}

} // namespace
