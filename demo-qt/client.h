// The IRC session as a QObject: the events of bight/irc_client.h as signals, and nothing else.
//
// The structures in the signals are valid only during the call, so all connections must be direct
// (the default with one thread).
#ifndef BIGHT_DEMO_QT_CLIENT_H
#define BIGHT_DEMO_QT_CLIENT_H

#include "trust.h"

#include <QtCore/QObject>
#include <QtCore/QString>
#include <bight/irc_client.h>
#include <memory>

// Required by moc.
Q_DECLARE_OPAQUE_POINTER(bight_irc_channel *)

namespace chat
{

// The target and the identity of a connection.
struct Login {
    QString endpoint;
    QString nick;
    QString join;           // "#a,#b key"; may be empty
    bool ownServer = false; // this window hosts the server, so a faster pace is allowed
};

class Client : public QObject
{
    Q_OBJECT

  public:
    // A session always exists, so it is never null; it starts offline.
    explicit Client(bight_reactor *reactor, QObject *parent = nullptr);
    ~Client() override;

    // Drop the previous session without a QUIT, and connect again. stateChanged reports the
    // outcome. Returns a message for the user if the attempt cannot begin, else an empty string.
    QString open(const Login &login);

    // Connect again as before, at once.
    QString again();

    bight_irc_client *session() const
    {
        return m_session.get();
    }

    const Login &login() const
    {
        return m_login;
    }

    bight_irc_state state() const
    {
        return bight_irc_client_get_state(session());
    }

    // Asks the person about certificates.
    Trust &trust()
    {
        return m_trust;
    }

    QString nick() const;
    bool isChannel(const QString &name) const;
    bool isSame(const QString &a, const QString &b) const;
    bight_irc_channel *channel(const QString &name) const; // null if the client is not in it

    // What a session is given: every event but `line`, for nobody keeps a log of the protocol.
    static const bight_irc_client_events &events();

  signals:
    void stateChanged(bight_irc_state state, const QString &reason);
    void nickNeeded(const QString &tried, const QString &text);
    void said(const bight_irc_words &words);
    void channelJoined(bight_irc_channel *channel);
    void channelLeft(bight_irc_channel *channel, const bight_irc_departure &why);
    void membersReset(bight_irc_channel *channel);
    void memberChanged(const bight_irc_member_change &change);
    void topicChanged(bight_irc_channel *channel, const bight_irc_source *by, qint64 time);
    void modesChanged(bight_irc_channel *channel, const bight_irc_source *by, const char *modes,
                      qint64 time);
    void nickChanged(const bight_irc_source &who, const char *nick, qint64 time);
    void invited(const bight_irc_source &by, const char *channel, qint64 time);
    void away(const char *nick, const char *text);
    void selfAway(bool away);
    void whois(const bight_irc_whois &person);
    void listItem(const char *channel, unsigned members, const char *topic);
    void listEnd();
    void ctcp(const bight_irc_source &from, const char *command, const char *text, bool reply);
    void info(const bight_irc_info &info);
    void problem(const bight_irc_problem &problem);
    void unsent(const bight_irc_unsent &unsent);

  private:
    struct Free {
        void operator()(bight_irc_client *session) const
        {
            bight_irc_client_free(session);
        }
    };
    bight_status make(const Login &login);

    bight_reactor *m_reactor;
    Login m_login;
    Trust m_trust; // outlives the session
    std::unique_ptr<bight_irc_client, Free> m_session;
};

} // namespace chat

#endif
