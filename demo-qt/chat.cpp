#include "chat.h"

#include "text.h"

#include <QtCore/QDateTime>
#include <bight/irc_entry.h>

namespace chat
{
namespace
{

// A limit, so that somebody who keeps changing nicks cannot fill the list.
constexpr int mostConversations = 300;
qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

} // namespace

Chat::Chat(Client &client, QObject *parent)
    : QObject(parent), m_client(client), m_current(m_conversations.server())
{
    connectMembers();
    connectRest();
}

void Chat::connectMembers()
{
    connect(&m_client, &Client::channelJoined, this, &Chat::onJoined);
    connect(&m_client, &Client::channelLeft, this, &Chat::onLeft);
    connect(&m_client, &Client::memberChanged, this, &Chat::onMember);
    connect(&m_client, &Client::topicChanged, this, &Chat::onTopic);
    connect(&m_client, &Client::modesChanged, this, &Chat::onModes);
    connect(&m_client, &Client::nickChanged, this, &Chat::onNick);
    connect(&m_client, &Client::invited, this, &Chat::onInvited);
}

void Chat::connectRest()
{
    connect(&m_client, &Client::stateChanged, this, &Chat::onState);
    connect(&m_client, &Client::said, this, &Chat::onSaid);
    connect(&m_client, &Client::away, this, &Chat::onAway);
    connect(&m_client, &Client::whois, this, &Chat::onWhois);
    connect(&m_client, &Client::listItem, this, &Chat::onListItem);
    connect(&m_client, &Client::ctcp, this, &Chat::onCtcp);
    connect(&m_client, &Client::problem, this, &Chat::onProblem);
    connect(&m_client, &Client::unsent, this, &Chat::onUnsent);
    connect(&m_client, &Client::listEnd, this, &Chat::onListEnd);
    connect(&m_client, &Client::selfAway, this, [this](bool away) {
        tell(away ? tr("You are marked as away") : tr("You are no longer marked as away"));
    });
    connect(&m_client, &Client::info, this, [this](const bight_irc_info &info) {
        information(info.about, shownText(info.text), info.time, Line::Kind::Info);
    });
}

void Chat::show(Conversation *conversation)
{
    if (conversation == m_current)
        return;
    lookAway();
    m_current = conversation;
    m_current->unread = 0;
    m_current->mentioned = false;
    m_conversations.touch(m_current);
    emit shown(m_current);
}

void Chat::lookAway()
{
    m_current->read = m_current->count;
}

Conversation *Chat::find(const QString &name) const
{
    for (int row = 0; row < m_conversations.rowCount(); ++row) {
        Conversation *each = m_conversations.at(row);
        if (m_client.isSame(each->name, name))
            return each;
    }
    return nullptr;
}

Conversation *Chat::open(const QString &name)
{
    Conversation *conversation = find(name);

    if (conversation != nullptr)
        return conversation;
    if (m_conversations.rowCount() >= mostConversations)
        return m_conversations.server();
    bool channel = m_client.isChannel(name);
    conversation = m_conversations.add(
        channel ? Conversation::Kind::Channel : Conversation::Kind::Person, name);
    conversation->present = !channel;
    return conversation;
}

void Chat::add(Conversation *conversation, Line line)
{
    const bool shown = conversation == m_current;
    const bool call = isWords(line.kind) && !line.self &&
                      (line.mention || conversation->kind == Conversation::Kind::Person);

    conversation->lines.push_back(std::move(line));
    conversation->count++;
    if (conversation->lines.size() > Conversation::mostLines)
        conversation->lines.pop_front();
    const Line &added = conversation->lines.back();
    if (!shown && isWords(added.kind) && !added.self) {
        conversation->unread++;
        conversation->mentioned |= call;
        m_conversations.touch(conversation);
    }
    emit lineAdded(conversation, added);
    if (call)
        emit called(conversation, added);
}

void Chat::tell(const QString &text, Line::Kind kind)
{
    const QStringList lines = text.split(QLatin1Char('\n'), Qt::SkipEmptyParts);

    for (const QString &each : lines) {
        Line line;
        line.kind = kind;
        line.text = each;
        line.time = now();
        add(m_current, std::move(line));
    }
}

void Chat::event(Conversation *conversation, const QString &text, qint64 time)
{
    Line line;

    if (conversation == nullptr)
        return;
    line.text = text;
    line.time = time != 0 ? time : now();
    add(conversation, std::move(line));
}

void Chat::information(const char *about, const QString &text, qint64 time, Line::Kind kind)
{
    Conversation *conversation = find(QString::fromUtf8(about));
    Line line;

    line.kind = kind;
    line.text = text;
    line.time = time;
    add(conversation != nullptr ? conversation : m_conversations.server(), std::move(line));
}

QString Chat::enter(const QString &text)
{
    m_showNext = text.startsWith(QLatin1Char('/'));
    return run(text);
}

QString Chat::run(const QString &text)
{
    bight_irc_entry_result result;

    (void)bight_irc_entry_run(m_client.session(), m_current->name.toUtf8().constData(),
                              text.toUtf8().constData(), &result);
    const QString answer = QString::fromUtf8(result.text);
    switch (result.todo) {
    case BIGHT_IRC_ENTRY_FAILED:
        return shownText(result.text);
    case BIGHT_IRC_ENTRY_SHOW:
        for (const QString &line : answer.split(QLatin1Char('\n')))
            tell(shownText(line.toUtf8().constData()));
        break;
    case BIGHT_IRC_ENTRY_OPEN:
        show(open(answer));
        break;
    case BIGHT_IRC_ENTRY_CLEAR:
        m_current->lines.clear();
        emit emptied(m_current);
        break;
    case BIGHT_IRC_ENTRY_CLOSE:
        forget(m_current);
        break;
    default:
        break;
    }
    return {};
}

void Chat::close(Conversation *conversation)
{
    const QByteArray name = conversation->name.toUtf8();

    if (m_client.channel(conversation->name) != nullptr &&
        bight_irc_client_part(m_client.session(), name.constData(), nullptr) != BIGHT_OK) {
        tell(tr("%1 cannot be left at the moment").arg(shownName(conversation->name)),
             Line::Kind::Problem);
        return;
    }
    forget(conversation);
}

void Chat::forget(Conversation *conversation)
{
    const int row = m_conversations.rowOf(conversation);

    if (row <= 0)
        return;
    if (m_client.channel(conversation->name) != nullptr)
        m_closed << conversation->name;
    if (conversation == m_current) {
        Conversation *below = m_conversations.at(row + 1);
        show(below != nullptr ? below : m_conversations.at(row - 1));
    }
    m_conversations.remove(conversation);
}

void Chat::clear()
{
    show(m_conversations.server());
    m_conversations.clear();
    m_conversations.setNetwork({});
    m_closed.clear();
    m_showNext = false;
    emit emptied(m_current);
}

QString Chat::join(const QString &channel)
{
    return enter(QStringLiteral("/join ") + channel);
}

} // namespace chat
