#include "cli_testing.hpp"
#include "support/paths.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace cli_testing
{

using std::chrono::milliseconds;
using support::patience;

const std::vector<Host> &hosts()
{
    static const std::vector<Host> all = {
        {"native", "native", {}},
        {"glib", "glib", {}},
        {"qt", "qt", {}},
        {"qtWithoutGlib", "qt", {"QT_NO_GLIB=1"}},
        {"cfrunloop", "cfrunloop", {}},
    };
    return all;
}

std::vector<std::string> command(const std::vector<std::string> &words)
{
    std::vector<std::string> all = {support::program("bight")};

    all.insert(all.end(), words.begin(), words.end());
    return all;
}

std::vector<std::string> command(const Host &host, const std::vector<std::string> &words)
{
    std::vector<std::string> all = command({"--host", host.option});

    all.insert(all.end(), words.begin(), words.end());
    return all;
}

// Asked of the tool itself, once.
static const std::map<std::string, std::string> &availability()
{
    static const std::map<std::string, std::string> known = [] {
        std::map<std::string, std::string> found;
        std::istringstream lines(support::run(command({"hosts"})).output);
        std::string name, state, reason;

        while (lines >> name >> state && std::getline(lines, reason))
            found[name] = state == "yes" ? "" : "the host " + name + " is not here:" + reason;
        return found;
    }();
    return known;
}

void OnEveryHost::SetUp()
{
    auto entry = availability().find(GetParam().option);

    ASSERT_NE(entry, availability().end()) << "bight hosts does not list " << GetParam().option;
    if (!entry->second.empty())
        GTEST_SKIP() << entry->second;
}

// -- The tool as a server --

Server::Server(const Host &host, const std::vector<std::string> &words)
    : process_(command(host, words), host.environment)
{
}

std::string Server::endpoint(std::size_t n)
{
    std::string_view word = "listening ";
    std::vector<std::string> found;

    support::waitUntil([&] {
        std::istringstream lines(process_.output());

        found.clear();
        for (std::string line; std::getline(lines, line) && !lines.eof();)
            if (line.compare(0, word.size(), word) == 0)
                found.push_back(line.substr(word.size()));
        return found.size() > n || process_.wait(milliseconds(0));
    });
    EXPECT_GT(found.size(), n) << process_.errors();
    return found.size() > n ? found[n] : "";
}

void Server::stop(int signal)
{
    support::Ending ending = process_.stop(signal);

    EXPECT_TRUE(ending.succeeded())
        << "status " << ending.status << ", signal " << ending.signal << "\n"
        << process_.errors();
}

void Server::expectEnd()
{
    std::optional<support::Ending> ending = process_.wait();

    ASSERT_TRUE(ending) << "it still runs";
    EXPECT_TRUE(ending->succeeded())
        << "status " << ending->status << ", signal " << ending->signal << "\n"
        << process_.errors();
}

std::size_t Server::threads() const
{
    return cli_testing::threads(process_.pid());
}

std::size_t Server::descriptors() const
{
    return cli_testing::descriptors(process_.pid());
}

std::size_t Server::memory() const
{
    return cli_testing::memory(process_.pid());
}

// -- /proc --

static std::string inProc(pid_t pid, const std::string &name)
{
    return "/proc/" + std::to_string(pid) + "/" + name;
}

static std::size_t entries(const std::string &folder)
{
    std::size_t count = 0;
    DIR *open = opendir(folder.c_str());

    if (open == nullptr)
        return 0;
    while (const dirent *entry = readdir(open))
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

// The word after `name` in a file of "name: word" lines.
static std::string field(const std::string &path, const std::string &name)
{
    std::ifstream file(path);
    std::string word;

    while (file >> word && word != name) {
    }
    file >> word;
    return file ? word : "0";
}

std::size_t threads(pid_t pid)
{
    return entries(inProc(pid, "task"));
}

std::size_t descriptors(pid_t pid)
{
    return entries(inProc(pid, "fd"));
}

std::size_t memory(pid_t pid)
{
    return std::stoul(field(inProc(pid, "status"), "VmRSS:")) * 1024;
}

std::size_t bytesRead(pid_t pid)
{
    return std::stoul(field(inProc(pid, "io"), "rchar:"));
}

bool isNonBlocking(pid_t pid, int fd)
{
    std::string flags = field(inProc(pid, "fdinfo/" + std::to_string(fd)), "flags:");

    return (std::stoul(flags, nullptr, 8) & O_NONBLOCK) != 0;
}

// -- Sockets --

namespace
{

struct Address {
    sockaddr_storage storage = {};
    socklen_t size = 0;

    explicit Address(const std::string &endpoint);
    const sockaddr *get() const
    {
        return reinterpret_cast<const sockaddr *>(&storage);
    }
};

void setUnix(Address &address, const std::string &path)
{
    auto &un = reinterpret_cast<sockaddr_un &>(address.storage);

    un.sun_family = AF_UNIX;
    path.copy(un.sun_path, sizeof(un.sun_path) - 1);
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    if (path[0] == '@') {
        un.sun_path[0] = '\0';
        address.size--;
    }
}

Address::Address(const std::string &endpoint)
{
    auto colon = endpoint.rfind(':');
    auto port = static_cast<in_port_t>(std::atoi(endpoint.c_str() + colon + 1));

    if (endpoint.compare(0, 5, "unix:") == 0) {
        setUnix(*this, endpoint.substr(5));
    } else if (endpoint.compare(0, 5, "tcp:[") == 0) {
        auto &in6 = reinterpret_cast<sockaddr_in6 &>(storage);

        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(port);
        in6.sin6_addr = in6addr_loopback;
        size = sizeof(in6);
    } else {
        auto &in = reinterpret_cast<sockaddr_in &>(storage);

        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        size = sizeof(in);
    }
}

[[noreturn]] void throwErrno(const std::string &what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

Client::Client(int fd) : fd_(fd)
{
    fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Client::Client(const std::string &endpoint)
{
    Address address(endpoint);

    fd_ = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0 || connect(fd_, address.get(), address.size) != 0)
        throwErrno("connect to " + endpoint);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Client::Client(Client &&other) noexcept : fd_(other.fd_), seen_(other.seen_)
{
    other.fd_ = -1;
}

Client::~Client()
{
    if (fd_ >= 0)
        close(fd_);
}

bool Client::wait(short events, milliseconds timeout)
{
    pollfd ready = {fd_, events, 0};

    return poll(&ready, 1, static_cast<int>(timeout.count())) > 0;
}

bool Client::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);

        if (count > 0)
            bytes.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EAGAIN || !wait(POLLOUT, patience))
            return false;
    }
    return true;
}

std::size_t Client::sendUntilBlocked(std::size_t most, milliseconds silence)
{
    const std::string bytes = noise(65536);
    std::size_t sent = 0;

    while (sent < most) {
        // At the same place of the noise as the receiver will expect it.
        std::string_view rest = std::string_view(bytes).substr(sent % bytes.size());
        ssize_t count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);

        if (count > 0)
            sent += static_cast<std::size_t>(count);
        else if (errno != EAGAIN || !wait(POLLOUT, silence))
            break;
    }
    return sent;
}

