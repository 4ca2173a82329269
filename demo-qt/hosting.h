// A chat server on this window's own loop.
#ifndef BIGHT_DEMO_QT_HOSTING_H
#define BIGHT_DEMO_QT_HOSTING_H

#include <QtCore/QObject>
#include <QtCore/QString>
#include <bight/irc_server.h>
#include <memory>

namespace chat
{

class Hosting : public QObject
{
    Q_OBJECT

  public:
    explicit Hosting(bight_reactor *reactor, QObject *parent = nullptr);
    ~Hosting() override;

    // Host at an endpoint, and stop hosting at any other. Returns a message for the user on
    // failure, else an empty string.
    QString open(const QString &endpoint);

    // Stop hosting; all clients are notified.
    void close();

    bool isOpen() const
    {
        return m_server != nullptr;
    }

    QString endpoint() const;  // with the actual port; empty while not listening
    QString connectTo() const; // the endpoint for programs on this computer
    unsigned people() const;   // the number of registered users

  signals:
    void changed();

  private:
    struct Free {
        void operator()(bight_irc_server *server) const
        {
            bight_irc_server_free(server);
        }
    };
    using Server = std::unique_ptr<bight_irc_server, Free>;

    bight_reactor *m_reactor;
    Server m_server;
};

} // namespace chat

#endif
