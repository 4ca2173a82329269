// bight connect: what goes through a pipe, a file, a terminal or a socket as its standard streams,
// and how it ends.
#include "cli_testing.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <poll.h>

namespace
{

using namespace cli_testing;
using std::chrono::milliseconds;
using support::Completed;
using support::Process;

// A line for sh, in which $BIGHT is the tool and $AT the endpoint.
std::vector<std::string> shell(const std::string &line)
{
    return {"bash", "-c", line};
}

std::vector<std::string> settings(const std::string &endpoint)
{
    return {"BIGHT=" + support::program("bight"), "AT=" + endpoint};
}

Completed runShell(const std::string &line, const std::string &endpoint, const std::string &input)
{
    return support::run(shell(line), input, support::patience, settings(endpoint));
}

std::string content(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);

    return std::string(std::istreambuf_iterator<char>(file), {});
}

class CliConnect : public OnEveryHost
{
  protected:
    Completed connect(const std::string &endpoint, const std::string &input)
    {
        return support::run(command(GetParam(), {"connect", endpoint}), input, support::patience,
                            GetParam().environment);
    }
};

TEST_P(CliConnect, logsWhatPassesWithoutItsSecrets)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});

    for (auto [option, sent] : {std::pair{"--log", " > PASS ***\\n\n"},
                                {"--log=text", " > PASS ***\\n\n"},
                                {"--log=hex", " > 00000000  50 41 53 53 20 ** ** ** ** 0a "}}) {
        Completed done = support::run(command(GetParam(), {"connect", option, server.endpoint()}),
                                      "PASS open\n", support::patience, GetParam().environment);
        EXPECT_TRUE(done.succeeded()) << done.errors;
        EXPECT_EQ(done.output, "PASS open\n");
        EXPECT_NE(done.errors.find(" = " + server.endpoint()), std::string::npos) << done.errors;
        EXPECT_NE(done.errors.find(sent), std::string::npos) << done.errors;
        EXPECT_NE(done.errors.find(" = the peer has ended\n"), std::string::npos) << done.errors;
        EXPECT_EQ(done.errors.find("open"), std::string::npos) << done.errors;
    }
}

TEST_P(CliConnect, keepsToARate)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    std::string bytes(200000, 'x');
    Completed done =
        support::run(command(GetParam(), {"connect", "--rate", "1m", "--log", server.endpoint()}),
                     bytes, support::patience, GetParam().environment);

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, bytes);
    EXPECT_NE(done.errors.find("    0.000000 = "), std::string::npos);
}

TEST_P(CliConnect, passesAPipeOnAndPrintsWhatComesBack)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    Completed done = connect(server.endpoint(), "hello\n");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, "hello\n");
    EXPECT_EQ(done.errors, "");
}

TEST_P(CliConnect, tenMegabytesThroughAPipe)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    std::string bytes = noise(10'000'000);
    Completed done = connect(server.endpoint(), bytes);

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_TRUE(done.output == bytes);
}

TEST_P(CliConnect, filesTakeThePlaceOfInputAndOutput)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    support::TempDir directory;
    std::string bytes = noise(1'000'000), sent = directory.write("sent", bytes);
    std::string saved = directory.file("saved");
    Completed both = support::run(command(GetParam(), {"connect", "--verbose", "--send", sent,
                                                       "--save", saved, server.endpoint()}),
                                  "ignored", support::patience, GetParam().environment);
    Completed sender =
        support::run(command(GetParam(), {"connect", "--send", sent, server.endpoint()}), "",
                     support::patience, GetParam().environment);

    EXPECT_TRUE(both.succeeded()) << both.errors;
    EXPECT_NE(both.errors.find("saved 1000000 bytes as " + saved), std::string::npos);
    EXPECT_TRUE(content(saved) == bytes);
    EXPECT_TRUE(sender.output == bytes);
    Completed saver =
        support::run(command(GetParam(), {"connect", "--save", saved, server.endpoint()}), "less",
                     support::patience, GetParam().environment);
    EXPECT_TRUE(saver.succeeded()) << saver.errors;
    EXPECT_EQ(content(saved), "less");
}

TEST_P(CliConnect, aFileThatCannotBeSentOrSavedIsNamedOnce)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    support::TempDir directory;
    std::string none = directory.file("no/such");
    const std::vector<std::pair<std::string, std::string>> faults = {
        {"--send", "bight: open " + none + ": No such file or directory\n"},
        {"--save", "bight: write " + none + ": No such file or directory\n"}};

    for (const auto &[option, message] : faults) {
        Completed done =
            support::run(command(GetParam(), {"connect", option, none, server.endpoint()}), "x",
                         support::patience, GetParam().environment);
        ASSERT_TRUE(done.ending);
        EXPECT_EQ(done.ending->status, 1);
        EXPECT_EQ(done.errors, message);
    }
}

