// CoreFoundation's run loop carries the reactor: the main thread's, or another's.
#include "adapters/conformance.hpp"
#include "internal.h"

#include <CoreFoundation/CFRunLoop.h>
#include <bight/cfrunloop.h>

namespace
{

// As on a CoreFoundation that does not take an epoll descriptor.
bight_reactor *openRelayed()
{
    bight_reactor *reactor = bight_reactor_new();

    if (reactor != nullptr &&
        bighti_cfrunloop_attach(reactor, BIGHT_BUDGET_GUI, BIGHTI_WAY_RELAY) == BIGHT_OK)
        return reactor;
    bight_reactor_free(reactor);
    return nullptr;
}

void idle(int milliseconds)
{
    auto stop = [](CFRunLoopTimerRef, void *) { CFRunLoopStop(CFRunLoopGetCurrent()); };
    CFRunLoopTimerRef timer = CFRunLoopTimerCreate(
        nullptr, CFAbsoluteTimeGetCurrent() + milliseconds / 1000.0, 0, 0, 0, stop, nullptr);

    CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode);
    CFRunLoopRun();
    CFRelease(timer);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"cfrunloop", bight_cfrunloop_reactor_new, nullptr, false, true, true, true, idle},
    {"cfrunloopRelayed", openRelayed, nullptr, false, true, true, true, idle},
};
