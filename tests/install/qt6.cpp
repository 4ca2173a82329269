// The same on Qt's event loop, with a deferred that has signals and one that is a future.
#include <QtCore/QCoreApplication>
#include <bight/qt.h>
#include <bight/qt.hpp>
#include <cstdio>

int main(int count, char **arguments)
{
    QCoreApplication application(count, arguments);
    bight::QtReactor reactor;
    bight_promise *promise = nullptr;
    bight::QtDeferred deferred(bight_deferred_new(&promise));
    QFuture<int> number = bight::toFuture<int>(bight_deferred_of(bight_result_int(3)));

    QObject::connect(&deferred, &bight::QtDeferred::finished, &QCoreApplication::quit);
    if (!reactor.isValid() || number.result() != 3 ||
        bight_reactor_post(
            reactor,
            [](void *data) {
                bight_promise_fire(static_cast<bight_promise *>(data), nullptr, nullptr);
            },
            promise, nullptr) != BIGHT_OK)
        return 1;
    QCoreApplication::exec();
    std::printf("worked on %s\n", bight_reactor_get_host_name(reactor));
    return 0;
}
