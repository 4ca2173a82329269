// The session ends in steps. QUIT is sent and the server closes. Then the hosted server, if there
// is one, notifies its clients. The end is reached when that output was sent, or after a second.
// Each step waits for an event; none blocks the loop.
#include "session.h"

namespace chat
{
namespace
{

constexpr int drainInterval = 20; // milliseconds
constexpr int drainTries = 50;

} // namespace

Session::Session(QObject *parent)
    : QObject(parent), m_hosting(m_reactor), m_client(m_reactor), m_chat(m_client)
{
    m_drain.setInterval(drainInterval);
    connect(&m_client, &Client::stateChanged, this, &Session::onState);
    connect(&m_drain, &QTimer::timeout, this, [this] {
        bight_reactor_stats stats = {};
        stats.size = sizeof stats;
        bight_reactor_get_stats(m_reactor, &stats);
        if (stats.connections > 0 && --m_patience > 0)
            return;
        m_drain.stop();
        emit ended();
    });
}

bool Session::isOnline() const
{
    return m_client.state() != BIGHT_IRC_OFFLINE;
}

QString Session::begin(const Setup &setup)
{
    if (m_ending)
        return {};
    if (!isOnline())
        return go(setup);
    m_next = setup;
    bight_irc_client_quit(m_client.session(), nullptr);
    return {};
}

QString Session::go(const Setup &setup)
{
    if (!setup.host.isEmpty()) {
        QString why = m_hosting.open(setup.host);
        if (!why.isEmpty())
            return why;
    } else {
        m_hosting.close();
    }
    m_setup = setup;
    m_chat.clear();
    Login login;
    login.endpoint = setup.connect.isEmpty() ? m_hosting.connectTo() : setup.connect;
    login.ownServer = setup.connect.isEmpty();
    login.nick = setup.nick;
    login.join = setup.join;
    return m_client.open(login);
}

void Session::again()
{
    const QString why = m_client.again();

    if (!why.isEmpty())
        emit failed(why);
}

void Session::onState(bight_irc_state state)
{
    if (state != BIGHT_IRC_OFFLINE)
        return;
    if (m_ending) {
        closeHosting();
    } else if (m_next) {
        // Not inside an event of the client that is being replaced, because others receive the
        // event too.
        QTimer::singleShot(0, this, [this] {
            if (!m_next || m_ending)
                return;
            const Setup next = *m_next;
            m_next.reset();
            const QString why = go(next);
            if (!why.isEmpty())
                emit failed(why);
        });
    }
}

void Session::end()
{
    if (m_ending) {
        emit ended();
        return;
    }
    m_ending = true;
    if (isOnline())
        bight_irc_client_quit(m_client.session(), nullptr);
    else
        closeHosting();
}

void Session::closeHosting()
{
    m_hosting.close();
    m_patience = drainTries;
    m_drain.start();
}

} // namespace chat
