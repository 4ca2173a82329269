// bight forward: as if the two at its ends were connected to each other.
#include "cli_testing.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <list>

namespace
{

using namespace cli_testing;
using std::chrono::milliseconds;

class CliForward : public OnEveryHost
{
  protected:
    std::vector<std::string> words(const std::string &to) const
    {
        return {"forward", "tcp:127.0.0.1:0", to};
    }
};

TEST_P(CliForward, twoMegabytesThroughAChainOfThree)
{
    support::TempDir folder;
    Server echo(native(), {"echo", "tcp:127.0.0.1:0"});
    Server last(GetParam(), {"forward", "unix:" + folder.file("last"), echo.endpoint()});
    Server middle(GetParam(), words(last.endpoint()));
    Server first(GetParam(), words(middle.endpoint()));
    Client client(first.endpoint());
    std::string bytes = noise(2'000'000);

    EXPECT_TRUE(client.exchange(bytes) == bytes);
    client.end();
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Ended);
    for (Server *server : {&first, &middle, &last})
        server->stop();
}

TEST_P(CliForward, halfCloseIsKeptBothWays)
{
    Acceptor acceptor;
    Server server(GetParam(), words(acceptor.endpoint()));

    for (bool clientFirst : {true, false}) {
        Client client(server.endpoint()), peer = acceptor.accept();
        Client &first = clientFirst ? client : peer, &second = clientFirst ? peer : client;

        ASSERT_TRUE(first.send("question"));
        first.end();
        EXPECT_EQ(second.receiveAll(), "question");
        EXPECT_EQ(second.seen(), Seen::Ended);
        ASSERT_TRUE(second.send("answer"));
        second.end();
        EXPECT_EQ(first.receiveAll(), "answer");
        EXPECT_EQ(first.seen(), Seen::Ended);
    }
}

TEST_P(CliForward, whatCannotBeReachedResetsTheClientAndIsTold)
{
    Server server(GetParam(), words("tcp:127.0.0.1:1"));
    std::size_t descriptors = (server.endpoint(), server.descriptors());
    Client client(server.endpoint());

    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Reset);
    EXPECT_TRUE(support::waitUntil([&] { return server.process().saw("tcp:127.0.0.1:1"); }));
    EXPECT_TRUE(server.process().saw("refused")) << server.process().errors();
    EXPECT_TRUE(support::waitUntil([&] { return server.descriptors() == descriptors; }));
    server.stop();
}

TEST_P(CliForward, aBreakIsPassedOnBothWays)
{
    Acceptor acceptor;
    Server server(GetParam(), words(acceptor.endpoint()));

    for (bool clientFirst : {true, false}) {
        Client client(server.endpoint()), peer = acceptor.accept();
        Client &first = clientFirst ? client : peer, &second = clientFirst ? peer : client;

        ASSERT_TRUE(first.send("x"));
        EXPECT_EQ(second.receive(1), "x");
        first.reset();
        EXPECT_EQ(second.receiveAll(), "");
        EXPECT_EQ(second.seen(), Seen::Reset);
    }
}

TEST_P(CliForward, aReaderThatStopsStopsTheWriterBothWays)
{
    constexpr std::size_t most = 256u << 20, allowed = 8u << 20;
    Acceptor acceptor;
    Server server(GetParam(), words(acceptor.endpoint()));

    for (bool clientFirst : {true, false}) {
        Client client(server.endpoint()), peer = acceptor.accept();
        Client &writer = clientFirst ? client : peer, &reader = clientFirst ? peer : client;
        std::size_t memory = server.memory();
        std::size_t sent = writer.sendUntilBlocked(most, milliseconds(300));

        EXPECT_LT(sent, most);
        EXPECT_LT(server.memory(), memory + allowed);
        writer.end();
        EXPECT_EQ(reader.receiveAll().size(), sent);
        EXPECT_EQ(reader.seen(), Seen::Ended);
    }
}

TEST_P(CliForward, fiftyConnectionsLeaveNothingBehind)
{
    Server echo(native(), {"echo", "tcp:127.0.0.1:0"});
    Server server(GetParam(), words(echo.endpoint()));
    std::size_t descriptors = (server.endpoint(), server.descriptors());
    std::size_t threads = server.threads();
    {
        std::list<Client> clients;

        for (int i = 0; i < 50; i++)
            clients.emplace_back(server.endpoint());
        for (Client &client : clients)
            EXPECT_EQ(client.exchange("hello"), "hello");
        EXPECT_EQ(server.descriptors(), descriptors + 100);
    }
    EXPECT_TRUE(support::waitUntil([&] { return server.descriptors() == descriptors; }));
    EXPECT_EQ(server.threads(), threads);
    server.stop();
}

TEST_P(CliForward, aSignalClosesBothSidesInGoodOrder)
{
    Acceptor acceptor;
    Server server(GetParam(), words(acceptor.endpoint()));
    Client client(server.endpoint()), peer = acceptor.accept();

    ASSERT_TRUE(client.send("x"));
    EXPECT_EQ(peer.receive(1), "x");
    server.signal();
    for (Client *end : {&client, &peer}) {
        EXPECT_EQ(end->receiveAll(), "");
        EXPECT_EQ(end->seen(), Seen::Ended);
        end->end();
    }
    server.expectEnd();
}

// Connecting to a listener whose queue is full takes until somebody accepts.
TEST_P(CliForward, aSignalWhileItConnectsEndsItToo)
{
    Acceptor acceptor;
    std::list<Client> queued;
    Server server(GetParam(), words(acceptor.endpoint()));

    for (int i = 0; i < 70; i++)
        queued.emplace_back(server.endpoint());
    server.signal();
    queued.clear();
    server.expectEnd();
}

INSTANTIATE_ON_EVERY_HOST(CliForward);

} // namespace
