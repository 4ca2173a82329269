// A source that is read as a device of Qt.
#include <QtCore/QCoreApplication>
#include <bight/qt.h>
#include <bight/qt_source.hpp>
#include <cstdio>

int main(int count, char **arguments)
{
    QCoreApplication application(count, arguments);
    bight::QtReactor reactor;
    bight_bytes *bytes = bight_bytes_new("read by Qt", 10);
    bight::SourceDevice device(bight_source_new_bytes(reactor, bytes));

    QObject::connect(&device, &QIODevice::readChannelFinished, &QCoreApplication::quit);
    QCoreApplication::exec();
    std::printf("%s\n", device.readAll().constData());
    bight_bytes_unref(bytes);
    return 0;
}
