// bight resolve, with a name server of the test.
#include "adapters/name_server.hpp"
#include "cli_testing.hpp"

#include "adapters/conformance.hpp"
#include <bight/crank.h>

namespace
{

using namespace cli_testing;
using conformance::encodedName;
using conformance::NameServer;
using conformance::number;
using conformance::Question;
using conformance::record;

class CliResolve : public OnEveryHost
{
  protected:
    ~CliResolve() override
    {
        server.reset();
        bight_reactor_free(reactor);
    }
    // The standard output of the tool.
    std::string resolve(std::vector<std::string> words)
    {
        words.insert(words.begin(), {"resolve", "--servers", server->servers()});
        support::Process process(command(GetParam(), words), GetParam().environment);
        EXPECT_TRUE(conformance::runUntil(
            reactor, [&] { return process.wait(std::chrono::milliseconds(0)).has_value(); }));
        auto ending = process.wait();
        errors = process.errors();
        status = ending ? ending->status : -1;
        return process.output();
    }
    bight_reactor *reactor = bight_reactor_new();
    std::unique_ptr<NameServer> server = std::make_unique<NameServer>(reactor, answers);
    std::string errors;
    int status = -1;

  private:
    static std::vector<std::string> answers(const Question &question)
    {
        const std::string &name = question.name;
        std::vector<std::string> records;
        if (question.type == conformance::TypeA)
            records = {conformance::addressRecord(name, "192.0.2.4")};
        if (question.type == conformance::TypeMx)
            records = {record(name, 15, number(20) + encodedName("b.test")),
                       record(name, 15, number(10) + encodedName("a.test"))};
        if (question.type == conformance::TypeSrv)
            records = {record(name, 33, number(1) + number(2) + number(3) + encodedName("s.test"))};
        if (question.type == conformance::TypeTxt)
            records = {record(name, 16, std::string("\4\x1b[2J", 5))};
        if (question.type == conformance::TypePtr)
            records = {record(name, 12, encodedName("host.test"))};
        return {conformance::answer(question, records)};
    }
};

TEST_P(CliResolve, printsWhatANameHas)
{
    EXPECT_EQ(resolve({"host.test"}), "192.0.2.4\n");
    EXPECT_EQ(resolve({"--type", "mx", "host.test"}), "10 a.test\n20 b.test\n");
    EXPECT_EQ(resolve({"--type", "SRV", "_a._tcp.host.test"}), "1 2 3 s.test\n");
    EXPECT_EQ(resolve({"192.0.2.77"}), "host.test\n");
    EXPECT_EQ(status, 0) << errors;
}

TEST_P(CliResolve, printsNothingThatATerminalObeys)
{
    EXPECT_EQ(resolve({"--type", "TXT", "host.test"}), "\\027[2J\n");
}

TEST_P(CliResolve, failsWithTheReason)
{
    EXPECT_EQ(resolve({"--type", "AAAA", "host.test"}), "");
    EXPECT_EQ(status, 1);
    EXPECT_EQ(errors, "bight: look up host.test: the name has no such address\n");
    EXPECT_EQ(resolve({"--type", "PTR", "host.test"}), "");
    EXPECT_EQ(status, 2);
    EXPECT_EQ(resolve({"a b"}), "");
    EXPECT_EQ(status, 2);
}

INSTANTIATE_ON_EVERY_HOST(CliResolve);

} // namespace
