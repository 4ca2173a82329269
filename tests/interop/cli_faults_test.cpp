// What the system and the network do to a program, tried with the tool on every host: no
// descriptors left, a clock that is set, a line that delays, cuts and breaks off.
#include "cli_testing.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <list>
#include <sstream>
#include <unistd.h>

namespace
{

using namespace cli_testing;
using std::chrono::milliseconds;

class CliFaults : public OnEveryHost
{
};

// -- No descriptors --

// Processor time of a process in seconds.
double processorTime(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    double user = 0, system = 0;

    for (int i = 0; i < 11; i++)
        fields >> skipped;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Where the number begins that follows `name` and spaces for the n-th time.
size_t findNumber(const std::string &text, const std::string &name, int n)
{
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        size_t number = text.find_first_not_of(' ', at + name.size());

        if (number > at + name.size() && number < text.size() && isdigit(text[number]) && n-- == 0)
            return number;
    }
    return std::string::npos;
}

// A number of --stats, of the n-th time that it was printed.
unsigned long counter(support::Process &process, const std::string &name, int n)
{
    std::string all;
    size_t found = std::string::npos;

    support::waitUntil([&] {
        all = process.errors();
        found = findNumber(all, name, n);
        return found != std::string::npos;
    });
    EXPECT_NE(found, std::string::npos) << all;
    return found != std::string::npos ? std::stoul(all.substr(found)) : 0;
}

// While it is full the listener looks ten times a second. Spinning would be 100 % of a processor.
TEST_P(CliFaults, fullOfConnectionsItSleepsAndLetsTheOthersInLater)
{
    support::Process process({"bash", "-c", "ulimit -n 64; exec \"$0\" \"$@\"",
                              support::program("bight"), "--stats", "--host", GetParam().option,
                              "echo", "tcp:127.0.0.1:0"},
                             GetParam().environment);
    std::optional<std::string> line = process.waitForLine("listening ");
    std::list<Client> clients;

    ASSERT_TRUE(line) << process.errors();
    for (int i = 0; i < 80; i++) {
        clients.emplace_back(line->substr(10));
        ASSERT_TRUE(clients.back().send("hello"));
    }
    EXPECT_EQ(clients.front().receive(5), "hello");
    process.signal(SIGUSR1);
    unsigned long turns = counter(process, "turns", 0);
    double used = processorTime(process.pid());
    EXPECT_FALSE(process.wait(milliseconds(1000)));
    EXPECT_LE(processorTime(process.pid()) - used, 0.2) << "it spins";
    process.signal(SIGUSR1);
    EXPECT_LE(counter(process, "turns", 1) - turns, 300u) << "it spins";
    clients.pop_front();
    while (!clients.empty()) {
        EXPECT_EQ(clients.front().receive(5), "hello");
        clients.pop_front();
    }
    EXPECT_TRUE(process.stop().succeeded()) << process.errors();
}

// -- The clock on the wall --

class WallClock
{
  public:
    WallClock() : file_(directory_.write("offset", "+0\n")) {}

