// The examples of the core's guides, run.
#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <pty.h>
#include <string>
#include <unistd.h>

namespace
{

std::string outputOf(const std::string &name)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/" + name});
    auto ending = example.wait();

    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    return example.output();
}

TEST(CoreExample, reactorBeatsThriceAndRunsWhatWasPosted)
{
    std::string output = outputOf("reactor");

    EXPECT_NE(output.find("the next turn\n"), std::string::npos) << output;
    EXPECT_NE(output.find("posted from another thread\n"), std::string::npos) << output;
    EXPECT_NE(output.find("beat 1\n"), std::string::npos) << output;
    EXPECT_EQ(output.substr(output.rfind("beat")), "beat 3\n");
}

TEST(CoreExample, aLayerScramblesWhatPasses)
{
    std::string output = outputOf("layer");

    for (const char *line :
         {"on the wire: > svool levi gsviv\\n\n", "on the wire: < zmw svool gl blf\\n\n",
          "hello over there\n", "and hello to you\n"})
        EXPECT_NE(output.find(line), std::string::npos) << output;
}

TEST(CoreExample, aGuestFindsAMailServer)
{
    EXPECT_EQ(outputOf("guest"), "mail goes to mail.example.org\n");
}

TEST(CoreExample, namesAreLookedUpHereBeforeAnybodyIsAsked)
{
    EXPECT_EQ(outputOf("names"),
              "127.0.0.1\n127.0.0.1\n"
              "look up printer.local: names below .local are looked up by multicast, not by name "
              "servers; the resolver needs a pool of threads to ask the system for them\n"
              "look up _ipp._tcp.printer.invalid: no such name\n");
}

TEST(CoreExample, aKindIsASerialLine)
{
    EXPECT_EQ(outputOf("kind"), "connected to serial:modem\nthe modem says: Bight 14400\nover\n");
}

TEST(CoreExample, addressesAreReadMatchedAndCounted)
{
    EXPECT_EQ(outputOf("addresses"), "192.168.0.1:80 is 192.168.0.1:80, private\n"
                                     "[2001:DB8:0:0:1::1]:443 is [2001:db8::1:0:0:1]:443\n"
                                     "010.0.0.1 is no address\n"
                                     "192.0.2.77 is banned\n"
                                     "::ffff:192.0.2.77 is banned\n"
                                     "198.51.100.1 is welcome\n"
                                     "192.0.2.77 counts for 192.0.2.77/32\n"
                                     "2001:db8:1:2:3:4:5:6 counts for 2001:db8:1:2::/64\n"
                                     "connected with 127.0.0.1, this machine\n");
}

TEST(CoreExample, deferredsWalkThroughTheWholeGuide)
{
    support::Process example({std::string(BIGHT_EXAMPLES) + "/deferreds"});
    auto ending = example.wait();

    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    EXPECT_EQ(example.output(), "69 degrees\n"
                                "failed: the line is broken\n"
                                "outside: 3\n22 degrees\n"
                                "failed: not done after 1 ms: cancelled\n"
                                "0: 3\n1: 22\n2: 19\n"
                                "beat\nbeat\n"
                                "attempt 1\nattempt 2\nattempt 3\n18 degrees\n"
                                "the line is ours\n"
                                "got a value\ngot a value\ngot a value\n"
                                "seen: the line is broken\n");
    EXPECT_NE(example.errors().find("bight: error: no step handled the error of the deferred made "
                                    "at docs/examples/deferreds.c:"),
              std::string::npos)
        << example.errors();
}

TEST(CoreExample, threadsWalkThroughTheWholeGuide)
{
    EXPECT_EQ(outputOf("threads"), "2262 primes, 100 %\n"
                                   "failed: not done after 5 ms: cancelled\n"
                                   "101 cents\n"
                                   "asked: remove it?\nremoved\n"
                                   "stopped\n");
}

TEST(CoreExample, signalsReloadAndEnd)
{
    for (int last : {SIGINT, SIGTERM}) {
        support::Process example({std::string(BIGHT_EXAMPLES) + "/signals"});

        ASSERT_TRUE(support::waitUntil([&] { return example.saw("ready\n"); }));
        example.signal(SIGHUP);
        ASSERT_TRUE(support::waitUntil([&] { return example.saw("again\n"); }));
        example.signal(last);
        auto ending = example.wait();
        EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
        EXPECT_EQ(example.output(), std::string("ready\nreading the settings again\nended by ") +
                                        (last == SIGINT ? "SIGINT\n" : "SIGTERM\n"));
    }
}

TEST(CoreExample, sourcesSendAFileAndSaveWhatComesBack)
{
    support::TempDir directory;
    std::string bytes(1'000'000, 'x'), saved = directory.file("saved");
    std::string program = std::string(BIGHT_EXAMPLES) + "/sources";
    support::Completed copy = support::run({program, directory.write("file", bytes), saved}, "");
    support::Completed none = support::run({program, directory.file("none"), saved}, "");
    std::ifstream file(saved);

    EXPECT_TRUE(copy.succeeded()) << copy.errors;
    EXPECT_EQ(copy.output, "1000000 bytes\nsaved 1000000 bytes as " + saved + "\n");
    EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(file), {}) == bytes);
    EXPECT_TRUE(none.ending.has_value() && none.ending->status == 1) << none.errors;
    EXPECT_EQ(none.errors,
              "open or connect: open " + directory.file("none") + ": No such file or directory\n");
}

