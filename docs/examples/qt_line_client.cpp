// A line client as a QObject: it sends a greeting, prints each line, and closes when the server
// sends "bye". When the connection is lost it reconnects.
//
//     nc -lk 7000
//     build/dev/examples/qt_line_client tcp:localhost:7000
#include <QtCore/QCoreApplication>
#include <QtCore/QTextStream>
#include <bight/qt.h>
#include <bight/qt_line_client.hpp>

int main(int count, char **arguments)
{
    QCoreApplication application(count, arguments);
    bight::QtReactor reactor;
    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;

    retry.first_delay = BIGHT_MSEC(50);
    options.retry = &retry;
    bight::LineClient client(reactor, count > 1 ? arguments[1] : "tcp:localhost:7000", options);

    QObject::connect(&client, &bight::LineClient::connected, &client,
                     [&client] { client.send("Hello from Qt"); });
    QObject::connect(&client, &bight::LineClient::lineReceived, &client, [&](const QString &line) {
        QTextStream(stdout) << line << Qt::endl;
        if (line == "bye")
            client.close();
    });
    QObject::connect(&client, &bight::LineClient::waiting, &client,
                     [](int delay, const QString &reason) {
                         qWarning("%s; once more in %d ms", qPrintable(reason), delay);
                     });
    QObject::connect(&client, &bight::LineClient::closed, &application, &QCoreApplication::quit);
    if (!reactor.isValid() || !client.open())
        qFatal("out of memory or descriptors");
    return QCoreApplication::exec();
}
