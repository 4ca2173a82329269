// A child process with its three streams, for tests that run our programs and other people's.
#ifndef BIGHT_TESTS_SUPPORT_PROCESS_HPP
#define BIGHT_TESTS_SUPPORT_PROCESS_HPP

#include "support/wait.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace support
{

// How a process ended: its exit status, or the signal that ended it.
struct Ending {
    int status = -1; // -1 when it was a signal
    int signal = 0;  // 0 when it exited
    bool succeeded() const
    {
        return status == 0;
    }
};

// Runs until stop() or the destructor, which end it and all of its process group: SIGTERM, and
// SIGKILL when that is not heeded. It dies with the test if the test crashes.
//
// Output is collected whenever one of the functions below is called, and by no thread; a pipe holds
// 1 MiB in between. The functions that wait block the calling thread: where the test runs a loop
// that the child depends on, use saw() as the condition of waitUntil() instead.
class Process
{
  public:
    // `environment` holds "NAME=value", added to that of the test. Throws std::system_error when
    // the program cannot be started.
    explicit Process(const std::vector<std::string> &arguments,
                     const std::vector<std::string> &environment = {},
                     const std::string &directory = "");
    ~Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    pid_t pid() const
    {
        return pid_;
    }

    // To its standard input. False when it does not read any more, or not within the patience.
    bool write(std::string_view text);
    void closeInput();

    // All that it has written so far.
    const std::string &output();
    const std::string &errors();

    // Whether it has written `text` to standard output or standard error, without waiting.
    bool saw(std::string_view text);

    // The first line of standard output that contains `text`, without its newline, as soon as it is
    // complete; nothing when it does not come in time or the process ends without it.
    std::optional<std::string> waitForLine(std::string_view text,
                                           std::chrono::milliseconds timeout = patience);

    // How it ended, or nothing when it still runs after `timeout`.
    std::optional<Ending> wait(std::chrono::milliseconds timeout = patience);

    // Ask it to end with `signal`; kill it after `grace`. Tells how it ended: a test that wants a
    // clean end checks for a status.
    Ending stop(int signal = 15, std::chrono::milliseconds grace = std::chrono::seconds(10));

    void signal(int number) const;

  private:
    struct Stream {
        int fd = -1;
        std::string text;
    };

    void pump(int timeout_ms);
    bool reap();
    std::optional<std::string> findLine(std::string_view text) const;

    pid_t pid_ = -1;
    int pidfd_ = -1;
    int input_ = -1;
    Stream output_, errors_;
    std::optional<Ending> ending_;
};

// What a program did from its start to its end.
struct Completed {
    std::optional<Ending> ending; // nothing when it was killed at the timeout
    std::string output, errors;
    bool succeeded() const
    {
        return ending && ending->succeeded();
    }
};

// Start, feed with `input`, wait for the end.
Completed run(const std::vector<std::string> &arguments, std::string_view input = {},
              std::chrono::milliseconds timeout = patience,
              const std::vector<std::string> &environment = {});

} // namespace support

#endif