TEST(CoreExample, sourcesAreAwaited)
{
    support::TempDir directory;
    std::string program = std::string(BIGHT_EXAMPLES) + "/sources_await";

    EXPECT_EQ(support::run({program, directory.write("file", "a\nb\n\n")}, "").output, "3 lines\n");
    EXPECT_EQ(support::run({program, "/none"}, "").output,
              "open /none: No such file or directory\n");
}

TEST(CoreExample, upperIsAFilterForPipesAndFiles)
{
    support::TempDir directory;
    std::string bytes(1'000'000, 'x');
    std::string upper = std::string(BIGHT_EXAMPLES) + "/upper";
    std::string script = upper + " <" + directory.write("in", bytes) + " | cat | " + upper;
    support::Completed piped = support::run({"sh", "-c", "cat | " + upper + " | cat"}, "hello\n");
    support::Completed file = support::run({"sh", "-c", script}, "");

    EXPECT_TRUE(piped.succeeded()) << piped.errors;
    EXPECT_EQ(piped.output, "HELLO\n");
    EXPECT_TRUE(file.succeeded()) << file.errors;
    EXPECT_TRUE(file.output == std::string(bytes.size(), 'X')) << file.output.size();
}

// A pseudo-terminal stands for the device.
TEST(CoreExample, serialReadsALineThatIsAnEndpoint)
{
    int device = -1, line = -1;
    char name[64];

    ASSERT_EQ(openpty(&device, &line, name, nullptr, nullptr), 0);
    for (int fd : {device, line})
        ASSERT_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0) << "the end of it is ours to tell";
    std::string endpoint = std::string("serial:") + name;
    std::string serial = std::string(BIGHT_EXAMPLES) + "/serial";
    support::Process reader({serial, endpoint + "?speed=9600"});
    ASSERT_EQ(write(device, "21 degrees\n", 11), 11);
    EXPECT_TRUE(reader.waitForLine("21 degrees")) << reader.errors();
    close(line);
    close(device);
    auto ending = reader.wait();
    EXPECT_TRUE(ending && ending->succeeded()) << reader.errors();
    support::Completed wrong = support::run({serial, "serial:/dev/null?speed=7"}, "");
    EXPECT_EQ(wrong.errors, "connect to serial:/dev/null: column 24: expected 9600, 19200 or "
                            "115200\n");
    EXPECT_FALSE(wrong.succeeded());
}

TEST(CoreExample, tlsStartsInClearAndGoesOnUnderTls)
{
    support::Authority authority;
    support::Wanted wanted;
    support::TempDir directory;

    wanted.name = "localhost";
    support::Identity identity = authority.issue(wanted);
    support::Process example({std::string(BIGHT_EXAMPLES) + "/tls",
                              directory.write("ca.pem", authority.certificate()),
                              directory.write("cert.pem", identity.certificate),
                              directory.write("key.pem", identity.key)});
    auto ending = example.wait();

    EXPECT_TRUE(ending && ending->succeeded()) << example.errors();
    EXPECT_EQ(example.output(), "server, in clear: starttls\n"
                                "client, in clear: go ahead\n"
                                "client: TLSv1.3\n"
                                "server, under TLS: hello\n"
                                "client, under TLS: hello\n");
    EXPECT_EQ(example.errors(), "");
}

TEST(CoreExample, aCertificateIsShownAndAnswered)
{
    support::TempDir directory;
    support::Identity stranger = support::Authority::selfSigned();
    support::Process server({std::string(BIGHT_TOOLS) + "/bight", "echo", "--verbose", "--cert",
                             directory.write("cert.pem", stranger.certificate), "--key",
                             directory.write("key.pem", stranger.key), "tls:127.0.0.1:0"});
    ASSERT_TRUE(server.waitForLine("listening "));
    std::string output = server.output();
    std::string endpoint = output.substr(output.find("tls:"));
    endpoint.resize(endpoint.find_first_of(" \n"));
    std::string example = std::string(BIGHT_EXAMPLES) + "/certificate";
    support::Completed accepted = support::run({example, endpoint, "accept"}, "");
    support::Completed refused = support::run({example, endpoint, "refuse"}, "");

    EXPECT_TRUE(accepted.succeeded()) << accepted.errors;
    EXPECT_NE(accepted.output.find("- the certificate is for server.test, not for 127.0.0.1"),
              std::string::npos)
        << accepted.output;
    EXPECT_NE(accepted.output.find("answer: accept\nconnected, not trusted\n"), std::string::npos)
        << accepted.output;
    EXPECT_FALSE(refused.succeeded());
    EXPECT_NE(refused.output.find("is not trusted for 127.0.0.1: "), std::string::npos)
        << refused.output;
    EXPECT_TRUE(support::waitUntil([&] {
        return server.saw("not served: TLS handshake with tls:127.0.0.1:");
    })) << server.errors();
}

TEST(CoreExample, awaitCatchesWhatFailed)
{
    EXPECT_EQ(outputOf("await"),
              "sum: 21\ncaught: nobody there\nfailed: not done after 5 ms: cancelled\n");
}

TEST(CoreExample, echoSaysHelloBackAndCloses)
{
    std::string output = outputOf("echo");

    EXPECT_EQ(output.find("tcp:127.0.0.1:"), 0u) << output;
    EXPECT_NE(output.find(" said hello\nclosed\n"), std::string::npos) << output;
}

} // namespace
