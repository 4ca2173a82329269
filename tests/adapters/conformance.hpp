// One suite for every host: what a loop must do to carry a reactor, as tests that know no loop.
//
// A host joins with a file that fills `hosts` (host_glib.cpp, say) and one line in CMakeLists.txt.
// The tests run the loop by bight_reactor_run(), which each host has to offer, and nest it by
// calling that again; everything else is public API of the core.
#ifndef BIGHT_TESTS_ADAPTERS_CONFORMANCE_HPP
#define BIGHT_TESTS_ADAPTERS_CONFORMANCE_HPP

#include "adapters/connections.hpp"
#include "adapters/loop.hpp"
#include "support/guards.hpp"
#include "support/wait.hpp"

#include <bight/reactor.h>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

namespace conformance
{

// A loop that carries reactors.
struct Host {
    const char *name;         // as a test's name: letters and digits
    bight_reactor *(*open)(); // a reactor on the calling thread's loop

    // Runs the body on another thread that has a loop of this kind and waits for its end. NULL: any
    // thread will do.
    void (*onThread)(const std::function<void()> &body);

    bool virtualTime; // the clock jumps from timer to timer
    bool carries;     // bight_host_attach() was used, rather than none
    bool joinsWrites; // announces its waits, so that writes of one callback leave as one
    bool shared;      // what open() gives again on this thread is carried by the same loop

    // Runs the loop on this thread for so many milliseconds by a timer of its own, with no reactor.
    // NULL: there is no loop without one.
    void (*idle)(int milliseconds) = nullptr;
    bool forks = true; // the loop can be used in a forked child
};

std::ostream &operator<<(std::ostream &stream, const Host &host);

// Filled by the host's own file.
extern const std::vector<Host> hosts;

// A number of the reactor's counters now.
bight_reactor_stats stats(bight_reactor *reactor);

// Runs the reactor's loop until the condition holds; false when it does not in time. May be called
// in a callback: the loop is nested then.
bool runUntil(bight_reactor *reactor, const std::function<bool()> &condition,
              std::chrono::milliseconds timeout = support::patience);

// Runs the reactor's loop for as long, by the reactor's clock.
void runFor(bight_reactor *reactor, uint64_t duration);

// Every test begins with a fresh reactor and must leave no descriptor and no thread behind.
class Fixture : public testing::Test
{
  protected:
    virtual const Host &host() const = 0;

    void SetUp() override;
    void TearDown() override;

    bool runUntil(const std::function<bool()> &condition,
                  std::chrono::milliseconds timeout = support::patience)
    {
        return conformance::runUntil(reactor, condition, timeout);
    }
    void runFor(uint64_t duration)
    {
        conformance::runFor(reactor, duration);
    }
    void run()
    {
        EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    }
    void stop()
    {
        bight_reactor_stop(reactor);
    }
    // What is due now, without waiting: two turns.
    void turn();
    // Frees the reactor before the test's end.
    void freeReactor();

    // Connects to the server and waits until both sides know.
    void join(Server &server, Peer &client)
    {
        connect(reactor, server.endpoint(), client);
        ASSERT_TRUE(runUntil([&] {
            return client.connected && server.first() != nullptr && server.first()->connected;
        }));
    }

    bight_reactor *reactor = nullptr;

  private:
    std::unique_ptr<support::FdGuard> fds_;
    std::unique_ptr<support::ThreadGuard> threads_;
};

class Conformance : public Fixture, public testing::WithParamInterface<Host>
{
  protected:
    void SetUp() override;
    void TearDown() override;
    const Host &host() const override
    {
        return GetParam();
    }

  private:
    unsigned threadsBefore_ = 0;
};

std::string nameOf(const testing::TestParamInfo<Host> &info);

// A chapter that holds each host to its rules on each of several kinds, which have names.
template <typename Kind>
class OnKinds : public Fixture, public testing::WithParamInterface<std::tuple<Host, Kind>>
{
  protected:
    using Both = testing::WithParamInterface<std::tuple<Host, Kind>>;

    const Host &host() const override
    {
        return std::get<0>(Both::GetParam());
    }
    const Kind &kind() const
    {
        return std::get<1>(Both::GetParam());
    }
};

template <typename Kind>
std::string nameOfBoth(const testing::TestParamInfo<std::tuple<Host, Kind>> &info)
{
    return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param).name;
}

// What a callback writes leaves while it lets the loop make passes that do not wait.
void expectAnAnswerWhileSpinning(bight_reactor *reactor, const std::function<void()> &pass);

// Each chapter declares its fixture: BIGHT_CHAPTER(Timers) makes TEST_P(Timers, ...) run on all.
#define BIGHT_CHAPTER(chapter)                                                                     \
    class chapter : public conformance::Conformance                                                \
    {                                                                                              \
    };                                                                                             \
    INSTANTIATE_TEST_SUITE_P(Hosts, chapter, testing::ValuesIn(conformance::hosts),                \
                             conformance::nameOf)

} // namespace conformance

#endif
