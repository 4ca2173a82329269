#include "support/guards.hpp"

#include "support/wait.hpp"

#include <cstdlib>
#include <dirent.h>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <unistd.h>

namespace support
{

namespace
{

struct CloseDirectory {
    void operator()(DIR *directory) const
    {
        closedir(directory);
    }
};

// The numeric names in a directory of /proc, without the descriptor that reads it.
void eachNumber(const char *path, const std::function<void(int)> &visit)
{
    std::unique_ptr<DIR, CloseDirectory> directory(opendir(path));

    if (!directory)
        return;
    while (const dirent *entry = readdir(directory.get())) {
        char *end = nullptr;
        long number = std::strtol(entry->d_name, &end, 10);

        if (end != entry->d_name && *end == '\0' && number != dirfd(directory.get()))
            visit(static_cast<int>(number));
    }
}

} // namespace

std::size_t countThreads()
{
    std::size_t count = 0;

    eachNumber("/proc/self/task", [&count](int) { count++; });
    return count;
}

std::size_t countFds()
{
    return openFds().size();
}

std::map<int, std::string> openFds()
{
    std::map<int, std::string> fds;

    eachNumber("/proc/self/fd", [&fds](int fd) {
        char target[256];
        std::string link = "/proc/self/fd/" + std::to_string(fd);
        ssize_t length = readlink(link.c_str(), target, sizeof(target));

        fds[fd] = length > 0 ? std::string(target, static_cast<std::size_t>(length)) : "?";
    });
    return fds;
}

FdGuard::FdGuard() : before_(openFds()) {}

FdGuard::~FdGuard()
{
    std::string left = leaked();

    if (!left.empty())
        ADD_FAILURE() << "descriptors left open:\n" << left;
}

std::string FdGuard::leaked() const
{
    std::string lines;

    for (const auto &[fd, target] : openFds()) {
        auto known = before_.find(fd);

        if (known == before_.end() || known->second != target)
            lines += "  " + std::to_string(fd) + " " + target + "\n";
    }
    return lines;
}

namespace
{

// TSan has a thread of its own, which it starts along with the first thread of the program and
// never ends. So that a guard counts it before and after, that first thread is started here.
std::size_t countBefore()
{
#ifdef __SANITIZE_THREAD__
    static const bool started = [] {
        std::size_t before = countThreads();

        std::thread([] {}).join();
        return waitUntil([before] { return countThreads() <= before + 1; });
    }();
    EXPECT_TRUE(started);
#endif
    return countThreads();
}

} // namespace

ThreadGuard::ThreadGuard() : before_(countBefore()) {}

ThreadGuard::~ThreadGuard()
{
    if (!waitUntil([this] { return !more(); }, std::chrono::seconds(1)))
        ADD_FAILURE() << countThreads() << " threads run, " << before_ << " did before";
}

bool ThreadGuard::more() const
{
    return countThreads() > before_;
}

} // namespace support
