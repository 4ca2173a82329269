// What the tests of the tool share: the tool as a server, and plain sockets as its peers.
#ifndef BIGHT_TESTS_CLI_TESTING_HPP
#define BIGHT_TESTS_CLI_TESTING_HPP

#include "support/process.hpp"
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cli_testing
{

// A loop that carries the tool.
struct Host {
    const char *name;   // of the test
    const char *option; // for --host
    std::vector<std::string> environment;
};

// All of them, the native one first.
const std::vector<Host> &hosts();

inline const Host &native()
{
    return hosts().front();
}

// The tool's command line with this host.
std::vector<std::string> command(const Host &host, const std::vector<std::string> &words);
std::vector<std::string> command(const std::vector<std::string> &words);

// A test that is run on every host, and skipped on those that are not built.
class OnEveryHost : public ::testing::TestWithParam<Host>
{
  protected:
    void SetUp() override;
};

#define INSTANTIATE_ON_EVERY_HOST(suite)                                                           \
    INSTANTIATE_TEST_SUITE_P(Hosts, suite, ::testing::ValuesIn(cli_testing::hosts()),              \
                             [](const auto &host) { return std::string(host.param.name); })

// A server of the tool that runs until the scope ends; a test that cares how it ended calls stop().
class Server
{
  public:
    Server(const Host &host, const std::vector<std::string> &words);

    // Of the n-th "listening ENDPOINT"; empty, and a failure, when it did not come.
    std::string endpoint(std::size_t n = 0);

    support::Process &process()
    {
        return process_;
    }

    // Ends it with a signal, and expects exit status 0 of it.
    void stop(int signal = 15);

    // The same in two steps, for a test whose clients hear of the signal and end meanwhile.
    void signal(int signal = 15)
    {
        process_.signal(signal);
    }
    void expectEnd();

    std::size_t threads() const;
    std::size_t descriptors() const;
    std::size_t memory() const;

  private:
    support::Process process_;
};

// Of a process that runs.
std::size_t threads(pid_t pid);
std::size_t descriptors(pid_t pid);
std::size_t memory(pid_t pid);    // resident bytes
std::size_t bytesRead(pid_t pid); // by all of its reads, files and sockets
bool isNonBlocking(pid_t pid, int fd);

// What a peer has seen of the other side.
enum class Seen { Open, Ended, Reset };

// A blocking client on a plain socket, with a deadline in everything that waits.
class Client
{
  public:
    explicit Client(const std::string &endpoint);
    explicit Client(int fd);
    ~Client();
    Client(Client &&other) noexcept;
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    // False when the other side does not take it all.
    bool send(std::string_view bytes);

    // Sends what the socket takes; stops when it has taken nothing for so long, or `most` bytes.
    std::size_t sendUntilBlocked(std::size_t most, std::chrono::milliseconds silence);

    // Half-close.
    void end();

    // Break off, with a RST on TCP.
    void reset();

    // Reads `size` bytes; fewer when the other side ends or is silent for too long.
    std::string receive(std::size_t size);

    // Reads to the end.
    std::string receiveAll();

    // Sends and receives at the same time, until as much has come back.
    std::string exchange(std::string_view bytes);

    Seen seen() const
    {
        return seen_;
    }

  private:
    bool readSome(std::string &to, std::size_t most);
    bool wait(short events, std::chrono::milliseconds timeout);

    int fd_;
    Seen seen_ = Seen::Open;
};

// A listening socket of the test itself, on a free port.
class Acceptor
{
  public:
    Acceptor();
    ~Acceptor();
    Acceptor(const Acceptor &) = delete;
    Acceptor &operator=(const Acceptor &) = delete;

    std::string endpoint() const;
    Client accept();

  private:
    int fd_;
};

// Bytes that look like nothing, the same in every run.
std::string noise(std::size_t size);

} // namespace cli_testing

#endif
