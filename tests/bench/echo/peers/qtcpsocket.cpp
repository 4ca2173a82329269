// An echo server on QTcpServer and QTcpSocket.
#include "../listen.h"
#include <QCoreApplication>
#include <QTcpServer>
#include <QTcpSocket>

static void serve(QTcpSocket *socket)
{
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] {
        char buffer[16384];
        qint64 count;

        while ((count = socket->read(buffer, sizeof(buffer))) > 0)
            socket->write(buffer, count);
    });
    QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
}

int main(int count, char **words)
{
    QCoreApplication application(count, words);
    QTcpServer server;

    server.setMaxPendingConnections(ECHO_BACKLOG);
    server.setSocketDescriptor(echo_listen());
    QObject::connect(&server, &QTcpServer::newConnection, [&server] {
        while (QTcpSocket *socket = server.nextPendingConnection())
            serve(socket);
    });
    return QCoreApplication::exec();
}
