// An echo server on QSslServer and QSslSocket.
#include "../listen.h"
#include <QCoreApplication>
#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>

static void serve(QTcpSocket *socket)
{
    QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] {
        char buffer[16384];
        qint64 count;

        while ((count = socket->read(buffer, sizeof(buffer))) > 0)
            socket->write(buffer, count);
    });
    QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
}

static QByteArray readFile(const QString &path)
{
    QFile file(path);

    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

static QSslConfiguration configure(const QStringList &words)
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();

    configuration.setLocalCertificate(QSslCertificate(readFile(words.at(1))));
    configuration.setPrivateKey(QSslKey(readFile(words.at(2)), QSsl::Ec));
    configuration.setProtocol(QSsl::TlsV1_3OrLater);
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone); // asks for no certificate
    return configuration;
}

int main(int count, char **words)
{
    QCoreApplication application(count, words);
    QSslServer server;

    if (count != 3 || !QSslSocket::supportsSsl())
        return EXIT_FAILURE;
    server.setSslConfiguration(configure(QCoreApplication::arguments()));
    server.setMaxPendingConnections(ECHO_BACKLOG);
    QObject::connect(&server, &QSslServer::startedEncryptionHandshake, [](QSslSocket *socket) {
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    });
    QObject::connect(&server, &QTcpServer::pendingConnectionAvailable, [&server] {
        while (QTcpSocket *socket = server.nextPendingConnection())
            serve(socket);
    });
    server.setSocketDescriptor(echo_listen());
    return QCoreApplication::exec();
}
