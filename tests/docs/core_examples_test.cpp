// The examples of the core's guides, run.
#include "support/process.hpp"

#include <gtest/gtest.h>
#include <string>

namespace
{

std::string outputOf(const std::string &name)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/" + name});
    auto ending = example.wait();

    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    return example.output();
}

TEST(CoreExample, reactorBeatsThriceAndRunsWhatWasPosted)
{
    std::string output = outputOf("reactor");

    EXPECT_NE(output.find("the next turn\n"), std::string::npos) << output;
    EXPECT_NE(output.find("posted from another thread\n"), std::string::npos) << output;
    EXPECT_NE(output.find("beat 1\n"), std::string::npos) << output;
    EXPECT_EQ(output.substr(output.rfind("beat")), "beat 3\n");
}

TEST(CoreExample, echoSaysHelloBackAndCloses)
{
    std::string output = outputOf("echo");

    EXPECT_EQ(output.find("tcp:127.0.0.1:"), 0u) << output;
    EXPECT_NE(output.find(" said hello\nclosed\n"), std::string::npos) << output;
}

} // namespace
