// The tool with schemes of a library that it has never seen (tests/support/toy_schemes.h), with
// standard input and output as an endpoint, and with what it is told besides an endpoint.
#include "cli_testing.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <fstream>
#include <unistd.h>

namespace
{

using namespace cli_testing;
using support::Completed;

int statusOf(const Completed &done)
{
    return done.ending ? done.ending->status : -1;
}

class CliScheme : public OnEveryHost
{
  protected:
    // The command line, with the library in front.
    static std::vector<std::string> loaded(std::vector<std::string> words)
    {
        words.insert(words.begin(), {"--load", BIGHT_TOY});
        return words;
    }
    static std::string toy(const std::string &name)
    {
        return "toy:cli-" + name + "-" + std::to_string(getpid());
    }
    Completed run(const std::vector<std::string> &words, const std::string &input = {})
    {
        return support::run(command(GetParam(), words), input, support::patience,
                            GetParam().environment);
    }
};

TEST_P(CliScheme, ofALoadedLibraryWorksInEveryCommand)
{
    Server echo(GetParam(), loaded({"echo", toy("echo")}));
    ASSERT_EQ(echo.endpoint(), toy("echo"));
    Server there(GetParam(), loaded({"forward", "tcp:127.0.0.1:0", toy("echo")}));
    Server back(GetParam(), loaded({"forward", toy("back"), there.endpoint()}));
    ASSERT_EQ(back.endpoint(), toy("back"));
    Completed done = run(loaded({"connect", toy("back")}), "through three\n");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, "through three\n");
    for (Server *server : {&back, &there, &echo})
        server->stop();
}

TEST_P(CliScheme, isReachedThroughAnother)
{
    Acceptor acceptor;
    std::string hop = "hop" + acceptor.endpoint().substr(3);
    support::Process client(
        command(GetParam(), loaded({"connect", "--proxy", hop, "tcp:example.org:7"})));
    Client peer = acceptor.accept();

    EXPECT_EQ(peer.receive(14), "example.org:7\n");
    ASSERT_TRUE(peer.send("ok\nwelcome\n"));
    peer.end();
    EXPECT_TRUE(client.waitForLine("welcome")) << client.errors();
}

TEST_P(CliScheme, thatIsWrongIsToldWithItsColumn)
{
    Completed wrong = run({"connect", "tcp:host:70000"});

    EXPECT_EQ(statusOf(wrong), 2) << wrong.errors;
    EXPECT_EQ(wrong.errors, "bight: connect to tcp:host:70000: column 10: expected a port from 0 "
                            "to 65535\n");
    wrong = run({"echo", "tcp:host:1"});
    EXPECT_EQ(statusOf(wrong), 2);
    EXPECT_EQ(wrong.errors, "bight: listen on tcp:host:1: column 5: expected an address or "
                            "localhost to listen on\n");
    wrong = run({"connect", "toy:x"});
    EXPECT_EQ(statusOf(wrong), 2);
    EXPECT_NE(wrong.errors.find("column 1: expected one of tcp:, unix:, tls:, stdio:\n"),
              std::string::npos)
        << wrong.errors;
    wrong = run(loaded({"connect", "toy:"}));
    EXPECT_NE(wrong.errors.find("column 5: expected a name"), std::string::npos) << wrong.errors;
}

TEST_P(CliScheme, onStandardInputAndOutputIsAClient)
{
    Server echo(native(), {"echo", "tcp:127.0.0.1:0"});
    std::string endpoint = echo.endpoint();
    std::string nobody = "tcp:127.0.0.1:" + std::to_string(support::freePort());
    std::string bytes = noise(300'000);
    Completed done = run({"forward", "stdio:", endpoint}, bytes);

    EXPECT_EQ(statusOf(done), 0) << done.errors;
    EXPECT_TRUE(done.output == bytes);
    EXPECT_EQ(done.errors, "");
    done = run({"forward", "stdio:", nobody}, "x");
    EXPECT_EQ(statusOf(done), 1);
    EXPECT_NE(done.errors.find(nobody + ": Connection refused"), std::string::npos) << done.errors;
    EXPECT_EQ(done.output, "");
}

TEST_P(CliScheme, onStandardInputAndOutputIsServedOnce)
{
    Completed done = run({"echo", "stdio:"}, "hello\n");

    EXPECT_EQ(statusOf(done), 0) << done.errors;
    EXPECT_EQ(done.output, "hello\n");
    done = run({"echo", "stdio:", "stdio:"});
    EXPECT_EQ(statusOf(done), 1);
    EXPECT_NE(done.errors.find("taken already"), std::string::npos) << done.errors;
    done = run({"connect", "stdio:"});
    EXPECT_EQ(statusOf(done), 2) << done.errors;
}

TEST_P(CliScheme, hasSoMuchTimeToConnect)
{
    Acceptor silent;
    std::string endpoint = "tls" + silent.endpoint().substr(3);
    Completed done = run({"connect", "--timeout", "50ms", endpoint});

    EXPECT_EQ(statusOf(done), 1);
    EXPECT_EQ(done.errors, "bight: connect to " + endpoint + ": not done in 0.05 s\n");
}

INSTANTIATE_ON_EVERY_HOST(CliScheme);

TEST(CliLoad, ofWhatHasNoSchemesIsToldWithTheReason)
{
    support::TempDir folder;
    std::string renamed = folder.file("libother-name.so.3");
    std::ifstream from(BIGHT_TOY, std::ios::binary);
    std::ofstream(renamed, std::ios::binary) << from.rdbuf();
    Completed done = support::run(command({"--load", renamed, "echo", "tcp:127.0.0.1:0"}));

    EXPECT_EQ(statusOf(done), 2);
    EXPECT_NE(done.errors.find("it has no function bight_other_name_add_schemes()"),
              std::string::npos)
        << done.errors;
    done = support::run(command({"--load", folder.file("none.so"), "echo", "tcp:127.0.0.1:0"}));
    EXPECT_EQ(statusOf(done), 2);
    EXPECT_NE(done.errors.find("cannot be loaded"), std::string::npos) << done.errors;
}

TEST(CliConnectOptions, thatMakeNoSenseAreRefused)
{
    EXPECT_EQ(statusOf(support::run(command({"connect", "--from", "here", "tcp:1"}))), 2);
    EXPECT_EQ(statusOf(support::run(command({"connect", "--ipv4", "--ipv6", "tcp:1"}))), 2);
    EXPECT_EQ(statusOf(support::run(command({"connect", "--proxy", "tcp:1", "tcp:1"}))), 2);
}

TEST(CliConnectOptions, chooseTheAddresses)
{
    Acceptor acceptor;
    std::string port = acceptor.endpoint().substr(acceptor.endpoint().rfind(':'));
    Completed done = support::run(command({"connect", "--ipv6", "tcp:127.0.0.1" + port}));

    EXPECT_EQ(statusOf(done), 1);
    EXPECT_NE(done.errors.find("no address of the wanted family"), std::string::npos)
        << done.errors;
    support::Process client(
        command({"connect", "--verbose", "--ipv4", "--from", "127.0.0.9", "tcp:localhost" + port}));
    Client peer = acceptor.accept();
    EXPECT_TRUE(support::waitUntil([&] { return client.saw("from tcp:127.0.0.9:"); }))
        << client.errors();
    peer.end();
}

} // namespace
