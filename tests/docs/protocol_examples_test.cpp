// The examples of the protocols' guides, run.
#include "support/process.hpp"
#include "support/wait.hpp"

#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/reactor.h>

#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>

namespace
{

TEST(ProtocolExample, lineKeepsANote)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/line"});
    auto ending = example.wait();

    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    EXPECT_EQ(example.output().find("line: ERROR what?\nline: OK 1\nline: NOTE 11\nraw: "), 0U)
        << example.output();
    EXPECT_NE(example.output().find("beginning with 'h'\n"), std::string::npos);
    EXPECT_NE(example.output().find("closed: "), std::string::npos);
}

// One who registers and waits for the end.
struct Visitor {
    bight_reactor *reactor = bight_reactor_new();
    bight_line_session *session = nullptr;
    std::string heard;
    bool closed = false;

    static Visitor *of(void *data)
    {
        return static_cast<Visitor *>(data);
    }

    ~Visitor()
    {
        bight_line_session_free(session);
        bight_reactor_free(reactor);
    }

    bool until(const std::function<bool()> &condition) const
    {
        return support::waitUntil(condition, support::patience, [this] {
            struct pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};

            poll(&ready, 1, 20);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
    }
};

const bight_line_session_ops visitorOps = {
    sizeof(bight_line_session_ops),
    [](bight_line_session *session, void *) {
        bight_transport_write(bight_line_session_get_transport(session), "NICK ada\r\n", 10);
        EXPECT_EQ(bight_line_session_send(session, "USER ada 0 * :Ada", 17, nullptr), BIGHT_OK);
    },
    [](bight_line_session *, const uint8_t *bytes, size_t size, void *data) {
        Visitor::of(data)->heard.append(reinterpret_cast<const char *>(bytes), size).append("\n");
    },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    [](bight_line_session *, const bight_error *, void *data) { Visitor::of(data)->closed = true; },
    nullptr,
};

TEST(ProtocolExample, ircServerWelcomesAndSaysGoodbye)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/irc_server", "tcp:127.0.0.1:0"});
    auto line = example.waitForLine("listening ");
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    Visitor visitor;

    ASSERT_TRUE(line) << example.errors();
    ASSERT_EQ(bight_line_session_new(&options, &visitorOps, &visitor, &visitor.session), BIGHT_OK);
    bight_deferred_free(bight_connect(visitor.reactor, line->substr(10).c_str(),
                                      bight_line_session_get_protocol(visitor.session)));
    EXPECT_TRUE(visitor.until(
        [&] { return visitor.heard.find("Welcome. Be kind.") != std::string::npos; }));
    EXPECT_TRUE(visitor.until([&] { return example.saw("1 people in 0 channels"); }));
    example.signal(SIGTERM);
    EXPECT_TRUE(visitor.until([&] { return visitor.closed; }));
    EXPECT_NE(visitor.heard.find("ERROR :Closing Link: 127.0.0.1 (The server is shutting down)"),
              std::string::npos);
    auto ending = example.wait();
    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
}

// Types into an example, and waits for what it says to it.
void type(support::Process &example, const std::string &text, const std::string &answer)
{
    ASSERT_TRUE(example.write(text + "\n"));
    EXPECT_TRUE(support::waitUntil([&] { return example.saw(answer); })) << answer << " is not in\n"
                                                                         << example.output();
}

TEST(ProtocolExample, ircClientAndBotTalkThroughTheServer)
{
    const std::string examples = BIGHT_EXAMPLES;
    support::Process server({examples + "/irc_server", "tcp:127.0.0.1:0"});
    auto line = server.waitForLine("listening ");
    ASSERT_TRUE(line) << server.errors();
    const std::string endpoint = line->substr(10);
    support::Process bot({examples + "/irc_bot", endpoint, "#hall"});
    ASSERT_TRUE(bot.waitForLine("ready")) << bot.errors();
    ASSERT_TRUE(support::waitUntil([&] { return server.saw("1 people in 1 channels"); }));
    support::Process person({examples + "/irc_client", endpoint, "ada", "#hall"});

    ASSERT_TRUE(person.waitForLine("* in #hall are @porter ada")) << person.output();
    ASSERT_TRUE(person.waitForLine("[#hall] <porter> Hello ada!")) << person.output();
    type(person, "!count", "[#hall] <porter> 2 are here");
    type(person, "/me waves", "[#hall] * ada waves");
    type(person, "/topic", "#hall has no topic.");
    type(person, "/frobnicate", "! There is no command /frobnicate.");
    type(person, "porter: go home", "* porter left #hall (");
    EXPECT_TRUE(bot.wait().value_or(support::Ending{}).succeeded()) << bot.errors();
    person.closeInput();
    EXPECT_TRUE(person.wait().value_or(support::Ending{}).succeeded()) << person.errors();
    EXPECT_TRUE(person.saw("* offline\n"));
    EXPECT_TRUE(server.stop().succeeded());
}

TEST(ProtocolExample, ircClientSaysWhyItCannotConnect)
{
    support::Process person(
        {std::string(BIGHT_EXAMPLES) + "/irc_client", "tcp:127.0.0.1:1", "ada", "#hall"});
    auto why = person.waitForLine("* offline: ");

    ASSERT_TRUE(why) << person.output();
    EXPECT_NE(why->find("refused"), std::string::npos) << *why;
    auto ending = person.wait();
    EXPECT_TRUE(ending && ending->status == 1);
}

} // namespace
