// What the actors of a soak share: the reactor, the numbers drawn, the account of what happened.
#ifndef BIGHT_TESTS_SOAK_WORLD_HPP
#define BIGHT_TESTS_SOAK_WORLD_HPP

#include "soak/random.hpp"

#include <bight/api.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/time.h>
#include <cstdint>
#include <functional>

namespace soak
{

// Counted over the whole run. What is wrong is told on standard error, and fails the run.
struct Account {
    uint64_t connections = 0; // of both sides
    uint64_t completed = 0;   // every byte came back, and an orderly end
    uint64_t brokenOff = 0;   // as it was planned
    uint64_t failed = 0;      // connects that failed, as they were expected to
    uint64_t bytes = 0;       // that were echoed and compared
    uint64_t timersFired = 0, timersMoved = 0;
    uint64_t posts = 0;
    uint64_t chains = 0;
    uint64_t words = 0;      // said in the chat and compared
    uint64_t works = 0;      // on threads
    uint64_t lookups = 0;    // of names
    uint64_t statements = 0; // statements and transactions of a database
    uint64_t nested = 0;
    uint64_t starved = 0; // times without descriptors
    uint64_t proxies = 0; // runs of `bight chaos`
    uint64_t turns = 0, callbacks = 0;
    uint64_t wrong = 0;
};

struct World {
    bight_reactor *reactor;
    Random &random;
    Account &account;
    const char *host;      // for the proxy
    unsigned rate;         // connections a second
    uint64_t begun;        // when this cycle began, on the reactor's clock
    bool stopping = false; // nothing new is begun
    // Opens a dialog that closes by itself, unless there are too many.
    std::function<void()> dialog = nullptr;
    unsigned nested = 0;    // levels of loops inside loops
    uint64_t starvedAt = 0; // when descriptors ran out last, or came back; 0 for never
    bool starving = false;
    bool spoils = false; // send a wrong byte now and then, to see that it is noticed

    uint64_t now() const
    {
        return bight_reactor_now(reactor);
    }

    // Whether a want of descriptors explains that a thing begun at `since` has failed.
    bool starvedSince(uint64_t since) const
    {
        return starving || (starvedAt != 0 && starvedAt >= since);
    }

    void wrong(const char *format, ...) BIGHT_PRINTF(2, 3);
};

// "status: message", for wrong(); good until the next call.
const char *describe(const bight_error *error);

// A part of the traffic. It begins in its constructor, and is destroyed when it is at rest.
class Actor
{
  public:
    Actor() = default;
    virtual ~Actor() = default;
    Actor(const Actor &) = delete;
    Actor &operator=(const Actor &) = delete;

    // Begin nothing new; what goes on comes to its end.
    virtual void stop() = 0;
    virtual bool atRest() const = 0;
    virtual const char *name() const = 0;
};

} // namespace soak

#endif
