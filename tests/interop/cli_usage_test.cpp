// How the tool is called, and what it says when it is called wrongly.
#include "cli_testing.hpp"
#include "support/paths.hpp"
#include "support/wait.hpp"

#include <fstream>
#include <iterator>
#include <set>

namespace
{

using namespace cli_testing;
using support::Completed;

const char *const commands[] = {"echo",  "chatd", "connect", "follow", "forward",
                                "chaos", "sql",   "resolve", "hosts"};

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

TEST(CliUsage, helpIsPrintedWhereverItIsAskedFor)
{
    for (const std::vector<std::string> &words :
         {std::vector<std::string>{"--help"}, {"-h"}, {"help"}}) {
        Completed done = support::run(command(words));

        EXPECT_TRUE(done.succeeded());
        EXPECT_EQ(done.errors, "");
        for (const char *name : commands)
            EXPECT_TRUE(contains(done.output, name)) << name;
    }
    for (const char *name : commands) {
        std::string text = support::run(command({"help", name})).output;

        EXPECT_TRUE(contains(text, std::string("usage: bight ") + name)) << text;
        EXPECT_EQ(support::run(command({name, "--help"})).output, text);
        EXPECT_EQ(support::run(command({"--help", name})).output, text);
    }
}

TEST(CliUsage, theVersionIsPrinted)
{
    Completed done = support::run(command({"--version"}));

    EXPECT_TRUE(done.succeeded());
    EXPECT_EQ(done.output.compare(0, 6, "bight "), 0) << done.output;
    EXPECT_EQ(done.output.find_first_not_of("0123456789.", 6), done.output.size() - 1)
        << done.output;
    EXPECT_EQ(support::run(command({"-V"})).output, done.output);
}

struct Fault {
    std::vector<std::string> words;
    const char *message;
};

TEST(CliUsage, faultsHaveStatusTwoAndAReason)
{
    const Fault faults[] = {
        {{}, "no command given;"},
        {{"sing"}, "no command \"sing\""},
        {{"echo"}, "echo needs ENDPOINT"},
        {{"forward", "tcp:0"}, "forward needs LISTEN CONNECT"},
        {{"forward", "tcp:0", "tcp:1", "tcp:2"}, "forward takes no more than LISTEN CONNECT"},
        {{"hosts", "glib"}, "hosts takes no more than its options"},
        {{"--loud", "echo", "tcp:0"}, "no option --loud"},
        {{"echo", "--motd", "x", "tcp:0"}, "no option --motd"},
        {{"echo", "-x", "tcp:0"}, "no option -x"},
        {{"echo", "tcp:0", "--idle-timeout"}, "--idle-timeout needs TIME"},
        {{"echo", "tcp:0", "--verbose=yes"}, "--verbose takes no value"},
        {{"--watchdog", "soon", "echo", "tcp:0"}, "--watchdog takes a time"},
        {{"--watchdog=", "echo", "tcp:0"}, "--watchdog takes a time"},
        {{"--watchdog", "-5", "echo", "tcp:0"}, "--watchdog takes a time"},
        {{"--watchdog", "1.2.3", "echo", "tcp:0"}, "--watchdog takes a time"},
        {{"--watchdog", "5 s", "echo", "tcp:0"}, "--watchdog takes a time"},
        {{"--host", "toaster", "echo", "tcp:0"}, "no host \"toaster\""},
        {{"echo", "nonsense"}, "listen on nonsense: column 1: expected one of tcp:"},
        {{"echo", "tcp:127.0.0.1:70000"}, "column 15: expected a port from 0 to 65535"},
        {{"connect", "nonsense"}, "connect to nonsense: column 1: expected one of tcp:"},
        {{"follow", "nonsense"}, "connect to nonsense: column 1: expected one of tcp:"},
        {{"chaos", "--split", "0", "tcp:0", "tcp:1"}, "a piece must have at least 1 byte"},
        {{"chaos", "--split", "9-3", "tcp:0", "tcp:1"}, "--split takes"},
        {{"chaos", "--split", "3-", "tcp:0", "tcp:1"}, "--split takes"},
        {{"chaos", "--rate", "lots", "tcp:0", "tcp:1"}, "--rate takes"},
        {{"chaos", "--chance", "101", "tcp:0", "tcp:1"}, "--chance takes"},
        {{"chaos", "--only", "sideways", "tcp:0", "tcp:1"}, "--only takes up, down or both"},
        {{"chaos", "--seed", "18446744073709551616", "tcp:0", "tcp:1"}, "--seed takes"},
        {{"chatd", "--name", "two words", "tcp:127.0.0.1:0"}, "one word"},
        {{"chatd", "--clients", "4294967296", "tcp:127.0.0.1:0"}, "--clients"},
        {{"chatd", "--burst", "0", "tcp:127.0.0.1:0"}, "--burst is 1 to 100000"},
        {{"chatd", "--pace", "fast", "tcp:127.0.0.1:0"}, "--pace takes"},
    };

    for (const Fault &fault : faults) {
        Completed done = support::run(command(fault.words));

        ASSERT_TRUE(done.ending) << fault.message << ": it runs";
        EXPECT_EQ(done.ending->status, 2) << fault.message;
        EXPECT_EQ(done.output, "") << fault.message;
        EXPECT_TRUE(contains(done.errors, fault.message)) << done.errors;
        EXPECT_EQ(done.errors.compare(0, 7, "bight: "), 0) << done.errors;
    }
}

TEST(CliUsage, failuresHaveStatusOneAndNameTheEndpoint)
{
    const Fault failures[] = {
        {{"echo", "unix:/nonexistent/echo"}, "listen on unix:/nonexistent/echo"},
        {{"connect", "unix:/nonexistent/echo"}, "connect to unix:/nonexistent/echo"},
        {{"chatd", "unix:/nonexistent/chat"}, "listen on unix:/nonexistent/chat"},
        {{"chatd", "--motd-file", "/nonexistent/motd", "tcp:127.0.0.1:0"}, "/nonexistent/motd"},
    };

    for (const Fault &failure : failures) {
        Completed done = support::run(command(failure.words));

        ASSERT_TRUE(done.ending) << failure.message << ": it runs";
        EXPECT_EQ(done.ending->status, 1) << failure.message;
        EXPECT_TRUE(contains(done.errors, failure.message)) << done.errors;
    }
}

TEST(CliUsage, optionsStandBeforeOrAfterTheCommandAndTheirValuesEitherWay)
{
    for (const std::vector<std::string> &words :
         {std::vector<std::string>{"--host", "native", "echo", "tcp:127.0.0.1:0"},
          {"--host=native", "echo", "tcp:127.0.0.1:0"},
          {"echo", "--host", "native", "tcp:127.0.0.1:0"},
          {"echo", "tcp:127.0.0.1:0", "--host=native"},
          {"echo", "--host=native", "--", "tcp:127.0.0.1:0"}}) {
        support::Process process(command(words));

        EXPECT_TRUE(process.waitForLine("listening tcp:127.0.0.1:")) << process.errors();
        EXPECT_TRUE(process.stop().succeeded());
    }
}

TEST(CliUsage, outputThatCannotBeWrittenIsAFailure)
{
    Completed done = support::run(
        {"sh", "-c", "exec \"$0\" echo tcp:127.0.0.1:0 >/dev/full", support::program("bight")});

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 1);
    EXPECT_TRUE(contains(done.errors, "standard output: No space left")) << done.errors;
}

