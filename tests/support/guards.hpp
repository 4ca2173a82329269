// Guards that fail the running test when something was left behind at the end of their scope.
#ifndef BIGHT_TESTS_SUPPORT_GUARDS_HPP
#define BIGHT_TESTS_SUPPORT_GUARDS_HPP

#include <cstddef>
#include <map>
#include <string>

namespace support
{

// The threads of this process, from /proc/self/task.
std::size_t countThreads();

// The open descriptors of this process, from /proc/self/fd.
std::size_t countFds();

// The open descriptors with what each of them is: "socket:[1234]", "/dev/null".
std::map<int, std::string> openFds();

// Fails the test when descriptors are open at its end that were not at its start, and names them.
class FdGuard
{
  public:
    FdGuard();
    ~FdGuard();
    FdGuard(const FdGuard &) = delete;
    FdGuard &operator=(const FdGuard &) = delete;

    // What is open now and was not then, one a line; empty when nothing is.
    std::string leaked() const;

  private:
    std::map<int, std::string> before_;
};

// Fails the test when there are more threads at its end than at its start. A thread that was joined
// may be seen in /proc for a moment longer, so the end waits up to a second before it complains.
class ThreadGuard
{
  public:
    ThreadGuard();
    ~ThreadGuard();
    ThreadGuard(const ThreadGuard &) = delete;
    ThreadGuard &operator=(const ThreadGuard &) = delete;

    // Whether more threads run now than then, without waiting.
    bool more() const;

    // How many ran then.
    std::size_t before() const
    {
        return before_;
    }

  private:
    std::size_t before_;
};

} // namespace support

#endif
