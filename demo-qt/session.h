// The data of a window: a client, its chat, and optionally a hosted server. It starts, switches to
// another target, and ends in an orderly way. It does not use widgets.
#ifndef BIGHT_DEMO_QT_SESSION_H
#define BIGHT_DEMO_QT_SESSION_H

#include "chat.h"
#include "hosting.h"
#include "setup.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>
#include <bight/qt.h>
#include <optional>

namespace chat
{

class Session : public QObject
{
    Q_OBJECT

  public:
    explicit Session(QObject *parent = nullptr);

    // Switch to a target. Returns a message for the user on failure, else an empty string. If it
    // must first quit the current connection, failed() reports later failures.
    QString begin(const Setup &setup);

    // Connect again as before.
    void again();

    // Quit the server and stop hosting; ended() follows soon. A second call does not wait for
    // them.
    void end();

    bool isEnding() const
    {
        return m_ending;
    }

    bool isOnline() const;

    bight_reactor *reactor() const
    {
        return m_reactor;
    }

    Client &client()
    {
        return m_client;
    }

    Chat &chat()
    {
        return m_chat;
    }

    Hosting &hosting()
    {
        return m_hosting;
    }

    const Setup &setup() const
    {
        return m_setup;
    }

  signals:
    void failed(const QString &why);
    void ended();

  private:
    QString go(const Setup &setup);
    void onState(bight_irc_state state);
    void closeHosting();

    bight::QtReactor m_reactor; // first: all others are freed before it
    Hosting m_hosting;
    Client m_client;
    Chat m_chat;
    Setup m_setup;
    std::optional<Setup> m_next; // the target after the QUIT
    QTimer m_drain;              // checks whether the server's last output was sent
    int m_patience = 0;
    bool m_ending = false;
};

} // namespace chat

#endif
