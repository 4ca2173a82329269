// bight chaos. What it does to bytes and when is tried inside this process, on a clock that stands
// still and over UNIX sockets, which deliver at once; resets, and the hosts, with the tool itself.
#include "cli_testing.hpp"
#include "support/peer.hpp"
#include "support/wait.hpp"

#include <bight/crank.h>
extern "C" {
#include "command.h"
}

#include <algorithm>
#include <list>
#include <memory>
#include <numeric>
#include <set>
#include <unistd.h>

namespace
{

using namespace cli_testing;

// One end of a connection, and all that it has seen.
struct Recorder : support::Peer {
    std::vector<std::size_t> pieces;
    std::vector<std::uint64_t> times;

    explicit Recorder(bight_reactor *on) : Peer(support::AtEnd::stay)
    {
        onConnected = [this] { bight_transport_set_marks(transport, 0, 1u << 30, 0); };
        onReceived = [this, on](std::string_view content) {
            pieces.push_back(content.size());
            times.push_back(bight_reactor_now(on));
        };
    }
};

// The command with these options, between a client and a server.
class Chaos
{
  public:
    explicit Chaos(const std::vector<std::string> &options);
    ~Chaos();

    // Connects once more; the client is then clients.back(), its peer servers.back().
    void connect();

    Recorder &client()
    {
        return clients.back();
    }
    Recorder &server()
    {
        return servers.back();
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }
    void advance(std::uint64_t count)
    {
        bight_crank_advance(reactor, BIGHT_MSEC(count));
    }
    std::uint64_t now()
    {
        return bight_reactor_now(reactor);
    }

    std::list<Recorder> clients, servers;
    bight_reactor *reactor = bight_crank_reactor_new();

  private:
    void startTool(const std::vector<std::string> &words);

    std::string name_;
    std::vector<std::string> words_;
    std::vector<char *> argv_;
    cli_options options_;
    cli_program program_;
    bight_listener *listener_ = nullptr;
};

Chaos::Chaos(const std::vector<std::string> &options)
{
    static int count = 0;
    std::string name =
        "unix:@bight-chaos-" + std::to_string(getpid()) + "-" + std::to_string(count++);
    std::vector<std::string> words = {"bight", "chaos"};
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        auto *self = static_cast<Chaos *>(data);

        self->servers.emplace_back(self->reactor);
        return &self->servers.back();
    };

    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {name, name + "-server"});
    EXPECT_EQ(bight_listen(reactor, words.back().c_str(), serve, this, nullptr, &listener_),
              BIGHT_OK);
    name_ = name;
    startTool(words);
    connect();
}

void Chaos::startTool(const std::vector<std::string> &words)
{
    int status = 0;

    words_ = words;
    for (std::string &word : words_)
        argv_.push_back(word.data());
    ASSERT_TRUE(
        cli_options_parse(static_cast<int>(argv_.size()), argv_.data(), &options_, &status));
    cli_program_init(&program_, &options_);
    program_.reactor = reactor;
    ASSERT_TRUE(cli_command_chaos.start(&program_));
}

void Chaos::connect()
{
    clients.emplace_back(reactor);
    bight_deferred_free(bight_connect(reactor, name_.c_str(), &clients.back()));
    settle();
    ASSERT_NE(client().transport, nullptr);
    ASSERT_EQ(servers.size(), clients.size());
}

Chaos::~Chaos()
{
    cli_command_chaos.stop(&program_);
    settle();
    cli_command_chaos.finish(&program_);
    bight_listener_free(listener_);
    bight_reactor_free(reactor);
}

