// The reactor's objects as C++ ones, whose functions are lambdas. Destroying one frees it, also
// inside its own function.
#ifndef BIGHT_TESTS_ADAPTERS_LOOP_HPP
#define BIGHT_TESTS_ADAPTERS_LOOP_HPP

#include <bight/reactor.h>
#include <bight/signal.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <cstdint>
#include <functional>

namespace conformance
{

class Timer
{
  public:
    Timer(bight_reactor *reactor, std::function<void()> fn);
    ~Timer();
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;

    void start(uint64_t delay)
    {
        bight_timer_start(timer_, delay);
    }
    void repeat(uint64_t interval)
    {
        bight_timer_start_repeating(timer_, interval);
    }
    void stop()
    {
        bight_timer_stop(timer_);
    }
    bight_timer *get()
    {
        return timer_;
    }

  private:
    std::function<void()> fn_;
    bight_timer *timer_ = nullptr;
};

class Watch
{
  public:
    Watch(bight_reactor *reactor, int fd, unsigned events, std::function<void(unsigned)> fn);
    ~Watch();
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;

    void set(unsigned events)
    {
        bight_watch_set_events(watch_, events);
    }
    bight_watch *get()
    {
        return watch_;
    }

  private:
    std::function<void(unsigned)> fn_;
    bight_watch *watch_ = nullptr;
};

class Task
{
  public:
    Task(bight_reactor *reactor, std::function<void()> fn);
    ~Task();
    Task(const Task &) = delete;
    Task &operator=(const Task &) = delete;

    void schedule()
    {
        bight_task_schedule(task_);
    }
    void cancel()
    {
        bight_task_cancel(task_);
    }

  private:
    std::function<void()> fn_;
    bight_task *task_ = nullptr;
};

// A watch of a signal, started.
class Signal
{
  public:
    Signal(bight_reactor *reactor, int number, std::function<void()> fn);
    ~Signal();
    Signal(const Signal &) = delete;
    Signal &operator=(const Signal &) = delete;

    void start()
    {
        bight_signal_start(watch_);
    }
    void stop()
    {
        bight_signal_stop(watch_);
    }
    bight_signal *get()
    {
        return watch_;
    }

  private:
    std::function<void()> fn_;
    bight_signal *watch_ = nullptr;
};

// Posts a lambda; `dropped` runs instead of it when the reactor goes first.
void post(bight_reactor *reactor, std::function<void()> fn,
          std::function<void()> dropped = nullptr);

// Two connected descriptors, non-blocking, closed in the end.
class SocketPair
{
  public:
    explicit SocketPair(int type = 1); // SOCK_STREAM
    ~SocketPair();
    SocketPair(const SocketPair &) = delete;
    SocketPair &operator=(const SocketPair &) = delete;

    int near() const
    {
        return fds_[0];
    }
    int far() const
    {
        return fds_[1];
    }
    void closeFar();

  private:
    int fds_[2] = {-1, -1};
};

// Reads and drops what is there; the number of bytes, or -1.
long drain(int fd);

} // namespace conformance

#endif