TEST_P(CliConnect, whatWasCutOffIsNotSaved)
{
    Acceptor acceptor;
    support::TempDir directory;
    std::string saved = directory.write("saved", "before");
    Process process(command(GetParam(), {"connect", "--save", saved, acceptor.endpoint()}),
                    GetParam().environment);
    Client peer = acceptor.accept();

    EXPECT_TRUE(peer.send("half of it"));
    peer.reset();
    auto ending = process.wait();
    ASSERT_TRUE(ending);
    EXPECT_EQ(ending->status, 1);
    EXPECT_NE(process.errors().find("reset"), std::string::npos) << process.errors();
    EXPECT_EQ(content(saved), "before");
}

TEST_P(CliConnect, nothingIsSomethingToSendToo)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    Completed done = connect(server.endpoint(), "");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, "");
}

TEST_P(CliConnect, nobodyThereIsAFailureThatNamesTheEndpoint)
{
    Completed done = connect("tcp:127.0.0.1:1", "hello");

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 1);
    EXPECT_EQ(done.errors, "bight: connect to tcp:127.0.0.1:1: Connection refused\n");
}

TEST_P(CliConnect, aSignalEndsItAsItWouldAnyClient)
{
    for (int signal : {SIGINT, SIGTERM}) {
        Acceptor acceptor;
        Process process(command(GetParam(), {"connect", acceptor.endpoint()}),
                        GetParam().environment);
        Client peer = acceptor.accept();

        ASSERT_TRUE(peer.send("hello"));
        ASSERT_TRUE(support::waitUntil([&] { return process.saw("hello"); }));
        EXPECT_EQ(process.stop(signal).signal, signal) << process.errors();
    }
}

INSTANTIATE_ON_EVERY_HOST(CliConnect);

TEST(CliConnectStreams, aFileIsSentAndAFileIsWritten)
{
    support::TempDir folder;
    std::string bytes = noise(3'000'000), in = folder.write("in", bytes);
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    Completed done = runShell("exec \"$BIGHT\" connect \"$AT\" <" + in + " >" + folder.file("out"),
                              server.endpoint(), "");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_TRUE(content(folder.file("out")) == bytes);
}

TEST(CliConnectStreams, devNullAndClosedStreamsAreEmpty)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});

    for (const char *streams : {"</dev/null", "<&-", ">/dev/null", ">&-", "<&- >&- 2>&-"}) {
        Completed done = runShell(std::string("exec \"$BIGHT\" connect \"$AT\" ") + streams,
                                  server.endpoint(), "");

        EXPECT_TRUE(done.succeeded()) << streams << ": " << done.errors;
        EXPECT_EQ(done.output + done.errors, "") << streams;
    }
}

TEST(CliConnectStreams, aFullDiskIsAFailure)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    Completed done = runShell("exec \"$BIGHT\" connect \"$AT\" >/dev/full", server.endpoint(), "x");

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 1);
    EXPECT_NE(done.errors.find("No space left"), std::string::npos) << done.errors;
}

TEST(CliConnectStreams, aDirectoryCannotBeRead)
{
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    Completed done = runShell("exec \"$BIGHT\" connect \"$AT\" </", server.endpoint(), "");

    ASSERT_TRUE(done.ending);
    EXPECT_EQ(done.ending->status, 1);
    EXPECT_NE(done.errors.find("standard input"), std::string::npos) << done.errors;
}

TEST(CliConnectStreams, aReaderThatGoesEndsIt)
{
    Acceptor acceptor;
    Process process(shell("set -o pipefail; \"$BIGHT\" connect \"$AT\" | head -c 5"),
                    settings(acceptor.endpoint()));
    Client peer = acceptor.accept();

    peer.sendUntilBlocked(256u << 20, milliseconds(2000));
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_EQ(ending->status, 1);
    EXPECT_EQ(process.output().size(), 5u);
    EXPECT_NE(process.errors().find("standard output: Broken pipe"), std::string::npos)
        << process.errors();
}

TEST(CliConnectStreams, aSocketAsBothStreamsIsHalfClosed)
{
    if (!support::inPath("socat"))
        GTEST_SKIP() << "socat is missing";
    Server server(native(), {"echo", "tcp:127.0.0.1:0"});
    std::string bytes = noise(1'000'000);
    Completed done = runShell(R"(exec socat -t 20 - SYSTEM:'exec "$BIGHT" connect "$AT"')",
                              server.endpoint(), bytes);

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_TRUE(done.output == bytes) << done.output.size();
}

