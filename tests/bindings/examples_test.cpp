// The example of the line client in each language, against a server of lines in this process. Each
// says hello, is cut off, comes back, is told "bye", and ends.
#include "adapters/line_server.hpp"
#include "support/paths.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <ostream>
#include <poll.h>

using conformance::LineServer;

namespace
{

struct Example {
    const char *name, *file, *greeting;
};

std::ostream &operator<<(std::ostream &stream, const Example &example)
{
    return stream << example.name;
}

const Example examples[] = {
    {"C", "line_client", "Hello"},
    {"GObject", "gobject", "Hello from GObject"},
    {"Python", "gobject.py", "Hello from Python"},
    {"Qt", "qt_line_client", "Hello from Qt"},
};

const char python[] = "/usr/bin/python3";

class Examples : public testing::TestWithParam<Example>
{
  protected:
    bool isPython() const
    {
        return std::string(GetParam().name) == "Python";
    }
    std::vector<std::string> command() const
    {
        if (isPython())
            return {python, support::source(std::string("docs/examples/") + GetParam().file)};
        return {std::string(BIGHT_EXAMPLES) + "/" + GetParam().file};
    }
    std::vector<std::string> environment() const
    {
        const std::string libraries = BIGHT_LIBRARIES;

        if (!isPython())
            return {};
        return {"GI_TYPELIB_PATH=" + libraries, "LD_LIBRARY_PATH=" + libraries};
    }
    std::string missing() const
    {
        if (isPython() &&
            !std::filesystem::exists(std::string(BIGHT_LIBRARIES) + "/Bight-0.typelib"))
            return "there is no typelib";
        if (isPython() && !support::run({python, "-c", "import gi"}).succeeded())
            return "python3-gi is not installed";
        return std::filesystem::exists(command().back()) ? "" : "the toolkit is missing";
    }
};

TEST_P(Examples, comesBackAndEndsWhenItIsTold)
{
    if (!missing().empty())
        GTEST_SKIP() << missing();
    std::unique_ptr<bight_reactor, void (*)(bight_reactor *)> reactor(bight_reactor_new(),
                                                                      bight_reactor_free);
    LineServer server(reactor.get());
    auto turn = [&] {
        pollfd ready = {bight_reactor_fd(reactor.get()), POLLIN, 0};

        poll(&ready, 1, 20);
        bight_reactor_dispatch(reactor.get(), BIGHT_BUDGET_UNLIMITED);
    };

    server.onLine = [&](LineServer::Guest &guest, const std::string &) {
        guest.say(server.lines.size() == 1 ? "once more" : "bye");
        if (server.lines.size() == 1)
            guest.close();
    };
    auto words = command();
    words.push_back(server.endpoint());
    support::Process example(words, environment());
    ASSERT_TRUE(
        support::waitUntil([&] { return server.lines.size() == 2; }, support::patience, turn))
        << example.errors();
    ASSERT_TRUE(support::waitUntil([&] { return server.guests.empty(); }, support::patience, turn))
        << example.errors();
    auto ending = example.wait();
    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    EXPECT_EQ(server.lines, (std::vector<std::string>{GetParam().greeting, GetParam().greeting}));
    EXPECT_EQ(example.output(), "once more\nbye\n");
    EXPECT_NE(example.errors().find("; once more in "), std::string::npos) << example.errors();
}

INSTANTIATE_TEST_SUITE_P(Languages, Examples, testing::ValuesIn(examples),
                         [](const auto &each) { return std::string(each.param.name); });

} // namespace
