// The events of the session, each in the words of docs/guides/demo.md.
#include "chat.h"

#include "text.h"

#include <QtCore/QDateTime>
#include <QtCore/QLocale>
#include <cstring>

namespace chat
{
namespace
{

// Channels that /list shows; a big network has tens of thousands.
constexpr unsigned mostListed = 500;

QString nameOf(const bight_irc_source &source)
{
    return source.is_self ? QStringLiteral("You") : shownName(QString::fromUtf8(source.nick));
}

QString nickOf(const bight_irc_member *member)
{
    return QString::fromUtf8(bight_irc_member_get_nick(member));
}

QString nameOf(const bight_irc_channel *channel)
{
    return QString::fromUtf8(bight_irc_channel_get_name(channel));
}

// "You were kicked by ada", "bob was kicked by You".
QString kicked(const QString &who, bool self, const bight_irc_source &by, const char *reason)
{
    const QString were = self ? QStringLiteral("You were") : shownName(who) + " was";

    return withReason(were + QStringLiteral(" kicked by ") + nameOf(by), reason);
}

// The text for a member that joined, left or changed; empty for none.
QString happened(const bight_irc_member_change &change)
{
    const QString nick = nickOf(change.member);

    switch (change.what) {
    case BIGHT_IRC_JOINED:
        return shownName(nick) + QStringLiteral(" joined");
    case BIGHT_IRC_PARTED:
        return withReason(shownName(nick) + QStringLiteral(" left"), change.text);
    case BIGHT_IRC_QUIT:
        return withReason(shownName(nick) + QStringLiteral(" quit"), change.text);
    case BIGHT_IRC_KICKED:
        return kicked(nick, false, change.by, change.text);
    default: // new nicks and ranks are told by other events, once
        return {};
    }
}

QString left(const bight_irc_departure &why)
{
    switch (why.what) {
    case BIGHT_IRC_KICKED:
        return kicked({}, true, why.by, why.text);
    default:
        return withReason(QStringLiteral("You left"), why.text);
    }
}

Line::Kind kindOf(bight_irc_manner manner)
{
    switch (manner) {
    case BIGHT_IRC_NOTICE:
        return Line::Kind::Notice;
    case BIGHT_IRC_ACTION:
        return Line::Kind::Action;
    default:
        return Line::Kind::Words;
    }
}

bool isOnline(bight_irc_state state)
{
    return state != BIGHT_IRC_OFFLINE && state != BIGHT_IRC_WAITING;
}

} // namespace

// onJoined() and onLeft() report the part that concerns channels.
void Chat::onState(bight_irc_state state, const QString &reason)
{
    const bool ready = state == BIGHT_IRC_READY;

    if (ready)
        m_conversations.setNetwork(
            QString::fromUtf8(bight_irc_client_get_network(m_client.session())));
    for (int row = 0; row < m_conversations.rowCount(); ++row) {
        Conversation *each = m_conversations.at(row);
        if (each->kind == Conversation::Kind::Channel)
            continue;
        each->present = ready;
        m_conversations.touch(each);
    }
    if (state == BIGHT_IRC_CONNECTING)
        event(m_conversations.server(), tr("Connecting to %1").arg(m_client.login().endpoint));
    else if (ready)
        event(m_conversations.server(), tr("Connected as %1").arg(shownName(m_client.nick())));
    else if (!isOnline(state))
        disconnected(m_conversations.server(), reason.toUtf8().constData());
}

void Chat::disconnected(Conversation *conversation, const char *reason)
{
    Line line;

    m_closed.clear();
    line.kind = reason[0] != '\0' ? Line::Kind::Problem : Line::Kind::Event;
    line.text = withReason(QStringLiteral("Disconnected"), reason);
    line.time = QDateTime::currentMSecsSinceEpoch();
    add(conversation, std::move(line));
}

// The conversation for a message. Notices from strangers, usually programs, do not open one.
Conversation *Chat::placeOf(const bight_irc_words &words, Line &line)
{
    const QString name = QString::fromUtf8(words.conversation);
    Conversation *there = find(name);

    if (there != nullptr)
        return there;
    for (const QString &closed : qAsConst(m_closed)) {
        if (m_client.isSame(closed, name))
            return nullptr;
    }
    const bool channel = m_client.isChannel(name);
    if (channel ? m_client.channel(name) != nullptr : words.manner != BIGHT_IRC_NOTICE)
        there = open(name);
    else
        there = m_conversations.server();
    // It is shown elsewhere, so add its target.
    if (there->kind == Conversation::Kind::Server)
        line.text.prepend(QStringLiteral("(%1) ").arg(shownName(name)));
    return there;
}

void Chat::onSaid(const bight_irc_words &words)
{
    Line line;

    line.kind = kindOf(words.manner);
    line.who = QString::fromUtf8(words.from.nick);
    line.text = shownText(words.text);
    line.time = words.time;
    line.self = words.from.is_self;
    line.mention = words.mentions_me;
    if (words.status != 0)
        line.text.prepend(QStringLiteral("(to %1) ").arg(QLatin1Char(words.status)));
    Conversation *there = placeOf(words, line);
    if (there != nullptr)
        add(there, std::move(line));
}

void Chat::onJoined(bight_irc_channel *channel)
{
    Conversation *conversation = open(nameOf(channel));

    conversation->present = true;
    m_conversations.touch(conversation);
    event(conversation, QStringLiteral("You joined ") + shownName(nameOf(channel)));
    // Show the first channel after connecting, and channels that the user asked for, but not every
    // channel of a long list or after a reconnect.
    if (m_showNext || m_current->kind == Conversation::Kind::Server)
        show(conversation);
    m_showNext = false;
}

void Chat::onLeft(bight_irc_channel *channel, const bight_irc_departure &why)
{
    Conversation *conversation = find(nameOf(channel));

    for (qsizetype i = m_closed.size() - 1; i >= 0; --i) {
        if (m_client.isSame(m_closed.at(i), nameOf(channel)))
            m_closed.removeAt(i);
    }
    if (conversation == nullptr)
        return;
    conversation->present = false;
    m_conversations.touch(conversation);
    if (why.what == BIGHT_IRC_QUIT)
        disconnected(conversation, why.text);
    else
        event(conversation, left(why), why.time);
}

void Chat::onMember(const bight_irc_member_change &change)
{
    const QString text = happened(change);

    // onJoined() reports this client's own join.
    if (!text.isEmpty() && !(change.what == BIGHT_IRC_JOINED && change.by.is_self))
        event(find(nameOf(change.channel)), text, change.time);
    if (change.what == BIGHT_IRC_RENAMED)
        event(find(nameOf(change.channel)),
              (change.by.is_self ? QStringLiteral("You are")
                                 : shownName(QString::fromUtf8(change.old_nick)) + " is") +
                  QStringLiteral(" now known as ") + shownName(nickOf(change.member)),
              change.time);
}

void Chat::onTopic(bight_irc_channel *channel, const bight_irc_source *by, qint64 time)
{
    Conversation *conversation = find(nameOf(channel));

    if (conversation == nullptr)
        return;
    conversation->topic = shownText(bight_irc_channel_get_topic(channel));
    emit topicTold(conversation);
    // Without `by`, the time is that of the last change, perhaps long ago.
    if (by == nullptr && !conversation->topic.isEmpty())
        event(conversation, QStringLiteral("The topic is: ") + conversation->topic);
    else if (by != nullptr && conversation->topic.isEmpty())
        event(conversation, nameOf(*by) + QStringLiteral(" removed the topic"), time);
    else if (by != nullptr)
        event(conversation,
              nameOf(*by) + QStringLiteral(" changed the topic to: ") + conversation->topic, time);
}

void Chat::onModes(bight_irc_channel *channel, const bight_irc_source *by, const char *modes,
                   qint64 time)
{
    // A server sets modes on every new channel and member; do not show these.
    if (by == nullptr || by->is_server)
        return;
    event(channel != nullptr ? find(nameOf(channel)) : m_conversations.server(),
          nameOf(*by) + QStringLiteral(" set mode ") + shownText(modes), time);
}

// The channels have reported it already. A private conversation gets the new title.
void Chat::onNick(const bight_irc_source &who, const char *nick, qint64 time)
{
    const QString fresh = QString::fromUtf8(nick);
    Conversation *conversation = who.is_self ? nullptr : find(QString::fromUtf8(who.nick));

    if (who.is_self)
        event(m_conversations.server(), QStringLiteral("You are now known as ") + shownName(fresh),
              time);
    if (conversation == nullptr || conversation->kind != Conversation::Kind::Person)
        return;
    event(conversation,
          shownName(QString::fromUtf8(who.nick)) + QStringLiteral(" is now known as ") +
              shownName(fresh),
          time);
    Conversation *other = find(fresh);
    if (other == nullptr || other == conversation)
        m_conversations.rename(conversation, fresh);
    if (conversation == m_current)
        emit topicTold(conversation);
}

void Chat::onInvited(const bight_irc_source &by, const char *channel, qint64)
{
    const QString name = QString::fromUtf8(channel);

    tell(tr("%1 invites you to %2").arg(nameOf(by), shownName(name)));
    emit invited(nameOf(by), name);
}

void Chat::onAway(const char *nick, const char *text)
{
    information(nick,
                withReason(shownName(QString::fromUtf8(nick)) + QStringLiteral(" is away"), text),
                QDateTime::currentMSecsSinceEpoch(), Line::Kind::Info);
}

void Chat::onWhois(const bight_irc_whois &person)
{
    const QString nick = shownName(QString::fromUtf8(person.nick));

    tell(tr("%1 is %2@%3 (%4)")
             .arg(nick, shownText(person.user), shownText(person.host),
                  shownText(person.real_name)));
    if (person.channels[0] != '\0')
        tell(tr("%1 is in %2").arg(nick, shownText(person.channels)));
    if (person.away[0] != '\0')
        tell(tr("%1 is away: %2").arg(nick, shownText(person.away)));
    if (person.account[0] != '\0')
        tell(tr("%1 is logged in as %2").arg(nick, shownText(person.account)));
    if (person.is_operator)
        tell(tr("%1 is an operator of the network").arg(nick));
    if (person.idle >= 60)
        tell(tr("%1 has said nothing for %2 minutes").arg(nick, QString::number(person.idle / 60)));
    if (person.signed_on > 0)
        tell(tr("%1 is here since %2")
                 .arg(nick, QLocale().toString(QDateTime::fromMSecsSinceEpoch(person.signed_on),
                                               QLocale::ShortFormat)));
}

void Chat::onListItem(const char *channel, unsigned members, const char *topic)
{
    if (++m_listed <= mostListed)
        tell(withReason(
            tr("%1 (%2)").arg(shownName(QString::fromUtf8(channel)), QString::number(members)),
            topic));
}

void Chat::onListEnd()
{
    tell(m_listed > mostListed
             ? tr("There are %1 channels; a pattern finds the others: /list *tea*").arg(m_listed)
             : tr("These are all the channels."));
    m_listed = 0;
}

// The session itself answers requests; do not show them.
void Chat::onCtcp(const bight_irc_source &from, const char *command, const char *text, bool reply)
{
    if (reply)
        tell(withReason(tr("%1 answers %2").arg(nameOf(from), shownText(command)), text));
}

void Chat::onUnsent(const bight_irc_unsent &unsent)
{
    if (unsent.text[0] != '\0')
        information(unsent.target, tr("This was not sent: %1").arg(shownText(unsent.text)),
                    unsent.time, Line::Kind::Problem);
}

// Show a problem in its conversation, and also in the visible one if that is another.
void Chat::onProblem(const bight_irc_problem &problem)
{
    const QString text = shownText(problem.text);
    Conversation *about = find(QString::fromUtf8(problem.about));

    m_showNext = false;
    information(problem.about, text, problem.time, Line::Kind::Problem);
    if (m_current != about && m_current->kind != Conversation::Kind::Server)
        tell(text, Line::Kind::Problem);
}

} // namespace chat
