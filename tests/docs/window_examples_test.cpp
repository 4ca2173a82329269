// The examples of the README, run: each window connects to a server in this process.
#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/reactor.h>

#include "support/display.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>

namespace
{

// Says one line to whoever connects, and keeps what it hears.
class Server
{
  public:
    Server() : reactor_(bight_reactor_new(), bight_reactor_free)
    {
        bight_status status =
            bight_listen(reactor_.get(), "tcp:127.0.0.1:0", serve, this, nullptr, &listener_);

        EXPECT_EQ(status, BIGHT_OK);
    }
    ~Server()
    {
        bight_listener_free(listener_);
        reactor_.reset();
        bight_line_session_free(session_);
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    const char *endpoint() const
    {
        return bight_listener_get_endpoint(listener_);
    }
    void turn()
    {
        pollfd poll_fd = {bight_reactor_fd(reactor_.get()), POLLIN, 0};

        poll(&poll_fd, 1, 10);
        bight_reactor_dispatch(reactor_.get(), BIGHT_BUDGET_UNLIMITED);
    }

    std::string heard;
    bool ended = false;

  private:
    static bight_protocol *serve(bight_listener *, bight_transport *, void *data)
    {
        static const bight_line_session_ops ops = {sizeof(bight_line_session_ops),
                                                   nullptr,
                                                   hear,
                                                   nullptr,
                                                   nullptr,
                                                   nullptr,
                                                   nullptr,
                                                   end,
                                                   nullptr};
        const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
        auto *server = static_cast<Server *>(data);

        if (server->session_ != nullptr ||
            bight_line_session_new(&options, &ops, data, &server->session_) != BIGHT_OK)
            return nullptr;
        return bight_line_session_get_protocol(server->session_);
    }
    static void hear(bight_line_session *, const uint8_t *line, size_t size, void *data)
    {
        static_cast<Server *>(data)->heard.assign(reinterpret_cast<const char *>(line), size);
    }
    static void end(bight_line_session *, const bight_error *, void *data)
    {
        static_cast<Server *>(data)->ended = true;
    }

    std::unique_ptr<bight_reactor, void (*)(bight_reactor *)> reactor_;
    bight_listener *listener_ = nullptr;
    bight_line_session *session_ = nullptr;
};

class Example : public testing::TestWithParam<const char *>
{
};

// Types into the entry, which has the focus, until the server hears it: a window takes keys only
// some time after it has connected.
TEST_P(Example, connectsSaysHelloAndSendsWhatIsTyped)
{
    std::string path = std::string(BIGHT_EXAMPLES) + "/" + GetParam();

    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "the toolkit is missing";
    if (!support::Display::available() || !support::inPath("xdotool"))
        GTEST_SKIP() << "Xvfb or xdotool is missing";
    support::Display display;
    Server server;
    support::Process window({path, server.endpoint()}, display.environment());
    auto turn = [&server] { server.turn(); };

    EXPECT_TRUE(support::waitUntil([&] { return server.heard.find("Hello from ") == 0; },
                                   support::patience, turn))
        << window.errors();
    EXPECT_TRUE(support::waitUntil(
        [&] {
            support::run({"xdotool", "search", "--onlyvisible", "--name", "Bight in", "windowfocus",
                          "key", "x", "Return"},
                         {}, support::patience, display.environment());
            server.turn();
            return server.heard == "x";
        },
        support::patience))
        << window.errors();
    window.signal(SIGTERM);
    EXPECT_TRUE(support::waitUntil([&] { return server.ended; }, support::patience, turn));
}

TEST_P(Example, goesOnWhenNobodyListens)
{
    std::string path = std::string(BIGHT_EXAMPLES) + "/" + GetParam();

    if (!std::filesystem::exists(path) || !support::Display::available())
        GTEST_SKIP() << "the toolkit or Xvfb is missing";
    support::Display display;
    support::Process window({path, "tcp:127.0.0.1:1"}, display.environment());

    EXPECT_FALSE(window.wait(std::chrono::milliseconds(500))) << window.errors();
}

INSTANTIATE_TEST_SUITE_P(All, Example, testing::Values("gtk", "qt"),
                         [](const auto &row) { return std::string(row.param); });

} // namespace
