// bight follow on every host, against a server of lines in this process.
#include "adapters/line_server.hpp"
#include "cli_testing.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <memory>
#include <poll.h>

namespace
{

using namespace cli_testing;
using conformance::LineServer;
using support::Process;

class CliFollow : public OnEveryHost
{
  protected:
    bool until(const std::function<bool()> &condition)
    {
        return support::waitUntil(condition, support::patience, [this] {
            pollfd ready = {bight_reactor_fd(reactor.get()), POLLIN, 0};

            poll(&ready, 1, 20);
            bight_reactor_dispatch(reactor.get(), BIGHT_BUDGET_UNLIMITED);
        });
    }
    std::vector<std::string> follow(const std::vector<std::string> &more) const
    {
        std::vector<std::string> words = {"follow"};

        words.insert(words.end(), more.begin(), more.end());
        return command(GetParam(), words);
    }

    std::unique_ptr<bight_reactor, void (*)(bight_reactor *)> reactor{bight_reactor_new(),
                                                                      bight_reactor_free};
    LineServer server{reactor.get()};
};

TEST_P(CliFollow, printsTheLinesOfEachConnectionAndEndsOnASignal)
{
    server.onLine = [&](LineServer::Guest &guest, const std::string &line) {
        guest.say(line + " " + std::to_string(server.accepted));
        if (server.accepted == 1)
            guest.close();
    };
    Process process(follow({"--say", "news", "--verbose", server.endpoint()}),
                    GetParam().environment);
    ASSERT_TRUE(until([&] { return process.saw("news 2"); })) << process.errors();
    EXPECT_EQ(process.output(), "news 1\nnews 2\n");
    EXPECT_NE(process.errors().find("; next attempt in "), std::string::npos) << process.errors();
    process.signal(SIGINT);
    EXPECT_TRUE(until([&] { return process.wait(std::chrono::milliseconds(0)).has_value(); }));
    EXPECT_EQ(process.wait()->signal, SIGINT) << "as for any program that is no server";
}

TEST_P(CliFollow, givesUpAfterTheAttempts)
{
    server.stopListening();
    Process process(follow({"--attempts", "1", server.endpoint()}), GetParam().environment);
    auto ending = process.wait();

    ASSERT_TRUE(ending);
    EXPECT_EQ(ending->status, 1);
    EXPECT_NE(process.errors().find("given up after 1 attempt"), std::string::npos)
        << process.errors();
}

INSTANTIATE_ON_EVERY_HOST(CliFollow);

} // namespace
