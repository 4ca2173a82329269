#include "soak/proxy.hpp"

#include <bight/watch.h>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ; // as POSIX has it

namespace soak
{

Proxy::Proxy(World &world, Echo &echo) : world_(world), echo_(echo)
{
    start(drawCommand());
    world.account.proxies++;
}

Proxy::~Proxy()
{
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    waiting_.reset();
    reading_.reset();
    close(process_);
    close(output_);
}

std::vector<std::string> Proxy::drawCommand()
{
    Random &random = world_.random;
    std::vector<std::string> command = {BIGHT_TOOL, "--host",          world_.host,
                                        "chaos",    "tcp:127.0.0.1:0", echo_.tcpEndpoint()};
    auto add = [&](const char *option, const std::string &value) {
        command.push_back(std::string("--") + option + "=" + value);
    };

    add("seed", std::to_string(random.below(UINT32_MAX)));
    if (random.chance(60))
        add("delay", std::to_string(random.between(1, 20)) + "ms");
    if (random.chance(40))
        add("jitter", std::to_string(random.between(1, 20)) + "ms");
    if (random.chance(50))
        add("split", "200-" + std::to_string(random.between(400, 8000)));
    if (random.chance(40)) {
        add("stall", "100-20000");
        add("stall-time", std::to_string(random.between(20, 300)) + "ms");
    }
    lossy_ = random.chance(60);
    if (lossy_) {
        add(random.chance(50) ? "truncate" : "rst", "1-50000");
        add("chance", "50");
    }
    return command;
}

void Proxy::start(const std::vector<std::string> &command)
{
    posix_spawn_file_actions_t actions;
    std::vector<char *> words;
    int ends[2];

    for (const std::string &word : command)
        words.push_back(const_cast<char *>(word.c_str()));
    words.push_back(nullptr);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::runtime_error("no pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int failed = posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
    process_ = failed ? -1 : static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (process_ < 0)
        throw std::runtime_error(std::string(words[0]) + " cannot be started");
    fcntl(process_, F_SETFD, FD_CLOEXEC);
    reading_ = std::make_unique<conformance::Watch>(world_.reactor, output_, BIGHT_WATCH_READ,
                                                    [this](unsigned) { read(); });
    waiting_ = std::make_unique<conformance::Watch>(world_.reactor, process_, BIGHT_WATCH_READ,
                                                    [this](unsigned) { ended(); });
}

void Proxy::read()
{
    static const std::string word = "listening ";
    char buffer[256];
    ssize_t size = ::read(output_, buffer, sizeof(buffer));

    if (size <= 0) {
        reading_.reset();
        return;
    }
    text_.append(buffer, static_cast<size_t>(size));
    size_t end = text_.find('\n');
    if (end == std::string::npos || listens_)
        return;
    listens_ = true;
    if (world_.stopping) {
        tellToEnd();
        return;
    }
    if (text_.compare(0, word.size(), word) != 0) {
        world_.wrong("the proxy says: %s", text_.c_str());
        return;
    }
    echo_.setProxy(text_.substr(word.size(), end - word.size()), lossy_);
}

void Proxy::ended()
{
    int status = 0;

    if (waitpid(pid_, &status, WNOHANG) != pid_)
        return;
    pid_ = -1;
    waiting_.reset();
    echo_.forgetProxy();
    if (!world_.stopping || status != 0)
        world_.wrong("the proxy ended with status 0x%x", static_cast<unsigned>(status));
}

void Proxy::tellToEnd()
{
    if (pid_ > 0) // else it has ended by itself, and -1 is everybody
        kill(pid_, SIGTERM);
}

// Before it listens it may not have set itself up for the signal yet.
void Proxy::stop()
{
    echo_.forgetProxy();
    if (listens_)
        tellToEnd();
}

} // namespace soak