TEST(CliConnectStreams, onATerminalTheEndOfThePeerIsEnough)
{
    if (!support::inPath("script"))
        GTEST_SKIP() << "script is missing";
    Acceptor acceptor;
    Process process({"script", "-qec",
                     support::program("bight") + " connect " + acceptor.endpoint(), "/dev/null"});
    Client peer = acceptor.accept();

    ASSERT_TRUE(process.write("typed\n"));
    EXPECT_EQ(peer.receive(6), "typed\n");
    ASSERT_TRUE(peer.send("bye"));
    peer.end();
    EXPECT_EQ(peer.receiveAll(), "");
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_TRUE(ending->succeeded());
    EXPECT_NE(process.output().find("bye"), std::string::npos);
}

TEST(CliConnectStreams, theyAreNeverMadeNonBlocking)
{
    Acceptor acceptor;
    Process process(command({"connect", acceptor.endpoint()}));
    Client peer = acceptor.accept();

    ASSERT_TRUE(process.write("there"));
    EXPECT_EQ(peer.receive(5), "there");
    ASSERT_TRUE(peer.send("back"));
    ASSERT_TRUE(support::waitUntil([&] { return process.saw("back"); }));
    EXPECT_FALSE(isNonBlocking(process.pid(), 0));
    EXPECT_FALSE(isNonBlocking(process.pid(), 1));
}

TEST(CliConnectEnds, theEndOfInputIsPassedOnAndTheAnswerStillPrinted)
{
    Acceptor acceptor;
    Process process(command({"connect", acceptor.endpoint()}));
    Client peer = acceptor.accept();

    ASSERT_TRUE(process.write("question"));
    process.closeInput();
    EXPECT_EQ(peer.receiveAll(), "question");
    EXPECT_EQ(peer.seen(), Seen::Ended);
    ASSERT_TRUE(peer.send("answer"));
    peer.end();
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_TRUE(ending->succeeded());
    EXPECT_EQ(process.output(), "answer");
}

TEST(CliConnectEnds, theEndOfThePeerEndsTheOutputAndInputGoesOn)
{
    Acceptor acceptor;
    Process process(shell("\"$BIGHT\" connect \"$AT\" | (cat; echo end of output)"),
                    settings(acceptor.endpoint()));
    Client peer = acceptor.accept();

    ASSERT_TRUE(peer.send("bye\n"));
    peer.end();
    ASSERT_TRUE(process.waitForLine("end of output"));
    ASSERT_TRUE(process.write("and more"));
    EXPECT_EQ(peer.receive(8), "and more");
    process.closeInput();
    EXPECT_EQ(peer.receiveAll(), "");
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_EQ(process.output(), "bye\nend of output\n");
}

TEST(CliConnectEnds, aPeerThatBreaksOffIsAFailureButItsLastWordsArePrinted)
{
    Acceptor acceptor;
    Process process(command({"connect", acceptor.endpoint()}));
    Client peer = acceptor.accept();

    ASSERT_TRUE(peer.send("last words"));
    ASSERT_TRUE(support::waitUntil([&] { return process.saw("last words"); }));
    peer.reset();
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_EQ(ending->status, 1);
    EXPECT_NE(process.errors().find(acceptor.endpoint()), std::string::npos) << process.errors();
}

// The pipe to this test holds a mebibyte, and what is written into it is looked at last.
TEST(CliConnectPressure, anOutputThatIsNotReadStopsThePeer)
{
    constexpr std::size_t most = 256u << 20, allowed = 8u << 20;
    Acceptor acceptor;
    Process process(command({"connect", acceptor.endpoint()}));
    Client peer = acceptor.accept();

    ASSERT_TRUE(peer.send(std::string(1, noise(1)[0])));
    ASSERT_TRUE(support::waitUntil([&] { return !process.output().empty(); }));
    std::size_t before = memory(process.pid());
    std::size_t sent = peer.sendUntilBlocked(most, milliseconds(300));
    EXPECT_LT(sent, most);
    EXPECT_LT(memory(process.pid()), before + allowed);
    peer.end();
    process.closeInput();
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_TRUE(ending->succeeded()) << process.errors();
    EXPECT_EQ(process.output().size(), sent + 1);
}

TEST(CliConnectPressure, aPeerThatDoesNotReadStopsTheInput)
{
    constexpr std::size_t most = 1u << 30, allowed = 64u << 20, received = 1u << 20;
    support::TempDir folder;
    Acceptor acceptor;
    Process process(shell("truncate -s " + std::to_string(most) + " " + folder.file("big") +
                          "; exec \"$BIGHT\" connect \"$AT\" <" + folder.file("big")),
                    settings(acceptor.endpoint()));
    Client peer = acceptor.accept();

    EXPECT_EQ(peer.receive(received).size(), received);
    std::size_t read = 0;
    support::waitUntil(
        [&] {
            std::size_t now = bytesRead(process.pid());
            bool rests = now == read;

            read = now;
            return rests;
        },
        support::patience, [] { poll(nullptr, 0, 200); });
    EXPECT_LT(read, allowed) << "it read on";
    EXPECT_LT(memory(process.pid()), allowed);
    peer.reset();
}

} // namespace
