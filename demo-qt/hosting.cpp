#include "hosting.h"

#include <QtCore/QByteArray>
#include <utility>

namespace chat
{
namespace
{

void onChange(bight_irc_server *, void *data)
{
    emit static_cast<Hosting *>(data)->changed();
}

} // namespace

Hosting::Hosting(bight_reactor *reactor, QObject *parent) : QObject(parent), m_reactor(reactor) {}

Hosting::~Hosting() = default;

QString Hosting::open(const QString &endpoint)
{
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_irc_server *made = nullptr;
    bight_error *error = nullptr;

    close();
    options.description = "A chat inside a Qt window";
    options.motd = "Welcome to a chat that runs inside somebody's window.\n";
    bight_status status = bight_irc_server_new(m_reactor, &options, &made);
    if (status != BIGHT_OK)
        return QString::fromUtf8(bight_status_text(status));
    Server server(made);
    if (bight_irc_server_listen(made, endpoint.toUtf8().constData(), &error) != BIGHT_OK) {
        QString why = QString::fromUtf8(bight_error_get_message(error));
        bight_error_unref(error);
        return why;
    }
    bight_irc_server_on_change(made, onChange, this);
    m_server = std::move(server);
    emit changed();
    return {};
}

void Hosting::close()
{
    if (!m_server)
        return;
    m_server.reset();
    emit changed();
}

QString Hosting::endpoint() const
{
    return m_server ? QString::fromUtf8(bight_irc_server_get_endpoint(m_server.get(), 0))
                    : QString();
}

// A wildcard address cannot be connected to, so use the loopback address with the same port.
QString Hosting::connectTo() const
{
    QString where = endpoint();

    if (where.startsWith(QLatin1String("tcp:[::]:")) ||
        where.startsWith(QLatin1String("tcp:0.0.0.0:")))
        return QStringLiteral("tcp:localhost") + where.mid(where.lastIndexOf(QLatin1Char(':')));
    return where;
}

unsigned Hosting::people() const
{
    bight_irc_server_stats stats = {};

    if (!m_server)
        return 0;
    stats.size = sizeof stats;
    bight_irc_server_get_stats(m_server.get(), &stats);
    return stats.users;
}

} // namespace chat
