// The spinners of GTK and Qt: a button is pressed, and the three ends of a request are waited for.
#include "support/display.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <arpa/inet.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

// A socket that listens, and whoever has connected to it.
class Server
{
  public:
    Server() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = {};
        socklen_t size = sizeof(address);

        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr *>(&address), size), 0);
        EXPECT_EQ(listen(listener_, 5), 0);
        EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size), 0);
        endpoint_ = "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    ~Server()
    {
        close(peer_);
        close(listener_);
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    const std::string &endpoint() const
    {
        return endpoint_;
    }
    // Waits for a question.
    std::string hear()
    {
        char bytes[100];

        close(peer_);
        peer_ = isReady(listener_) ? accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
        ssize_t size = isReady(peer_) ? read(peer_, bytes, sizeof(bytes)) : 0;
        return {bytes, static_cast<size_t>(size > 0 ? size : 0)};
    }
    void say(const std::string &words) const
    {
        EXPECT_EQ(write(peer_, words.data(), words.size()), static_cast<ssize_t>(words.size()));
    }
    // Whether the peer hangs up.
    bool isLeft() const
    {
        char byte;

        return isReady(peer_) && read(peer_, &byte, 1) <= 0;
    }
    void endListening()
    {
        close(listener_);
        listener_ = -1;
    }

  private:
    static bool isReady(int fd)
    {
        pollfd waiting = {fd, POLLIN, 0};

        return fd >= 0 && poll(&waiting, 1, static_cast<int>(support::patience.count())) == 1;
    }

    int listener_;
    int peer_ = -1;
    std::string endpoint_;
};

class Spinner : public testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        std::string path = std::string(BIGHT_EXAMPLES) + "/" + GetParam();

        if (!std::filesystem::exists(path))
            GTEST_SKIP() << "the toolkit is missing";
        if (!support::Display::available() || !support::inPath("xdotool"))
            GTEST_SKIP() << "Xvfb or xdotool is missing";
        display = std::make_unique<support::Display>();
        window = std::make_unique<support::Process>(
            std::vector<std::string>{path, server.endpoint()}, display->environment());
    }
    // Presses the button, which has the focus, once the window is there.
    void press()
    {
        const std::vector<std::string> command = {"xdotool", "search",       "--onlyvisible",
                                                  "--name",  "A spinner in", "windowfocus",
                                                  "--sync",  "key",          "space"};

        EXPECT_TRUE(support::waitUntil([&] {
            return support::run(command, {}, support::patience, display->environment()).succeeded();
        })) << window->errors();
    }
    // Whether the label said it; what it said before is forgotten.
    bool said(const std::string &words)
    {
        bool found = support::waitUntil(
            [&] { return window->output().find(words + "\n", heard) != std::string::npos; });

        heard = window->output().size();
        return found;
    }

    Server server;
    std::unique_ptr<support::Display> display;
    std::unique_ptr<support::Process> window;
    size_t heard = 0;
};

TEST_P(Spinner, stopsOnAnAnswerACancelAndAnError)
{
    press();
    EXPECT_TRUE(said("Asking ...")) << window->errors();
    EXPECT_EQ(server.hear(), "What is the answer?\n");
    server.say("Forty-two.\n");
    EXPECT_TRUE(said("Forty-two.")) << window->errors();
    EXPECT_TRUE(server.isLeft());

    press();
    EXPECT_TRUE(said("Asking ..."));
    EXPECT_EQ(server.hear(), "What is the answer?\n");
    press();
    EXPECT_TRUE(said("Cancelled.")) << window->errors();
    EXPECT_TRUE(server.isLeft());

    server.endListening();
    press();
    EXPECT_TRUE(said("connect to " + server.endpoint() + ": Connection refused"))
        << window->output();
}

INSTANTIATE_TEST_SUITE_P(All, Spinner, testing::Values("gtk_spinner", "qt_spinner"),
                         [](const auto &row) { return std::string(row.param); });

} // namespace
