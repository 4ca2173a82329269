// The soak itself, in small: it passes on every host, and fails when a fault is made on purpose.
#include "support/process.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

using support::Completed;

namespace
{

// Enough for the eight samples that the judge wants.
constexpr const char *seconds = "14", *cycle = "0.2";
constexpr std::chrono::seconds limit{120};

struct Case {
    const char *name, *host;
    std::vector<std::string> environment;
    const char *fault; // made on purpose
    const char *told;  // what it says of that
};

const Case cases[] = {
    {"native", "native", {}, nullptr, nullptr},
    {"glib", "glib", {}, nullptr, nullptr},
    {"qtGlib", "qt", {}, nullptr, nullptr},
    {"qtUnix", "qt", {"QT_NO_GLIB=1"}, nullptr, nullptr},
    {"cfrunloop", "cfrunloop", {}, nullptr, nullptr},
    {"memoryThatStays", "native", {}, "memory", "heap at rest: "},
    {"aDescriptorThatStaysOpen", "native", {}, "descriptor", "descriptors at rest: "},
    {"aThreadThatStays", "native", {}, "thread", "threads at rest: "},
    {"aWrongByte", "native", {}, "byte", "wrong: "},
};

std::unique_ptr<support::Process> start(const Case &one)
{
    std::vector<std::string> command = {BIGHT_SOAK, "--host", one.host, "--seconds", seconds,
                                        "--cycle",  cycle,    "--seed", "1"};

    if (one.fault != nullptr)
        command.insert(command.end(), {"--fault", one.fault});
    return std::make_unique<support::Process>(command, one.environment);
}

// All that are to be run are started by the first test, for each takes its time and little else.
class Soak : public testing::TestWithParam<Case>
{
  protected:
    static void SetUpTestSuite()
    {
        for (const Case &one : cases)
            processes[one.name] = start(one);
    }
    static void TearDownTestSuite()
    {
        processes.clear();
    }

    static std::map<std::string, std::unique_ptr<support::Process>> processes;
};

std::map<std::string, std::unique_ptr<support::Process>> Soak::processes;

TEST_P(Soak, endsAsItHasTo)
{
    const Case &one = GetParam();
    support::Process &process = *processes[one.name];
    auto ending = process.wait(limit);
    std::string said = process.output() + process.errors();

    ASSERT_TRUE(ending) << said;
    if (ending->status == 77)
        GTEST_SKIP() << "this host is not built: " << said;
    EXPECT_EQ(ending->status, one.fault != nullptr ? 1 : 0) << said;
    EXPECT_NE(said.find(one.fault != nullptr ? ": FAILED\n" : ": passed\n"), said.npos) << said;
    if (one.told != nullptr) {
        EXPECT_NE(said.find(one.told), said.npos) << said;
    }
}

INSTANTIATE_TEST_SUITE_P(With, Soak, testing::ValuesIn(cases),
                         [](const auto &one) { return std::string(one.param.name); });

TEST(SoakUsage, whatIsNotUnderstoodIsRefused)
{
    Completed done = support::run({BIGHT_SOAK, "--seconds", "soon"});

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 2);
    EXPECT_NE(done.errors.find("--seconds"), std::string::npos);
}

TEST(SoakUsage, aHostThatThereIsNotIsLeftOut)
{
    Completed done = support::run({BIGHT_SOAK, "--host", "amiga"});

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 77);
}

} // namespace
