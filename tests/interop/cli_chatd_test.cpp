// bight chatd on every host, seen by a peer that speaks IRC by hand. What the server does is tested
// with the protocol; here it is that the tool brings it to life.
#include "cli_testing.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <csignal>

namespace
{

using namespace cli_testing;

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

// Reads lines up to the first that contains `part`; gives all of them.
std::string readUpTo(Client &client, const std::string &part)
{
    std::string text;

    while (!(contains(text, part) && text.back() == '\n')) {
        std::string byte = client.receive(1);

        if (byte.empty())
            break;
        text += byte;
    }
    EXPECT_TRUE(contains(text, part)) << text;
    return text;
}

// Gives all up to the end of the message of the day, or of its absence.
std::string login(Client &client, const std::string &nick)
{
    EXPECT_TRUE(client.send("NICK " + nick + "\r\nUSER " + nick + " 0 * :" + nick + "\r\n"));
    return readUpTo(client, " 376 ");
}

class CliChatd : public OnEveryHost
{
};

TEST_P(CliChatd, twoPeopleTalk)
{
    Server server(GetParam(), {"chatd", "--name", "chat.example", "--network", "Harbour", "--motd",
                               "Welcome aboard", "tcp:127.0.0.1:0"});
    std::size_t threads = (server.endpoint(), server.threads());
    Client alice(server.endpoint()), bob(server.endpoint());
    std::string welcome = login(alice, "alice");

    EXPECT_TRUE(contains(welcome, ":chat.example 001 alice ")) << welcome;
    EXPECT_TRUE(contains(welcome, "NETWORK=Harbour")) << welcome;
    EXPECT_TRUE(contains(welcome, "Welcome aboard")) << welcome;
    login(bob, "bob");
    ASSERT_TRUE(alice.send("JOIN #deck\r\n"));
    readUpTo(alice, " 366 ");
    ASSERT_TRUE(bob.send("JOIN #deck\r\n"));
    readUpTo(bob, " 366 ");
    readUpTo(alice, "JOIN ");
    ASSERT_TRUE(bob.send("PRIVMSG #deck :ahoy\r\n"));
    EXPECT_TRUE(contains(readUpTo(alice, "ahoy"), "PRIVMSG #deck :ahoy"));
    EXPECT_EQ(server.threads(), threads);
}

TEST_P(CliChatd, aSignalTellsEverybodyAndEndsIt)
{
    for (int signal : {SIGINT, SIGTERM}) {
        Server server(GetParam(), {"chatd", "tcp:127.0.0.1:0"});
        Client alice(server.endpoint());

        ASSERT_TRUE(alice.send("NICK alice\r\nUSER alice 0 * :alice\r\n"));
        readUpTo(alice, " 001 ");
        server.signal(signal);
        EXPECT_TRUE(contains(alice.receiveAll(), "ERROR :"));
        EXPECT_EQ(alice.seen(), Seen::Ended);
        alice.end();
        server.expectEnd();
    }
}

TEST_P(CliChatd, aPasswordFromAFileIsAskedFor)
{
    support::TempDir folder;
    Server server(GetParam(),
                  {"chatd", "--password-file", folder.write("password", "sesame\n"), "--motd-file",
                   folder.write("motd", "one\r\ntwo\r\n"), "tcp:127.0.0.1:0"});
    Client right(server.endpoint()), wrong(server.endpoint());

    ASSERT_TRUE(right.send("PASS sesame\r\nNICK alice\r\nUSER alice 0 * :alice\r\n"));
    std::string welcome = readUpTo(right, " 376 ");
    EXPECT_TRUE(contains(welcome, "- one\r\n")) << welcome;
    EXPECT_TRUE(contains(welcome, "- two\r\n")) << welcome;
    ASSERT_TRUE(wrong.send("PASS please\r\nNICK bob\r\nUSER bob 0 * :bob\r\n"));
    EXPECT_TRUE(contains(wrong.receiveAll(), " 464 "));
}

// The server's parser gets every byte alone, and so does the client.
TEST_P(CliChatd, aBadNetworkChangesNothing)
{
    Server server(GetParam(), {"chatd", "--motd", "Welcome aboard", "tcp:127.0.0.1:0"});
    Server network(native(), {"chaos", "--split", "1-3", "--gap", "20us", "--jitter", "2ms",
                              "tcp:127.0.0.1:0", server.endpoint()});
    Client direct(server.endpoint()), disturbed(network.endpoint());

    login(direct, "alice");
    EXPECT_TRUE(contains(login(disturbed, "bob"), "Welcome aboard"));
    ASSERT_TRUE(direct.send("PRIVMSG bob :are you there?\r\n"));
    readUpTo(disturbed, "PRIVMSG bob :are you there?\r\n");
    ASSERT_TRUE(disturbed.send("PRIVMSG alice :here I am\r\n"));
    readUpTo(direct, "PRIVMSG alice :here I am\r\n");
}

TEST_P(CliChatd, itTellsHowManyThereAreWhenAskedTo)
{
    Server server(GetParam(), {"chatd", "--verbose", "--clients", "5", "tcp:127.0.0.1:0"});
    Client alice(server.endpoint());

    ASSERT_TRUE(alice.send("NICK alice\r\nUSER alice 0 * :alice\r\n"));
    EXPECT_TRUE(support::waitUntil([&] { return server.process().saw("1 users, 0 channels"); }))
        << server.process().errors();
}

TEST_P(CliChatd, theLimitsOfTheHelpAreThoseOfTheServer)
{
    support::Completed help = support::run(command(GetParam(), {"chatd", "--help"}), "");
    Server server(GetParam(), {"chatd", "--burst", "3", "--pace", "0", "--send-queue", "64k",
                               "--ping", "20s", "--ping-timeout", "5s", "tcp:127.0.0.1:0"});
    Client alice(server.endpoint());

    for (const char *text : {"default 20", "default 500ms", "default 1m", "default 90s",
                             "default 60s", "a nick has 30 bytes", "60 bans"})
        EXPECT_NE(help.output.find(text), std::string::npos) << text;
    ASSERT_TRUE(alice.send("NICK alice\r\nUSER alice 0 * :alice\r\n"));
    std::string welcome = readUpTo(alice, " 422 ");
    for (const char *limit : {"NICKLEN=30", "CHANNELLEN=50", "MAXLIST=b:60", "CHANLIMIT=#&:50",
                              "TOPICLEN=307", "KICKLEN=300"})
        EXPECT_NE(welcome.find(limit), std::string::npos) << limit;
}

INSTANTIATE_ON_EVERY_HOST(CliChatd);

} // namespace
