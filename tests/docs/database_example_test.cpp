// The example of docs/guides/databases.md, run on the databases of this build.
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <string>

namespace
{

const char *const transcript = "1 added\n"
                               "tea is there already: 23505\n"
                               "not so much bread: 23514\n"
                               "the tea alone: 23514\n"
                               "bread: 2\nmilk: 3\ntea: 8\n"
                               "label 1: milk\nlabel 2: bread\nlabel 3: tea\n";

void expectTranscript(const std::string &address)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/database", address});
    auto ending = example.wait();

    if (example.errors().find("this build of Bight is without") != std::string::npos)
        GTEST_SKIP() << example.errors();
    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    EXPECT_EQ(example.output(), transcript) << example.errors();
}

TEST(DatabaseExample, keepsItsBooksInMemory)
{
    expectTranscript("sqlite::memory:");
}

TEST(DatabaseExample, keepsItsBooksInAFileAlsoTheSecondTime)
{
    support::TempDir folder;

    expectTranscript("sqlite:" + folder.file("shop.db") + "?journal=wal");
    expectTranscript("sqlite:" + folder.file("shop.db"));
}

} // namespace
