// What a window is about: a client, the chat that it sees, and maybe a server for it. It begins,
// changes over to another, and ends in an orderly way; no widget is known here.
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

    // Go somewhere, from wherever it is now. Returns why not, for a person, or empty. When it has
    // to say goodbye first, what fails afterwards is told by failed().
    QString begin(const Setup &setup);

    // Connect again as before.
    void again();

    // Say goodbye to the server and to the people that are hosted; ended() follows soon. A second
    // call does not wait for them.
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
    std::optional<Setup> m_next; // where to go when the goodbye has been said
    QTimer m_drain;              // looks whether what the server sent last has left
    int m_patience = 0;
    bool m_ending = false;
};

} // namespace chat

#endif
