#include "setup.h"

#include <QtCore/QSettings>
#include <bight/irc_names.h>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace chat
{
namespace
{

constexpr int nickLength = 30;

bool isEndpoint(const QString &text)
{
    return text.startsWith(QLatin1String("tcp:")) || text.startsWith(QLatin1String("unix:")) ||
           text.startsWith(QLatin1String("tls:"));
}

bool canBeNick(const QString &text)
{
    const QByteArray bytes = text.toUtf8();

    return bight_irc_nick_is_valid(
        {reinterpret_cast<const uint8_t *>(bytes.constData()), static_cast<size_t>(bytes.size())},
        nickLength);
}

} // namespace

QString defaultNick()
{
    const passwd *user = getpwuid(getuid());
    QString nick;

    for (const QChar letter : QString::fromLocal8Bit(user != nullptr ? user->pw_name : "")) {
        if (canBeNick(nick + letter))
            nick += letter;
    }
    return nick.isEmpty() ? QStringLiteral("guest") : nick;
}

QString channelOf(const QString &typed)
{
    QString name = typed.trimmed();

    if (name.isEmpty() || QStringLiteral("#&+!").contains(name.front()))
        return name;
    return QLatin1Char('#') + name;
}

QString endpointOf(const QString &server, int port)
{
    QString host = server.trimmed();

    if (isEndpoint(host))
        return host;
    if (host.contains(QLatin1Char(':')) && !host.startsWith(QLatin1Char('[')))
        host = QLatin1Char('[') + host + QLatin1Char(']');
    return QStringLiteral("tcp:%1:%2").arg(host, QString::number(port));
}

QString serverOf(const QString &endpoint, int *port)
{
    const qsizetype colon = endpoint.lastIndexOf(QLatin1Char(':'));
    bool isNumber = false;
    const int number = endpoint.mid(colon + 1).toInt(&isNumber);

    if (!endpoint.startsWith(QLatin1String("tcp:")) || colon < 4 || !isNumber)
        return endpoint;
    *port = number;
    return endpoint.mid(4, colon - 4);
}

Setup lastSetup()
{
    const QSettings settings;
    Setup setup;

    setup.connect = settings.value(QStringLiteral("connect"), "tcp:localhost:6667").toString();
    setup.host = settings.value(QStringLiteral("host")).toString();
    setup.nick = settings.value(QStringLiteral("nick"), defaultNick()).toString();
    setup.join = settings.value(QStringLiteral("join"), "#bight").toString();
    return setup;
}

void keepSetup(const Setup &setup)
{
    QSettings settings;

    if (!setup.connect.isEmpty())
        settings.setValue(QStringLiteral("connect"), setup.connect);
    settings.setValue(QStringLiteral("host"), setup.host);
    settings.setValue(QStringLiteral("nick"), setup.nick);
    settings.setValue(QStringLiteral("join"), setup.join);
}

} // namespace chat
