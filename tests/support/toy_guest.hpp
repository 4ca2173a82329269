// The library of tests/support/toy_library.h, carried by bight/guest.h.
#ifndef BIGHT_TESTS_SUPPORT_TOY_GUEST_HPP
#define BIGHT_TESTS_SUPPORT_TOY_GUEST_HPP

#include "support/toy_library.h"

#include <bight/guest.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace support
{

// What has become of the library, and what a test does in its hooks and in the slots.
struct ToyLog {
    std::function<void(int job, bool answered)> onDone; // inside the library
    std::function<void()> onReady, onTimeout, onReturned, onForked, onEvicted;

    int answered = 0, failed = 0, ready = 0, timeouts = 0, returned = 0, forked = 0, evicted = 0;
    int released = 0;
    bight_status watchStatus = BIGHT_OK; // the last failure of bight_guest_watch()
};

// Destroying it frees the guest, anywhere. What the library says afterwards is not noted.
class ToyGuest
{
  public:
    // Without memory get() is NULL.
    ToyGuest(bight_reactor *reactor, std::shared_ptr<ToyLog> log);
    ~ToyGuest();
    ToyGuest(const ToyGuest &) = delete;
    ToyGuest &operator=(const ToyGuest &) = delete;

    bight_guest *get() const
    {
        return guest_;
    }
    // Asks now, or when the library has returned. False without memory.
    bool ask(unsigned short port, unsigned hops = 0, long timeout = 60000);

    struct State; // of the library, which may outlive this

  private:
    bight_guest *guest_ = nullptr;
    State *state_ = nullptr;
};

// A call of a test's own into the library.
class GuestCall
{
  public:
    GuestCall(bight_guest *guest, std::function<void()> fn);
    ~GuestCall();
    GuestCall(const GuestCall &) = delete;
    GuestCall &operator=(const GuestCall &) = delete;

    void make()
    {
        bight_guest_call_make(call_);
    }
    void cancel()
    {
        bight_guest_call_cancel(call_);
    }

  private:
    std::function<void()> fn_;
    bight_guest_call *call_ = nullptr;
};

} // namespace support

#endif
