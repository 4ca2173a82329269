/** @file bight/qt_line_client.hpp
 * A client of a line protocol that stays connected, as a QObject with signals and properties.
 *
 *     bight::QtReactor reactor;
 *     bight::LineClient client(reactor, "tcp:localhost:7000");
 *     QObject::connect(&client, &bight::LineClient::lineReceived, label, &QLabel::setText);
 *     client.open();
 *
 * It wraps bight/line_client.h. A program needs no moc for it. Guide:
 * docs/guides/qt-line-client.md.
 */
#ifndef BIGHT_QT_LINE_CLIENT_HPP
#define BIGHT_QT_LINE_CLIENT_HPP

#include <bight/api.h>
#include <bight/line_client.h>

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QString>

namespace bight
{

/**
 * A client that stays connected.
 *
 * After open() it emits, for each connection, connected(), lines, and disconnected(), and waiting()
 * before each further attempt. Exactly one failed() or closed() ends this; then the client may be
 * opened again. A slot may delete the client during any of its signals.
 *
 * It belongs to the thread of its reactor. Destroying it breaks off an open connection without a
 * signal.
 */
class BIGHT_API LineClient : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString endpoint READ endpoint CONSTANT)
    Q_PROPERTY(State state READ state NOTIFY stateChanged)
    Q_PROPERTY(bool busy READ isBusy NOTIFY busyChanged)
    Q_PROPERTY(bool paused READ isPaused WRITE setPaused NOTIFY pausedChanged)
    Q_PROPERTY(QString peer READ peer NOTIFY stateChanged)

  public:
    /** What a client is doing. */
    enum State {
        Offline = BIGHT_LINE_CLIENT_OFFLINE,       /**< not opened yet, or ended */
        Connecting = BIGHT_LINE_CLIENT_CONNECTING, /**< an attempt is under way */
        Connected = BIGHT_LINE_CLIENT_CONNECTED,   /**< lines can be sent and received */
        Waiting = BIGHT_LINE_CLIENT_WAITING,       /**< it waits until the next attempt is due */
        Closing = BIGHT_LINE_CLIENT_CLOSING        /**< it is being closed; closed() follows */
    };
    Q_ENUM(State)

    /**
     * Make a client, which does nothing until it is opened.
     *
     * @param reactor   a QtReactor, or any other reactor of this thread; it may be freed before
     *                  the client
     * @param endpoint  the endpoint to connect to; see bight/endpoint.h
     * @param parent    destroys this object with itself; NULL for none
     */
    LineClient(bight_reactor *reactor, const QString &endpoint, QObject *parent = nullptr);

    /**
     * The same, with custom options for the format of lines and the retries. isValid() reports
     * whether they are valid.
     */
    LineClient(bight_reactor *reactor, const QString &endpoint,
               const bight_line_client_options &options, QObject *parent = nullptr);
    ~LineClient() override;
    LineClient(const LineClient &) = delete;
    LineClient &operator=(const LineClient &) = delete;

    /** Whether there is a client: false when out of memory, or if the options are invalid. */
    bool isValid() const noexcept
    {
        return m_client != nullptr;
    }
    /** The endpoint that the constructor received. */
    QString endpoint() const
    {
        return m_endpoint;
    }
    /** What it is doing. */
    State state() const noexcept;
    /** Whether so much output waits that the program should stop sending until drained(). */
    bool isBusy() const noexcept
    {
        return m_busy;
    }
    /** Whether lines are held back. */
    bool isPaused() const noexcept
    {
        return m_paused;
    }
    /** The peer's address as an endpoint; empty while there is no connection. */
    QString peer() const;

    /**
     * Start TLS on this connection, after the peer has agreed to it; secured() follows. See
     * bight_line_client_start_tls().
     *
     * @param tls   a client's context; a reference is taken
     * @param host  the name that the certificate must match
     * @return      false if there is no connection, or a handshake is under way
     */
    bool startTls(bight_tls *tls, const QString &host);

    /** The client of the C interface, NULL if there is none. It lives as long as this object. */
    bight_line_client *get() const noexcept
    {
        return m_client;
    }

  public Q_SLOTS:
    /** Connect, and stay connected. @return false if it is open already or the reactor was
     * freed */
    bool open();
    /** Close after all sent lines are delivered; then closed() is emitted. */
    void close();
    /** Send a line as UTF-8; its ending is added. @return false as for sendBytes() */
    bool send(const QString &line);
    /** Send a line of any bytes. @return false without a connection, or if it would be two lines */
    bool sendBytes(const QByteArray &line);
    /** Hold lines back or resume, on this and the next connection. Holding back slows the peer. */
    void setPaused(bool paused);

  Q_SIGNALS:
    /** There is a connection; with a `tls:` endpoint its handshake is done. */
    void connected();
    /** A line was received; invalid UTF-8 becomes U+FFFD. */
    void lineReceived(const QString &line);
    /** A line was received; these are its exact bytes. */
    void bytesReceived(const QByteArray &line);
    /** A line is longer than allowed. */
    void lineTooLong();
    /** The handshake of startTls() is done. */
    void secured();
    /** There is room for more lines. */
    void drained();
    /** The connection has ended. @param reason empty if this side closed and all was delivered */
    void disconnected(const QString &reason);
    /** There is no connection. @param delay milliseconds to the next attempt */
    void waiting(int delay, const QString &reason);
    /** The end: there will be no further attempt. */
    void failed(const QString &reason, bight_status status);
    /** The end: close() is done. */
    void closed();
    /** state() has changed. */
    void stateChanged(bight::LineClient::State state);
    /** isBusy() has changed. */
    void busyChanged(bool busy);
    /** isPaused() has changed. */
    void pausedChanged(bool paused);

  private:
    friend struct LineClientEvents;
    void make(bight_reactor *reactor, const bight_line_client_options *options);
    void setBusy(bool busy);

    QString m_endpoint;
    bight_line_client *m_client = nullptr;
    bool m_busy = false;
    bool m_paused = false;
};

} // namespace bight

#endif