TEST(CliHosts, nativeIsAlwaysThereAndEachHasItsPlaceOrReason)
{
    Completed done = support::run(command({"hosts"}));

    EXPECT_TRUE(done.succeeded());
    EXPECT_TRUE(contains(done.output, "native    yes  part of libbight\n")) << done.output;
    for (const char *line : {"\nglib      yes  /", "\nqt        yes  /", "\ncfrunloop yes  /"}) {
        std::string name(line, 11), present(line);

        ASSERT_TRUE(contains(done.output, name)) << done.output;
        EXPECT_TRUE(contains(done.output, present) || contains(done.output, name + "no   lib"))
            << done.output;
    }
}

// Every "--option" of a text.
std::set<std::string> optionsIn(const std::string &text)
{
    const char *letters = "abcdefghijklmnopqrstuvwxyz-";
    std::set<std::string> found;

    for (auto at = text.find("--"); at != text.npos; at = text.find("--", at + 2)) {
        auto end = text.find_first_not_of(letters, at);
        std::string option = text.substr(at, end - at);

        if (option.size() > 3 && option[2] != '-') // not the line under the head of a table
            found.insert(option);
    }
    return found;
}

std::string fileContent(const std::string &path)
{
    std::ifstream file(path);

    return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(CliUsage, theGuideAndTheManualKnowEveryOptionAndNoOther)
{
    std::string help = support::run(command({"help"})).output;
    std::string guide = fileContent(support::source("docs/guides/cli.md"));
    std::string manual = fileContent(support::source("docs/bight.1"));

    for (auto at = manual.find('\\'); at != manual.npos; at = manual.find('\\'))
        manual.erase(at, 1);
    for (const char *name : commands)
        help += support::run(command({"help", name})).output;
    EXPECT_EQ(optionsIn(guide), optionsIn(help));
    EXPECT_EQ(optionsIn(manual), optionsIn(help));
}

} // namespace
