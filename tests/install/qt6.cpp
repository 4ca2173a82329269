// The same on Qt's event loop.
#include <QtCore/QCoreApplication>
#include <bight/qt.h>
#include <cstdio>

int main(int count, char **arguments)
{
    QCoreApplication application(count, arguments);
    bight::QtReactor reactor;

    if (!reactor.isValid() ||
        bight_reactor_post(
            reactor, [](void *) { QCoreApplication::quit(); }, nullptr, nullptr) != BIGHT_OK)
        return 1;
    QCoreApplication::exec();
    std::printf("worked on %s\n", bight_reactor_get_host_name(reactor));
    return 0;
}
