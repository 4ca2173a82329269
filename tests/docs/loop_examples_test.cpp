// The examples of the loops without a window, run: each talks to a peer in this process.
#include "adapters/peer.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <bight/reactor.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>

namespace
{

using conformance::Peer;
using conformance::Server;

std::string path(const std::string &example)
{
    return std::string(BIGHT_EXAMPLES) + "/" + example;
}

// The side of the tests: a reactor that poll(2) carries.
class LoopExample : public testing::Test
{
  protected:
    ~LoopExample() override
    {
        bight_reactor_free(reactor);
    }
    bool until(const std::function<bool()> &condition)
    {
        return support::waitUntil(condition, support::patience, [this] {
            pollfd entry = {bight_reactor_fd(reactor), POLLIN, 0};

            poll(&entry, 1, 5);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
    }

    bight_reactor *reactor = bight_reactor_new();
};

TEST_F(LoopExample, cfrunloopSaysHelloAndShowsWhatItHears)
{
    if (!std::filesystem::exists(path("cfrunloop")))
        GTEST_SKIP() << "no Swift toolchain was found";
    Server server(reactor, "tcp:127.0.0.1:0");
    support::Process program({path("cfrunloop"), server.endpoint()});
    auto heard = [&](const char *text) {
        return server.first() != nullptr && server.first()->text.find(text) != std::string::npos;
    };

    ASSERT_TRUE(until([&] { return heard("Hello from CFRunLoop\n"); })) << program.errors();
    EXPECT_TRUE(until([&] { return heard("beat 1\n") && heard("beat 3\n"); }));
    server.first()->write("good day\n");
    EXPECT_TRUE(until([&] { return program.saw("good day\n"); }));
    bight_transport_close(server.first()->transport);
    EXPECT_TRUE(until([&] { return program.wait(std::chrono::milliseconds(0)).has_value(); }));
    EXPECT_TRUE(program.wait()->succeeded()) << program.errors();
    EXPECT_TRUE(program.saw("closed by tcp:127.0.0.1:")) << program.output();
}

TEST_F(LoopExample, cfrunloopSaysWhyItCannotConnect)
{
    if (!std::filesystem::exists(path("cfrunloop")))
        GTEST_SKIP() << "no Swift toolchain was found";
    support::Completed done = support::run({path("cfrunloop"), "tcp:127.0.0.1:1"});

    EXPECT_TRUE(done.succeeded());
    EXPECT_NE(done.output.find("refused"), std::string::npos) << done.output;
}

} // namespace
