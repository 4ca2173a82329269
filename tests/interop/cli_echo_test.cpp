// One suite for the echo server on every host: what a client of it sees must not depend on the
// loop.
#include "cli_testing.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <fstream>
#include <list>
#include <unistd.h>

namespace
{

using namespace cli_testing;
using std::chrono::milliseconds;

#ifdef __SANITIZE_THREAD__
constexpr bool toolHasThreadsOfItsOwn = true; // the sanitizer's
#else
constexpr bool toolHasThreadsOfItsOwn = false;
#endif

class CliEcho : public OnEveryHost
{
};

void expectEcho(const std::string &endpoint, const std::string &bytes)
{
    Client client(endpoint);

    EXPECT_TRUE(client.exchange(bytes) == bytes) << "not what was sent";
    client.end();
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Ended);
}

TEST_P(CliEcho, bytesComeBack)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});

    expectEcho(server.endpoint(), "hello");
    expectEcho(server.endpoint(), std::string(1, '\0'));
    server.stop();
}

TEST_P(CliEcho, portZeroIsGivenARealPort)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});

    EXPECT_EQ(server.endpoint().compare(0, 14, "tcp:127.0.0.1:"), 0) << server.endpoint();
    EXPECT_NE(server.endpoint(), "tcp:127.0.0.1:0");
}

TEST_P(CliEcho, listensAtSeveralEndpointsOfAllKinds)
{
    support::TempDir folder;
    std::string path = folder.file("echo");
    std::string abstract = "unix:@bight-cli-test-" + std::to_string(getpid());
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0", "unix:" + path, abstract});

    EXPECT_EQ(server.endpoint(1), "unix:" + path);
    EXPECT_EQ(server.endpoint(2), abstract);
    for (std::size_t i = 0; i < 3; i++)
        expectEcho(server.endpoint(i), "hello " + std::to_string(i));
    server.stop();
    EXPECT_NE(access(path.c_str(), F_OK), 0) << "the socket was left behind";
}

TEST_P(CliEcho, listensOnIpv6)
{
    support::Completed probe = support::run(command({"connect", "tcp:[::1]:9"}));

    if (probe.errors.find("Connection refused") == std::string::npos)
        GTEST_SKIP() << "there is no IPv6 here: " << probe.errors;
    Server server(GetParam(), {"echo", "tcp:[::1]:0"});

    expectEcho(server.endpoint(), "hello");
}

TEST_P(CliEcho, twoHundredConnectionsAtOnce)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    std::string endpoint = server.endpoint(), bytes = noise(2000);
    std::list<Client> clients;

    for (int i = 0; i < 200; i++)
        clients.emplace_back(endpoint);
    for (Client &client : clients)
        ASSERT_TRUE(client.send(bytes));
    for (Client &client : clients)
        EXPECT_TRUE(client.receive(bytes.size()) == bytes);
    server.stop();
}

TEST_P(CliEcho, threadsAndDescriptorsAreBackWhereTheyWere)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    std::string endpoint = server.endpoint();
    std::size_t threads = server.threads(), descriptors = server.descriptors();

    EXPECT_TRUE(threads == 1 || toolHasThreadsOfItsOwn) << threads;
    {
        std::list<Client> clients;

        for (int i = 0; i < 50; i++)
            clients.emplace_back(endpoint);
        for (Client &client : clients)
            EXPECT_EQ(client.exchange("x"), "x");
        EXPECT_EQ(server.threads(), threads);
        EXPECT_EQ(server.descriptors(), descriptors + 50);
    }
    EXPECT_TRUE(support::waitUntil([&] { return server.descriptors() == descriptors; }))
        << server.descriptors() << " descriptors, and " << descriptors << " before";
    EXPECT_EQ(server.threads(), threads);
}

TEST_P(CliEcho, tenMegabytesBothWays)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});

    expectEcho(server.endpoint(), noise(10'000'000));
    server.stop();
}

TEST_P(CliEcho, halfCloseKeepsTheOtherHalf)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());
    std::string bytes = noise(200'000);

    ASSERT_TRUE(client.send(bytes));
    client.end();
    EXPECT_TRUE(client.receiveAll() == bytes);
    EXPECT_EQ(client.seen(), Seen::Ended);
}

TEST_P(CliEcho, aReaderThatStopsIsNotBuffered)
{
    constexpr std::size_t most = 256u << 20, allowed = 8u << 20;
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    EXPECT_EQ(client.exchange("x"), "x");
    std::size_t memory = server.memory();
    std::size_t sent = client.sendUntilBlocked(most, milliseconds(300));
    EXPECT_LT(sent, most) << "the server took everything";
    EXPECT_LT(server.memory(), memory + allowed);
    client.end();
    EXPECT_EQ(client.receiveAll().size(), sent);
    EXPECT_EQ(client.seen(), Seen::Ended);
}

TEST_P(CliEcho, aClientThatBreaksOffHarmsNobody)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    std::size_t descriptors = (server.endpoint(), server.descriptors());
    Client steady(server.endpoint());

    for (int i = 0; i < 20; i++) {
        Client rude(server.endpoint());

        rude.send(noise(100'000));
        rude.reset();
    }
    EXPECT_EQ(steady.exchange("still here"), "still here");
    EXPECT_TRUE(support::waitUntil([&] { return server.descriptors() == descriptors + 1; }));
    server.stop();
}

TEST_P(CliEcho, signalsEndItInGoodOrder)
{
    for (int signal : {SIGINT, SIGTERM}) {
        Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
        Client client(server.endpoint());

        EXPECT_EQ(client.exchange("hello"), "hello");
        server.signal(signal);
        EXPECT_EQ(client.receiveAll(), "");
        EXPECT_EQ(client.seen(), Seen::Ended) << "not a reset";
        client.end();
        server.expectEnd();
    }
}

TEST_P(CliEcho, aSignalBeforeAnyConnectionEndsItToo)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});

    server.endpoint();
    server.stop(SIGTERM);
}

