// What the tests of the bridge to Qt share.
#pragma once

#include "adapters/promised.hpp"
#include "support/wait.hpp"

#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <bight/deferred.h>

#include <functional>
#include <utility>

namespace qt_support
{

// One turn of the loop, without waiting.
inline void turn()
{
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QCoreApplication::processEvents();
}

inline bool until(const std::function<bool()> &condition)
{
    return support::waitUntil(condition, support::patience, [] {
        // Woken now and then, for what no event tells.
        QTimer::singleShot(20, QCoreApplication::instance(), [] {});
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    });
}

struct Source : deferred_support::Promised {
    void fire(bight_result result = bight_result_value(nullptr))
    {
        if (promise != nullptr)
            bight_promise_complete(std::exchange(promise, nullptr), result);
        else
            bight_result_free(result);
    }
    void fail(bight_status status, const char *text)
    {
        fire(bight_result_error(bight_error_new(status, "%s", text)));
    }
};

} // namespace qt_support
