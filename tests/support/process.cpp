// The child is made with fork, since posix_spawn can neither tie its life to ours nor report a
// failing chdir. Between fork and exec only async-signal-safe calls are made: the test may have
// threads. A close-on-exec pipe carries the errno of a failed exec back: end of file on it is the
// news that the program runs.
#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support
{

namespace
{

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Pipe {
    int read = -1, write = -1;

    Pipe()
    {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe");
        read = ends[0];
        write = ends[1];
    }
    ~Pipe()
    {
        closeEnd(read);
        closeEnd(write);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;

    static void closeEnd(int &end)
    {
        if (end >= 0)
            close(end);
        end = -1;
    }
    static int take(int &end)
    {
        int fd = end;

        end = -1;
        return fd;
    }
};

std::vector<char *> pointers(std::vector<std::string> &strings)
{
    std::vector<char *> list;

    for (auto &string : strings)
        list.push_back(string.data());
    list.push_back(nullptr);
    return list;
}

// The test's environment with the given settings over it.
std::vector<std::string> merged(const std::vector<std::string> &settings)
{
    std::vector<std::string> result = settings;

    for (char **entry = environ; *entry != nullptr; entry++) {
        std::string_view text = *entry;
        std::string_view name = text.substr(0, text.find('=') + 1);

        if (std::none_of(settings.begin(), settings.end(), [name](const std::string &setting) {
                return setting.compare(0, name.size(), name) == 0;
            }))
            result.emplace_back(text);
    }
    return result;
}

// In the child: everything it needs, prepared before the fork.
struct Child {
    char **arguments;
    char **environment;
    const char *directory;
    int input, output, errors, report;
    pid_t parent;
};

[[noreturn]] void become(const Child &child)
{
    sigset_t none;
    int errnum;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != child.parent)
        _exit(127);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    if (dup2(child.input, 0) >= 0 && dup2(child.output, 1) >= 0 && dup2(child.errors, 2) >= 0 &&
        (child.directory == nullptr || chdir(child.directory) == 0))
        execvpe(child.arguments[0], child.arguments, child.environment);
    errnum = errno;
    (void)!::write(child.report, &errnum, sizeof(errnum));
    _exit(127);
}

int left(Clock::time_point deadline)
{
    auto rest = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();

    return static_cast<int>(std::clamp<decltype(rest)>(rest, 0, 60000));
}

} // namespace

Process::Process(const std::vector<std::string> &arguments,
                 const std::vector<std::string> &environment, const std::string &directory)
{
    Pipe input, output, errors, report;
    std::vector<std::string> words = arguments, settings = merged(environment);
    std::vector<char *> argv = pointers(words), envp = pointers(settings);
    Child child = {argv.data(),  envp.data(),  directory.empty() ? nullptr : directory.c_str(),
                   input.read,   output.write, errors.write,
                   report.write, getpid()};
    int errnum = 0;

    pid_ = fork();
    if (pid_ == 0)
        become(child);
    if (pid_ < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    Pipe::closeEnd(report.write);
    if (::read(report.read, &errnum, sizeof(errnum)) == sizeof(errnum)) {
        waitpid(pid_, nullptr, 0);
        throw std::system_error(errnum, std::generic_category(), "start " + arguments[0]);
    }
    /* Not pidfd_open(): the header of glibc 2.36 declares it without extern "C". */
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    for (int fd : {output.read, errors.read})
        fcntl(fd, F_SETPIPE_SZ, 1 << 20);
    for (int fd : {input.write, output.read, errors.read})
        fcntl(fd, F_SETFL, O_NONBLOCK);
    input_ = Pipe::take(input.write);
    output_.fd = Pipe::take(output.read);
    errors_.fd = Pipe::take(errors.read);
}

Process::~Process()
{
    stop();
    closeInput();
    Pipe::closeEnd(output_.fd);
    Pipe::closeEnd(errors_.fd);
    Pipe::closeEnd(pidfd_);
}

bool Process::write(std::string_view text)
{
    auto deadline = Clock::now() + patience;
    sighandler_t previous = std::signal(SIGPIPE, SIG_IGN);

    while (!text.empty() && input_ >= 0) {
        ssize_t count = ::write(input_, text.data(), text.size());

        if (count > 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EAGAIN || Clock::now() > deadline)
            break;
        else
            pump(10); // it may be blocked on its output before it reads on
    }
    std::signal(SIGPIPE, previous);
    return text.empty();
}

void Process::closeInput()
{
    Pipe::closeEnd(input_);
}

const std::string &Process::output()
{
    pump(0);
    return output_.text;
}

const std::string &Process::errors()
{
    pump(0);
    return errors_.text;
}

bool Process::saw(std::string_view text)
{
    pump(0);
    return output_.text.find(text) != std::string::npos ||
           errors_.text.find(text) != std::string::npos;
}

std::optional<std::string> Process::waitForLine(std::string_view text, milliseconds timeout)
{
    auto deadline = Clock::now() + timeout;

    for (;;) {
        pump(0);
        auto line = findLine(text);

        if (line || output_.fd < 0 || Clock::now() >= deadline)
            return line;
        pump(left(deadline));
    }
}

std::optional<std::string> Process::findLine(std::string_view text) const
{
    std::string_view rest = output_.text;

    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
        std::string_view line = rest.substr(0, end);

        if (line.find(text) != line.npos)
            return std::string(line);
        rest.remove_prefix(end + 1);
    }
    return std::nullopt;
}

// Collects what is there; waits up to `timeout_ms` for more output or for the end.
void Process::pump(int timeout_ms)
{
    std::array<pollfd, 3> polls = {pollfd{output_.fd, POLLIN, 0}, pollfd{errors_.fd, POLLIN, 0},
                                   pollfd{ending_ ? -1 : pidfd_, POLLIN, 0}};
    std::array<Stream *, 2> streams = {&output_, &errors_};
    char buffer[65536];

    if (poll(polls.data(), polls.size(), timeout_ms) <= 0)
        return;
    for (Stream *stream : streams) {
        ssize_t count = 1;

        while (stream->fd >= 0 && (count = read(stream->fd, buffer, sizeof(buffer))) > 0)
            stream->text.append(buffer, static_cast<std::size_t>(count));
        if (count == 0)
            Pipe::closeEnd(stream->fd);
    }
    if (polls[2].revents != 0)
        reap();
}

bool Process::reap()
{
    int status;

    if (!ending_ && waitpid(pid_, &status, WNOHANG) == pid_) {
        Ending ending;

        if (WIFEXITED(status))
            ending.status = WEXITSTATUS(status);
        else
            ending.signal = WTERMSIG(status);
        ending_ = ending;
    }
    return ending_.has_value();
}

std::optional<Ending> Process::wait(milliseconds timeout)
{
    auto deadline = Clock::now() + timeout;

    while (!reap() && Clock::now() < deadline)
        pump(left(deadline));
    pump(0);
    return ending_;
}

Ending Process::stop(int number, milliseconds grace)
{
    if (!reap()) {
        signal(number);
        if (!wait(grace)) {
            kill(-pid_, SIGKILL);
            wait();
        }
    }
    kill(-pid_, SIGKILL); // what it started and left behind in its group
    return ending_.value_or(Ending());
}

void Process::signal(int number) const
{
    if (!ending_)
        kill(pid_, number);
}

Completed run(const std::vector<std::string> &arguments, std::string_view input,
              milliseconds timeout, const std::vector<std::string> &environment)
{
    Process process(arguments, environment);
    Completed completed;

    process.write(input);
    process.closeInput();
    completed.ending = process.wait(timeout);
    if (!completed.ending)
        process.stop(SIGKILL);
    completed.output = process.output();
    completed.errors = process.errors();
    return completed;
}

} // namespace support