TEST(CliChaos, withoutOptionsBytesPassAtOnceBothWays)
{
    Chaos chaos({});

    chaos.client().write("there");
    chaos.server().write("back");
    chaos.settle();
    EXPECT_EQ(chaos.server().text, "there");
    EXPECT_EQ(chaos.client().text, "back");
    bight_transport_shutdown(chaos.client().transport);
    chaos.settle();
    EXPECT_TRUE(chaos.server().ended);
    EXPECT_FALSE(chaos.client().ended);
    chaos.server().write("more");
    bight_transport_shutdown(chaos.server().transport);
    chaos.settle();
    EXPECT_EQ(chaos.client().text, "backmore");
    EXPECT_TRUE(chaos.client().closed);
    EXPECT_TRUE(chaos.server().closed);
}

TEST(CliChaos, aDelayIsExactForBytesAndForTheEnd)
{
    Chaos chaos({"--delay", "100ms"});

    chaos.client().write("hello");
    bight_transport_shutdown(chaos.client().transport);
    chaos.advance(99);
    EXPECT_EQ(chaos.server().text, "");
    chaos.advance(1);
    EXPECT_EQ(chaos.server().text, "hello");
    EXPECT_TRUE(chaos.server().ended);
}

TEST(CliChaos, jitterStaysInItsBoundsAndKeepsTheOrder)
{
    Chaos chaos({"--delay", "10ms", "--jitter", "20ms", "--seed", "7"});
    std::set<std::uint64_t> delays;
    std::string sent;

    for (int i = 0; i < 50; i++) {
        std::string text(1, static_cast<char>('A' + i));
        std::uint64_t begin = chaos.now();

        sent += text;
        chaos.client().write(text);
        chaos.settle();
        EXPECT_NE(chaos.server().text, sent) << "without any delay";
        chaos.advance(30);
        ASSERT_EQ(chaos.server().text, sent);
        delays.insert((chaos.server().times.back() - begin) / BIGHT_MSEC(1));
    }
    EXPECT_GE(*delays.begin(), 10u);
    EXPECT_LE(*delays.rbegin(), 30u);
    EXPECT_GT(delays.size(), 5u) << "it does not vary";
    for (char byte = 'a'; byte <= 'z'; byte++) {
        chaos.client().write(std::string(1, byte));
        chaos.settle();
        sent += byte;
    }
    chaos.advance(31);
    EXPECT_EQ(chaos.server().text, sent);
}