void Client::end()
{
    shutdown(fd_, SHUT_WR);
}

void Client::reset()
{
    linger now = {1, 0};

    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd_);
    fd_ = -1;
}

// False when there is nothing more to read, or nothing came in time.
bool Client::readSome(std::string &to, std::size_t most)
{
    char buffer[65536];
    ssize_t count = recv(fd_, buffer, std::min(most, sizeof(buffer)), 0);

    if (count < 0 && errno == EAGAIN)
        return wait(POLLIN, patience);
    if (count > 0)
        to.append(buffer, static_cast<std::size_t>(count));
    else
        seen_ = count == 0 ? Seen::Ended : Seen::Reset;
    return count > 0;
}

std::string Client::receive(std::size_t size)
{
    std::string bytes;

    while (bytes.size() < size && readSome(bytes, size - bytes.size())) {
    }
    return bytes;
}

std::string Client::receiveAll()
{
    return receive(static_cast<std::size_t>(-1));
}

std::string Client::exchange(std::string_view bytes)
{
    std::string back;
    std::size_t size = bytes.size();

    while (back.size() < size && seen_ == Seen::Open) {
        if (!bytes.empty()) {
            ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);

            if (count > 0)
                bytes.remove_prefix(static_cast<std::size_t>(count));
            if (!wait(bytes.empty() ? POLLIN : POLLIN | POLLOUT, patience))
                break;
            if (!wait(POLLIN, milliseconds(0)))
                continue;
        }
        if (!readSome(back, size - back.size()))
            break;
    }
    return back;
}

Acceptor::Acceptor() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    Address address("tcp:127.0.0.1:0");

    if (fd_ < 0 || bind(fd_, address.get(), address.size) != 0 || listen(fd_, 64) != 0)
        throwErrno("listen");
}

Acceptor::~Acceptor()
{
    close(fd_);
}

std::string Acceptor::endpoint() const
{
    sockaddr_in in = {};
    socklen_t size = sizeof(in);

    getsockname(fd_, reinterpret_cast<sockaddr *>(&in), &size);
    return "tcp:127.0.0.1:" + std::to_string(ntohs(in.sin_port));
}

Client Acceptor::accept()
{
    pollfd ready = {fd_, POLLIN, 0};
    int fd = -1;

    if (poll(&ready, 1, static_cast<int>(patience.count())) > 0)
        fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0)
        throwErrno("accept");
    return Client(fd);
}

std::string noise(std::size_t size)
{
    std::mt19937 random(42);
    std::string bytes(size, '\0');

    for (char &byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

} // namespace cli_testing
