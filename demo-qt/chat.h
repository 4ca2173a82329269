// What happened, told in words: the events of the session become lines of the conversations.
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

    // The one that the window shows; never null.
    Conversation *current() const
    {
        return m_current;
    }

    void show(Conversation *conversation);
    Conversation *find(const QString &name) const; // null if there is none
    Conversation *open(const QString &name);       // makes one if there is none

    // What a person typed. Empty when it was done, else what to tell him; then it stays typed.
    QString enter(const QString &text);

    // Leave the channel, if it is one, and forget what was said there.
    void close(Conversation *conversation);

    // Forget all: the next server is another one.
    void clear();

    // Enter a channel, and show it when that works.
    QString join(const QString &channel);

    // A line for this person alone, in the conversation that is shown.
    void tell(const QString &text, Line::Kind kind = Line::Kind::Info);

    // The person looks elsewhere: what comes from now on is new when he is back.
    void lookAway();

  signals:
    void shown(Conversation *conversation); // another one than before
    void lineAdded(Conversation *conversation, const Line &line);
    void emptied(Conversation *conversation);
    void topicTold(Conversation *conversation);
    void called(Conversation *conversation, const Line &line); // words that are for this person
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

    Client &m_client;
    Conversations m_conversations;
    Conversation *m_current;
    QStringList m_closed;    // channels that were closed and have not been left yet
    bool m_showNext = false; // the person asked for something: a channel that opens is shown
    unsigned m_listed = 0;
};

} // namespace chat

#endif
