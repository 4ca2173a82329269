#include "client.h"

#include <QtCore/QByteArray>

namespace chat
{
namespace
{

Client *of(void *data)
{
    return static_cast<Client *>(data);
}

// Only then is the file of known servers needed.
bool isTls(const QString &endpoint)
{
    return endpoint.startsWith(QLatin1String("tls:")) || endpoint.contains(QLatin1String("/tls:"));
}

QString textOf(const bight_error *error)
{
    return error != nullptr ? QString::fromUtf8(bight_error_get_message(error)) : QString();
}

void onState(bight_irc_client *, bight_irc_state state, const bight_error *reason, void *data)
{
    emit of(data)->stateChanged(state, textOf(reason));
}

void onNickNeeded(bight_irc_client *, const char *tried, const char *text, void *data)
{
    emit of(data)->nickNeeded(QString::fromUtf8(tried), QString::fromUtf8(text));
}

void onSaid(bight_irc_client *, const bight_irc_words *words, void *data)
{
    emit of(data)->said(*words);
}

void onJoined(bight_irc_client *, bight_irc_channel *channel, void *data)
{
    emit of(data)->channelJoined(channel);
}

void onLeft(bight_irc_client *, bight_irc_channel *channel, const bight_irc_departure *why,
            void *data)
{
    emit of(data)->channelLeft(channel, *why);
}

void onMembersReset(bight_irc_client *, bight_irc_channel *channel, void *data)
{
    emit of(data)->membersReset(channel);
}

void onMember(bight_irc_client *, const bight_irc_member_change *change, void *data)
{
    emit of(data)->memberChanged(*change);
}

void onTopic(bight_irc_client *, bight_irc_channel *channel, const bight_irc_source *by,
             int64_t time, void *data)
{
    emit of(data)->topicChanged(channel, by, time);
}

void onModes(bight_irc_client *, bight_irc_channel *channel, const bight_irc_source *by,
             const char *modes, int64_t time, void *data)
{
    emit of(data)->modesChanged(channel, by, modes, time);
}

void onNick(bight_irc_client *, const bight_irc_source *who, const char *nick, int64_t time,
            void *data)
{
    emit of(data)->nickChanged(*who, nick, time);
}

void onInvited(bight_irc_client *, const bight_irc_source *by, const char *channel, int64_t time,
               void *data)
{
    emit of(data)->invited(*by, channel, time);
}

void onAway(bight_irc_client *, const char *nick, const char *text, void *data)
{
    emit of(data)->away(nick, text);
}

void onSelfAway(bight_irc_client *, bool away, void *data)
{
    emit of(data)->selfAway(away);
}

void onWhois(bight_irc_client *, const bight_irc_whois *person, void *data)
{
    emit of(data)->whois(*person);
}

void onListItem(bight_irc_client *, const char *channel, unsigned members, const char *topic,
                void *data)
{
    emit of(data)->listItem(channel, members, topic);
}

void onListEnd(bight_irc_client *, void *data)
{
    emit of(data)->listEnd();
}

void onCtcp(bight_irc_client *, const bight_irc_source *from, const char *command, const char *text,
            bool reply, void *data)
{
    emit of(data)->ctcp(*from, command, text, reply);
}

void onInfo(bight_irc_client *, const bight_irc_info *info, void *data)
{
    emit of(data)->info(*info);
}

void onProblem(bight_irc_client *, const bight_irc_problem *problem, void *data)
{
    emit of(data)->problem(*problem);
}

void onUnsent(bight_irc_client *, const bight_irc_unsent *unsent, void *data)
{
    emit of(data)->unsent(*unsent);
}

// C++17 has no initializers by name, and by position an event that is added in the middle of the
// table would move all behind it.
bight_irc_client_events eventsByName()
{
    bight_irc_client_events table = {};

    table.size = sizeof(table);
    table.state_changed = onState;
    table.nick_needed = onNickNeeded;
    table.said = onSaid;
    table.channel_joined = onJoined;
    table.channel_left = onLeft;
    table.members_reset = onMembersReset;
    table.member_changed = onMember;
    table.topic_changed = onTopic;
    table.modes_changed = onModes;
    table.nick_changed = onNick;
    table.invited = onInvited;
    table.away = onAway;
    table.self_away = onSelfAway;
    table.whois = onWhois;
    table.list_item = onListItem;
    table.list_end = onListEnd;
    table.ctcp = onCtcp;
    table.info = onInfo;
    table.problem = onProblem;
    table.unsent = onUnsent;
    return table;
}

} // namespace

const bight_irc_client_events &Client::events()
{
    static const bight_irc_client_events table = eventsByName();

    return table;
}

Client::Client(bight_reactor *reactor, QObject *parent) : QObject(parent), m_reactor(reactor)
{
    if (make({{}, QStringLiteral("guest"), {}}) != BIGHT_OK)
        qFatal("out of memory");
}

Client::~Client() = default;

bight_status Client::make(const Login &login)
{
    const QByteArray nick = login.nick.toUtf8();
    const QByteArray join = login.join.toUtf8();
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_irc_client *session = nullptr;

    options.nick = nick.constData();
    options.join = join.isEmpty() ? nullptr : join.constData();
    options.version = "Bight chat for Qt";
    options.quit_message = "Bye";
    options.quit_timeout = BIGHT_SEC(2);
    options.reconnect = true;
    if (isTls(login.endpoint))
        options.tls = m_trust.tls();
    if (login.ownServer) {
        // The rate that the server of bight/irc_server.h accepts without throttling.
        options.send_burst = 15;
        options.send_interval = BIGHT_MSEC(500);
    }
    bight_status status = bight_irc_client_new(m_reactor, &options, &events(), this, &session);
    if (status == BIGHT_OK) {
        m_session.reset(session);
        m_login = login;
    }
    return status;
}

QString Client::open(const Login &login)
{
    bight_status status = make(login);

    if (status == BIGHT_ERROR_INVALID)
        return tr("\"%1\" cannot be a nick, or \"%2\" a list of channels.")
            .arg(login.nick, login.join);
    return status == BIGHT_OK ? again() : QString::fromUtf8(bight_status_text(status));
}

QString Client::again()
{
    const QByteArray endpoint = m_login.endpoint.toUtf8();
    bight_status status = bight_irc_client_connect(session(), endpoint.constData());

    return status == BIGHT_OK ? QString() : QString::fromUtf8(bight_status_text(status));
}

QString Client::nick() const
{
    return QString::fromUtf8(bight_irc_client_get_nick(session()));
}

bool Client::isChannel(const QString &name) const
{
    return bight_irc_client_is_channel(session(), name.toUtf8().constData());
}

bool Client::isSame(const QString &a, const QString &b) const
{
    return bight_irc_client_same_name(session(), a.toUtf8().constData(), b.toUtf8().constData());
}

bight_irc_channel *Client::channel(const QString &name) const
{
    return bight_irc_client_find_channel(session(), name.toUtf8().constData());
}

} // namespace chat
