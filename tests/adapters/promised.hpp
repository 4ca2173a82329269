// A deferred with its promise, for tests of the bridges between deferreds and another world.
#pragma once

#include <bight/deferred.h>

namespace deferred_support
{

// Counts the cancels, and lets the promise go.
struct Promised {
    bight_promise *promise = nullptr;
    int cancelled = 0;

    bight_deferred *make()
    {
        bight_deferred *deferred = bight_deferred_new(&promise);

        if (deferred != nullptr)
            bight_promise_on_cancel(promise, cancel, this);
        return deferred;
    }
    static void cancel(bight_promise *promise, void *data)
    {
        auto *self = static_cast<Promised *>(data);

        self->cancelled++;
        self->promise = nullptr;
        bight_promise_free(promise);
    }
};

} // namespace deferred_support