TEST_P(CliEcho, aClientThatDoesNotReadCannotHoldUpTheEnd)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    client.sendUntilBlocked(64u << 20, milliseconds(100));
    server.process().signal(SIGTERM);
    std::optional<support::Ending> ending = server.process().wait();
    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_TRUE(ending->succeeded()) << server.process().errors();
}

TEST_P(CliEcho, aSecondSignalEndsItAtOnce)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    client.sendUntilBlocked(64u << 20, milliseconds(100));
    auto start = std::chrono::steady_clock::now();
    server.process().signal(SIGTERM);
    server.stop(SIGINT);
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1900)) << "it lingered";
}

TEST_P(CliEcho, anAddressInUseIsAFailureThatNamesIt)
{
    Server server(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    std::string endpoint = server.endpoint();
    support::Completed second = support::run(command(GetParam(), {"echo", endpoint}), {},
                                             support::patience, GetParam().environment);

    ASSERT_TRUE(second.ending);
    EXPECT_EQ(second.ending->status, 1);
    EXPECT_NE(second.errors.find(endpoint), std::string::npos) << second.errors;
    EXPECT_NE(second.errors.find("Address already in use"), std::string::npos) << second.errors;
    EXPECT_EQ(second.output, "");
    expectEcho(endpoint, "the first is unharmed");
}

TEST_P(CliEcho, aFileThatIsInTheWayIsAFailureThatSaysSo)
{
    support::TempDir folder;
    std::string notes = folder.write("notes.txt", "mine");
    support::Completed tried = support::run(command(GetParam(), {"echo", "unix:" + notes}), {},
                                            support::patience, GetParam().environment);

    ASSERT_TRUE(tried.ending);
    EXPECT_EQ(tried.ending->status, 1);
    EXPECT_NE(tried.errors.find("listen on unix:" + notes +
                                ", where there is an ordinary file: Address already in use"),
              std::string::npos)
        << tried.errors;
    EXPECT_EQ(tried.output, "");
    std::ifstream stream(notes);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "mine");
}

TEST_P(CliEcho, silentConnectionsAreBrokenOffWhenAskedFor)
{
    Server server(GetParam(), {"echo", "--verbose", "--idle-timeout", "50ms", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Reset);
    EXPECT_TRUE(support::waitUntil([&] { return server.process().saw("was silent"); }))
        << server.process().errors();
}

TEST_P(CliEcho, statsCountWhatWentThrough)
{
    Server server(GetParam(), {"--stats", "echo", "tcp:127.0.0.1:0"});

    expectEcho(server.endpoint(), noise(1000));
    server.process().signal(SIGUSR1);
    EXPECT_TRUE(support::waitUntil([&] { return server.process().saw("stalls"); }));
    EXPECT_TRUE(server.process().saw(std::string("host               ") + GetParam().option));
    EXPECT_TRUE(server.process().saw("bytes in           1000\n"));
    EXPECT_TRUE(server.process().saw("bytes out          1000\n"));
    EXPECT_TRUE(server.process().saw("deepest nesting    1\n"));
    EXPECT_TRUE(server.process().saw("connections        "));
    EXPECT_TRUE(server.process().saw("longest callback   "));
    EXPECT_TRUE(server.process().saw(" us (")) << "whose it was is missing";
    server.stop();
}

// Every callback that sends takes longer than this.
TEST_P(CliEcho, theWatchdogNamesWhatHeldTheLoop)
{
    Server server(GetParam(), {"--watchdog", "0.1us", "echo", "tcp:127.0.0.1:0"});

    expectEcho(server.endpoint(), "hello");
    EXPECT_TRUE(support::waitUntil([&] { return server.process().saw("echo held the loop for"); }))
        << server.process().errors();
}

// What has no name and no symbol is told by its file, whatever has become of the first argument.
TEST_P(CliEcho, theWatchdogTellsTheFileOfWhatHasNoName)
{
    Server server(GetParam(), {"--watchdog", "0.1us", "--stats", "echo", "tcp:127.0.0.1:0"});

    expectEcho(server.endpoint(), "hello");
    server.process().signal(SIGUSR1);
    EXPECT_TRUE(support::waitUntil([&] {
        return server.process().saw(support::program("bight") + "+0x");
    })) << server.process().errors();
}

// Those who found no descriptor wait in the system's queue until others have gone.
TEST_P(CliEcho, withoutDescriptorsItRestsAndRecovers)
{
    support::Process process({"bash", "-c", "ulimit -n 32; exec \"$0\" \"$@\"",
                              support::program("bight"), "--host", GetParam().option, "echo",
                              "tcp:127.0.0.1:0"},
                             GetParam().environment);
    std::optional<std::string> line = process.waitForLine("listening ");
    std::list<Client> clients;

    ASSERT_TRUE(line) << process.errors();
    for (int i = 0; i < 60; i++) {
        clients.emplace_back(line->substr(10));
        ASSERT_TRUE(clients.back().send("hello"));
    }
    while (!clients.empty()) {
        EXPECT_EQ(clients.front().receive(5), "hello");
        clients.pop_front();
    }
    EXPECT_TRUE(process.stop().succeeded()) << process.errors();
}

INSTANTIATE_ON_EVERY_HOST(CliEcho);

} // namespace
