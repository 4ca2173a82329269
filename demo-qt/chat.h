// Turns the events of the session into lines of text in the conversations.
//
// Both demos use the same words (docs/guides/demo.md), so that a script works in either.
#ifndef BIGHT_DEMO_QT_CHAT_H
#define BIGHT_DEMO_QT_CHAT_H

#include "client.h"
#include "conversations.h"

#include <QtCore/QObject>

namespace chat
{

class Chat : public QObject
{
    Q_OBJECT

  public:
    explicit Chat(Client &client, QObject *parent = nullptr);

    Client &client() const
    {
        return m_client;
    }

    Conversations &conversations()
    {
        return m_conversations;
    }

    // The visible conversation; never null.
    Conversation *current() const
    {
        return m_current;
    }

    void show(Conversation *conversation);
    Conversation *find(const QString &name) const; // null if there is none
    Conversation *open(const QString &name);       // makes one if there is none

    // Run typed text. Returns an empty string on success, else a message for the user; the text
    // stays in the entry then.
    QString enter(const QString &text);

    // Leave the channel, if it is one, and forget what was said there.
    void close(Conversation *conversation);

    // Forget everything, because the next server is another one.
    void clear();

    // Join a channel, and show it on success.
    QString join(const QString &channel);

    // Add a line for this user only to the visible conversation.
    void tell(const QString &text, Line::Kind kind = Line::Kind::Info);

    // The window has lost the focus: lines from now on count as new.
    void lookAway();

  signals:
    void shown(Conversation *conversation); // another conversation is shown
    void lineAdded(Conversation *conversation, const Line &line);
    void emptied(Conversation *conversation);
    void topicTold(Conversation *conversation);
    void called(Conversation *conversation, const Line &line); // a message to this user
    void invited(const QString &by, const QString &channel);

  private:
    void connectMembers();
    void connectRest();
    void add(Conversation *conversation, Line line);
    void event(Conversation *conversation, const QString &text, qint64 time = 0); // 0: now
    void disconnected(Conversation *conversation, const char *reason);
    void information(const char *about, const QString &text, qint64 time, Line::Kind kind);
    void forget(Conversation *conversation);
    Conversation *placeOf(const bight_irc_words &words, Line &line);
    QString run(const QString &text);

    void onState(bight_irc_state state, const QString &reason);
    void onSaid(const bight_irc_words &words);
    void onJoined(bight_irc_channel *channel);
    void onLeft(bight_irc_channel *channel, const bight_irc_departure &why);
    void onMember(const bight_irc_member_change &change);
    void onTopic(bight_irc_channel *channel, const bight_irc_source *by, qint64 time);
    void onModes(bight_irc_channel *channel, const bight_irc_source *by, const char *modes,
                 qint64 time);
    void onNick(const bight_irc_source &who, const char *nick, qint64 time);
    void onInvited(const bight_irc_source &by, const char *channel, qint64 time);
    void onAway(const char *nick, const char *text);
    void onWhois(const bight_irc_whois &person);
    void onListItem(const char *channel, unsigned members, const char *topic);
    void onListEnd();
    void onCtcp(const bight_irc_source &from, const char *command, const char *text, bool reply);
    void onProblem(const bight_irc_problem &problem);
    void onUnsent(const bight_irc_unsent &unsent);

    Client &m_client;
    Conversations m_conversations;
    Conversation *m_current;
    QStringList m_closed;    // closed channels whose PART is not confirmed yet
    bool m_showNext = false; // show the next channel that opens, because the user asked for it
    unsigned m_listed = 0;
};

} // namespace chat

#endif