TEST(CliChaos, aRateIsKept)
{
    Chaos chaos({"--rate", "1000"});
    std::uint64_t begin = chaos.now();

    chaos.client().write(noise(10'000));
    chaos.advance(5000);
    EXPECT_NEAR(static_cast<double>(chaos.server().bytes), 5000, 20);
    chaos.advance(6000);
    EXPECT_EQ(chaos.server().bytes, 10'000u);
    EXPECT_NEAR(static_cast<double>(chaos.server().times.back() - begin) / 1e9, 10, 0.03);
}

TEST(CliChaos, aRateThatWasNotUsedIsNotSavedUp)
{
    Chaos chaos({"--rate", "50"});

    chaos.advance(60'000);
    chaos.client().write(noise(100));
    chaos.advance(1000);
    EXPECT_NEAR(static_cast<double>(chaos.server().bytes), 50, 3);
}

TEST(CliChaos, everyByteArrivesAlone)
{
    Chaos chaos({"--split", "1"});
    std::string bytes = noise(300);

    chaos.client().write(bytes);
    chaos.advance(30);
    EXPECT_TRUE(chaos.server().text == bytes);
    EXPECT_EQ(chaos.server().pieces, std::vector<std::size_t>(300, 1));
}

TEST(CliChaos, aGapKeepsThePiecesApart)
{
    Chaos chaos({"--split", "2", "--gap", "10ms"});

    chaos.client().write("abcde");
    chaos.advance(9);
    EXPECT_EQ(chaos.server().text, "ab");
    chaos.advance(1);
    EXPECT_EQ(chaos.server().text, "abcd");
    chaos.advance(10);
    EXPECT_EQ(chaos.server().text, "abcde");
}

TEST(CliChaos, theSeedDecidesWhereItSplits)
{
    auto split = [](const char *seed) {
        Chaos chaos({"--split", "1-16", "--seed", seed});

        chaos.client().write(noise(1000));
        chaos.advance(100);
        EXPECT_EQ(chaos.server().bytes, 1000u);
        return chaos.server().pieces;
    };
    std::vector<std::size_t> first = split("1");

    EXPECT_EQ(first, split("1"));
    EXPECT_NE(first, split("2"));
    EXPECT_EQ(*std::min_element(first.begin(), first.end() - 1), 1u);
    EXPECT_EQ(*std::max_element(first.begin(), first.end()), 16u);
}

TEST(CliChaos, theSplitsDoNotDependOnHowTheBytesCame)
{
    auto cuts = [](std::size_t step) {
        Chaos chaos({"--split", "5-50", "--seed", "3"});
        std::string bytes = noise(1000);
        std::set<std::size_t> offsets;

        for (std::size_t i = 0; i < bytes.size(); i += step) {
            chaos.client().write(bytes.substr(i, step));
            chaos.advance(100);
        }
        EXPECT_TRUE(chaos.server().text == bytes);
        for (std::size_t at = 0, i = 0; i < chaos.server().pieces.size(); i++)
            offsets.insert(at += chaos.server().pieces[i]);
        return offsets;
    };
    std::set<std::size_t> whole = cuts(1000), parts = cuts(100);

    EXPECT_GT(whole.size(), 10u);
    EXPECT_TRUE(std::includes(parts.begin(), parts.end(), whole.begin(), whole.end()));
}

TEST(CliChaos, aStallHoldsEverythingForItsTime)
{
    Chaos chaos({"--stall", "10", "--stall-time", "2s"});

    chaos.client().write("0123456789later");
    chaos.advance(1999);
    EXPECT_EQ(chaos.server().text, "0123456789");
    chaos.advance(1);
    EXPECT_EQ(chaos.server().text, "0123456789later");
    chaos.client().write(" and on");
    chaos.settle();
    EXPECT_EQ(chaos.server().text, "0123456789later and on");
}

TEST(CliChaos, aStallForGoodStopsTheSender)
{
    Chaos chaos({"--stall", "10", "--buffer", "64k", "--only", "up"});

    chaos.client().write(noise(4'000'000));
    chaos.advance(3'600'000);
    EXPECT_EQ(chaos.server().bytes, 10u);
    EXPECT_GT(bight_transport_get_pending(chaos.client().transport), 3'000'000u);
    chaos.server().write("the other way goes on");
    chaos.settle();
    EXPECT_EQ(chaos.client().text, "the other way goes on");
}

TEST(CliChaos, truncationEndsBothSidesAfterSoManyBytes)
{
    Chaos chaos({"--truncate", "1000"});

    chaos.client().write(noise(5000));
    chaos.settle();
    EXPECT_EQ(chaos.server().bytes, 1000u);
    EXPECT_TRUE(chaos.server().ended);
    EXPECT_TRUE(chaos.client().ended || chaos.client().closed);
}

TEST(CliChaos, aRangeIsDrawnForEveryConnectionAndRepeatedWithTheSeed)
{
    auto sizes = [](const char *seed) {
        Chaos chaos({"--truncate", "100-5000", "--seed", seed});
        std::vector<std::size_t> result;

        for (int i = 0; i < 20; i++) {
            chaos.client().write(noise(6000));
            chaos.settle();
            result.push_back(chaos.server().bytes);
            chaos.connect();
        }
        return result;
    };
    std::vector<std::size_t> first = sizes("11");

    EXPECT_EQ(first, sizes("11"));
    EXPECT_NE(first, sizes("12"));
    EXPECT_GT(std::set<std::size_t>(first.begin(), first.end()).size(), 15u);
    EXPECT_GE(*std::min_element(first.begin(), first.end()), 100u);
    EXPECT_LE(*std::max_element(first.begin(), first.end()), 5000u);
}

TEST(CliChaos, theChanceSaysHowManyConnectionsAreHit)
{
    auto hits = [](const char *chance) {
        Chaos chaos({"--truncate", "10", "--chance", chance, "--seed", "5"});
        int count = 0;

        for (int i = 0; i < 100; i++) {
            chaos.client().write(noise(20));
            chaos.settle();
            count += chaos.server().bytes == 10;
            chaos.connect();
        }
        return count;
    };

    EXPECT_EQ(hits("0"), 0);
    EXPECT_EQ(hits("100"), 100);
    EXPECT_NEAR(hits("30"), 30, 15);
}

TEST(CliChaos, onlyOneWayIsDisturbedWhenAskedFor)
{
    for (bool up : {true, false}) {
        Chaos chaos({"--delay", "1s", "--split", "1", "--only", up ? "up" : "down"});
        Recorder &slow = up ? chaos.server() : chaos.client();
        Recorder &quick = up ? chaos.client() : chaos.server();

        slow.write("abc");
        quick.write("abc");
        chaos.advance(1);
        EXPECT_EQ(quick.pieces, std::vector<std::size_t>{3});
        EXPECT_TRUE(slow.pieces.empty());
        chaos.advance(1000);
        EXPECT_EQ(slow.pieces, (std::vector<std::size_t>{1, 1, 1}));
    }
}

TEST(CliChaos, whatItHoldsIsBounded)
{
    Chaos chaos({"--delay", "1s", "--buffer", "100k"});
    std::string bytes = noise(4'000'000);

    chaos.client().write(bytes);
    chaos.settle();
    EXPECT_GT(bight_transport_get_pending(chaos.client().transport), 3'000'000u);
    chaos.advance(120'000);
    EXPECT_TRUE(chaos.server().text == bytes) << chaos.server().bytes;
}

TEST(CliChaos, aReaderThatStopsStopsTheSender)
{
    Chaos chaos({"--split", "1000-2000", "--gap", "0"});
    std::string bytes = noise(8'000'000);

    bight_transport_pause(chaos.server().transport);
    chaos.client().write(bytes);
    chaos.settle();
    EXPECT_GT(bight_transport_get_pending(chaos.client().transport), 4'000'000u);
    bight_transport_resume(chaos.server().transport);
    chaos.settle();
    EXPECT_TRUE(chaos.server().text == bytes) << chaos.server().bytes;
}

// -- The tool itself --

class CliChaosTool : public OnEveryHost
{
};

TEST_P(CliChaosTool, aResetIsSeenAtBothEnds)
{
    Acceptor acceptor;
    Server server(GetParam(), {"chaos", "--verbose", "--seed", "1", "--rst", "1000", "--only", "up",
                               "tcp:127.0.0.1:0", acceptor.endpoint()});
    Client client(server.endpoint()), peer = acceptor.accept();

    ASSERT_TRUE(client.send(noise(1000)));
    EXPECT_LE(peer.receiveAll().size(), 1000u);
    EXPECT_EQ(peer.seen(), Seen::Reset);
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Reset);
    EXPECT_TRUE(support::waitUntil([&] {
        return server.process().saw("reset after 1000 bytes up");
    })) << server.process().errors();
    server.stop();
}

TEST_P(CliChaosTool, disturbedBytesAreStillTheSame)
{
    Server echo(native(), {"echo", "tcp:127.0.0.1:0"});
    Server server(GetParam(), {"chaos", "--delay", "2ms", "--jitter", "3ms", "--split", "1-8000",
                               "--rate", "10m", "--stall", "100k-200k", "--stall-time", "50ms",
                               "tcp:127.0.0.1:0", echo.endpoint()});
    Client client(server.endpoint());
    std::string bytes = noise(500'000);

    EXPECT_TRUE(client.exchange(bytes) == bytes);
    client.end();
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Ended);
    EXPECT_TRUE(server.process().saw("bight: seed ")) << "it tells the seed that it chose";
    server.stop();
}

INSTANTIATE_ON_EVERY_HOST(CliChaosTool);

} // namespace