    static std::string library()
    {
        for (const char *path : {"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                                 "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"}) {
            if (access(path, R_OK) == 0)
                return path;
        }
        return "";
    }
    // The other clocks go on as they do when somebody sets this one.
    Host of(const Host &host) const
    {
        Host result = host;
        for (const std::string &each :
             {"LD_PRELOAD=" + library(), std::string("DONT_FAKE_MONOTONIC=1"),
              std::string("FAKETIME_NO_CACHE=1"), "FAKETIME_TIMESTAMP_FILE=" + file_})
            result.environment.push_back(each);
        return result;
    }
    void jump(const std::string &offset)
    {
        directory_.write("offset", offset + "\n");
    }

  private:
    support::TempDir directory_;
    std::string file_;
};

// Empty when it can be done.
std::string whyNot(const Host &host)
{
#ifdef __SANITIZE_ADDRESS__
    return "the sanitizer and libfaketime both want to be first";
#endif
    if (host.name == std::string("cfrunloop"))
        return "beside CoreFoundation libfaketime moves the monotonic timers too";
    return WallClock::library().empty() ? "there is no libfaketime" : "";
}

TEST_P(CliFaults, aClockThatIsSetForwardEndsNothing)
{
    std::string why = whyNot(GetParam());
    if (!why.empty())
        GTEST_SKIP() << why;
    WallClock clock;
    Server server(clock.of(GetParam()), {"echo", "--idle-timeout", "60m", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    EXPECT_EQ(client.exchange("before"), "before");
    clock.jump("+2d");
    EXPECT_EQ(client.exchange("after"), "after");
    Client another(server.endpoint());
    EXPECT_EQ(another.exchange("after"), "after");
    EXPECT_EQ(client.exchange("still"), "still");
    server.stop();
}

TEST_P(CliFaults, aClockThatIsSetBackHoldsNothingUp)
{
    std::string why = whyNot(GetParam());
    if (!why.empty())
        GTEST_SKIP() << why;
    WallClock clock;
    Server server(clock.of(GetParam()), {"echo", "--idle-timeout", "200ms", "tcp:127.0.0.1:0"});
    Client client(server.endpoint());

    EXPECT_EQ(client.exchange("before"), "before");
    clock.jump("-2d");
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(client.seen(), Seen::Reset) << "the timeout never came";
    server.stop();
}

// -- A bad network --

const std::vector<std::string> badLine = {"--delay", "1ms",    "--jitter", "2ms",    "--split",
                                          "1-700",   "--rate", "20m",      "--seed", "7"};

std::vector<std::string> chaosTo(const std::string &endpoint, std::vector<std::string> options)
{
    options.insert(options.begin(), "chaos");
    options.insert(options.end(), {"tcp:127.0.0.1:0", endpoint});
    return options;
}

TEST_P(CliFaults, anEchoIsRightBehindABadLine)
{
    Server echo(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Server line(native(), chaosTo(echo.endpoint(), badLine));
    Client client(line.endpoint());
    std::string bytes = noise(200'000);

    EXPECT_TRUE(client.exchange(bytes) == bytes);
    line.stop();
    echo.stop();
}

TEST_P(CliFaults, connectionsThatBreakOffAnywhereDoNotHarmTheServer)
{
    Server echo(GetParam(), {"echo", "tcp:127.0.0.1:0"});
    Server line(native(),
                chaosTo(echo.endpoint(), {"--rst", "1-30000", "--split", "1-900", "--seed", "11"}));
    std::size_t descriptors = echo.descriptors();

    for (int i = 0; i < 40; i++) {
        Client client(line.endpoint());
        std::string bytes = noise(20'000);
        std::string back = client.exchange(bytes);
        EXPECT_EQ(back, bytes.substr(0, back.size()));
    }
    line.stop();
    EXPECT_TRUE(support::waitUntil([&] { return echo.descriptors() == descriptors; }));
    Client direct(echo.endpoint());
    EXPECT_EQ(direct.exchange("well"), "well");
    echo.stop();
}

// Reads until the text has come; what has come else.
std::string readUntil(Client &client, const std::string &text)
{
    std::string all;

    while (all.find(text) == std::string::npos) {
        std::string byte = client.receive(1);
        if (byte.empty())
            break;
        all += byte;
    }
    return all;
}

void enter(Client &client, const std::string &name)
{
    EXPECT_TRUE(
        client.send("NICK " + name + "\r\nUSER " + name + " 0 * :" + name + "\r\nJOIN #bight\r\n"));
    std::string seen = readUntil(client, " 366 ");
    EXPECT_NE(seen.find(" 001 " + name), std::string::npos) << seen;
}

// Lines and IRC, cut at every byte or so on the way.
TEST_P(CliFaults, aConversationIsWholeBehindABadLine)
{
    Server chat(GetParam(), {"chatd", "tcp:127.0.0.1:0"});
    Server line(native(), chaosTo(chat.endpoint(), {"--delay", "1ms", "--jitter", "2ms", "--split",
                                                    "1-3", "--gap", "0", "--seed", "3"}));
    Client near(chat.endpoint()), far(line.endpoint());

    enter(near, "anna");
    enter(far, "berta");
    EXPECT_NE(readUntil(near, "JOIN").find("berta"), std::string::npos);
    for (int i = 0; i < 10; i++) {
        std::string text = "line " + std::to_string(i) + std::string(200, 'x');
        EXPECT_TRUE(far.send("PRIVMSG #bight :" + text + "\r\n"));
        EXPECT_NE(readUntil(near, text + "\r\n").find("PRIVMSG #bight :" + text),
                  std::string::npos);
        EXPECT_TRUE(near.send("PRIVMSG #bight :" + text + "\r\n"));
        EXPECT_NE(readUntil(far, text + "\r\n").find("PRIVMSG #bight :" + text), std::string::npos);
    }
    line.stop();
    chat.stop();
}

INSTANTIATE_ON_EVERY_HOST(CliFaults);

} // namespace
