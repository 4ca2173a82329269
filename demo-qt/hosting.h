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

    // Host at an endpoint, and nowhere else any more. Returns why not, for a person, or empty.
    QString open(const QString &endpoint);

    // Say goodbye to everybody.
    void close();

    bool isOpen() const
    {
        return m_server != nullptr;
    }

    QString endpoint() const;  // as it listens, with the real port; empty when it does not
    QString connectTo() const; // where a program on this computer reaches it
    unsigned people() const;   // how many are registered

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
