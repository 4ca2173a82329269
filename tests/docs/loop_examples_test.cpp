// The examples of the loops without a window, run: each talks to a peer in this process.
#include "adapters/connections.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <bight/reactor.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

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

// The echo server of docs/examples/loops on each loop.
class EchoExample : public LoopExample, public testing::WithParamInterface<const char *>
{
  protected:
    void SetUp() override
    {
        std::string program = path(std::string("loop_") + GetParam());

        if (!std::filesystem::exists(program))
            GTEST_SKIP() << "the library of this loop is missing";
        server =
            std::make_unique<support::Process>(std::vector<std::string>{program, "tcp:127.0.0.1:0"},
                                               std::vector<std::string>{"SDL_VIDEODRIVER=dummy"});
        auto line = server->waitForLine("listening ");
        ASSERT_TRUE(line) << server->errors();
        endpoint = line->substr(10);
    }
    void connect(Peer &peer)
    {
        conformance::connect(reactor, endpoint, peer);
        ASSERT_TRUE(until([&] { return peer.connected; })) << server->errors();
    }
    // How often its timer has fired by now.
    int beats()
    {
        size_t before = server->output().size(), at = std::string::npos;

        EXPECT_TRUE(server->write("status\n"));
        EXPECT_TRUE(until([&] {
            at = server->output().find(" beats\n", before);
            return at != std::string::npos;
        }));
        at = server->output().rfind(", ", at);
        return at == std::string::npos ? -1 : std::stoi(server->output().substr(at + 2));
    }

    std::unique_ptr<support::Process> server;
    std::string endpoint;
};

TEST_P(EchoExample, servesSeveralWithItsTimersAndInputBesideAndEnds)
{
    std::string much(1 << 20, '\0');
    Peer bulk, first, second;

    for (size_t i = 0; i < much.size(); i++)
        much[i] = static_cast<char>(i * 2654435761U >> 13);
    for (Peer *peer : {&bulk, &first, &second})
        connect(*peer);
    bulk.write(much);
    first.write("one");
    second.write("two");
    EXPECT_TRUE(until([&] { return bulk.bytes >= much.size(); })) << bulk.bytes;
    EXPECT_TRUE(bulk.text == much) << "not what was sent";
    EXPECT_TRUE(until([&] { return first.text == "one" && second.text == "two"; }));
    int before = beats();
    EXPECT_TRUE(until([&] { return beats() >= before + 3; }));
    EXPECT_TRUE(server->saw("3 connections, 1048582 bytes, ")) << server->output();
    EXPECT_TRUE(server->write("quit\n"));
    EXPECT_TRUE(until([&] { return bulk.closed && first.closed && second.closed; }));
    auto ending = server->wait();
    EXPECT_TRUE(ending && ending->succeeded()) << server->errors();
}

TEST_P(EchoExample, endsWithItsInput)
{
    server->closeInput();
    auto ending = server->wait();
    EXPECT_TRUE(ending && ending->succeeded()) << server->errors();
}

INSTANTIATE_TEST_SUITE_P(Loops, EchoExample,
                         testing::Values("poll", "frame", "sdl", "uv", "sd_event", "event"),
                         [](const auto &row) {
                             std::string name = row.param;
                             return name == "sd_event" ? "sdEvent" : name;
                         });

// On a terminal of its own, which script(1) makes.
TEST_F(LoopExample, terminalSendsWhatIsTypedAndShowsWhatItHears)
{
    if (!support::inPath("script"))
        GTEST_SKIP() << "script is missing";
    Server server(reactor, "tcp:127.0.0.1:0");
    support::Process terminal(
        {"script", "-qec", path("loop_terminal") + " " + server.endpoint(), "/dev/null"},
        {"SHELL=/bin/sh", "TERM=dumb"});
    auto heard = [&] { return server.first() != nullptr ? server.first()->text : ""; };

    ASSERT_TRUE(until([&] { return terminal.saw("Connected."); })) << terminal.output();
    ASSERT_TRUE(terminal.write("junk\x15hellp\x7fo"));
    EXPECT_TRUE(until([&] { return terminal.saw("> hello"); })) << terminal.output();
    server.first()->write("good \x1b[31mday\n");
    EXPECT_TRUE(until([&] { return terminal.saw("good ?[31mday\r\r\n\r\x1b[K> hello"); }))
        << terminal.output();
    ASSERT_TRUE(terminal.write("\r"));
    EXPECT_TRUE(until([&] { return heard() == "hello\n"; })) << heard();
    ASSERT_TRUE(terminal.write("\x04"));
    EXPECT_TRUE(until([&] { return server.first()->closed; }));
    auto ending = terminal.wait();
    EXPECT_TRUE(ending && ending->succeeded()) << terminal.output();
}

} // namespace
